"""Files that a browser sends: what the middleware lets through, and what is left of one that took too long."""

import asyncio
import gc
import threading
from types import SimpleNamespace

import pytest
import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

from cnnlab import limits, shelf
from pages.serving import uploads
from pages.shared.ledger import Ledger, Ticket

CONTENT = bytes(range(256)) * 40
BODY = (
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="mine.pt"\r\n'
    b"Content-Type: application/octet-stream\r\n\r\n" + CONTENT + b"\r\n--x--\r\n"
)


@pytest.fixture
def ticket(monkeypatch, tmp_path):
    """A session's, which asked for a file larger than Streamlit's memory takes; the shelf is empty."""
    asking = Ticket("a", wanted={"up"}, most=1 << 20)
    ledger, manager = Ledger(), MemoryUploadedFileManager("/upload")
    ledger.enter(asking)
    monkeypatch.setattr(uploads, "LEDGER", ledger)
    monkeypatch.setattr(uploads, "get_instance", lambda: SimpleNamespace(uploaded_file_mgr=manager))
    monkeypatch.setattr(st, "get_option", lambda name: 0)
    monkeypatch.setattr(shelf, "folder", lambda: tmp_path)
    return asking


async def put(length: int = len(BODY)) -> int:
    """The status that the browser is told."""
    statuses = []

    async def receive():
        return {"type": "http.request", "body": BODY}

    async def send(message):
        statuses.append(message.get("status"))

    headers = [(b"content-length", b"%d" % length), (b"content-type", b"multipart/form-data; boundary=x")]
    scope = {"type": "http", "method": "PUT", "path": "/_stcore/upload_file/a/1", "headers": headers}
    await uploads.Uploads(None)(scope, receive, send)
    return statuses[0]


def test_a_large_file_lies_on_the_shelf_as_long_as_its_session_has_it(ticket, tmp_path):
    assert asyncio.run(put()) == 204
    assert shelf.read(ticket.shelved["1"].digest) == CONTENT
    ticket.shelved.clear()
    gc.collect()
    assert list(tmp_path.iterdir()) == []


def test_a_file_larger_than_any_uploader_of_the_session_takes_is_refused(ticket):
    assert asyncio.run(put(ticket.most + uploads.FRAME + 1)) == 413
    assert not ticket.sizes


@pytest.mark.parametrize("slow", ["before it is copied", "after it is copied"])
def test_nothing_is_left_of_a_file_that_took_too_long(ticket, monkeypatch, tmp_path, slow):
    keep_file, late, over = shelf.keep_file, threading.Event(), threading.Event()

    def kept(file, size):
        try:
            if slow.startswith("before"):
                late.wait(10)
            digest = keep_file(file, size)
            late.wait(10)
            return digest
        finally:
            over.set()

    async def sent() -> int:
        status = await put()
        late.set()
        await asyncio.to_thread(over.wait, 10)
        await asyncio.sleep(0.05)  # what the thread gives back comes through the loop
        return status

    monkeypatch.setattr(shelf, "keep_file", kept)
    monkeypatch.setattr(limits, "UPLOAD_SECONDS", 0.3)
    holders = +shelf._holders()
    assert asyncio.run(sent()) == 408
    gc.collect()
    assert list(tmp_path.iterdir()) == []
    assert shelf._holders() == holders
    assert not ticket.shelved
