"""What one visitor waits for, from a press to what a real Chromium shows: `make bench`, or ROUNDS=9 for steadier numbers.

Milliseconds depend on who else uses the machine, so the least of the rounds is printed beside the median, and the CPU
milliseconds of the server with its workers, which hardly depend on it. Each round asks for what nobody asked before.
"""

import os
import shutil
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import randrange
from typing import NamedTuple
from urllib.parse import urlencode

import psutil
from playwright.sync_api import Browser, Page, sync_playwright

from cnnlab import limits
from cnnlab.models import MODELS
from cnnlab.summary.view import View
from tests.browser.conftest import AT_REST, FLAGS, NAMES, ROOT, running

ROUNDS = int(os.environ.get("ROUNDS", "5"))
PHOTO = "image=astronaut"  # 512 pixels a side
WATCH = """() => {
    const inside = (node) => [...(node?.children ?? [])].flatMap((child) => [child, ...inside(child)])
        .concat(node?.shadowRoot ? inside(node.shadowRoot) : []);
    const within = (key) => inside(document.querySelector(".st-key-" + key));
    const images = (key) => within(key)
        .filter((element) => element.tagName === "IMG" && element.getBoundingClientRect().top < innerHeight)
        .filter((image) => !image.src.includes("picture/images.small")); // the photo itself, the same for all samples
    window.large = (key) => images(key)[0].src;
    window.shown = (key) => images(key).filter((image) => image.complete && image.naturalWidth).map((image) => image.src);
    window.fresh = (key, before) => {
        const now = window.shown(key);
        return now.length > 0 && now.length === images(key).length && now.every((src) => !before.includes(src));
    };
    window.tiles = (key) => within(key).filter((element) => element.classList.contains("tile")).length;
    window.drawn = (key) => within(key).some((element) => element.tagName === "svg" || element.role === "row");
    window.texts = (selector) => [...document.querySelectorAll(selector)].map((element) => element.innerText).join();
    document.addEventListener("pointerdown", () => { window.pressed = performance.now(); }, true);
    window.when = (holds) => new Promise((tell, fail) => {
        setTimeout(() => fail(new Error(String(holds))), 60000);
        const look = () => holds() ? tell(performance.now()) : requestAnimationFrame(look);
        look();
    });
}"""
SHEET, STRIP = "augmentation-sheet", "augmentation-strip"
STEP = ".st-key-augmentation-RandomRotation"
FORM = f"{STEP}-degrees-0"
COUNT = ".st-key-augmentation-count button"
CARD = ".st-key-summary-bench [data-testid=stColumn]:first-child"
METRICS = ".st-key-summary-look [data-testid=stMetricValue]"
TAB = ".st-key-summary-look [role=tab] >> text="


class Act(NamedTuple):
    """What is pressed, and JavaScript that tells whether it is seen, given `old`, what it told before."""

    name: str
    target: str
    seen: str
    old: str = "null"


def pictures(key: str) -> dict[str, str]:
    """All pictures of a part of the page become others."""
    return {"seen": f"fresh('{key}', old)", "old": f"shown('{key}')"}


def words(selector: str) -> dict[str, str]:
    """Its text becomes another."""
    return {"seen": f"![old, ''].includes(texts('{selector}'))", "old": f"texts('{selector}')"}


PLAYGROUND = (
    Act("see another large", f".st-key-{SHEET} .tile >> nth={{turn}}", f"large('{STRIP}') !== old", f"large('{STRIP}')"),
    Act("pick another sample", f".st-key-{SHEET} .tile >> nth=0", **pictures(STRIP)),
    Act("step the seed", ".st-key-augmentation-seed [data-testid=stNumberInputStepUp]", **pictures(SHEET)),
    Act("switch a step", STEP + "-on label", **pictures(SHEET)),
    Act("open a step", STEP + "-title button:visible", f"!document.querySelector('{FORM}') === old",
        f"!!document.querySelector('{FORM}')"),
    Act(f"ask for {limits.SAMPLES} samples", f"{COUNT} >> text='{limits.SAMPLES}'", **pictures(SHEET)),
    Act("and for 8", f"{COUNT} >> text='8'", f"tiles('{SHEET}') === 8"),
)  # fmt: skip
SUMMARY = (
    Act("pick a row", ".st-key-summary-tree [role=row]:not(.head) >> nth={turn}", **words(CARD)),
    Act("open the depth", TAB + "'Along the depth'", "drawn('summary-depth')"),
    Act("open the graph", TAB + "Graph", "drawn('summary-graph')"),
    Act("open the layers", TAB + "Layers", "drawn('summary-tree')"),
)
MEMORY = Act("ask for the memory", TAB + "Memory", **words(METRICS))
BATCH = Act("step the batch", ".st-key-summary-batch [data-testid=stNumberInputStepUp]", **words(METRICS))


class Felt(NamedTuple):
    """Milliseconds until the first and the last of it is seen, and of the server's CPU with all its workers."""

    first: float
    last: float
    cpu: float


def cpu_ms(server: psutil.Process) -> float:
    times = [process.cpu_times() for process in (server, *server.children(recursive=True))]
    return 1e3 * sum(one.user + one.system for one in times)


def opened(browser, server: psutil.Process, base: str, count: int) -> Felt:
    """A link with so many samples that nobody has asked for, by a new visitor; only what is in sight is fetched."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.add_init_script(f"({WATCH})()")
    before = cpu_ms(server)
    page.goto(f"{base}/augmentation?{PHOTO}&count={count}&seed={randrange(limits.SEED)}")
    first = page.evaluate(f"() => when(() => shown('{SHEET}').length > 0)")
    last = page.evaluate(f"() => when(() => fresh('{SHEET}', []))")
    page.wait_for_function(AT_REST, arg=300)
    felt = Felt(first, last, cpu_ms(server) - before)
    page.close()
    return felt


def home(browser, server: psutil.Process, base: str) -> Felt:
    """What every link costs a new visitor, before it shows anything of its own."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.add_init_script(f"({WATCH})()")
    before = cpu_ms(server)
    page.goto(base)
    last = page.evaluate("() => when(() => texts('h1').length > 0)")
    page.wait_for_function(AT_REST, arg=300)
    felt = Felt(last, last, cpu_ms(server) - before)
    page.close()
    return felt


def acted(page: Page, server: psutil.Process, act: Act, turn: int = 0) -> Felt:
    """One press, until all that it changes is seen."""
    before = cpu_ms(server)
    target = page.locator(act.target.format(turn=turn % 7 + 1)).first
    target.hover()  # scrolls, and takes hold again of what is drawn anew
    page.evaluate(f"""() => {{
        const old = {act.old};
        window.pressed = undefined;
        window.seen = when(() => window.pressed && ({act.seen}));
    }}""")
    target.click()
    last = page.evaluate("async () => await window.seen - window.pressed")
    page.wait_for_function(AT_REST, arg=300)
    return Felt(last, last, cpu_ms(server) - before)


def settled(browser: Browser, address: str) -> Page:
    """A new visitor's page, at rest."""
    page = browser.new_page(viewport={"width": 1280, "height": 1800})
    page.add_init_script(f"({WATCH})()")
    page.goto(address)
    page.wait_for_function(AT_REST, arg=1500)
    return page


def remembered(browser: Browser, server: psutil.Process, base: str) -> Felt:
    """The memory of a model that nobody has asked for."""
    model = MODELS["vit_b_16"](num_classes=randrange(1000, 10_000))
    page = settled(browser, f"{base}/summary?{urlencode(View(model=model).to_query())}")
    felt = acted(page, server, MEMORY)
    page.close()
    return felt


@contextmanager
def lab() -> Iterator[tuple[str, psutil.Process]]:
    """A server of its own: its address and its process."""
    with tempfile.TemporaryDirectory() as folder, running(ROOT / "app.py", Path(folder) / "log.txt") as base:
        server = next(child for child in psutil.Process().children() if "streamlit" in " ".join(child.cmdline()))
        yield base, server


def told(name: str, felts: Sequence[Felt]) -> None:
    first, last, cpu = zip(*felts, strict=True)
    begins = f"first {statistics.median(first):5.0f} (least {min(first):5.0f})   " if first != last else " " * 29
    print(
        f"  {name:22} {begins}seen {statistics.median(last):5.0f} (least {min(last):5.0f})   CPU {statistics.median(cpu):5.0f}"
    )


def main() -> None:
    print(
        f"ms until it is seen in Chromium, the median of {ROUNDS}; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    )
    with lab() as (base, server), sync_playwright() as playwright:
        path = next(found for name in NAMES if (found := shutil.which(name)))
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        opened(browser, server, base, 1)  # the workshop is warm then
        told("the home page", [home(browser, server, base) for _ in range(ROUNDS)])
        for count in (8, limits.SAMPLES):
            told(f"a link, {count} samples", [opened(browser, server, base, count) for _ in range(ROUNDS)])
        for place, acts in (
            (f"augmentation?{PHOTO}&seed={randrange(limits.SEED)}", PLAYGROUND),
            ("summary?model=resnet50", SUMMARY),
            ("summary?model=vit_b_16&look=memory", [BATCH]),
        ):
            page = settled(browser, f"{base}/{place}")
            rounds = [[acted(page, server, act, turn) for act in acts] for turn in range(ROUNDS)]
            for act, felts in zip(acts, zip(*rounds, strict=True), strict=True):
                told(act.name, felts)
            page.close()
        told(MEMORY.name, [remembered(browser, server, base) for _ in range(ROUNDS)])
        browser.close()


if __name__ == "__main__":
    main()
