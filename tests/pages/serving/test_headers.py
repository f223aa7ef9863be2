"""The policy fits the installed Streamlit, and closed doors are not there."""

import asyncio
import re
from pathlib import Path

import pytest
from starlette.responses import PlainTextResponse

from pages.serving.headers import AGENT, INDEX, METRICS, Closed, Headers, policy, script_hashes

LET_A = "'sha256-IfEXP/8HLuXoAiy0hZVrCAcjcLsZqYFpLOHDGj8enqE='"  # openssl dgst -sha256 -binary | base64


def ask(app, path: str = "/", kind: str = "http") -> list[dict]:
    """What an app answers to a GET."""
    sent = []

    async def send(message):
        sent.append(message)

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    asyncio.run(app({"type": kind, "method": "GET", "path": path, "headers": []}, receive, send))
    return sent


def headers(sent: list[dict]) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in sent[0]["headers"]}


def test_inline_scripts_are_named_by_their_hash_and_others_not():
    assert script_hashes("<p><script>let a</script><script type='module' src='./b.js'></script>") == [LET_A]


def test_the_policy_names_every_inline_script_of_the_installed_page():
    page = INDEX.read_text(encoding="utf-8")
    inline = [body for body in re.findall(r"<script[^>]*>(.*?)</script>", page, re.DOTALL) if body.strip()]
    assert len(script_hashes(page)) == len(inline) > 0
    assert all(name in policy(page) for name in script_hashes(page))
    assert "unsafe-eval'" not in policy(page).replace("wasm-unsafe-eval", "")


def test_who_may_frame_the_page_is_the_host_s_to_say():
    assert policy("").endswith("frame-ancestors 'self'")
    assert policy("", "https://moodle.example.edu").endswith("frame-ancestors https://moodle.example.edu")
    with pytest.raises(ValueError, match="CNNLAB_FRAME_ANCESTORS"):
        policy("", "'self'; script-src *")


@pytest.mark.parametrize(("media", "guarded"), [("text/html", True), ("image/svg+xml", True), ("text/css", False)])
def test_what_a_browser_may_open_as_a_page_carries_the_policy(media, guarded):
    told = headers(ask(Headers(PlainTextResponse("", media_type=media))))
    assert told["x-content-type-options"] == "nosniff"
    assert told["referrer-policy"] == "same-origin"
    assert ("content-security-policy" in told) == guarded


def test_websocket_messages_pass_as_they_are():
    async def talk(scope, receive, send):
        await send({"type": "websocket.send", "bytes": b"1"})

    assert ask(Headers(talk), kind="websocket") == [{"type": "websocket.send", "bytes": b"1"}]


@pytest.mark.parametrize("prefix", ["", "/uni/lab"])
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/_stcore/metrics", 404),
        ("/_stcore/agent/interact", 404),
        ("/_stcore/agent/openapi.json", 404),
        ("/_stcore/health", 200),
        ("/metrics", 200),
    ],
)
def test_doors_that_nobody_opened_are_not_there(prefix, path, status):
    closed = Closed(PlainTextResponse("in"), patterns=[METRICS, AGENT])
    assert ask(closed, prefix + path)[0]["status"] == status
    assert ask(Closed(PlainTextResponse("in"), patterns=[]), prefix + path)[0]["status"] == 200


def test_the_patterns_still_meet_streamlit_s_own_paths():
    routes = (Path(INDEX).parents[1] / "web/server/starlette/starlette_routes.py").read_text()
    agents = (Path(INDEX).parents[1] / "web/server/starlette/starlette_agent_routes.py").read_text()
    assert 'f"{BASE_ROUTE_CORE}/metrics"' in routes
    assert re.findall(r'^_ROUTE_AGENT_\w+: Final = "([^"]+)"', agents, re.M)
    assert all(AGENT.search("/" + path) for path in re.findall(r'^_ROUTE_AGENT_\w+: Final = "([^"]+)"', agents, re.M))
