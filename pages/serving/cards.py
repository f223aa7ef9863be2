"""The pictures of the home page, by address: drawn once for everybody."""

from functools import cache

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from cnnlab import images
from pages.serving.parts import under
from pages.table import PAGES, Page

SIDE, HOUR = 900, 3600
# st.image passes addresses that begin so on as they are, and finds them under whatever path the server stands.
FOLDER = "/app/static/card"


def card_address(page: Page) -> str:
    return f"{FOLDER}/{page.path}.png"


@cache
def _picture(path: str) -> bytes:
    (page,) = (page for page in PAGES if page.path == path)
    return images.png(page.thumbnail(), SIDE)


def _card(request: Request) -> Response:
    path = request.path_params["path"]
    if path not in {page.path for page in PAGES}:
        return PlainTextResponse("Not Found", 404)
    return Response(_picture(path), media_type="image/png", headers={"Cache-Control": f"public, max-age={HOUR}"})


def card_route(base: str = "") -> Route:
    """The route of the home page's pictures; `base` as for `part_route`."""
    return Route(under(base, f"{FOLDER}/{{path}}.png"), _card)
