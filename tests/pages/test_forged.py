"""What a browser may send in place of a widget's value: whatever it is, nothing breaks and nothing is done without a key."""

import json
import traceback
from collections.abc import Iterator
from typing import Any

import pytest
import runs
import visit
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates

from cnnlab.training import TrainConfig
from cnnlab.training.supervisor.keys import token
from cnnlab.training.supervisor.places import Root
from cnnlab.training.supervisor.requests import read
from cnnlab.training.view import View
from pages.training.keys import KEY
from pages.training.looks import LOOKS

WRONG = [
    ("trigger_value", True),
    ("bool_value", True),
    ("int_value", 2**62),
    ("double_value", float("nan")),
    ("double_value", float("inf")),
    ("double_value", -1e300),
    ("string_value", "7"),
    ("string_value", "<b>" * 20_000),
    ("string_array_value", ["7", "nobody"]),
    ("double_array_value", [float("nan")] * 5000),
    ("int_array_value", [2**62, -1]),
    ("json_value", json.dumps({"held": {"visitor": 7, "keys": ["a"]}})),
    (
        "json_value",
        json.dumps({"held": {"visitor": ["v"] * 50_000, "keys": {str(place): place for place in range(5000)}}}),
    ),
    ("json_value", json.dumps({"picked": {"name": ["LeNet"]}, "sent": 7, "selection": {"points": "x"}})),
    ("json_value", '{"held": NaN, "picked": {"name": NaN}}'),
    ("json_value", "null"),
]


@pytest.fixture(autouse=True)
def root(monkeypatch, tmp_path):
    monkeypatch.setenv("CNNLAB_RUNS", str(tmp_path))
    monkeypatch.setattr("cnnlab.training.supervisor.client.start", lambda root, module: None)
    return tmp_path


def widgets(app) -> list[str]:
    """The ids of all that the page has drawn and a browser may answer for."""
    return sorted({id for id in visit.ids(app._tree) if "-training." in id})


def send(app, id: str, field: str, value: Any) -> None:
    forged = WidgetState(id=id)
    if field.endswith("array_value"):
        getattr(forged, field).data.extend(value)
    else:
        setattr(forged, field, value)
    others = [state for state in app._tree.get_widget_states().widgets if state.id != id]
    app._run(WidgetStates(widgets=[*others, forged]))


def asked(root) -> list[tuple[str, str]]:
    return [(request.verb, request.run) for request in read(Root(root))]


def run_and_views(root) -> Iterator[View]:
    """A run of somebody else that is at work, in each of its looks, with one that is over beside it."""
    run, _ = runs.written(root, state="running")
    runs.checkpoint(run, "last.pt", 30)
    over, _ = runs.written(root, TrainConfig(epochs=3), code=75)
    for look in LOOKS:
        yield View(run=run.folder.name, look=look.name, runs=(over.folder.name,))


def opened(view: View, **state):
    stranger = {KEY: {"held": {"visitor": "v" * 32, "keys": {}}}}
    state = {"training.download": True, "training.fork": True, "training.delete": True, **stranger, **state}
    app = visit.visit("training", view.to_query(), **state)
    assert not app.exception
    return app


def test_what_is_sent_for_the_keys_opens_no_run(root):
    """The key of another run, keys of names that are no run's, and what is no key."""
    run, key = runs.written(root, state="running")
    other, others = runs.written(root, state="running")
    name = run.folder.name
    for keys in (
        {name: others}, {name: token(), name + " ": key, "../" + name: key, other.folder.name: others}, {name: {"key": key}},
        [name, key],
    ):  # fmt: skip
        app = opened(View(run=name), **{KEY: {"held": {"visitor": "v" * 32, "keys": keys}}})
        deeds = [id for id in widgets(app) if id.endswith(("training.stop", "training.pause", "fork.go", "delete.go"))]
        assert deeds
        for id in deeds:
            send(app, id, "trigger_value", True)  # though it cannot be pressed
            assert not app.exception, keys
        assert asked(root) == [], keys
    assert other.folder.exists()
    app = opened(View(run=name), **{KEY: {"held": {"visitor": "v" * 32, "keys": {name: key}}}})
    send(app, next(id for id in widgets(app) if id.endswith("training.stop")), "trigger_value", True)
    assert asked(root) == [("stop", name)]


def test_a_button_that_is_not_drawn_does_nothing(root):
    view = next(run_and_views(root))
    app = opened(view)
    places = [id for id in widgets(app) if id.endswith(("training.stop", "training.pause"))]
    assert places
    for id in places:
        for verb in ("resume", "delete.go", "fork.go", "go", "fetch"):
            send(app, id.rpartition("-")[0] + f"-training.{verb}", "trigger_value", True)
            assert not app.exception
    assert asked(root) == []
    assert len(Root(root).runs()) == 2


@pytest.fixture
def raised(monkeypatch) -> list[BaseException]:
    """What reached Streamlit out of a run of the page."""
    raised = []
    monkeypatch.setattr("streamlit.error_util._log_uncaught_app_exception", raised.append)
    return raised


def ours(error: BaseException) -> bool:
    """Whether it was raised here: Streamlit itself cannot read values of another type than a widget's."""
    return "site-packages" not in traceback.extract_tb(error.__traceback__)[-1].filename


@pytest.mark.sweep
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("look", ["set up", *(look.name for look in LOOKS)])
def test_no_value_of_any_widget_breaks_the_page_or_does_a_deed(root, raised, look):
    views = {view.look: view for view in run_and_views(root)}
    view = views.get(look, View())
    ids = [id for id in widgets(opened(view)) if not id.endswith(("training.go", "training.fetch"))]
    assert ids
    wrong = []
    for id in ids:
        app = opened(view)
        for field, value in WRONG:
            send(app, id, field, value)
            wrong += [(id.rpartition("-")[2], field, repr(error)) for error in raised if ours(error)]
            raised.clear()
            assert asked(root) == [], (id, field, value)
    assert sorted(set(wrong)) == []
    assert len(Root(root).runs()) == 2
