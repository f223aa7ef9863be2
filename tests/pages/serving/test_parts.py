"""What the server gives by address: the components' modules, the pictures of the home page."""

import asyncio
import io
import re

import pytest
from PIL import Image
from starlette.applications import Starlette

from pages.augmentation import tiles  # noqa: F401
from pages.serving.cards import card_address, card_route
from pages.serving.parts import part_route, under
from pages.shared import component
from pages.summary import graph, tree  # noqa: F401
from pages.table import PAGES

COMPONENTS = ("tiles", "graph", "tree")


def ask(path: str, base: str = "") -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of a GET."""
    sent = []

    async def send(message):
        sent.append(message)

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    app = Starlette(routes=[part_route(base), card_route(base)])
    scope = {"type": "http", "method": "GET", "path": path, "headers": [], "query_string": b"", "root_path": ""}
    asyncio.run(app(scope, receive, send))
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, b"".join(message.get("body", b"") for message in sent[1:])


def file_of(name: str) -> str:
    (file,) = (file for file in component._modules if file.startswith(f"{name}-"))
    return file


@pytest.mark.parametrize("base", ["", "uni/lab"])
@pytest.mark.parametrize("name", COMPONENTS)
def test_a_component_s_module_lies_at_an_address_that_never_changes_its_content(name, base):
    status, headers, body = ask(under(base, f"/{component.ADDRESS}/{file_of(name)}"), base)
    assert status == 200
    assert headers["content-type"].startswith("text/javascript")
    assert "immutable" in headers["cache-control"]
    assert f'class=\\"{name}\\"' in body.decode()
    assert "export const furnish" in body.decode()


def test_the_address_changes_with_the_content(tmp_path):
    (tmp_path / "part.css").write_text("p {}")
    (tmp_path / "part.js").write_text("export default () => {};")
    files = []
    for html in ("<p>a</p>", "<p>b</p>"):
        component.component("part", html, tmp_path)
        files.append([file for file in component._modules if file.startswith("part-")])
    assert len(files[1]) == 2
    for file in files[1]:
        del component._modules[file]


def test_a_module_that_is_not_there_is_404():
    assert ask(f"/{component.ADDRESS}/tree-0.js")[0] == 404
    assert ask("/app/static/card/none.png")[0] == 404


def test_what_streamlit_sends_of_a_component_is_short():
    assert len(component.STUB % f"{component.ADDRESS}/{file_of('tree')}") < 300
    assert re.fullmatch(r"tree-[0-9a-f]{16}\.js", file_of("tree"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
def test_every_page_has_its_picture(page):
    status, _, body = ask(card_address(page))
    assert status == 200
    assert Image.open(io.BytesIO(body)).size[0] >= 100
