"""The scripts of components, by address."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from pages.shared.component import ADDRESS, module

YEAR = 365 * 24 * 3600


async def _part(request: Request) -> Response:
    text = module(request.path_params["file"])
    if text is None:
        return PlainTextResponse("Not Found", 404)
    kept = {"Cache-Control": f"public, max-age={YEAR}, immutable"}
    return Response(text, media_type="text/javascript", headers=kept)


def under(base: str, path: str) -> str:
    """The path below the one under which the whole server stands (server.baseUrlPath).

    >>> under("", "/part/a.js"), under("uni/lab/", "/part/a.js")
    ('/part/a.js', '/uni/lab/part/a.js')
    """
    return "/".join(["", *filter(None, [base.strip("/")]), path.lstrip("/")])


def part_route(base: str = "") -> Route:
    """The route of the components' modules; `base` is server.baseUrlPath."""
    return Route(under(base, f"{ADDRESS}/{{file}}"), _part)
