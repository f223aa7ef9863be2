"""What a page fetches and sends."""

COUNT_FRAMES = """
() => {
    const send = WebSocket.prototype.send;
    window.framesSent = 0;
    WebSocket.prototype.send = function (...data) { window.framesSent++; return send.apply(this, data); };
}
"""


def fetched(images) -> list[bytes]:
    """What the images that a locator finds show, fetched from their addresses."""
    sources = images.evaluate_all("images => images.map(image => image.src)")
    return [images.page.request.get(source).body() for source in sources]


def counted_frames(page):
    """A function that says how many frames the page has sent to the server since now."""
    page.evaluate(COUNT_FRAMES)
    return lambda: page.evaluate("window.framesSent")
