"""One visitor and a model: the tree, its search, feature maps, a table taken away."""

import csv
import io
import re
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from cnnlab.models import MODELS, build
from cnnlab.summary import summarize
from cnnlab.summary.view import View

PAGE = "/summary"


def at(page, key: str):
    """The element with a widget key."""
    return page.locator(".st-key-" + re.sub(r"[^a-zA-Z0-9_-]", "-", f"summary.{key}"))


def rows(page) -> list[str]:
    """The names of the rows that the tree shows."""
    found = at(page, "tree").locator(".row[data-row]")
    return found.evaluate_all("rows => rows.filter(row => row.offsetParent).map(row => row.dataset.row)")


def shown(page) -> View:
    return View.from_query(dict(parse_qsl(urlsplit(page.evaluate("location.href")).query)))


@pytest.fixture
def visit(open_page, settle):
    """`visit(query)` opens the summary and waits for its tree."""

    def visit(query: str = "", **how):
        page = open_page(f"{PAGE}{query}", **how)
        at(page, "tree").locator(".row[data-row]").first.wait_for()
        return page

    return visit


def test_resnet50_is_loaded_collapsed_searched_looked_into_and_taken_away(visit, settle):
    page = visit()
    box = at(page, "model").locator("input")
    box.focus()
    page.keyboard.type("resnet50")
    assert (
        at(page, "model")
        .get_by_role("option")
        .first.locator("span")
        .evaluate("span => span.scrollWidth <= span.clientWidth")
    )
    page.keyboard.press("Enter")
    settle(page)
    assert shown(page).model == MODELS["resnet50"]()
    report = summarize(build(MODELS["resnet50"]()), (3, 224, 224))

    tree = at(page, "tree")
    tree.get_by_role("button", name="Expand all").click()
    assert rows(page) == [row.name for row in report.rows]
    tree.get_by_role("button", name="Collapse all").click()
    assert rows(page) == [""]
    tree.locator("input").fill("downsample.0")
    found = rows(page)
    assert "layer4.0.downsample.0" in found
    assert all(any(name.startswith(above) for name in found if "downsample" in name) for above in found)
    tree.locator('.row[data-row="layer1.0.downsample.0"]').click()
    settle(page)
    assert shown(page).row == "layer1.0.downsample.0"

    page.get_by_role("tab", name="Feature maps").click()
    settle(page)
    picture = page.get_by_alt_text("64 feature maps of layer1.0.downsample.0")
    picture.wait_for()
    assert picture.evaluate("image => image.complete && image.naturalWidth > 300")

    page.get_by_role("tab", name="CSV").click()
    settle(page)
    with page.expect_download() as download:
        at(page, "csv.download").locator("button").click()
    table = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text())))
    assert [row["name"] for row in table] == [row.name for row in report.rows]
    assert int(table[0]["macs"]) == report.macs


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_fits_and_its_graph_leads_to_the_row(visit, settle, theme, width):
    page = visit("?model=LeNet", theme=theme, width=width)
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
    page.get_by_role("tab", name="Graph").click()
    settle(page)
    at(page, "graph").locator('.node[data-row="conv2"]').click()
    settle(page)
    assert shown(page).row == "conv2"


def test_rows_come_once_and_again_after_a_reload(visit, settle):
    page = visit("?model=resnet18")
    asked, frames = [], []
    page.on("request", lambda request: asked.append(request.url) if "/rows/" in request.url else None)
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: frames.append(len(frame))))
    page.reload()
    at(page, "tree").locator(".row[data-row]").first.wait_for()
    settle(page)
    assert len(asked) == 1
    seen = rows(page)
    frames.clear()
    for name in ("conv1", "fc"):
        at(page, "tree").locator(f'.row[data-row="{name}"]').click()
        settle(page)
        assert shown(page).row == name
    assert len(asked) == 1
    assert max(frames) < 12_000  # the rows of this model are 30 000 bytes
    assert rows(page) == seen


def test_a_link_shows_the_same_model_in_another_browser(visit, settle):
    page = visit("?model=VGG&shape=1x96x96&batch=2")
    other = visit("?" + urlsplit(page.evaluate("location.href")).query)
    assert rows(other) == rows(page)
    assert shown(other) == shown(page)
    assert shown(other).shape == (1, 96, 96)


def test_a_wrong_input_is_explained_and_mended_with_one_press(visit, settle):
    page = visit("?model=AlexNet&shape=3x100x100")
    page.get_by_role("alert").first.wait_for()
    at(page, "fix.0").locator("button").click()
    settle(page)
    assert shown(page).shape == (1, 224, 224)
    assert page.get_by_role("alert").count() == 0


def test_rows_read_downwards_as_the_forward_of_lenet_does(visit, settle):
    page = visit("?model=LeNet")
    order = ["conv1", "/relu:1", "/max_pool2d:1", "conv2", "/relu:2", "/max_pool2d:2", "/flatten:1"]
    assert rows(page)[1:8] == order
    page.get_by_role("tab", name="Graph").click()
    settle(page)
    nodes = at(page, "graph").locator(".node[data-row]")
    assert nodes.evaluate_all("nodes => nodes.map(node => node.dataset.row)")[1:8] == order


def test_a_call_of_a_module_that_ran_before_is_light_and_leads_to_its_own_shapes(visit, settle):
    page = visit("?model=resnet18&row=layer3.0.relu%3A2")
    line = at(page, "tree").locator('.row[data-row="layer3.0.relu:2"]')
    assert line.locator(".turn").inner_text() == "2/2"
    assert line.get_attribute("aria-selected") == "true"
    card = page.locator('[data-testid="stMarkdownContainer"]').filter(has_text="layer3.0.relu:2").last
    assert "256 × 14 × 14" in card.inner_text()
    page.get_by_text("Call 2 of 2 of layer3.0.relu: the parameters are counted at the first.").wait_for()
    jargon = page.get_by_text("native_batch_norm ×20")
    assert not jargon.count() or not jargon.is_visible()
    page.get_by_role("button", name="Method").click()
    jargon.wait_for()


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_resnet34_beside_resnet18_shows_what_differs_and_nothing_off_the_edge(visit, settle, width, theme):
    against = View(model=MODELS["resnet18"](), against=MODELS["resnet34"]()).to_query()["against"]
    page = visit(f"?model=resnet18&against={against}", width=width, theme=theme)
    page.get_by_role("tab", name="Compare").click()
    settle(page)
    panel = at(page, "compared")
    panel.locator(".row[data-at]").first.wait_for()
    figures = panel.locator(".totals tbody tr").first.locator("td").all_inner_texts()
    assert [text.split("\n")[0] for text in figures] == ["11.7 M", "21.8 M", "+10.1 M"]
    assert panel.locator(".row[data-at] .name").first.inner_text().split() == [
        "A",
        "resnet18",
        "B",
        "resnet34",
        "differs",
    ]
    assert panel.get_by_role("button", name="16 equal rows").count() == 1
    assert panel.locator(".row.same").count() == 0
    before = panel.locator(".row[data-at]").count()
    panel.get_by_role("button", name="16 equal rows").click()
    assert panel.locator(".row.same").count() == 16
    panel.get_by_role("button", name="7 rows below").first.click()
    assert panel.locator(".row[data-at]").count() == before + 16 + 7
    edges = panel.locator(".sheet, .totals, .row > *, .totals th, .totals td").evaluate_all(
        "parts => Math.max(...parts.map(part => part.getBoundingClientRect().right))"
    )
    assert edges <= width
    sheet = panel.locator(".sheet")
    assert sheet.evaluate("sheet => sheet.scrollWidth <= sheet.clientWidth + 1")
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
