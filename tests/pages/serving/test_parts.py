"""What the server gives by address: the components' modules, the pictures of the home page."""

import asyncio
import io
import re

import numpy as np
import pytest
from PIL import Image
from starlette.applications import Starlette

from cnnlab.augmentation import Pipeline
from cnnlab.augmentation.jobs import SAMPLE_KIND, Recipe
from cnnlab.images import sample, to_pixels
from cnnlab.images.jobs import SMALL, Named
from cnnlab.links import Nothing
from cnnlab.workshop.desk import Workshop
from pages.augmentation import tiles  # noqa: F401
from pages.serving.answers import address, answer_routes
from pages.serving.hall import hall
from pages.serving.parts import part_route, under
from pages.shared import component
from pages.summary import graph, tree  # noqa: F401
from pages.table import PAGES

COMPONENTS = ("tiles", "graph", "tree")


def ask(path: str, base: str = "", stays: bool = True) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of a GET, by a browser that stays or goes away at once."""
    sent = []

    async def send(message):
        sent.append(message)

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False} if stays else {"type": "http.disconnect"}

    app = Starlette(routes=[part_route(base), *answer_routes(base)])
    path, _, query = path.partition("?")
    scope = {"type": "http", "method": "GET", "path": path, "headers": [], "root_path": ""}
    scope["query_string"] = query.encode()
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


def test_what_streamlit_sends_of_a_component_is_short():
    assert len(component.STUB % f"{component.ADDRESS}/{file_of('tree')}") < 300
    assert re.fullmatch(r"tree-[0-9a-f]{16}\.js", file_of("tree"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
def test_every_page_has_its_picture(page):
    status, headers, body = ask("/" + address(page.card, Nothing()))
    assert status == 200
    assert "immutable" in headers["cache-control"]
    assert Image.open(io.BytesIO(body)).size[0] >= 100


def test_a_picture_is_the_one_that_its_recipe_describes():
    named = Named("digit_3", side=64)
    status, headers, body = ask("/" + address(SMALL, named), "")
    assert (status, headers["content-type"]) == (200, "image/png")
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(body)))[::8, ::8], to_pixels(sample("digit_3")))


def test_a_sample_travels_as_a_lossless_webp():
    recipe = Recipe("digit_3", Pipeline())
    status, headers, body = ask("/" + address(SAMPLE_KIND, recipe))
    assert (status, headers["content-type"]) == (200, "image/webp")
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(body)))[::24, ::24], to_pixels(sample("digit_3")))


@pytest.mark.parametrize(
    "path",
    [
        "picture/none/0",
        "picture/images.small/1?name=coffee",
        "picture/images.small/0?name=nobody",
        "picture/images.small/0?name=coffee&side=99999",
        "picture/images.small/0?name=" + "0" * 64,
        "picture/images.read/0?digest=../../etc/passwd&name=x",
        "picture/augmentation.sample/0?steps=AAAA",
        "picture/augmentation.exact/0",
        "picture/augmentation.sample/-1",
    ],
)
def test_what_no_page_can_have_named_is_404(path):
    assert ask("/" + path)[0] == 404


class Busy(Workshop):
    """Has no workers yet, and notes what is dropped."""

    def __init__(self):
        super().__init__("")
        self.dropped: list[str] = []

    def drop(self, errand):
        self.dropped.append(errand.kind.name)
        super().drop(errand)


def test_a_browser_that_has_gone_wants_its_picture_no_more(monkeypatch):
    desk = Busy()
    monkeypatch.setattr(hall(), "desk", desk)
    assert ask("/" + address(SMALL, Named("coffee")), stays=False)[0] == 404
    assert desk.dropped == ["images.small"]
