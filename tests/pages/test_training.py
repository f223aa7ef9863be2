"""The training page without a browser: what is set up, and what is told of runs that were left in every state."""

import json
import re
from pathlib import Path

import pytest
import runs
import visit
from visit import query, said

from cnnlab.loading import DATASETS
from cnnlab.models import MODELS
from cnnlab.specs import SpecError
from cnnlab.training import OPTIMIZERS, TrainConfig, attempts
from cnnlab.training.answers import Probe
from cnnlab.training.heartbeat import who
from cnnlab.training.presets import presets
from cnnlab.training.run import Run
from cnnlab.training.supervisor import Place
from cnnlab.training.supervisor.places import Root
from cnnlab.training.supervisor.queue import Entry, Queue
from cnnlab.training.supervisor.requests import read
from cnnlab.training.view import View
from cnnlab.training.words import ANEW, STATES
from pages.training import office
from pages.training.keys import KEY
from pages.training.looks import LOOKS
from pages.training.progress import STARTING
from pages.training.trying import probed


@pytest.fixture(autouse=True)
def root(monkeypatch, tmp_path):
    """A folder of runs of its own, and no supervisor for it: what is asked of one is read by the test."""
    monkeypatch.setenv("CNNLAB_RUNS", str(tmp_path))
    monkeypatch.setattr("cnnlab.training.supervisor.client.start", lambda root, module: None)
    return tmp_path


def opened(view: View | None = None, keys: dict[str, str] | None = None, **state):
    state |= {KEY: {"held": {"visitor": "v" * 32, "keys": keys}}} if keys is not None else {}
    app = visit.visit("training", (view or View()).to_query(), **state)
    assert not app.exception, app.exception
    return app


def now(app) -> View:
    return app.session_state["training.trail"].now


def button(app, name: str):
    """A button of the page by the end of its key, None where it is not drawn."""
    return next((one for one in app.button if one.key == f"training.{name}"), None)


def texts(app) -> str:
    boxes = (*app.markdown, *app.caption, *app.info, *app.subheader, *app.success, *app.error)
    return "\n".join(visit.unquoted(box.value) for box in boxes)


def test_one_click_starts_the_default_and_watches_it(root):
    app = opened()
    assert (
        "1,437 samples, batches of 64 → 23 iterations per epoch (22 with drop_last); 12 epochs = 276 steps."
        in texts(app)
    )
    button(app, "go").click().run()
    assert said(app) == []
    (folder,) = [path for path in root.iterdir() if not path.name.startswith(".")]
    assert query(app) == {"run": folder.name}
    assert Run(folder).config == TrainConfig()
    assert [request.verb for request in read(Root(root))] == ["submit"]
    assert STATES["queued"].about in texts(app)
    assert button(app, "stop").disabled is False  # this session holds the key, though no browser has kept it
    assert button(app, "pause") is None


def test_what_is_set_up_is_what_the_run_is_given(root):
    app = opened()
    app.number_input(key="training.epochs").set_value(3).run()
    app.selectbox(key="training.optimizer").set_value("SGD").run()
    assert now(app) == View(epochs=3, optimizer=OPTIMIZERS["SGD"].example())
    assert "3 epochs = 69 steps." in texts(app)
    button(app, "go").click().run()
    assert Run(root / now(app).run).config == TrainConfig(epochs=3, optimizer=OPTIMIZERS["SGD"].example())


def test_why_a_run_cannot_start_is_said_beside_the_button_that_mends_it():
    app = opened(View(batch_size=2048, drop_last=True))
    assert said(app) == [
        "1,437 samples make no full batch of 2,048, and drop_last leaves the short one out: an epoch would have no step."
    ]
    assert button(app, "go").disabled
    button(app, "mend.0.0").click().run()
    assert said(app) == []
    assert not now(app).drop_last
    assert not button(app, "go").disabled


def test_what_the_host_does_not_allow_is_said_with_its_number(monkeypatch, tmp_path):
    settings = tmp_path / "host.toml"
    settings.write_text("epochs = 5\n")
    monkeypatch.setenv("CNNLAB_HOST", str(settings))
    app = opened()
    assert said(app) == ["epochs=12 is more than this machine allows: use 5 or less."]
    assert button(app, "go").disabled
    settings.write_text("train = false\n")
    assert said(opened()) == ["Nobody may train on this machine: start cnnlab on your own."]


def test_data_that_is_not_here_is_fetched_by_a_button_where_the_host_allows_it(monkeypatch, tmp_path):
    monkeypatch.setenv("CNNLAB_DATA", str(tmp_path / "data"))
    view = View(data=DATASETS["CIFAR10"]())
    app = opened(view)
    assert said(app) == []
    assert button(app, "fetch") is not None
    assert button(app, "go").disabled
    settings = tmp_path / "host.toml"
    settings.write_text("fetch = false\n")
    monkeypatch.setenv("CNNLAB_HOST", str(settings))
    app = opened(view)
    assert button(app, "fetch") is None
    assert button(app, "go").disabled


def test_the_experiment_starts_six_runs_and_compares_them(root):
    app = opened(**{"training.presets": True})
    place = next(number for number, preset in enumerate(presets()) if len(preset.configs) > 1)
    button(app, f"presets.{place}").click().run()
    assert said(app) == []
    view = now(app)
    assert view.look == "compare"
    names = (view.run, *view.runs)
    assert [Run(root / name).config for name in names] == list(presets()[place].configs)
    assert query(app) == {"run": names[0], "look": "compare", "runs": ".".join(names[1:])}


def kept(made):
    runs.checkpoint(made[0], "last.pt", 30)
    return made


LEFT = {
    "queued": lambda root: runs.written(root, steps=0),
    "running": lambda root: runs.written(root, state="running"),
    "paused": lambda root: runs.written(root, state="paused"),
    "stopped": lambda root: kept(runs.written(root, code=75)),
    "finished": lambda root: runs.written(root, code=0),
    "failed": lambda root: runs.written(root, code=1),
    "lost": lambda root: runs.written(root, state="running", seconds=-1),
}
BUTTONS = {"queued": {"stop"}, "running": {"pause", "stop"}, "paused": {"resume", "stop"}, "finished": set()}


@pytest.mark.parametrize("state", LEFT)
def test_every_state_is_told_in_a_word_a_sentence_and_what_can_be_done(root, state):
    run, key = LEFT[state](root)
    assert run.state == state
    app = opened(View(run=run.folder.name), keys={run.folder.name: key})
    assert said(app) == []
    assert STATES[state].about in texts(app)
    drawn = {verb for verb in ("pause", "resume", "stop") if button(app, verb)}
    assert drawn == BUTTONS.get(state, {"resume"})
    assert not any(button(app, verb).disabled for verb in drawn)
    if drawn:
        verb = min(drawn)
        button(app, verb).click().run()
        assert said(app) == []
        assert [(request.verb, request.run) for request in read(Root(root))] == [(verb, run.folder.name)]


def test_a_run_that_was_stopped_before_its_first_checkpoint_says_that_it_begins_anew(root):
    run, key = runs.written(root, steps=0)
    run.ask("stop")
    assert run.state == "stopped"
    told = texts(opened(View(run=run.folder.name), keys={run.folder.name: key}))
    assert ANEW in told
    assert STATES["stopped"].about not in told


@pytest.mark.parametrize("accuracy", [0.1, 0.9])
def test_a_run_that_ended_no_better_than_guessing_says_so(root, accuracy):
    run, _ = runs.written(root, code=0)
    last = {"kind": "epoch", "step": 30, "epoch": 4, "train/loss": 9.0, "val/accuracy": accuracy}
    runs.log(run, [last, {"kind": "end", "step": 30, "reason": "finished", "guess": 0.1, "guessed": 360}])
    told = [visit.unquoted(box.value) for box in opened(View(run=run.folder.name)).warning]
    guessed = "No better than guessing (10.0%), and the loss rose: try a smaller learning rate."
    assert told == ([guessed] if accuracy < 0.5 else [])


def test_delete_is_offered_to_who_holds_the_key_alone(root):
    run, key = runs.written(root, code=0)
    for keys, offered in (({}, False), ({run.folder.name: key}, True)):
        app = opened(View(run=run.folder.name), keys=keys, **{"training.delete": True})
        assert (button(app, "delete.go") is not None) == offered
        assert ("delete" in str([one.key for one in app.button])) == offered


def test_a_stopped_run_that_is_resumed_is_looked_at_until_it_goes_on(root):
    run, key = runs.written(root, code=75)
    app = opened(View(run=run.folder.name), keys={run.folder.name: key})
    assert not office.stirs(run)
    button(app, "resume").click().run()
    assert app.session_state["training.asked"].keys() == {run.folder.name}
    with Queue(Root(root).queue, write=True) as queue:  # as the supervisor does
        queue.add(Entry(run=run.folder.name, visitor="v", created=1.0, asked=1.0))
    assert office.state(run) == "queued"
    assert office.stirs(run)
    assert STATES["queued"].about in texts(opened(View(run=run.folder.name)))


def test_without_the_key_a_run_may_be_watched_alone(root):
    run, key = runs.written(root, state="running")
    for keys in ({}, {run.folder.name: "A" * 22}):
        app = opened(View(run=run.folder.name), keys=keys)
        assert "Loss of the last batch" in [metric.label for metric in app.metric]
        if not keys:
            assert button(app, "pause").disabled
            assert button(app, "stop").disabled
            assert "Only the browser that started this run holds the key to it." in texts(app)
        else:  # a wrong one, which a browser may send
            button(app, "stop").click().run()
            assert said(app) == ["Only the browser that started this run can change it: start one of your own like it."]
    assert list(read(Root(root))) == []
    assert key not in json.dumps(View(run=run.folder.name).to_query())


@pytest.mark.parametrize("name", ["A" * 22, "x", ".supervisor"])
def test_a_run_that_is_not_there_is_said_to_be_gone(name):
    app = visit.visit("training", {"run": name})
    assert "There is no run at this address" in texts(app) or said(app)
    assert not app.exception


def test_numbers_that_are_not_finite_are_told_with_what_to_do(root):
    run, key = runs.written(root, code=0)
    runs.log(run, [{"kind": "end", "step": 30, "epoch": 3, "reason": "not finite", "what": "loss", "layer": "fc1"}])
    app = opened(View(run=run.folder.name), keys={run.folder.name: key})
    assert said(app) == [
        "At step 30 a number was no longer finite (loss in fc1): from there on nothing could be learnt."
    ]


@pytest.mark.parametrize("look", [look.name for look in LOOKS])
def test_every_look_draws_before_the_first_step_and_after_some(root, look):
    for steps in (0, 30):
        run, _ = runs.written(root, steps=steps)
        assert said(opened(View(run=run.folder.name, look=look))) == []


def test_event_files_are_made_for_who_asks_and_then_saved(root):
    run, _ = runs.written(root, code=0)
    app = opened(View(run=run.folder.name), **{"training.download": True})
    assert not any(one.key == "training.download.events.save" for one in app.get("download_button"))
    button(app, "download.events").click().run()
    assert said(app) == []
    assert button(app, "download.events") is None
    assert f"Save {run.folder.name[:6]}-tensorboard.zip" in [one.proto.label for one in app.get("download_button")]


def test_a_folder_that_is_damaged_says_so_and_stops_nothing(root):
    run, _ = runs.written(root)
    Path(run.folder, "spec.json").chmod(0o600)
    Path(run.folder, "spec.json").write_text("{}")
    assert "There is no run at this address" in texts(opened(View(run=run.folder.name)))


def test_the_files_of_a_run_are_taken_along_by_their_addresses(root):
    run, _ = runs.written(root, code=0)
    runs.checkpoint(run, "last.pt", 30)
    (run.folder / "checkpoints" / "best.pt").symlink_to("/etc/passwd")
    app = opened(View(run=run.folder.name), **{"training.download": True})
    names = {one.proto.url: one.proto.label.partition(" ")[0] for one in app.get("link_button")}
    assert names == {f"run/{run.folder.name}/{name}": name for name in ("metrics.jsonl", "spec.json", "last.pt")}


@pytest.mark.parametrize(
    "config",
    [
        {"epochs": 7},
        {"epochs": ["7"]},
        {"validation": None},
        {"device": 1},
        {"model": 3},
        {"classes": {}},
        {"augmentation": 1},
        {"data": "x"},
    ],
    ids=str,
)
def test_a_description_of_another_version_is_told_in_a_sentence(root, config):
    run, key = runs.written(root)
    Path(run.folder, "spec.json").chmod(0o600)
    Path(run.folder, "spec.json").write_text(json.dumps({"v": 1, "config": config}))
    app = opened(View(run=run.folder.name), keys={run.folder.name: key})
    assert said(app) == []
    assert "There is no run at this address" in texts(app)
    with pytest.raises(SpecError):
        Run(run.folder).config  # noqa: B018


def test_a_deleted_run_leaves_its_settings_to_set_up_again(root):
    run, key = runs.written(root, TrainConfig(epochs=7), code=0)
    app = opened(View(run=run.folder.name), keys={run.folder.name: key}, **{"training.delete": True})
    button(app, "delete.go").click().run()
    assert [request.verb for request in read(Root(root))] == ["delete"]
    assert now(app) == View(epochs=7)


@pytest.mark.parametrize(("field", "value"), [("batch_size", 0), ("batch_size", 100_000), ("clip", -1.0)])
def test_a_number_that_does_not_fit_is_refused_by_its_field_and_nothing_starts_meanwhile(field, value):
    app = opened()
    app.number_input(key=f"training.{field}").set_value(value).run()
    (refusal,) = said(app)
    assert refusal.startswith(f"{value:,.9g} does not fit here: use a number from ")
    assert app.number_input(key=f"training.{field}").value == value
    assert now(app) == View()
    assert button(app, "go").disabled
    assert "batches of 64" not in texts(app)
    app.number_input(key="training.epochs").set_value(3).run()
    assert said(app) == [refusal]
    app.number_input(key=f"training.{field}").set_value(32).run()
    assert said(app) == []
    assert not button(app, "go").disabled
    assert getattr(now(app), field) == 32


def test_a_refused_row_of_settings_keeps_the_start_only_while_it_is_chosen():
    app = opened(View(optimizer=OPTIMIZERS["SGD"]()))
    app.toggle(key="training.optimizer.SGD.nesterov").set_value(True).run()
    assert len(said(app)) == 1
    assert button(app, "go").disabled
    app.selectbox(key="training.optimizer").set_value("Adam").run()
    assert said(app) == []
    assert not button(app, "go").disabled


def test_more_pictures_than_there_are_is_said_once_with_the_button_that_takes_all():
    app = opened(View(samples=10_000_000))
    assert said(app) == ["10,000,000 pictures are asked for, and there are 1,797."]
    assert button(app, "mend.0.0").label == "Use all 1,797"
    button(app, "mend.0.0").click().run()
    assert said(app) == []
    assert now(app) == View()


def test_nothing_is_said_of_keys_before_the_browser_has_answered(root):
    run, _ = runs.written(root, state="running")
    app = opened(View(run=run.folder.name))
    assert "holds the key" not in texts(app)
    assert button(app, "stop") is None
    app = opened(View(run=run.folder.name), keys={})
    assert "holds the key" in texts(app)
    assert button(app, "stop").disabled


def test_a_row_that_is_chosen_begins_with_what_learns():
    app = opened()
    app.selectbox(key="training.optimizer").set_value("SGD").run()
    assert now(app).optimizer.values["lr"] == 0.05
    assert now(app).optimizer.values["momentum"] == 0.9
    assert OPTIMIZERS["SGD"]()["lr"] == 0.001  # torch's own


def test_an_estimate_is_said_in_words_and_units_that_are_read_at_once():
    assert probed(Probe(62_006, 62_006, 5, 1.23, 4.0, 1 << 20), 3) == (
        "62,006 parameters, all of which learn. By 5 steps that were tried: 1.23 s a step, about 12 s in all, and "
        "1.00 MiB of memory beside torch itself."
    )
    assert probed(Probe(62_006, 850, 5, 0.0123, 4.0, 1 << 20), 3).startswith(
        "62,006 parameters, of which 850 learn. By 5 steps that were tried: 12.3 ms a step,"
    )


def test_a_run_that_goes_on_starts_until_its_trainer_has_made_a_step(root):
    run, key = runs.written(root, code=75)
    attempts.claim(run.folder, who())  # as the next trainer does, which then loads torch
    assert run.state == "running"
    name = run.folder.name
    assert STARTING in texts(opened(View(run=name), keys={name: key}))
    runs.log(run, [{"kind": "step", "step": 31, "epoch": 3, "train/loss": 0.4}], attempt=2)
    app = opened(View(run=name), keys={name: key})
    assert STARTING not in texts(app)
    assert STATES["running"].about in texts(app)


def test_a_run_that_ended_says_how_long_it_learnt_and_whether_its_loss_rose(root):
    run, _ = runs.written(root, code=0)
    app = opened(View(run=run.folder.name))
    assert any("3 s of learning" in bar.proto.text for bar in app.get("progress"))
    assert not app.warning
    runs.log(run, [{"kind": "step", "step": 31, "epoch": 3, "train/loss": 1e11}])
    (warning,) = opened(View(run=run.folder.name)).warning
    assert visit.unquoted(warning.value) == "The loss rose from 2.19 to 1e+11: try a smaller learning rate."


@pytest.mark.parametrize(
    ("place", "told"),
    [
        (Place(0, 0.0), "Its turn is next."),
        (Place(1, 0.0), "One run is before this one."),
        (Place(2, 90.0), "2 runs are before this one. It should begin in about 90 s."),
        (Place(3, None), "3 runs are before this one."),
    ],
)
def test_the_place_in_line_is_told_in_numbers_that_hold(root, monkeypatch, place, told):
    run, _ = runs.written(root, steps=0)
    monkeypatch.setattr("pages.training.office.place", lambda of: place)
    assert told in [visit.unquoted(caption.value) for caption in opened(View(run=run.folder.name)).caption]


@pytest.fixture
def stem(root):
    """A run of three epochs that has finished, with a checkpoint after each of the last two."""
    run, key = runs.written(root, TrainConfig(epochs=3), code=0)
    for name, step in (("last.pt", 30), ("step_000020.pt", 20)):
        runs.checkpoint(run, name, step)
    return run, {run.folder.name: key}


def test_a_fork_begins_where_something_is_left_to_do(stem):
    run, keys = stem
    app = opened(View(run=run.folder.name), keys=keys, **{"training.fork": True})
    assert app.selectbox(key="training.fork.step").value == 20
    button(app, "fork.go").click().run()
    assert now(app) == View(epochs=3, parent=run.folder.name, step=20)
    assert said(app) == []
    assert "23 of 69 steps remain." in texts(app)


def test_a_fork_from_the_end_is_refused_beforehand_with_what_mends_it(stem):
    run, keys = stem
    app = opened(View(epochs=3, parent=run.folder.name, step=30), keys=keys)
    assert said(app) == ["epochs=3 are over at this checkpoint, which has 3 behind it: use more."]
    assert button(app, "go").disabled
    assert button(app, "mend.0.0").label == "6 epochs"
    button(app, "mend.0.0").click().run()
    assert said(app) == []
    assert not button(app, "go").disabled


def test_a_fork_is_laid_over_its_parent_and_says_whose_it_is(root, stem):
    run, keys = stem
    app = opened(View(epochs=3, parent=run.folder.name, step=20), keys=keys)
    button(app, "go").click().run()
    assert said(app) == []
    assert (now(app).runs, now(app).look) == ((run.folder.name,), "compare")
    link = next(one.proto for one in app.get("page_link") if "A fork of run" in one.proto.label)
    assert visit.unquoted(link.label) == f"A fork of run {run.folder.name[:6]}, begun after step 20"
    assert f"run={run.folder.name}" in link.query_string


@pytest.mark.parametrize(
    ("key", "value", "refusal"),
    [
        ("optimizer.AdamW.lr.0", 1000.0, "lr=1000.0 is too large: use 100 or less."),
        ("optimizer.AdamW.lr.0", -1.0, "lr=-1.0 is too small: use 0 or more."),
        ("model.LeNet.classes.0", 0, "classes=0 is too small: use 1 or more."),
    ],
)
def test_a_number_that_a_row_refuses_stays_with_the_reason_and_nothing_starts_meanwhile(key, value, refusal):
    app = opened()
    app.number_input(key=f"training.{key}").set_value(value).run()
    assert said(app) == [refusal]
    assert app.number_input(key=f"training.{key}").value == value
    assert now(app) == View()
    assert button(app, "go").disabled
    assert "A field below holds a number that does not fit" in texts(app)
    assert refusal in [visit.unquoted(caption.value) for caption in app.caption]  # beside the start too
    app.number_input(key=f"training.{key}").set_value(1).run()
    assert said(app) == []
    assert not button(app, "go").disabled


@pytest.mark.parametrize("name", ["fasterrcnn_resnet50_fpn", "fcn_resnet50", "UNet", "r3d_18", "raft_small"])
def test_a_network_that_cannot_be_trained_here_is_known_and_says_why(name):
    app = opened(View(model=MODELS[name].example()))
    (refusal,) = said(app)
    assert refusal.startswith(f"{name} is known, and cannot be trained here. {MODELS[name].about}")
    assert button(app, "go").disabled
    button(app, "mend.0.0").click().run()
    assert said(app) == []
    assert now(app) == View()


def test_runs_are_called_by_what_is_not_usual_and_when_they_began(root):
    run, _ = runs.written(root, TrainConfig(samples=180, seed=3), code=0)
    app = opened(View(run=run.folder.name))
    (title,) = [visit.unquoted(box.value) for box in app.subheader if "LeNet" in box.value]
    assert title.startswith("LeNet · digits · samples 180, seed 3 · ")
    assert re.search(r"\d\d\N{NON-BREAKING HYPHEN}\d\d\N{NO-BREAK SPACE}\d\d:\d\d$", title)


def test_files_of_a_run_are_grouped_and_old_weights_fold_away(root):
    run, _ = runs.written(root, code=0)
    for name, step in (("last.pt", 30), ("best.pt", 20), ("step_000010.pt", 10), ("step_000020.pt", 20)):
        runs.checkpoint(run, name, step)
    app = opened(View(run=run.folder.name), **{"training.download": True})
    (older,) = [one for one in app.expander if one.label == "2 older ones"]
    assert {one.proto.label.partition(" ")[0] for one in older.get("link_button")} == {
        "step_000010.pt",
        "step_000020.pt",
    }
    labels = [one.proto.label.partition(" ")[0] for one in app.get("link_button")]
    assert sorted(labels) == sorted(
        ["last.pt", "best.pt", "step_000010.pt", "step_000020.pt", "metrics.jsonl", "spec.json"]
    )
    button(app, "download.script").click().run()
    assert any(one.key == "training.download.script.save" for one in app.get("download_button"))
