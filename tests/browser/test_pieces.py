"""What a touch sends and draws: the pieces of the page that it changes, and at once what the browser has already."""

import difflib
import re
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from cnnlab import limits
from cnnlab.augmentation import AUGMENTATIONS, Pipeline
from cnnlab.augmentation.view import View


@pytest.fixture
def heard(browser, server, settle, listen):
    """`heard(path)` opens a page, and gives it with the list of all elements and blocks that the server sends."""
    contexts = []

    def heard(path: str):
        context = browser.new_context(viewport={"width": 1280, "height": 1200})
        contexts.append(context)
        page, sent = context.new_page(), []
        listen(page)

        def hear(data: bytes) -> None:
            message = ForwardMsg.FromString(data)
            if message.WhichOneof("type") == "delta":
                sent.append(message)

        page.on("websocket", lambda socket: socket.on("framereceived", hear))
        page.goto(server + path)
        settle(page)
        return page, sent

    yield heard
    for context in contexts:
        context.close()


TOUCHES = {
    "a row of a model": ("/summary?model=LeNet", ".st-key-summary-tree [role=row] >> nth=3", "row="),
    "a tab": ("/summary?model=LeNet", "[role=tab] >> text=Graph", "look=graph"),
    "the batch": (
        "/summary?model=LeNet&look=memory",
        ".st-key-summary-batch [data-testid=stNumberInputStepUp]",
        "batch=",
    ),
    "a sample": ("/augmentation", ".st-key-augmentation-sheet .tile >> nth=2", "place=3"),
    "the seed": ("/augmentation", ".st-key-augmentation-seed [data-testid=stNumberInputStepUp]", "seed=1"),
    "a step": ("/augmentation", ".st-key-augmentation-RandomRotation-title button:visible", ""),
}


@pytest.mark.parametrize("name", TOUCHES)
def test_a_light_touch_sends_pieces_of_the_page_and_changes_its_address(heard, settle, name):
    path, target, tells = TOUCHES[name]
    page, sent = heard(path)
    sent.clear()
    page.locator(target).first.click()
    if tells:
        page.wait_for_url(re.compile(tells), timeout=10_000)
    settle(page)
    assert sent
    assert all(message.delta.fragment_id for message in sent)


def test_what_a_piece_did_not_foresee_draws_the_whole_page(heard, settle):
    page, sent = heard("/summary?model=LeNet&look=field")
    sent.clear()
    page.get_by_label("Picture", exact=True).click()
    page.get_by_role("option", name="Coffee").click()
    page.wait_for_url(re.compile("image=coffee"), timeout=10_000)
    settle(page)
    assert not all(message.delta.fragment_id for message in sent)


def test_a_picked_sample_is_seen_large_at_once(heard):
    page, _sent = heard("/augmentation")
    large = page.locator(".st-key-augmentation-strip .pair .tile").nth(1).element_handle()
    at_once = (
        page.locator(".st-key-augmentation-sheet .tile")
        .nth(4)
        .evaluate(
            """(tile, large) => {
        tile.click();
        return [large.querySelector("img").src === tile.querySelector("img").src, tile.getAttribute("aria-pressed")];
    }""",
            large,
        )
    )
    assert at_once == [True, "true"]
    page.wait_for_url(re.compile("place=5"), timeout=10_000)
    page.locator(".st-key-augmentation-strip .film:not(.coming)").wait_for()
    assert "steps" in page.locator(".st-key-augmentation-strip .pair .tile >> nth=1").locator("img").get_attribute(
        "src"
    )


def test_the_playground_fetches_no_library_of_charts(browser, server, settle):
    context = browser.new_context()
    page, fetched = context.new_page(), []
    page.on("request", lambda request: fetched.append(request.url))
    page.goto(f"{server}/augmentation")
    settle(page)
    page.locator(".st-key-augmentation-histograms svg path").nth(5).wait_for()
    assert not [url for url in fetched if "PlotlyChart" in url]
    context.close()


# All that a page shows and holds, the insides of components included, but for what a visitor did in it: undo, what has
# the focus, and the numbers that Streamlit gives what it draws.
SEEN = """() => {
    const said = [];
    const look = (node) => {
        if (node.nodeType === Node.TEXT_NODE) {
            if (node.data.trim()) said.push(node.data.trim());
            return;
        }
        if (node.nodeType === Node.ELEMENT_NODE) {
            if (["STYLE", "SCRIPT"].includes(node.tagName) || !node.checkVisibility()) return;
            if (/history/.test(node.className)) return;
            for (const name of ["src", "href", "aria-pressed", "aria-selected", "aria-checked", "aria-valuenow", "alt"])
                if (node.hasAttribute(name)) said.push(`${name}=${node.getAttribute(name)}`);
            if ("value" in node && node.tagName === "INPUT") said.push(`value=${node.value}`, `checked=${node.checked}`);
            if (node.disabled) said.push("disabled");
        }
        for (const child of (node.shadowRoot || node).childNodes) look(child);
    };
    look(document.querySelector("[data-testid=stMain]"));
    return said;
}"""
UP = "[data-testid=stNumberInputStepUp]"
PLAYED = View(
    "scene",
    Pipeline.from_code(
        "[v2.RandomCrop(64), v2.ToImage(), v2.ToDtype(torch.float32, scale=True), v2.Normalize([0.5], [0.2])]"
    ),
    count=4,
)


def press(target):
    return lambda page: page.locator(target).first.click()


def option(key, name):
    def act(page):
        page.locator(f".st-key-{key} input").first.click()
        page.get_by_role("option", name=name).first.click()

    return act


def turn(page):
    page.get_by_role("slider", name="Row of the unit").press("ArrowRight")


# Pages, and on each what a visitor touches one after the other, by the field of the view that it changes.
WALKS = {
    "the playground": (
        "/augmentation?" + urlencode(PLAYED.to_query()),
        {
            "seed": press(f".st-key-augmentation-seed {UP}"),
            "place": press(".st-key-augmentation-sheet .tile >> nth=2"),
            "rolls": press(".st-key-augmentation-roll_one button"),
            "count": press(".st-key-augmentation-count button:has-text('16')"),
            "raw": press(".st-key-augmentation-raw label"),
            "targets": press(".st-key-augmentation-targets label"),
            "steps": press(".st-key-augmentation-RandomCrop-on label"),
            "image": press(".st-key-augmentation-picture .tile >> nth=3"),
        },
    ),
    "rows and memory": (
        "/summary?model=LeNet",
        {
            "row": press(".st-key-summary-tree [role=row] >> nth=3"),
            "look": press("[role=tab] >> text=Memory"),
            "batch": press(f".st-key-summary-batch {UP}"),
            "precision": option("summary-precision", "bfloat16"),
            "optimizer": option("summary-optimizer", "SGD"),
            "gib": press(f".st-key-summary-gib {UP}"),
        },
    ),
    "maps": (
        "/summary?model=LeNet&look=maps&row=conv1",
        {
            "channel": press(".st-key-summary-maps [role=option] >> nth=2"),
            "row": option("summary-maps-layer", "conv2 (Conv2d)"),
            "image": option("summary-maps-image", "Coffee"),
        },
    ),
    "a unit": ("/summary?model=LeNet&look=field&row=conv2", {"unit": turn, "look": press("[role=tab] >> text=Graph")}),
}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name == "the playground" else pytest.mark.sweep) for name in WALKS]
)
def test_after_each_touch_a_page_is_as_it_opens_by_its_link(open_page, settle, name):
    path, touches = WALKS[name]
    page = open_page(path)
    for field, touch in touches.items():
        before = page.url
        touch(page)
        page.wait_for_url(lambda url, before=before: url != before, timeout=10_000)
        assert re.search(rf"[?&]{field}=", page.url), field
        settle(page)
        page.mouse.move(0, 0)
        fresh = open_page(page.url.removeprefix(page.url.split("/", 3)[0] + "//" + page.url.split("/", 3)[2]))
        assert seen(page, fresh, settle), field
        fresh.close()


def seen(page, fresh, settle):
    """True once two pages show the same: what a browser fetches for itself comes when Streamlit is at rest already."""
    for _turn in range(20):
        now, then = (one.evaluate(SEEN) for one in (page, fresh))
        if now == then:
            return True
        settle(page)
    print(*difflib.unified_diff(then, now, "freshly opened", "touched", n=1, lineterm=""), sep="\n")
    return False


def test_what_a_piece_is_refused_is_said_once_and_goes_with_the_next_touch(open_page, settle):
    full = View(pipeline=Pipeline((AUGMENTATIONS["Identity"](),) * limits.STEPS), count=1)
    page = open_page("/augmentation?" + urlencode(full.to_query()))
    page.locator(".st-key-augmentation-Identity-title button:visible").first.click()
    settle(page)
    page.locator(".st-key-augmentation-Identity-copy button").first.click()
    expect(page.get_by_role("alert")).to_have_count(1)
    expect(page.get_by_role("alert")).to_contain_text(str(limits.STEPS))
    settle(page)
    page.locator(f".st-key-augmentation-seed {UP}").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    page.wait_for_url(re.compile("seed=1"), timeout=10_000)


def test_what_was_wrong_with_a_link_goes_with_the_next_touch(open_page):
    page = open_page("/augmentation?seed=x")
    expect(page.get_by_role("alert")).to_have_count(1)
    page.locator(f".st-key-augmentation-seed {UP}").click()
    expect(page.get_by_role("alert")).to_have_count(0)
