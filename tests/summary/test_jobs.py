"""What the page asks about a model, and the answers: links in, plain data out."""

import gzip
import json
import os
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
import torch
from PIL import Image

from cnnlab import shelf
from cnnlab.images import sample
from cnnlab.jobs import JOBS
from cnnlab.models import INITIALISATIONS, MODELS, course_scheme
from cnnlab.models.own import last_change, leave, leave_to_run
from cnnlab.specs import SpecError
from cnnlab.summary import Memory, cells, feature_maps, memory, receptive_field, summarize, walks
from cnnlab.summary.code import code
from cnnlab.summary.jobs import (
    CALLS,
    CARD,
    CODE,
    DETECTOR,
    FETCH,
    GRADIENTS,
    KINDS,
    MAPS,
    MEMORY,
    ONE_MAP,
    REPORT,
    SIGHT,
    SLOPE,
    STATE,
    WALKS,
    Asked,
    Wanted,
    asked,
    report_of,
    wanted,
)
from cnnlab.summary.pictures import pictured
from cnnlab.summary.subject import Subject
from cnnlab.summary.view import STARTS, View
from cnnlab.workshop import Kind, Lane
from cnnlab.workshop.plain import packed, unpacked

LISTED = View(model=MODELS["LeNet"].example(), row="conv1", seed=3)
SOURCE = "nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(3600, 2))"
PASTED = View(source=SOURCE, row="0")
NET = "from torch import nn\n\nclass Net(nn.Sequential):\n    def __init__(self):\n        super().__init__(nn.Conv2d(3, 4, 3))\n"
WEIGHTS = "SqueezeNet1_1_Weights.IMAGENET1K_V1"


def do(kind: Kind, recipe):
    """The answer as a page gets it: from the job's parameters alone, and over the wire."""
    return unpacked(packed(kind.do(dict(kind.job(recipe).query))))


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(BytesIO(png)))


@pytest.fixture
def own(monkeypatch, tmp_path):
    """A model of one's own, in a folder of its own."""
    monkeypatch.setenv("CNNLAB_MODELS", str(tmp_path))
    (tmp_path / "net.py").write_text(NET)
    return View(own="net:Net", row="0")


@pytest.fixture
def weights_file():
    """The values of LISTED's model, uploaded."""
    file = BytesIO()
    torch.save(Subject(LISTED).real().state_dict(), file)
    digest = shelf.keep(file.getvalue())
    yield digest
    shelf.release(digest)


def test_all_that_is_asked_is_among_the_jobs_of_the_workshop():
    assert {kind.name: kind for kind in KINDS}.items() <= JOBS.items()
    assert all(set(kind.fields) <= {field.name for field in kind.recipe.FIELDS} for kind in KINDS)


ABOUT_A_MODEL = [kind for kind in KINDS if kind not in (FETCH, STATE, CARD)]


@pytest.mark.parametrize("kind", ABOUT_A_MODEL, ids=lambda kind: kind.name)
@pytest.mark.parametrize("which", ["listed", "pasted", "own"])
def test_every_answer_is_plain_and_says_what_the_work_says(kind, which, own):
    recipe = asked({"listed": LISTED, "pasted": PASTED, "own": own}[which])
    assert do(kind, recipe) == kind.do(recipe.to_query())


def test_a_layer_without_a_shape_yet_is_walked_by():
    kinds = [(item.type, item.shape) for item in do(WALKS, asked(View(source="nn.LazyLinear(3)")))[4].items]
    assert kinds == [("UninitializedParameter", None)] * 2


def test_a_report_is_that_of_the_model_and_brings_the_inputs_along():
    answer = do(REPORT, asked(replace(PASTED, batch=2)))
    assert answer.report == summarize(Subject(PASTED).meta, (3, 32, 32), batch=2)
    assert (answer.natural, answer.shapes) == (((3, 32, 32),), ((3, 32, 32),))
    assert answer.agreement.with_torch
    other = do(REPORT, asked(replace(PASTED, shape=(3, 40, 40))))
    assert (other.natural, other.shapes) == (((3, 32, 32),), ((3, 40, 40),))
    assert other.report.failure


def test_a_detector_runs_for_real_and_so_among_heavy_work():
    view = View(model=MODELS["ssdlite320_mobilenet_v3_large"].example())
    assert report_of(view) is DETECTOR
    assert DETECTOR.lane is Lane.HEAVY
    assert str(do(report_of(view), asked(view)).report.rung) == "cpu"
    assert {report_of(other) for other in (LISTED, PASTED, replace(view, source=SOURCE))} == {REPORT}


def test_the_published_figures_are_held_against_the_report():
    assert do(REPORT, asked(View())).agreement.with_published


def test_the_rows_of_the_tree_travel_as_json():
    answer = do(REPORT, asked(LISTED))
    data = json.loads(gzip.decompress(answer.rows))
    assert data["rows"] == json.loads(json.dumps(cells.rows(answer.report)))
    assert [node["row"] for node in data["nodes"]] == ["", *(step.row for step in answer.report.steps if step.finest)]
    assert answer.rows == REPORT.do(asked(LISTED).to_query()).rows  # the same bytes whenever they are made


def test_memory_is_asked_for_one_sample_and_said_for_any_batch():
    view = replace(LISTED, precision="mixed", optimizer="SGD")
    needs: Memory = do(MEMORY, asked(replace(view, batch=7)))
    whole = memory(Subject(view).meta, (3, 32, 32), batch=7, precision="mixed", optimizer="SGD")
    assert replace(needs, batch=7) == whole
    assert MEMORY.job(asked(replace(view, batch=7))) == MEMORY.job(asked(view))


def test_walks_and_code_are_those_of_the_model():
    assert do(WALKS, asked(LISTED)) == walks(Subject(LISTED).meta)
    assert do(CODE, asked(LISTED)) == code(Subject(LISTED))


def test_maps_are_those_of_the_model_on_the_screen():
    layer = feature_maps(Subject(LISTED).real(), "conv1", pictured(sample("coffee"), (3, 32, 32)))
    view = replace(LISTED, image="coffee")
    sheet = do(MAPS, asked(view))
    assert (sheet.count, sheet.dead, sheet.constant) == (6, len(layer.dead), len(layer.constant))
    assert (sheet.counts, sheet.edges) == (layer.counts, layer.edges)
    enlarged = pixels(do(ONE_MAP, asked(view, channel=4)).pictures[0])
    factor = len(enlarged) // 28
    assert factor > 1
    assert (enlarged[::factor, ::factor] == layer.channel(4)).all()
    with pytest.raises(SpecError, match="has channels 0 to 5, and no 6"):
        do(ONE_MAP, asked(view, channel=6))


def test_no_more_maps_are_shown_than_a_sheet_takes():
    sheet = do(MAPS, asked(View(source="nn.Sequential(nn.Conv2d(3, 100, 3))", shape=(3, 16, 16), row="0")))
    assert (sheet.count, sheet.shown) == (100, 64)
    side = 8 * 15 - 1  # eight maps of 14 pixels, a pixel between them
    assert pixels(sheet.pictures[0]).shape == (700 // side * side,) * 2


def test_a_picture_of_a_visitor_is_looked_at_by_its_hash():
    file = BytesIO()
    Image.new("RGB", (8, 8), "white").save(file, "PNG")
    digest = shelf.keep(file.getvalue())
    assert do(MAPS, asked(replace(LISTED, image=digest))).constant == 6  # no padding: every map is flat
    shelf.release(digest)
    with pytest.raises(SpecError, match="no longer here"):
        do(MAPS, asked(replace(LISTED, image=digest)))


def test_a_model_too_costly_to_run_is_not_run():
    view = View(source="nn.Sequential(nn.Conv2d(3, 8, 3), nn.Upsample(scale_factor=2000.0))", row="0")
    for kind in (MAPS, ONE_MAP, SLOPE):
        with pytest.raises(SpecError, match="^Running this model for real "):
            do(kind, asked(view))


def test_what_a_unit_sees_is_what_the_rules_say_and_the_gradient_too():
    field = receptive_field(Subject(LISTED).meta, "conv2", (3, 32, 32), (2, 3))
    recipe = asked(replace(LISTED, row="conv2"), unit=(2, 3))
    by_rule, by_gradient = do(SIGHT, recipe), do(SLOPE, recipe)
    assert by_rule.box == by_gradient.box == tuple(field.box)
    assert (by_rule.unit, by_rule.size) == ((2, 3), field.size)
    assert by_rule.pictures != by_gradient.pictures
    assert do(SIGHT, asked(replace(LISTED, row="conv2"))).unit == (5, 5)
    with pytest.raises(SpecError, match="There is no unit"):
        do(SIGHT, asked(replace(LISTED, row="conv2"), unit=(2, 99)))


def test_a_file_of_weights_is_held_against_the_model(weights_file):
    fit = do(STATE, asked(LISTED, file=weights_file, name_of_file="mine.pt"))
    assert fit.match.fits
    assert [row.name for row in fit.rows] == list(Subject(LISTED).meta.state_dict())
    other = do(STATE, asked(PASTED, file=weights_file, name_of_file="mine.pt"))
    assert not other.match.fits
    with pytest.raises(SpecError, match="upload it again"):
        do(STATE, asked(LISTED, file="0" * 64, name_of_file="mine.pt"))


def test_weights_are_fetched_and_their_size_told(monkeypatch, tmp_path):
    file = tmp_path / "weights.pth"
    file.write_bytes(b"12345")
    monkeypatch.setattr("cnnlab.summary.work.fetch", lambda weights, progress: file)
    assert do(FETCH, wanted(WEIGHTS)) == 5
    with pytest.raises(SpecError, match="The link says weights=other"):
        FETCH.do({"weights": "other"})


def test_an_address_alone_fetches_nothing(monkeypatch):
    monkeypatch.delattr("cnnlab.summary.work.fetch")
    for leave_to_fetch in ("", leave("other")):
        with pytest.raises(SpecError, match="are only fetched from the page"):
            do(FETCH, Wanted(WEIGHTS, leave_to_fetch))


def test_one_of_ones_own_is_run_with_the_leave_of_this_server_alone(own, tmp_path):
    (tmp_path / "net.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()\n{NET}")
    for query in (
        {"own": "net:Net"},
        {"own": "net:Net", "leave": "0" * 32},
        {"own": "net:Net", "leave": leave_to_run("net:Other")},
    ):
        for kind in ABOUT_A_MODEL:
            with pytest.raises(SpecError, match=r"^net:Net is only run when its owner says so on the page"):
                kind.do(query)
    assert not (tmp_path / "ran").exists()
    do(REPORT, asked(own))
    assert (tmp_path / "ran").exists()


def test_an_edited_file_of_ones_own_is_another_job(own, tmp_path):
    before = [kind.job(asked(own)) for kind in ABOUT_A_MODEL]
    (tmp_path / "net.py").write_text(NET.replace("3, 4, 3", "3, 7, 3"))
    os.utime(tmp_path / "net.py", ns=(1, last_change() + 10**9))
    after = [kind.job(asked(own)) for kind in ABOUT_A_MODEL]
    assert all(one != other for one, other in zip(before, after, strict=True))
    assert do(REPORT, asked(own)).report.params == 7 * 28


WHOLE = {
    kind.name for kind in (REPORT, DETECTOR, MEMORY, WALKS, CODE, MAPS, ONE_MAP, SIGHT, SLOPE, CALLS, GRADIENTS, STATE)
}
OF_VALUES = {kind.name for kind in (CODE, MAPS, ONE_MAP, CALLS, GRADIENTS)}
OF_A_LOOK = {kind.name for kind in (MAPS, ONE_MAP, SIGHT, SLOPE, CALLS)}
OF_A_SHAPE = WHOLE - {WALKS.name, STATE.name}


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"model": MODELS["VGG"].example()}, WHOLE),
        ({"model": MODELS["LeNet"](classes=3)}, WHOLE),
        ({"source": SOURCE}, WHOLE),
        ({"own": "net:Net"}, WHOLE),
        ({"shape": (3, 64, 64)}, OF_A_SHAPE),
        ({"batch": 2}, {REPORT.name, DETECTOR.name, CODE.name}),
        ({"precision": "bfloat16"}, {MEMORY.name}),
        ({"optimizer": "SGD"}, {MEMORY.name}),
        ({"scheme": course_scheme()}, OF_VALUES),
        ({"scheme": {"bias": INITIALISATIONS["constant_"](val=0)}}, OF_VALUES),
        ({"seed": 4}, OF_VALUES),
        ({"row": "conv2"}, OF_A_LOOK),
        ({"image": "coffee"}, OF_A_LOOK | {GRADIENTS.name}),
        ({"gib": 2}, set()),
        ({"rivals": ("small",)}, set()),
        ({"against": MODELS["VGG"].example()}, set()),
        ({"shape": (3, 32, 32)}, set()),  # what it was made for, said once more
    ],
    ids=lambda value: next(iter(value), "") if isinstance(value, dict) else "",
)
def test_a_job_is_another_if_something_changes_that_it_depends_on(change, names):
    other = replace(LISTED, **change)
    assert {
        kind.name for kind in KINDS if kind not in (FETCH, CARD) and kind.job(asked(other)) != kind.job(asked(LISTED))
    } == names


def test_weights_make_other_values():
    view = View(model=MODELS["squeezenet1_1"](), row="features.0")
    jobs = {kind.name for kind in KINDS if kind not in (FETCH, CARD)
            and kind.job(asked(replace(view, weights=WEIGHTS))) != kind.job(asked(view))}  # fmt: skip
    assert jobs == OF_VALUES


def test_pasted_models_and_schemes_are_told_from_each_other():
    jobs = {REPORT.job(asked(View(source=source))) for source in ("nn.Linear(7, 2)", "nn.Linear(7, 3)")}
    assert len(jobs) == 2
    assert REPORT.job(asked(replace(PASTED, model=LISTED.model))) == REPORT.job(asked(PASTED))
    schemes = {CODE.job(asked(replace(LISTED, scheme={kind: INITIALISATIONS["constant_"](val=val)})))
               for kind in STARTS for val in (0, 1)}  # fmt: skip
    assert len(schemes) == 2 * len(STARTS)


def test_a_question_survives_its_link():
    question = asked(LISTED, unit=(3, 5), channel=4, file="a" * 64, name_of_file="mine.pt")
    assert Asked.from_query(question.to_query()) == question
    for text in ("x", "1x", "1x2x3x4x5", "-1", "9999999", "²"):
        with pytest.raises(SpecError):
            Asked.from_query({"unit": text})


@pytest.mark.sweep
@pytest.mark.parametrize("name", MODELS)
def test_the_report_of_every_model_is_plain(name):
    view = View(model=MODELS[name].example())
    assert do(REPORT, asked(view)).report == REPORT.do(asked(view).to_query()).report
