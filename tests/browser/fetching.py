"""What a page fetches and sends."""

from streamlit.proto.BackMsg_pb2 import BackMsg

KEEP_FRAMES = """
() => {
    const send = WebSocket.prototype.send;
    window.framesSent = [];
    WebSocket.prototype.send = function (data) { window.framesSent.push([...new Uint8Array(data)]); return send.call(this, data); };
}
"""


def fetched(images) -> list[bytes]:
    """What the images that a locator finds show, fetched from their addresses."""
    sources = images.evaluate_all("images => images.map(image => image.src)")
    return [images.page.request.get(source).body() for source in sources]


def kept_frames(page):
    """A function that gives what the page has sent to the server since now."""
    page.evaluate(KEEP_FRAMES)
    return lambda: [BackMsg.FromString(bytes(frame)) for frame in page.evaluate("window.framesSent")]
