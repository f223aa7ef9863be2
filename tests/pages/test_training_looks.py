"""The looks at a run without a browser: what travels to it, what is said beside the charts, how they are chosen."""

import json

import pytest
import runs
import visit
from visit import said

from cnnlab.augmentation import Pipeline
from cnnlab.training import TrainConfig
from cnnlab.training.folder import EXIT, SYSTEM, write_json
from cnnlab.training.tail import Tail
from cnnlab.training.view import View
from pages.training import compare, hardware, live, watching

SPREAD = {"low": -1.0, "high": 1.0, "counts": [1, 2, 3], "norm": 2.0}
HISTOGRAMS = [
    {"kind": "histograms", "step": step, "layers": {"conv1.weight": {"weight": SPREAD, "gradient": gradient}}}
    for step, gradient in ((10, None), (20, SPREAD))
]
HOST = {
    "cpu": 50.0,
    "cores": [40.0, 60.0],
    "memory": 1 << 30,
    "memory_total": 2 << 30,
    "net_in": None,
    "why": {"net_in": "first"},
}
RUN = {"cpu": 90.0, "cpu_limit": 200.0, "memory": 1 << 29, "memory_limit": 1 << 31, "why": {}}


def gpu(index, **more):
    told = {
        "index": index,
        "uuid": f"GPU-{index}",
        "name": "NVIDIA Test",
        "mig": False,
        "utilisation": 61 + index,
        "power": 400.0,
    }
    return {**told, "throttle": [], "why": {"fan": "NotSupported"}, **more}


@pytest.fixture(autouse=True)
def root(monkeypatch, tmp_path):
    monkeypatch.setenv("CNNLAB_RUNS", str(tmp_path))
    monkeypatch.setattr("cnnlab.training.supervisor.client.start", lambda root, module: None)
    return tmp_path


@pytest.fixture
def drawn(monkeypatch):
    """What goes to the browser, by the key of the charts."""
    sent = {}
    for module in (live, hardware, compare):
        monkeypatch.setattr(
            module, "charts", lambda key, packed, axis="", columns=2: sent.__setitem__(key, (packed, axis))
        )
    return sent


def opened(state=None, **view):
    app = visit.visit("training", View(**view).to_query(), **(state or {}))
    assert not app.exception, app.exception
    assert said(app) == []
    return app


def system(run, *gpus, seconds=5, **more):
    rows = [{"t": 1.7e9 + second, "host": HOST, "run": RUN, "gpus": list(gpus), **more} for second in range(seconds)]
    (run.folder / SYSTEM).write_text("".join(json.dumps(row) + "\n" for row in rows))


def texts(app):
    return "\n".join(
        visit.unquoted(box.value) for box in (*app.caption, *app.info, *app.warning, *app.subheader, *app.markdown)
    )


def test_a_run_s_curves_travel_and_the_time_of_its_steps_is_judged(root, drawn):
    run, _ = runs.written(root, code=0)
    opened(run=run.folder.name)
    packed, axis = drawn["training.curves"]
    assert [chart["name"] for chart in packed] == ["loss", "accuracy", "rate", "norm", "speed", "time"]
    assert axis == "step"
    assert packed[-1]["note"] == "The network itself takes 83 % of the step."
    assert [line["name"] for line in packed[0]["lines"]] == ["", "training", "validation"]


def test_two_who_watch_the_same_run_are_given_the_same_charts(root, drawn):
    run, _ = runs.written(root, code=0)
    opened(run=run.folder.name)
    first = drawn["training.curves"][0]
    opened(run=run.folder.name)
    assert drawn["training.curves"][0] is first


def test_a_new_step_is_drawn_and_in_a_long_run_one_that_moves_a_pixel(root, drawn):
    run, _ = runs.written(root, state="running")
    opened(run=run.folder.name)
    before = drawn["training.curves"][0]
    runs.log(run, [{**row, "step": row["step"] + 30} for row in runs.steps_of(1) if row["kind"] == "step"])
    opened(run=run.folder.name)
    assert drawn["training.curves"][0] != before
    assert live.WIDTH > 61  # of so short a run every step


def test_norms_and_histograms_are_drawn_when_they_are_unfolded(root, drawn):
    run, _ = runs.written(root, code=0)
    runs.log(run, HISTOGRAMS)
    assert len(opened(run=run.folder.name).get("plotly_chart")) == 0
    app = opened({"training.layers": True}, run=run.folder.name)
    norms, histograms = (json.loads(chart.proto.spec)["data"] for chart in app.get("plotly_chart"))
    assert [trace["y"] for trace in norms if trace["name"] in ("weights", "gradient")]
    assert len(histograms) == 2  # of the last step, which has a gradient


def test_of_many_histograms_those_of_one_step_are_read(root, drawn, monkeypatch):
    run, _ = runs.written(root, code=0)
    (row,) = HISTOGRAMS[-1:]
    runs.log(run, [{**row, "step": step} for step in range(1, 2001)])
    read = []
    monkeypatch.setattr(Tail, "rows", lambda tail, kind=None: read.append(kind) or [])
    app = opened({"training.layers": True}, run=run.folder.name)
    assert "histograms" not in read
    (slider,) = app.select_slider
    assert len(slider.options) <= live.STEPS + 1
    assert slider.value == 2000
    assert len(app.get("plotly_chart")) == 2


def test_without_a_gpu_the_look_says_why_and_shows_the_host(root, drawn):
    run, _ = runs.written(root, state="running")
    system(run, why="LibraryNotFound")
    app = opened(run=run.folder.name, look="hardware")
    assert "No GPU to show: This machine has no NVIDIA driver. This is what the rest of the machine does." in texts(app)
    assert [chart["now"] for chart in drawn["training.hardware.run."][0]] == ["90 / 200 %", "512 MiB / 2.00 GiB"]
    assert drawn["training.hardware.host."][0][0]["now"] == "50 %"
    assert "Network, in: It is measured between two moments, and this is the first." in texts(app)
    assert "Cores now: 40 % · 60 %" in texts(app)


def test_a_run_that_is_over_says_until_when_and_nothing_of_it_is_now(root, drawn):
    run, _ = runs.written(root, code=0)
    assert "Nothing was measured in this run." in texts(opened(run=run.folder.name, look="hardware"))
    system(run)
    said = texts(opened(run=run.folder.name, look="hardware"))
    assert "Until 2023-11-14 22:13, when the run ended." in said
    assert "Cores at the end: 40 % · 60 %" in said
    assert "Cores now" not in said
    assert {chart["x"]["title"] for packed, _axis in drawn.values() for chart in packed} == {"from the end"}


def test_each_gpu_has_its_charts_and_says_what_slows_it_down(root, drawn):
    run, _ = runs.written(root, code=0)
    system(run, gpu(0, throttle=["power cap", "heat"]), gpu(1, mig=True))
    app = opened(run=run.folder.name, look="hardware")
    assert "Slowed down by the power limit, heat." in texts(app)
    assert "A part (MIG) of a GPU" in texts(app)
    assert "Fan: This GPU does not measure it." in texts(app)
    assert [drawn[f"training.hardware.gpu.GPU-{place}"][0][0]["now"] for place in (0, 1)] == ["61 %", "62 %"]


def test_of_many_gpus_one_is_drawn(root, drawn):
    run, _ = runs.written(root, code=0)
    system(run, *map(gpu, range(8)))
    opened(run=run.folder.name, look="hardware")
    assert [key for key in drawn if ".gpu." in key] == ["training.hardware.gpu.GPU-0"]


def test_runs_are_laid_over_each_other_with_what_differs_and_their_families(root, drawn):
    configs = [TrainConfig(seed=seed, samples=samples) for samples in (0, 200) for seed in (1, 2)]
    names = [runs.written(root, config, code=0)[0].folder.name for config in configs]
    app = opened(run=names[0], runs=tuple(names[1:]), look="compare")
    loss = drawn["training.compared"][0][0]
    assert len({line["colour"] for line in loss["lines"]}) == 4
    assert [line["name"] for line in drawn["training.means"][0][0]["lines"] if line["name"]] == [
        f"2 runs: samples {samples}" for samples in (0, 200)]  # fmt: skip
    assert "| samples | **0** | **0** | **200** | **200** |" in texts(app)
    assert "| seed | **1** | **2** | **1** | **2** |" in texts(app)


@pytest.fixture
def clocks(monkeypatch):
    """Seconds from one look at the run to the next, None where nobody looks again."""
    seen, fragment = [], watching.st.fragment

    def told(draw, key, **how):
        seen.extend(how.values())
        return fragment(draw, key=key, **how)

    monkeypatch.setattr(watching.st, "fragment", told)
    return seen


def test_a_comparison_is_drawn_anew_as_long_as_one_of_its_runs_learns(root, drawn, clocks):
    over, learning = (runs.written(root, **ends)[0] for ends in ({"code": 0}, {"state": "running"}))
    link = {"run": over.folder.name, "runs": (learning.folder.name,)}
    app = opened(**link, look="compare")
    assert clocks == [watching.TICK_S]
    assert "| State | **finished** | **running** |" in texts(app)
    opened(**link)
    write_json(learning.folder, EXIT, {"attempt": 1, "code": 0})
    assert "| State | finished | finished |" in texts(opened(**link, look="compare"))
    assert clocks[1:] == [None, None]


def test_a_mean_stands_before_the_runs_that_it_is_of(root, drawn):
    names = [runs.written(root, TrainConfig(seed=seed), code=0)[0].folder.name for seed in (1, 2)]
    titles = [box.value for box in opened(run=names[0], runs=(names[1],), look="compare").subheader]
    assert list(drawn) == ["training.means", "training.compared"]
    assert titles[1:] == ["Mean and spread", "Each run", "Results", "What differs"]


def test_two_who_compare_the_same_runs_are_given_the_same_charts(root, drawn):
    one, other = (runs.written(root, code=0)[0].folder.name for _ in range(2))
    opened(run=one, runs=(other,), look="compare")
    first = drawn["training.compared"][0]
    opened(run=one, runs=(other,), look="compare")
    assert drawn["training.compared"][0] is first
    opened(run=other, runs=(one,), look="compare")
    assert drawn["training.compared"][0] != first


def test_one_run_alone_is_told_to_choose_another(root, drawn):
    run, _ = runs.written(root, code=0)
    app = opened(run=run.folder.name, look="compare")
    assert "Choose a second run: their curves are laid over each other." in texts(app)
    assert drawn == {}


LOOKED = {"axis": "epoch", "smoothing": 0.3, "log": True}


@pytest.mark.parametrize("look", ["", "compare"])
def test_how_curves_are_drawn_is_part_of_the_link(root, drawn, look):
    run, other = (runs.written(root, TrainConfig(seed=seed), code=0)[0] for seed in (0, 1))
    name = "training.compared" if look else "training.curves"
    opened(run=run.folder.name, look=look, runs=(other.folder.name,))
    plain = drawn[name]
    app = opened(run=run.folder.name, look=look, runs=(other.folder.name,), **LOOKED)
    assert drawn[name][1] == "epoch"
    assert drawn[name] != plain
    assert [app.slider(key="training.smoothing").value, app.toggle(key="training.log").value] == [0.3, True]
    app.slider(key="training.smoothing").set_value(0.9).run()
    assert visit.query(app)["smoothing"] == "0.9"
    linked = drawn[name]
    opened(run=run.folder.name, look=look, runs=(other.folder.name,), **{**LOOKED, "smoothing": 0.9})
    assert drawn[name] == linked


def test_which_histograms_are_seen_is_part_of_the_link(root, drawn):
    run, _ = runs.written(root, code=0)
    runs.log(run, HISTOGRAMS)
    app = opened({"training.layers": True}, run=run.folder.name, taken=10)
    assert app.select_slider(key="training.taken").value == 10
    app.select_slider(key="training.taken").set_value(20).run()
    assert "taken" not in visit.query(app)  # the newest
    app.select_slider(key="training.taken").set_value(10).run()
    assert visit.query(app)["taken"] == "10"
    assert said(opened({"training.layers": True}, run=run.folder.name, taken=15, layer="no such layer")) == []


def test_two_families_of_runs_are_concluded_in_a_sentence(root, drawn):
    shifted = Pipeline.from_code("[v2.RandomRotation(10)]")
    several = [
        runs.written(root, TrainConfig(seed=seed, augmentation=pipeline), code=0)[0]
        for pipeline in (Pipeline(), shifted)
        for seed in (0, 1)
    ]
    first, *others = (run.folder.name for run in several)
    told = texts(opened(run=first, look="compare", runs=tuple(others)))
    assert "After epoch 3 the 2 runs with " in told
    assert "0.0 percentage points apart. But the runs overlap, so this may be chance" in told
    names = [line["name"] for line in drawn["training.compared"][0][0]["lines"]]
    assert any("augmentation RandomRotation, seed 1" in name for name in names)


def test_runs_that_look_alike_can_all_be_chosen(root, drawn):
    config = TrainConfig(seed=1)
    first, *others = (runs.written(root, config, code=0)[0].folder.name for _ in range(3))
    app = opened(run=first, look="compare", runs=tuple(others))
    (choice,) = app.multiselect
    assert len(set(choice.options)) == 2
    assert sorted(choice.value) == sorted(others)
