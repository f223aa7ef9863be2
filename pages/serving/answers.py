"""Parts of answers by the recipes of their jobs: worked out once for everybody, kept by browsers, anew when asked again."""

import asyncio
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from cnnlab.jobs import JOBS
from cnnlab.links import Linked
from cnnlab.specs import SpecError
from cnnlab.workshop import PICTURES, ROWS, Kind
from pages.serving.hall import hall
from pages.serving.parts import under

FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}


def address(kind: Kind, recipe: Linked, index: int = 0) -> str:
    """Where a picture of an answer is found, seen from any page: `pictures[index]` of what the job gives."""
    return f"picture/{kind.name}/{index}.png?{urlencode(kind.job(recipe).query)}"


def rows_address(kind: Kind, recipe: Linked) -> str:
    """Where the `rows` of an answer are found, seen from any page."""
    return f"rows/{kind.name}?{urlencode(kind.job(recipe).query)}"


@lru_cache(maxsize=2048)
def _recipe(kind: Kind, query: str) -> Linked:
    return kind.recipe.from_query(dict(parse_qsl(query, keep_blank_values=True)))


async def _part(request: Request, name: str) -> Any:
    """The part of that name of the answer that the address describes; LookupError for what no page can have named."""
    kind = JOBS.get(request.path_params["kind"])
    if kind is None or name not in kind.gives:
        raise LookupError
    try:
        recipe = _recipe(kind, request.url.query)
        # A browser asks for what its page has just been given; work for it is in that visitor's name.
        ticket = hall().desk.ask(kind, recipe, request.client.host if request.client else "")
        return getattr(await asyncio.wrap_future(ticket.future), name)
    except SpecError as refusal:
        raise LookupError from refusal


async def _picture(request: Request) -> Response:
    try:
        png = (await _part(request, PICTURES))[request.path_params["index"]]
    except LookupError:
        return PlainTextResponse("There is no such picture.", 404)
    return Response(png, media_type="image/png", headers=FOREVER)


async def _rows(request: Request) -> Response:
    """The JSON, packed by gzip as it is kept."""
    try:
        packed = await _part(request, ROWS)
    except LookupError:
        return PlainTextResponse("There are no such rows.", 404)
    return Response(packed, media_type="application/json", headers={**FOREVER, "Content-Encoding": "gzip"})


def answer_routes(base: str = "") -> list[Route]:
    """The routes of all pictures and rows; `base` is the path under which the whole server stands."""
    return [Route(under(base, "/picture/{kind}/{index:int}.png"), _picture), Route(under(base, "/rows/{kind}"), _rows)]
