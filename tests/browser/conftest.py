"""A real server, a real Chromium: `open_page(path)` gives a settled page whose console must stay silent."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect, sync_playwright

ROOT = Path(__file__).parent.parent.parent
HERE = Path(__file__).parent
START_S = 90
# No test measures time, and a machine may be busy with others.
WAIT_MS, EXPECT_MS, TEST_S = 90_000, 20_000, 300
NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# On a deep link Streamlit's frontend first looks for its server under the page's own path, then at the root.
OWN_NOISE = re.compile(r"error: Failed to load .* 404 .*\(http://[^/]+/[^/]+/_stcore/(health|host-config)\)")
# Streamlit reports the state of its run on this element. A click reaches the server a moment later, and
# one run may start another, so the page counts as settled once it has been at rest for a while.
AT_REST = """
quiet_ms => {
    const app = document.querySelector('[data-testid="stApp"]');
    const rests = app && app.dataset.testConnectionState === "CONNECTED"
        && app.dataset.testScriptState === "notRunning"
        && !document.querySelector('[data-testid="stAppSkeleton"], [data-stale="true"]');
    if (!rests) window.restsSince = undefined;
    else window.restsSince ??= performance.now();
    return rests && performance.now() - window.restsSince >= quiet_ms;
}
"""


def pytest_collection_modifyitems(items):
    """Mark what lies in this folder, and run it last: Playwright leaves an event loop in the main thread."""
    folders = {path: HERE in path.parents for path in {item.path for item in items}}
    for item in items:
        if folders[item.path]:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.timeout(TEST_S))
    items.sort(key=lambda item: folders[item.path])


@contextmanager
def running(entry: Path, log: Path, base: str = "", port: int = 0) -> Iterator[str]:
    """The address of a server that runs this script under the path `base`, for as long as the context lasts."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}{base}"
    command = [sys.executable, "-m", "streamlit", "run", str(entry), "--server.headless", "true"]
    command += ["--server.address", "127.0.0.1", "--server.port", str(port), "--server.baseUrlPath", base]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT, env=environment)
    try:
        _wait_until_healthy(address, process, log)
        yield address
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="session")
def serve():
    """`with serve(entry, log, base="", port=0) as address` runs an app of its own."""
    return running


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """The address of the real app; at the end its log must hold no traceback."""
    log = tmp_path_factory.mktemp("server") / "log.txt"
    with running(ROOT / "app.py", log) as address:
        yield address
    text = log.read_text(errors="replace")
    assert "Traceback" not in text, f"The server printed a traceback:\n{text}"


def _wait_until_healthy(address: str, process: subprocess.Popen, log: Path) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with opener.open(f"{address}/_stcore/health", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"The server did not start:\n{log.read_text(errors='replace')}")


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        names = (os.environ.get("CNNLAB_CHROMIUM"), *NAMES, playwright.chromium.executable_path)
        binary = next((found for name in names if name and (found := shutil.which(name))), None)
        if binary is None:
            refuse = pytest.fail if os.environ.get("CI") else pytest.skip
            refuse("No Chromium found: run `make browser`, or set CNNLAB_CHROMIUM to its path.")
        chromium = playwright.chromium.launch(executable_path=binary, args=FLAGS)
        expect.set_options(timeout=EXPECT_MS)
        yield chromium
        chromium.close()


@pytest.fixture
def settle():
    """`settle(page)` returns once Streamlit's run is over and stays over for `quiet_ms`."""

    def settle(page, quiet_ms: int = 300) -> None:
        page.evaluate("window.restsSince = undefined")
        page.wait_for_function(AT_REST, arg=quiet_ms, timeout=WAIT_MS)

    return settle


@pytest.fixture
def listen():
    """`listen(page)` wants its console to stay silent, up to the end of the test."""
    said = []

    def hear(message):
        text = f"{message.type}: {message.text} ({message.location['url']})"
        if message.type in ("error", "warning") and not OWN_NOISE.fullmatch(text):
            said.append(text)

    def listen(page):
        page.on("console", hear)
        page.on("pageerror", lambda error: said.append(f"page error: {error}"))

    yield listen
    assert said == []


@pytest.fixture(scope="session")
def windows():
    """Windows that visitors left, by what their browser has: half of what a first page costs is a window and its cache."""
    return defaultdict(list)


@pytest.fixture
def new_page(browser, listen, windows):
    """`new_page(width=, height=, theme=, …)` is an empty page of a new visitor; more says what the browser has.

    The window may be one that another visitor left, but the tab is new, and nothing is kept except the browser's cache.
    """
    opened = []

    def new_page(*, width: int = 1280, height: int = 900, theme: str = "light", **more):
        has = {"locale": "en-US", **more}
        left = windows[repr(sorted(has.items()))]
        if not left:
            left.append(browser.new_context(**has))
            left[0].set_default_timeout(WAIT_MS)
            left[0].new_page()  # keeps the window open
        context = left.pop()
        opened.append((left, context))
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=theme)
        listen(page)
        return page

    yield new_page
    for left, context in opened:
        _leave(context)
        left.append(context)


def _leave(context) -> None:
    first, *others = context.pages
    origins = {"{0.scheme}://{0.netloc}".format(urlsplit(page.url)) for page in others}
    for page in others:
        page.close()
    protocol = context.new_cdp_session(first)
    for origin in origins:
        protocol.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"})
    protocol.detach()


@pytest.fixture
def open_page(server, settle, new_page):
    """`open_page(path, width=, height=, …)` opens a fresh visitor's page, settled; more says what the visitor has."""

    def open_page(path: str = "/", **has):
        page = new_page(**has)
        page.goto(server + "/" + path.lstrip("/"))
        settle(page)
        return page

    return open_page
