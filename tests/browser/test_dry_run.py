"""The dry run in a real browser: stopped it leaves no process behind, and left alone it comes to its end."""

import os

import psutil
import pytest
from playwright.sync_api import expect

SHOP = "cnnlab.workshop"
START, END = "Run the loader", "In a Dataset of your own"


def loaders() -> list[psutil.Process]:
    """The processes that workers of this server's workshop have started."""
    table = {one.pid: one for one in psutil.process_iter(["ppid", "cmdline"])}
    above = {pid: one.info["ppid"] for pid, one in table.items()}

    def line(pid: int) -> list[int]:
        return [pid, *line(above[pid])] if pid in above else []

    def says(pid: int, word: str) -> bool:
        return word in (table[pid].info["cmdline"] or ())

    families = ((table[pid], line(pid)) for pid in table)
    return [
        one
        for one, (_own, worker, shop, server, *rest) in ((one, family) for one, family in families if len(family) > 4)
        if os.getpid() in rest and says(worker, SHOP) and says(shop, SHOP) and says(server, "streamlit")
    ]


@pytest.mark.timeout(300)  # it measures twice what others slow down
def test_a_dry_run_is_stopped_without_trace_and_comes_to_its_end(open_page, settle):
    page = open_page("/loading?look=trial&samples=200&batch_size=16")
    page.get_by_role("button", name=START).click()
    stop = page.get_by_test_id("stMain").get_by_role("button", name="Stop")
    stop.wait_for(timeout=60_000)
    expect(page.get_by_role("progressbar").first).to_be_visible()
    for _ in range(300):
        if working := loaders():
            break
        page.wait_for_timeout(100)
    assert working
    stop.click()
    page.get_by_text("Stopped, as you asked.").wait_for(timeout=30_000)
    _gone, alive = psutil.wait_procs(working, timeout=10)
    assert alive == []
    page.get_by_role("button", name="Again").click()
    page.get_by_role("heading", name=END).wait_for(timeout=70_000)
    settle(page)
    expect(stop).to_have_count(0)
    expect(page.locator(".st-key-loading-speeds .js-plotly-plot")).to_be_visible()
    sheets = page.get_by_test_id("stHtml").locator("img")
    expect(sheets).to_have_count(3)
    for sheet in sheets.all():
        assert sheet.evaluate("image => image.complete && image.naturalWidth") == 604
