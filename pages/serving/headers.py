"""What the server tells browsers not to do, and the doors of Streamlit's that stay closed."""

import base64
import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

INDEX = Path(st.__file__).parent / "static" / "index.html"
METRICS = re.compile(r"/_stcore/metrics/?$")
AGENT = re.compile(r"/_stcore/agent(/|$)")
# What a browser never opens as a page of its own needs no policy; some seventy such files make a first visit.
PARTS = ("text/javascript", "application/javascript", "text/css", "font/")


def script_hashes(html: str) -> list[str]:
    """The inline scripts of a page, as a policy names them."""
    scripts = re.findall(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", html, re.DOTALL)
    digests = (hashlib.sha256(script.encode()).digest() for script in scripts)
    return [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]


def policy(html: str, ancestors: str = "'self'") -> str:
    """The Content-Security-Policy of the page `html`, which `ancestors` may frame (as in frame-ancestors)."""
    if re.search(r"[;,\r\n]", ancestors):
        raise ValueError(f"CNNLAB_FRAME_ANCESTORS={ancestors!r} must be origins with spaces between them.")
    directives = {
        "default-src": "'none'",
        # Streamlit makes a blob of a component's inline script; its protobuf is WebAssembly.
        "script-src": " ".join(["'self'", "blob:", "'wasm-unsafe-eval'", *script_hashes(html)]),
        "style-src": "'self' 'unsafe-inline'",  # emotion, plotly and React write styles
        "img-src": "'self' data:",
        "font-src": "'self' data:",
        "connect-src": "'self'",
        "manifest-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": ancestors,
    }
    return "; ".join(f"{name} {value}" for name, value in directives.items())


class Headers:
    """Middleware: every answer carries what browsers should refuse. Websocket messages pass untouched."""

    def __init__(self, app: ASGIApp, ancestors: str = "'self'"):
        self.app = app
        self.policy = policy(INDEX.read_text(encoding="utf-8"), ancestors)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "same-origin"
                if not headers.get("Content-Type", "").startswith(PARTS):
                    headers["Content-Security-Policy"] = self.policy
            await send(message)

        await self.app(scope, receive, told)


class Closed:
    """Middleware: paths that match one of the patterns are not there."""

    def __init__(self, app: ASGIApp, patterns: Iterable[re.Pattern[str]]):
        self.app, self.patterns = app, tuple(patterns)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        closed = scope["type"] == "http" and any(pattern.search(scope["path"]) for pattern in self.patterns)
        await (PlainTextResponse("Not Found", 404) if closed else self.app)(scope, receive, send)
