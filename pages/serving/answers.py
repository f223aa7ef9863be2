"""Parts of answers by the recipes of their jobs: worked out once for everybody, kept by browsers, anew when asked again."""

import asyncio
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from cnnlab.images import media_type
from cnnlab.jobs import JOBS
from cnnlab.links import Linked
from cnnlab.specs import SpecError
from cnnlab.workshop import PICTURES, ROWS, Job, Kind
from cnnlab.workshop.errands import Ticket
from pages.serving.hall import hall
from pages.serving.parts import under

# Kept by the browser, and by no proxy on the way: a visitor's own picture is among them.
FOREVER = {"Cache-Control": "private, max-age=31536000, immutable"}


def address(kind: Kind, recipe: Linked, index: int = 0) -> str:
    """Where a picture of an answer is found, seen from any page: `pictures[index]` of what the job gives."""
    return f"picture/{kind.name}/{index}?{urlencode(kind.job(recipe).query)}"


def rows_address(kind: Kind, recipe: Linked) -> str:
    """Where the `rows` of an answer are found, seen from any page."""
    return f"rows/{kind.name}?{urlencode(kind.job(recipe).query)}"


async def _part(request: Request, name: str) -> Any:
    """The part of that name of the answer that the address describes; LookupError for what no page can have named."""
    kind = JOBS.get(request.path_params["kind"])
    if kind is None or name not in kind.gives:
        raise LookupError
    desk, query = hall().desk, parse_qsl(request.url.query, keep_blank_values=True)
    try:
        # What a page has just been given is there, and was checked; what may be withdrawn is so by the desk.
        answer = None if kind.stands else desk.kept(Job(kind.name, tuple(query)))
        if answer is None:
            ticket = desk.ask(kind, kind.recipe.from_query(dict(query)), request.client.host if request.client else "")
            answer = await _answer(ticket, request)
        return getattr(answer, name)
    except (SpecError, AttributeError) as refusal:
        raise LookupError from refusal


async def _answer(ticket: Ticket, request: Request) -> Any:
    """The answer; LookupError where the browser has gone before, and the wish with it."""
    answer = asyncio.wrap_future(ticket.future)
    left = asyncio.create_task(gone(request))
    try:
        await asyncio.wait({answer, left}, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            raise LookupError
        return answer.result()
    finally:
        answer.cancel()
        left.cancel()
        ticket.drop()


async def gone(request: Request) -> None:
    """Ends when the browser has gone."""
    while (await request.receive())["type"] != "http.disconnect":
        await asyncio.sleep(0)  # what is sent with a GET is not read


async def _picture(request: Request) -> Response:
    try:
        data = (await _part(request, PICTURES))[request.path_params["index"]]
    except LookupError:
        return PlainTextResponse("There is no such picture.", 404)
    return Response(data, media_type=media_type(data), headers=FOREVER)


async def _rows(request: Request) -> Response:
    """The JSON, packed by gzip as it is kept."""
    try:
        packed = await _part(request, ROWS)
    except LookupError:
        return PlainTextResponse("There are no such rows.", 404)
    return Response(packed, media_type="application/json", headers={**FOREVER, "Content-Encoding": "gzip"})


def answer_routes(base: str = "") -> list[Route]:
    """The routes of all pictures and rows; `base` is the path under which the whole server stands."""
    return [Route(under(base, "/picture/{kind}/{index:int}"), _picture), Route(under(base, "/rows/{kind}"), _rows)]
