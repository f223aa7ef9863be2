"""The dry run in a real browser: stopped it leaves no process behind, and left alone it comes to its end."""

import psutil
from playwright.sync_api import expect

START, END = "Run the loader", "In a Dataset of your own"


def loaders() -> list[psutil.Process]:
    """The processes that workers of the workshop have started."""
    ours = psutil.Process().children(recursive=True)
    workshop = [one for one in ours if "cnnlab.workshop" in one.cmdline() and "streamlit" in one.parent().cmdline()]
    return [loader for one in workshop for worker in one.children() for loader in worker.children()]


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
    page.get_by_text(END).wait_for(timeout=70_000)
    settle(page)
    expect(stop).to_have_count(0)
    expect(page.locator(".st-key-loading-speeds .js-plotly-plot")).to_be_visible()
    sheets = page.get_by_test_id("stHtml").locator("img")
    expect(sheets).to_have_count(3)
    for sheet in sheets.all():
        assert sheet.evaluate("image => image.complete && image.naturalWidth") == 604
