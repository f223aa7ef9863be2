"""What the browser draws of an answer, by the recipe of the job: JSON, the same whoever looks."""

import asyncio
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from cnnlab.jobs import JOBS
from cnnlab.links import Linked
from cnnlab.specs import SpecError
from cnnlab.workshop import Kind
from pages.serving.hall import hall
from pages.serving.parts import under
from pages.serving.pictures import FOREVER


def rows_address(kind: Kind, recipe: Linked) -> str:
    """Where the `rows` of an answer are found, seen from any page."""
    return f"rows/{kind.name}?{urlencode(kind.job(recipe).query)}"


async def rows(request: Request) -> Response:
    """The JSON, packed by gzip as it is kept; 404 for what no page can have named."""
    kind = JOBS.get(request.path_params["kind"])
    try:
        if kind is None:
            raise LookupError
        recipe = kind.recipe.from_query(dict(parse_qsl(request.url.query, keep_blank_values=True)))
        ticket = hall().desk.ask(kind, recipe, request.client.host if request.client else "")
        answer = await asyncio.wrap_future(ticket.future)
        packed = answer.rows
        if not isinstance(packed, bytes):
            raise LookupError
    except (SpecError, LookupError, AttributeError):
        return PlainTextResponse("There are no such rows.", 404)
    return Response(packed, media_type="application/json", headers={**FOREVER, "Content-Encoding": "gzip"})


def rows_route(base: str = "") -> Route:
    """The route of all rows; `base` is the path under which the whole server stands."""
    return Route(under(base, "/rows/{kind}"), rows)
