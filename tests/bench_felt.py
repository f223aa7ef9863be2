"""What one visitor waits for, from a press to what a real Chromium shows: `make bench`, or ROUNDS=9 for steadier numbers.

Milliseconds depend on who else uses the machine, so the least of the rounds is printed beside the median, and the CPU
milliseconds of the server with its workers, which hardly depend on it. Each round asks for what nobody asked before.
"""

import os
import shutil
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import randrange
from typing import NamedTuple

import psutil
from playwright.sync_api import Page, sync_playwright

from cnnlab import limits
from tests.browser.conftest import AT_REST, FLAGS, NAMES, ROOT, running

ROUNDS = int(os.environ.get("ROUNDS", "5"))
PHOTO = "image=astronaut"  # 512 pixels a side
WATCH = """() => {
    const inside = (node) => [...(node?.children ?? [])].flatMap((child) => [child, ...inside(child)])
        .concat(node?.shadowRoot ? inside(node.shadowRoot) : []);
    const images = (key) => inside(document.querySelector(".st-key-augmentation-" + key))
        .filter((element) => element.tagName === "IMG" && element.getBoundingClientRect().top < innerHeight);
    window.shown = (key) => images(key).filter((image) => image.complete && image.naturalWidth).map((image) => image.src);
    window.fresh = (key, before) => {
        const now = window.shown(key);
        return now.length > 0 && now.length === images(key).length && now.every((src) => !before.includes(src));
    };
    document.addEventListener("pointerdown", () => { window.pressed = performance.now(); }, true);
    window.when = (holds) => new Promise((tell, fail) => {
        setTimeout(() => fail(new Error(String(holds))), 60000);
        const look = () => holds() ? tell(performance.now()) : requestAnimationFrame(look);
        look();
    });
}"""


class Act(NamedTuple):
    """A light action: what is pressed, and the part of the page whose pictures all change; none where a form opens."""

    name: str
    key: str
    part: str
    changes: str = ""


ACTS = (
    Act("pick another sample", "sheet", ".tile >> nth={round}", "strip"),
    Act("step the seed", "seed", '[data-testid="stNumberInputStepUp"]', "sheet"),
    Act("switch a step", "RandomRotation-on", "label", "sheet"),
    Act("open a step", "RandomRotation-title", "button:visible"),
)
FORM = ".st-key-augmentation-RandomRotation-degrees-0"


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
    first = page.evaluate("() => when(() => shown('sheet').length > 0)")
    last = page.evaluate("() => when(() => fresh('sheet', []))")
    page.wait_for_function(AT_REST, arg=300)
    felt = Felt(first, last, cpu_ms(server) - before)
    page.close()
    return felt


def acted(page: Page, server: psutil.Process, act: Act, number: int) -> Felt:
    """One press, until all that it changes is seen."""
    before = cpu_ms(server)
    target = page.locator(f".st-key-augmentation-{act.key} {act.part.format(round=number % 7 + 1)}").first
    target.scroll_into_view_if_needed()
    holds = f"fresh('{act.changes}', old)" if act.changes else f"!document.querySelector('{FORM}') === open"
    page.evaluate(f"""() => {{
        const old = shown("{act.changes}"), open = !!document.querySelector("{FORM}");
        window.pressed = undefined;
        window.seen = when(() => window.pressed && ({holds}));
    }}""")
    target.click()
    last = page.evaluate("async () => await window.seen - window.pressed")
    page.wait_for_function(AT_REST, arg=300)
    return Felt(last, last, cpu_ms(server) - before)


@contextmanager
def lab() -> Iterator[tuple[str, psutil.Process]]:
    """A server of its own: its address and its process."""
    with tempfile.TemporaryDirectory() as folder, running(ROOT / "app.py", Path(folder) / "log.txt") as base:
        server = next(child for child in psutil.Process().children() if "streamlit" in " ".join(child.cmdline()))
        yield base, server


def told(name: str, felts: list[Felt]) -> None:
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
        for count in (8, limits.SAMPLES):
            told(f"a link, {count} samples", [opened(browser, server, base, count) for _ in range(ROUNDS)])
        page = browser.new_page(viewport={"width": 1280, "height": 1800})
        page.add_init_script(f"({WATCH})()")
        page.goto(f"{base}/augmentation?{PHOTO}&seed={randrange(limits.SEED)}")
        page.wait_for_function(AT_REST, arg=1500)
        for act in ACTS:
            told(act.name, [acted(page, server, act, number) for number in range(ROUNDS)])
        browser.close()


if __name__ == "__main__":
    main()
