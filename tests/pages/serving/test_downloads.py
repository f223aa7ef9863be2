"""Files of runs by address: what may be taken along, in pieces, and nothing else whatever is asked for."""

import asyncio
import os
from urllib.parse import quote

import pytest
import runs
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette

from cnnlab import limits
from cnnlab.training.supervisor.addresses import network
from cnnlab.training.supervisor.keys import token
from cnnlab.training.supervisor.notes import KEYS
from pages.serving.downloads import PIECE, Downloads, found, span


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("CNNLAB_RUNS", str(tmp_path / "runs"))
    run, _ = runs.written(tmp_path / "runs", code=0)
    (run.folder / "checkpoints" / "last.pt").write_bytes(os.urandom(2 * PIECE + 7))
    return run


def ask(
    route, path: str, method: str = "GET", gone: bool = False, peer: str = "127.0.0.1", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """What comes back for a path as it stands on the line."""
    said = [(name.replace("_", "-").lower().encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": said, "root_path": ""}
    scope["client"] = (peer, 4711)
    messages = []

    async def receive():
        if not gone:
            await asyncio.sleep(60)
        return {"type": "http.disconnect"}

    async def send(message):
        await asyncio.sleep(0.01 if gone else 0)
        messages.append(message)

    asyncio.run(Starlette(routes=[route])(scope, receive, send))
    if not messages:
        return 0, {}, b""
    heads = {name.decode(): value.decode() for name, value in messages[0]["headers"]}
    return messages[0]["status"], heads, b"".join(message.get("body", b"") for message in messages[1:])


def test_a_checkpoint_is_sent_whole_under_a_name_of_its_own(run):
    downloads = Downloads()
    status, heads, body = ask(downloads.route, f"/run/{run.folder.name}/last.pt")
    assert (status, body) == (200, (run.folder / "checkpoints" / "last.pt").read_bytes())
    assert heads["content-disposition"] == f'attachment; filename="{run.folder.name[:6]}-last.pt"'
    assert heads["content-length"] == str(2 * PIECE + 7)
    assert not downloads.sending
    assert ask(downloads.route, f"/run/{run.folder.name}/last.pt", "HEAD") == (200, heads, b"")
    based = Downloads("uni/lab").route
    assert ask(based, f"/uni/lab/run/{run.folder.name}/metrics.jsonl")[2] == (run.folder / "metrics.jsonl").read_bytes()


def test_a_download_that_broke_off_goes_on(run):
    route, path = Downloads().route, f"/run/{run.folder.name}/last.pt"
    whole = (run.folder / "checkpoints" / "last.pt").read_bytes()
    _, heads, _ = ask(route, path)
    status, part, body = ask(route, path, Range="bytes=100-", If_Range=heads["etag"])
    assert (status, body) == (206, whole[100:])
    assert part["content-range"] == f"bytes 100-{len(whole) - 1}/{len(whole)}"
    assert ask(route, path, Range=f"bytes={len(whole)}-")[0] == 416
    (run.folder / "checkpoints" / "last.pt").write_bytes(whole[:50])
    assert ask(route, path, Range="bytes=10-", If_Range=heads["etag"])[::2] == (200, whole[:50])


@given(st.integers(0, 20), st.one_of(st.none(), st.integers(0, 30)), st.one_of(st.none(), st.integers(0, 30)))
def test_a_range_is_a_part_of_the_file(size, first, last):
    data, said = bytes(range(size)), "bytes={}-{}".format(*("" if end is None else end for end in (first, last)))
    if first is None:
        wanted = data if last is None else data[max(0, size - last) :]
    else:
        wanted = data if last is not None and last < first else data[first : None if last is None else last + 1]
    part = span(said, size)
    assert (b"" if part is None else data[slice(*part)]) == wanted


def names(run) -> list[str]:
    mine = run.folder.name
    return [
        f"{mine}/{name}"
        for name in (KEYS, "status.json", "attempts/0001", "attempts", "checkpoints/last.pt", "../" + mine + "/spec.json", "")
    ] + [
        f"{mine}/..", f"{mine}/../keys.json", f"{mine}/last.pt/", f"{mine}/last.pt\0", f"{mine}/LAST.PT", f"{mine}/step_1.pt",
        "../.supervisor/queue.sqlite", ".supervisor/lock", ".supervisor/spec.json", f"../runs/{mine}/spec.json",
        f"{token()}/spec.json", "/etc/passwd", f"{mine[:-1]}/spec.json", "./spec.json", f"{mine}\n/spec.json",
    ]  # fmt: skip


def test_no_other_file_is_sent_whatever_the_address_says(run):
    route = Downloads().route
    for name in names(run):
        for path in (f"/run/{name}", f"/run/{quote(name, safe='/')}", f"/run/{name.replace('/', chr(92))}"):
            assert ask(route, path)[0] in (404, 307), path  # 307: without a slash at the end, as Starlette has it
        assert found(*(name.rsplit("/", 1) if "/" in name else (name, ""))) is None
    found(run.folder.name, "spec.json").close()


def test_no_link_is_followed(run, tmp_path):
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "best.pt").write_text("secret")
    (secret / "spec.json").write_text("secret")
    (run.folder / "checkpoints" / "best.pt").symlink_to(secret / "best.pt")
    assert found(run.folder.name, "best.pt") is None
    linked = run.folder.parent / token()
    linked.symlink_to(secret)
    assert found(linked.name, "spec.json") is None
    other, _ = runs.written(run.folder.parent)
    (other.folder / "checkpoints").rmdir()
    (other.folder / "checkpoints").symlink_to(secret)
    assert found(other.folder.name, "best.pt") is None


def test_so_many_are_sent_at_once_and_who_leaves_makes_room(run, monkeypatch):
    monkeypatch.setattr(limits, "DOWNLOADS", 1)
    downloads = Downloads()
    path = f"/run/{run.folder.name}/last.pt"
    downloads.sending["192.0.2.1/32"] = 1
    status, heads, _ = ask(downloads.route, path)
    assert (status, heads["retry-after"]) == (503, "60")
    downloads.sending.clear()
    assert len(ask(downloads.route, path, gone=True)[2]) < 2 * PIECE
    assert not downloads.sending
    monkeypatch.setattr(limits, "DOWNLOAD_SECONDS", 0)
    monkeypatch.setattr(limits, "DOWNLOAD_SPEED", 10**9)
    assert len(ask(downloads.route, path)[2]) < 2 * PIECE
    assert ask(downloads.route, f"/run/{run.folder.name}/keys.json")[0] == 404
    assert not downloads.sending


def test_one_network_address_leaves_room_for_the_others(run, monkeypatch):
    monkeypatch.setattr(limits, "ADDRESS_DOWNLOADS", 2)
    downloads, path = Downloads(), f"/run/{run.folder.name}/spec.json"
    downloads.sending.update({network(peer): 2 for peer in ("192.0.2.1", "2001:db8::1")})
    status, heads, _ = ask(downloads.route, path, peer="192.0.2.1")
    assert (status, heads["retry-after"]) == (503, "60")
    assert ask(downloads.route, path, peer="2001:db8::77")[0] == 503  # of the same /64
    assert ask(downloads.route, path, peer="192.0.2.2")[0] == 200
    downloads.sending[""] = 2  # those who may have made their address up count as one
    assert ask(downloads.route, path, peer="192.0.2.1", X_Forwarded_For="192.0.2.1")[0] == 503
    assert downloads.sending.total() == 6


def test_this_very_machine_takes_as_many_as_all(run, monkeypatch):
    monkeypatch.setattr(limits, "ADDRESS_DOWNLOADS", 0)
    downloads = Downloads()
    assert ask(downloads.route, f"/run/{run.folder.name}/spec.json")[0] == 200
    assert not downloads.sending
