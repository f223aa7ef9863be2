"""Pictures by their recipes: drawn once for everybody, kept by browsers, drawn anew when they are asked for again."""

import asyncio
from functools import lru_cache
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

FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}


def address(kind: Kind, recipe: Linked, index: int = 0) -> str:
    """Where a picture of an answer is found, seen from any page: `pictures[index]` of what the job gives."""
    return f"picture/{kind.name}/{index}.png?{urlencode(kind.job(recipe).query)}"


@lru_cache(maxsize=2048)
def _recipe(kind: Kind, query: str) -> Linked:
    return kind.recipe.from_query(dict(parse_qsl(query, keep_blank_values=True)))


async def picture(request: Request) -> Response:
    """The PNG, or 404 for what no page can have named; 503 where it cannot be drawn now."""
    kind = JOBS.get(request.path_params["kind"])
    try:
        if kind is None:
            raise LookupError
        recipe = _recipe(kind, request.url.query)
        # A browser asks for what its page has just been given; work for it is in that visitor's name.
        ticket = hall().desk.ask(kind, recipe, request.client.host if request.client else "")
        answer = await asyncio.wrap_future(ticket.future)
        png = answer.pictures[request.path_params["index"]]
    except (SpecError, LookupError, AttributeError):
        return PlainTextResponse("There is no such picture.", 404)
    return Response(png, media_type="image/png", headers=FOREVER)


def picture_route(base: str = "") -> Route:
    """The route of all pictures; `base` is the path under which the whole server stands."""
    return Route(under(base, "/picture/{kind}/{index:int}.png"), picture)
