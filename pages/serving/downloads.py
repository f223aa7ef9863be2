"""Files of runs, sent piece by piece to whoever knows the run: nothing is held, and no path comes from a visitor."""

import asyncio
import os
import re
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import BinaryIO

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from cnnlab import limits
from cnnlab.hosting import settings
from cnnlab.specs import SpecError
from cnnlab.training.checkpoints import NAMES
from cnnlab.training.folder import CHECKPOINTS, METRICS, SPEC, STDOUT, opened
from cnnlab.training.supervisor.addresses import network
from cnnlab.training.supervisor.places import Root, runs_root
from pages.serving.answers import gone
from pages.serving.local import FORWARDED
from pages.serving.parts import under

FILES: Mapping[str, str] = {METRICS: "application/jsonl", SPEC: "application/json", STDOUT: "text/plain"}
PIECE = 1 << 18
HERE = ("127.0.0.1", "::1")
RANGE = re.compile(r"bytes=([0-9]{0,15})-([0-9]{0,15})", re.ASCII)


def file_address(run: str, name: str) -> str:
    """Where a file of a run is found, seen from any page."""
    return f"run/{run}/{name}"


def found(run: str, name: str) -> BinaryIO | None:
    """The file of that name of a run, where it is one that may be taken along; no link is followed."""
    folder = Root(runs_root()).folder(run)
    inside = f"{CHECKPOINTS}/{name}" if NAMES.fullmatch(name) else name if name in FILES else None
    return None if folder is None or inside is None else opened(folder, inside)


def span(said: str, size: int) -> tuple[int, int] | None:
    """First byte and the one after the last of a Range; all of it where it says nothing that is understood (RFC 9110).

    None where there is no such part.

    >>> span("bytes=2-3", 10), span("bytes=-4", 10), span("bytes=7-", 10), span("bytes=10-", 10), span("lines=1-2", 10)
    ((2, 4), (6, 10), (7, 10), None, (0, 10))
    """
    match = RANGE.fullmatch(said)
    if not match or match.groups() == ("", ""):
        return 0, size
    first, last = match.groups()
    if not first:
        return (size - min(int(last), size), size) if int(last) and size else None
    if last and int(last) < int(first):
        return 0, size
    return (int(first), min(int(last) + 1, size) if last else size) if int(first) < size else None


def address(request: Request) -> str | None:
    """The network address that a download is counted by; None on this very machine."""
    peer, forwarded = request.client.host if request.client else "", request.headers.getlist(FORWARDED)
    try:
        proxies = settings().proxies
    except SpecError:  # of a settings file, which is told where somebody trains
        proxies = 0
    return None if peer in HERE and not forwarded else network(peer, forwarded, proxies)


class Downloads:
    """The route of these files; so many are sent at once, by the network address that they are sent to."""

    def __init__(self, base: str = ""):
        self.sending: Counter[str | None] = Counter()
        self.route = Route(under(base, "/run/{run}/{name}"), self.answer)

    async def answer(self, request: Request) -> Response:
        run, name = request.path_params["run"], request.path_params["name"]
        to, file = address(request), None
        if self.sending.total() >= limits.DOWNLOADS:
            return PlainTextResponse(
                "Too many files are being taken along: try again in a minute.", 503, {"Retry-After": "60"}
            )
        if to is not None and self.sending[to] >= limits.ADDRESS_DOWNLOADS:
            return PlainTextResponse(
                f"Your network address is taking {limits.ADDRESS_DOWNLOADS} files along: try again when one has come.",
                503,
                {"Retry-After": "60"},
            )
        self.sending[to] += 1
        try:
            file = await run_in_threadpool(found, run, name)
        finally:
            if file is None:
                self.end(to)
        if file is None:
            return PlainTextResponse("There is no such file.", 404)
        kind = FILES.get(name, "application/octet-stream")
        return Sent(file, f"{run[:6]}-{name}", kind, request.headers, partial(self.end, to))

    def end(self, to: str | None) -> None:
        self.sending[to] -= 1
        if not self.sending[to]:
            del self.sending[to]


class Sent(Response):
    """A file as it was when it was opened: what is appended meanwhile is left out, and what replaces it is another file."""

    def __init__(self, file: BinaryIO, name: str, media_type: str, asked: Mapping[str, str], end: Callable[[], None]):
        self.file, self.end = file, end
        status = os.fstat(file.fileno())
        mark = f'"{status.st_ino:x}-{status.st_mtime_ns:x}-{status.st_size:x}"'
        part = asked.get("Range", "") if asked.get("If-Range", mark) == mark else ""
        self.span = span(part, status.st_size)
        first, end = self.span or (0, 0)
        whole = self.span == (0, status.st_size)
        headers = {
            "Content-Disposition": f'attachment; filename="{name}"',
            "Content-Length": str(end - first),
            "Cache-Control": "private, no-cache",
            "Accept-Ranges": "bytes",
            "ETag": mark,
        }
        if not whole:
            headers["Content-Range"] = (
                f"bytes {first}-{end - 1}/{status.st_size}" if self.span else f"bytes */{status.st_size}"
            )
        super().__init__(None, 416 if self.span is None else 200 if whole else 206, headers, media_type)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        first, end = self.span or (0, 0)
        left = asyncio.create_task(gone(Request(scope, receive)))
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(limits.DOWNLOAD_SECONDS + (end - first) // limits.DOWNLOAD_SPEED):
                    await self._send(scope, send, left)
        finally:
            left.cancel()
            self.file.close()
            self.end()

    async def _send(self, scope: Scope, send: Send, left: asyncio.Task) -> None:
        first, end = self.span or (0, 0)
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        if scope["method"] == "HEAD":
            end = first
        self.file.seek(first)
        while first < end:
            piece = await run_in_threadpool(self.file.read, min(PIECE, end - first))
            if (
                not piece or left.done()
            ):  # it was cut off meanwhile: what is said to come does not, and the server hangs up
                return
            first += len(piece)
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
