"""Uploads that no page asked for, or for which there is no room, are refused before their bytes are read."""

import asyncio
import re
from typing import BinaryIO

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.runtime import get_instance
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from cnnlab import limits, shelf
from cnnlab.messages import SpecError
from pages.shared.ledger import LEDGER, Shelved

PATH = re.compile(r"/_stcore/upload_file/([^/]+)/([^/]+)$")
NAME = re.compile(rb'\bfilename="([^"\r\n]*)"')  # Streamlit's uploader looks at how it ends
FRAME = 1 << 20  # bytes that a form may have round its file
HEAD = 4000  # bytes of a body in which it stands
LENGTH = re.compile(r"[0-9]{1,15}")
# No visitor reads these: Streamlit's uploader says how long a file is, and refuses by itself what is too large.
NO_LENGTH = "A file must say beforehand how long it is."
NO_FILE = "Expected one file."
TOO_LARGE = "The file is too large."
SLOW = f"The file took longer than {limits.UPLOAD_SECONDS} seconds to arrive."


class Uploads:
    """Middleware: a PUT of a file passes only if the ledger admits it, and only for a while.

    Streamlit keeps files in its memory; those that are larger than its limit, and that a page asked for, go to the shelf.
    """

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        upload = scope["type"] == "http" and scope["method"] == "PUT" and PATH.search(scope["path"])
        if not upload:
            await self.app(scope, receive, send)
            return
        session, file = upload.groups()
        manager = get_instance().uploaded_file_mgr
        length = Headers(scope=scope).get("Content-Length", "")
        if not LENGTH.fullmatch(length):
            await PlainTextResponse(NO_LENGTH, 411)(scope, receive, send)
            return
        usual = st.get_option("server.maxUploadSize") << 20
        heavy = int(length) > usual
        if heavy and int(length) > LEDGER.most(session) + FRAME:
            await PlainTextResponse(TOO_LARGE, 413)(scope, receive, send)
            return
        try:
            admitted = LEDGER.admit(session, file, int(length), manager, heavy)
        except SpecError as refusal:
            await PlainTextResponse(str(refusal), 403)(scope, receive, send)
            return
        answered = False

        async def told(message: Message) -> None:
            nonlocal answered
            answered = True
            await send(message)

        try:
            async with asyncio.timeout(limits.UPLOAD_SECONDS + int(length) // limits.UPLOAD_SPEED * heavy):
                if admitted and heavy:
                    answer = await _shelve(Request(scope, receive), session, file, manager)
                    await answer(scope, receive, told)
                elif admitted:
                    await self.app(scope, receive, told)
                else:
                    name = await _file_name(receive)
                    manager.add_file(session, UploadedFileRec(file, name, "", b""))
                    await Response(status_code=204)(scope, receive, told)
        except TimeoutError:
            if not answered:
                await PlainTextResponse(SLOW, 408)(scope, receive, send)
        finally:
            LEDGER.settle(session, file, manager)


async def _shelve(request: Request, session: str, file: str, manager: MemoryUploadedFileManager) -> Response:
    """Keep the one file of a form on the shelf: it goes to the disk as it comes, and an empty one stands in for it."""
    try:
        async with request.form(max_files=1, max_fields=1) as form:
            (upload,) = (value for value in form.values() if isinstance(value, UploadFile))
            try:
                LEDGER.shelve(session, file, await run_in_threadpool(_kept, upload.file, upload.size or 0))
            except SpecError as refusal:
                LEDGER.refuse(session, file, refusal)
            manager.add_file(session, UploadedFileRec(file, upload.filename or "", upload.content_type or "", b""))
    except ClientDisconnect:
        return Response(status_code=400)
    except (ValueError, HTTPException, MultiPartException):
        return PlainTextResponse(NO_FILE, 400)
    return Response(status_code=204)


def _kept(file: BinaryIO, size: int) -> Shelved:
    """The file on the shelf. Nobody may wait for it any more: then it goes with what is given back."""
    return Shelved(shelf.keep_file(file, size))


async def _file_name(receive: Receive) -> str:
    """The name of a file, which is read to its end and not kept: a browser hears no answer before it has sent all."""
    message = await receive()
    name = NAME.search(message.get("body", b"")[:HEAD])
    while message.get("more_body"):
        message = await receive()
    return name.group(1).decode(errors="replace") if name else ""
