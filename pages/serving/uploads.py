"""Uploads that no page asked for, or for which there is no room, are refused before their bytes are read."""

import asyncio
import re

import streamlit as st
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.runtime import get_instance
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from cnnlab import limits
from cnnlab.messages import SpecError
from pages.shared.ledger import LEDGER

PATH = re.compile(r"/_stcore/upload_file/([^/]+)/([^/]+)$")
NAME = re.compile(rb'\bfilename="([^"\r\n]*)"')  # Streamlit's uploader looks at how it ends
HEAD = 4000  # bytes of a body in which it stands
LENGTH = re.compile(r"[0-9]{1,15}")
# No visitor reads these: Streamlit's uploader says how long a file is, and refuses by itself what is too large.
NO_LENGTH = "A file must say beforehand how long it is."
TOO_LARGE = "The file is too large."
SLOW = f"The file took longer than {limits.UPLOAD_SECONDS} seconds to arrive."


class Uploads:
    """Middleware: a PUT of a file passes only if the ledger admits it, and only for a while."""

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
        if int(length) > st.get_option("server.maxUploadSize") << 20:
            await PlainTextResponse(TOO_LARGE, 413)(scope, receive, send)
            return
        try:
            admitted = LEDGER.admit(session, file, int(length), manager)
        except SpecError as refusal:
            await PlainTextResponse(str(refusal), 403)(scope, receive, send)
            return
        answered = False

        async def told(message: Message) -> None:
            nonlocal answered
            answered = True
            await send(message)

        try:
            async with asyncio.timeout(limits.UPLOAD_SECONDS):
                if admitted:
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


async def _file_name(receive: Receive) -> str:
    """The name of a file, which is read to its end and not kept: a browser hears no answer before it has sent all."""
    message = await receive()
    name = NAME.search(message.get("body", b"")[:HEAD])
    while message.get("more_body"):
        message = await receive()
    return name.group(1).decode(errors="replace") if name else ""
