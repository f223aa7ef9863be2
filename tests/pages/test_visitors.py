"""Who may train where: one's own machine is open, what others reach is bounded, and nobody gains by making up who they are."""

import os
from types import SimpleNamespace

import pytest
import streamlit as st
import visit
from visit import said

from cnnlab.hosting import SHARED, VARIABLE
from cnnlab.loading import DATASETS
from cnnlab.training.view import View
from pages.serving.local import is_local, tell_who_comes


@pytest.fixture(autouse=True)
def root(monkeypatch, tmp_path):
    """A folder of runs of its own, and no supervisor for it."""
    monkeypatch.setenv("CNNLAB_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr("cnnlab.training.supervisor.client.start", lambda root, module: None)
    for name in (VARIABLE, SHARED):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "runs"


@pytest.fixture
def rules(monkeypatch, tmp_path):
    path = tmp_path / "host.toml"
    monkeypatch.setenv(VARIABLE, str(path))
    return lambda text: path.write_text(f"free_mib = 0\n{text}\n")


@pytest.fixture
def comes(monkeypatch):
    """Sets from where the next visitors come."""

    def comes(peer: str, **headers: str) -> None:
        said = [(name.replace("_", "-"), value) for name, value in headers.items()]
        context = SimpleNamespace(remote_ip=peer, headers=said)
        monkeypatch.setattr("streamlit.runtime.context._get_client_context", lambda: context)

    return comes


def opened(**fields):
    app = visit.visit("training", View(**fields).to_query())
    assert not app.exception, app.exception
    return app


def go(app):
    return next(button for button in app.button if button.key == "training.go")


@pytest.mark.parametrize(
    ("address", "named", "shared"),
    [
        ("localhost", "", False),
        ("127.0.0.1", "", False),
        ("127.0.0.2", "", False),
        ("::1", "", False),
        ("0.0.0.0", "", True),
        ("::", "", True),
        ("192.168.1.5", "", True),
        ("lab.example.edu", "", True),
        (None, "", True),
        ("0.0.0.0", "host.toml", False),
    ],
)
def test_a_server_that_others_reach_is_shared_unless_its_host_said_what_they_may(monkeypatch, address, named, shared):
    get = st.get_option
    monkeypatch.setattr(st, "get_option", lambda name: address if name == "server.address" else get(name))
    monkeypatch.setenv(SHARED, "0" if shared else "1")
    monkeypatch.setenv(VARIABLE, named)
    tell_who_comes()
    assert os.environ.get(SHARED) == ("1" if shared else None)
    assert is_local() == (not shared and not named)


def test_on_a_shared_server_a_run_is_bounded_and_the_page_says_so(monkeypatch):
    says = "so a run may take 10 minutes, 50 epochs and 3,072 MiB of memory, and 2 run at once."
    assert not any(says in caption.value for caption in opened(epochs=51).caption)
    monkeypatch.setenv(SHARED, "1")
    app = opened(epochs=51)
    assert any(says in caption.value for caption in app.caption)
    assert said(app) == ["epochs=51 is more than this machine allows: use 50 or less."]
    assert go(app).disabled
    app = opened(epochs=50)
    assert said(app) == []
    assert not go(app).disabled


@pytest.mark.parametrize("header", ["x_real_ip"])
def test_through_a_proxy_nobody_trains_before_the_host_said_what_they_may(comes, rules, monkeypatch, root, header):
    monkeypatch.delenv(VARIABLE)
    comes("127.0.0.1")
    app = opened()
    assert said(app) == []
    comes("127.0.0.1", **{header: "203.0.113.7"})
    go(app).click().run()  # it was drawn before
    says = (
        "This page comes through a proxy, and nobody has said what visitors may train: whoever runs the lab names a "
        "settings file in CNNLAB_HOST, for which an empty one will do."
    )
    assert says in said(app)
    assert said(opened()) == [says]
    assert [path for path in root.iterdir() if not path.name.startswith(".")] == []


def test_nobody_has_data_downloaded_through_a_proxy_that_nobody_told_of(comes, monkeypatch):
    monkeypatch.setattr("pages.training.start.fetched", lambda data: False)
    for headers, offered in (({}, ["training.fetch"]), ({"X_Forwarded_For": "203.0.113.7"}, [])):
        comes("127.0.0.1", **headers)
        app = opened(data=DATASETS["CIFAR10"]())
        assert [button.key for button in app.button if button.key == "training.fetch"] == offered


def test_a_machine_that_cannot_keep_runs_says_so_and_which_folder(monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("CNNLAB_RUNS", str(tmp_path / "file" / "runs"))
    says = f"Runs cannot be kept in {tmp_path / 'file' / 'runs'} (Not a directory): let CNNLAB_RUNS name a folder that can be"
    for fields in ({}, {"run": "a" * 22}):
        (box,) = said(opened(**fields))
        assert box.startswith(says)


def test_another_browser_at_the_same_address_is_counted_with_the_first(comes, rules):
    rules("per_address = 1")
    comes("203.0.113.7")
    go(opened()).click().run()
    says = ["1 runs from your network address run or wait, and 1 may: wait for one of them to end."]
    assert said(opened()) == says
    comes("203.0.113.7", X_Forwarded_For="198.51.100.1")
    assert said(opened()) == says
    comes("203.0.113.8")
    assert said(opened()) == []


def test_behind_a_proxy_that_is_trusted_each_visitor_has_an_address(comes, rules):
    rules("per_address = 1\nproxies = 1")
    comes("192.0.2.1", X_Forwarded_For="203.0.113.7")
    go(opened()).click().run()
    comes("192.0.2.1", X_Forwarded_For="1.2.3.4, 203.0.113.7")
    assert len(said(opened())) == 1
    comes("192.0.2.1", X_Forwarded_For="203.0.113.8")
    assert said(opened()) == []
