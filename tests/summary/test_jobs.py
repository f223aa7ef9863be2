"""What the page asks about a model, and the answers: links in, plain data out."""

import gzip
import json
import os
from dataclasses import replace
from functools import cache
from io import BytesIO
from urllib.parse import parse_qsl, urlencode

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from cnnlab import shelf
from cnnlab.images import sample
from cnnlab.jobs import JOBS
from cnnlab.models import INITIALISATIONS, MODELS, course_scheme
from cnnlab.models.own import last_change, leave, leave_to_run
from cnnlab.specs import SpecError
from cnnlab.summary import Memory, cells, feature_maps, memory, receptive_field, summarize, walks
from cnnlab.summary.answers import Framed
from cnnlab.summary.code import code
from cnnlab.summary.jobs import (
    CALLS,
    CARD,
    CODE,
    COMPARE,
    COMPARE_DETECTOR,
    DETECTOR,
    FETCH,
    GRADIENTS,
    KINDS,
    MAPS,
    MEMORY,
    MEMORY_AT,
    REPORT,
    SIGHT,
    SLOPE,
    STATE,
    WALKS,
    Asked,
    Wanted,
    asked,
    compare_of,
    report_of,
    wanted,
)
from cnnlab.summary.learnt import Learnt
from cnnlab.summary.pictures import fitted, pictured
from cnnlab.summary.sheets import told
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
    recipe = asked(replace({"listed": LISTED, "pasted": PASTED, "own": own}[which], against=MODELS["VGG"].example()))
    assert do(kind, recipe) == kind.do(recipe.to_query())


def test_a_layer_without_a_shape_yet_is_walked_by():
    kinds = [(item.type, item.shape) for item in do(WALKS, asked(View(source="nn.LazyLinear(3)")))[4].items]
    assert kinds == [("UninitializedParameter", None)] * 2


def test_a_report_is_that_of_the_model_and_brings_the_inputs_along():
    answer = do(REPORT, asked(replace(PASTED, batch=2)))
    assert answer.report == summarize(Subject(PASTED).meta, (3, 32, 32))  # the batch is a matter of memory alone
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


def test_another_model_is_given_the_same_input_and_else_its_own():
    fits = do(COMPARE, asked(replace(LISTED, shape=(3, 40, 40), against=MODELS["resnet18"].example())))
    assert (fits.left.shapes, fits.right.shapes, fits.refusal) == (((3, 40, 40),), ((3, 40, 40),), None)
    assert str(fits.left.failure).startswith("Layer fc1 (Linear) expects 400 features")
    assert fits.right.macs == summarize(MODELS["resnet18"].example().build(), (3, 40, 40)).macs
    other = do(COMPARE, asked(replace(LISTED, against=MODELS["AlexNet"].example())))
    assert (other.left.shapes, other.right.shapes) == (((3, 32, 32),), ((1, 224, 224),))
    assert (
        str(other.refusal)
        == "Layer conv.0 (Conv2d) expects 1 channel (in_channels), and got 3: its input is 1 × 3 × 32 × 32."
    )
    assert (other.left.params, other.left.layers, other.left.output) == (62_006, 5, (10,))
    with pytest.raises(SpecError, match=r"^Choose a second model to compare with\.$"):
        COMPARE.do(asked(LISTED).to_query())
    view = replace(LISTED, against=MODELS["ssdlite320_mobilenet_v3_large"].example())
    assert (compare_of(LISTED), compare_of(view), compare_of(view).lane) == (COMPARE, COMPARE_DETECTOR, Lane.HEAVY)


def test_the_published_figures_are_held_against_the_report():
    assert do(REPORT, asked(View())).agreement.with_published


def test_the_rows_of_the_tree_travel_as_json():
    answer = do(REPORT, asked(LISTED))
    data = json.loads(gzip.decompress(answer.rows))
    assert data["rows"] == json.loads(json.dumps(cells.rows(answer.report)))
    assert [node["row"] for node in data["nodes"]] == ["", *(step.row for step in answer.report.steps if step.finest)]
    assert answer.rows == REPORT.do(asked(LISTED).to_query()).rows  # the same bytes whenever they are made


def test_memory_is_asked_for_one_sample_and_said_for_any_batch_and_optimizer():
    view = replace(LISTED, precision="mixed", optimizer="SGD")
    needs: Memory = do(MEMORY, asked(replace(view, batch=7)))
    whole = memory(Subject(view).meta, (3, 32, 32), batch=7, precision="mixed", optimizer="SGD")
    assert replace(needs, batch=7, optimizer="SGD") == whole
    assert replace(do(MEMORY_AT, asked(replace(view, batch=7))), optimizer="SGD") == whole
    assert MEMORY.job(asked(replace(view, batch=7))) == MEMORY.job(asked(view))


@pytest.mark.parametrize(("source", "batch"), [("nn.Flatten(0), nn.Linear(60, 2)", 1), ("nn.BatchNorm1d(3)", 3)])
def test_what_only_some_batches_go_through_is_measured_where_it_goes(source, batch):
    view = View(source=f"nn.Sequential({source})", shape=(3, 20), batch=batch)
    whole = memory(Subject(view).meta, (3, 20), batch=batch)
    assert do(MEMORY, asked(view)) == (None if batch == 1 else replace(whole, batch=2))
    assert do(MEMORY_AT, asked(view)) == whole


def test_walks_and_code_are_those_of_the_model():
    assert do(WALKS, asked(LISTED)) == walks(Subject(LISTED).meta)
    assert do(CODE, asked(LISTED)) == code(Subject(LISTED))


def test_maps_are_those_of_the_model_on_the_screen():
    layer = feature_maps(Subject(LISTED).real(), "conv1", pictured(sample("coffee"), (3, 32, 32)))
    view = replace(LISTED, image="coffee")
    answer = do(MAPS, asked(view))
    assert (answer.count, answer.shown, answer.reduced, answer.dead, answer.constant) == (6, 6, 1, len(layer.dead), 0)
    assert (answer.counts, answer.edges) == (layer.counts, layer.edges)
    sheet, data = pixels(answer.pictures[0]), json.loads(gzip.decompress(answer.rows))
    for channel in range(6):
        top, left = channel // data["columns"] * 28, channel % data["columns"] * 28
        assert np.array_equal(sheet[top : top + 28, left : left + 28], layer.channel(channel))
        values = layer.maps[channel].astype(float)
        assert [data[name][channel] for name in ("low", "high", "mean")] == pytest.approx(
            [values.min(), values.max(), values.mean()], rel=1e-3
        )
    assert (data["size"], data["dead"], data["constant"]) == ([28, 28], list(layer.dead), list(layer.constant))


def test_the_photo_beside_the_maps_is_what_the_model_gets():
    answer = do(MAPS, asked(replace(LISTED, image="coffee")))
    assert answer.photo == Framed(32, (32, 32), "", gray=False)
    assert np.array_equal(pixels(answer.pictures[1]), np.asarray(fitted(sample("coffee"), (3, 32, 32))))
    gray = View(source="nn.Sequential(nn.Conv2d(1, 4, 3))", shape=(1, 20, 30), row="0", image="coffee")
    assert pixels(do(MAPS, asked(gray)).pictures[1]).shape == (20, 30)
    assert do(MAPS, asked(gray)).photo.gray


def test_the_kernel_of_a_first_layer_stands_in_a_row_in_colours_and_by_channel():
    answer = do(MAPS, asked(LISTED))
    rows, data = pixels(answer.pictures[2]).astype(float), json.loads(gzip.decompress(answer.rows))
    weights = Subject(LISTED).real().conv1.weight.detach().numpy()
    assert (data["kernel"], rows.shape) == ([3, 5, 5], (6 * 5, 4 * 5, 3))
    for channel, kernel in enumerate(weights):
        colours, *slices = np.hsplit(rows[channel * 5 : channel * 5 + 5], 4)
        low, high = kernel.min(), kernel.max()
        assert np.abs(colours / 255 - (kernel.transpose(1, 2, 0) - low) / (high - low)).max() < 0.003
        for drawn, values in zip(slices, kernel, strict=True):
            strength = (255 - drawn.min(-1)) / 255  # of the least light: orange has no blue, blue no red
            assert np.abs(strength - np.abs(values) / np.abs(kernel).max()).max() < 0.003
            assert ((drawn[..., 0] >= drawn[..., 2]) == (values >= 0))[strength > 0.01].all()


@pytest.mark.parametrize(
    ("source", "channels", "kernel"),
    [
        ("nn.Conv2d(1, 4, 3)", 1, [1, 3, 3]),
        ("nn.Conv2d(6, 6, (3, 1), groups=6)", 6, [1, 3, 1]),
        ("nn.Conv2d(4, 6, 3)", 4, None),
        ("nn.ReLU()", 3, None),
        ("nn.ConvTranspose2d(3, 4, 3)", 3, None),
    ],
)
def test_a_kernel_is_drawn_where_it_sees_few_channels(source, channels, kernel):
    answer = do(MAPS, asked(View(source=f"nn.Sequential({source})", shape=(channels, 12, 12), row="0")))
    assert json.loads(gzip.decompress(answer.rows))["kernel"] == kernel
    assert len(answer.pictures) == (2 if kernel is None else 3)


def test_values_that_are_not_finite_are_left_out_of_what_is_told_of_a_map():
    layer = feature_maps(nn.Sequential(nn.Identity()), "0", torch.tensor([[[1.0, 3.0, np.nan]], [[np.inf] * 3]]))
    data = json.loads(gzip.decompress(told(layer)))
    assert [data[name] for name in ("low", "high", "mean")] == [[1.0, None], [3.0, None], [2.0, None]]


def test_the_batch_is_no_matter_where_one_photo_is_shown():
    for kind in (MAPS, SIGHT, SLOPE):
        assert kind.job(asked(replace(LISTED, batch=64))) == kind.job(asked(LISTED))


def test_a_layer_of_many_maps_shows_them_all_and_large_ones_are_reduced(monkeypatch):
    view = View(source="nn.Sequential(nn.Conv2d(3, 100, 3))", shape=(3, 16, 16), row="0")
    answer = do(MAPS, asked(view))
    assert (answer.count, answer.shown, answer.reduced) == (100, 100, 1)
    assert pixels(answer.pictures[0]).shape == (140, 140)
    monkeypatch.setattr("cnnlab.limits.MAPS_PIXELS", 100 * 7 * 7)
    assert do(MAPS, asked(view)).reduced == 2
    assert pixels(do(MAPS, asked(view)).pictures[0]).shape == (70, 70)
    monkeypatch.setattr("cnnlab.limits.MAPS_SHOWN", 10)
    answer = do(MAPS, asked(view))
    assert (answer.count, answer.shown) == (100, 10)
    assert len(json.loads(gzip.decompress(answer.rows))["low"]) == 10


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
    for kind in (MAPS, SLOPE):
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


SIDES = {kind.name for kind in (COMPARE, COMPARE_DETECTOR)}
WHOLE = {kind.name for kind in ABOUT_A_MODEL} | {STATE.name}
OF_VALUES = {kind.name for kind in (CODE, MAPS, CALLS, GRADIENTS)}
OF_A_LOOK = {kind.name for kind in (MAPS, SIGHT, SLOPE, CALLS)}
OF_A_SHAPE = WHOLE - {WALKS.name, STATE.name}


# What is put otherwise, and the kinds of job that this makes others.
CHANGES = [
    ({"model": MODELS["VGG"].example()}, WHOLE),
    ({"model": MODELS["LeNet"](classes=3)}, WHOLE),
    ({"source": SOURCE}, WHOLE),
    ({"own": "net:Net"}, WHOLE),
    ({"shape": (3, 64, 64)}, OF_A_SHAPE),
    ({"batch": 2}, {MEMORY_AT.name, CODE.name}),
    ({"precision": "bfloat16"}, {MEMORY.name, MEMORY_AT.name, CODE.name}),
    ({"optimizer": "SGD"}, {CODE.name}),
    ({"scheme": course_scheme()}, OF_VALUES),
    ({"scheme": {"bias": INITIALISATIONS["constant_"](val=0)}}, OF_VALUES),
    ({"learnt": Learnt("a" * 22, "last", 5)}, OF_VALUES | {SIGHT.name, SLOPE.name}),
    ({"seed": 4}, OF_VALUES),
    ({"row": "conv2"}, OF_A_LOOK),
    ({"image": "coffee"}, OF_A_LOOK | {GRADIENTS.name}),
    ({"gib": 2}, {CODE.name}),
    ({"rivals": ("small",)}, set()),
    ({"look": "memory"}, {CODE.name}),
    ({"look": "graph"}, set()),
    ({"channel": 3}, set()),
    ({"unit": (1, 2)}, {SIGHT.name, SLOPE.name}),
    ({"against": MODELS["VGG"].example()}, SIDES),
    ({"shape": (3, 32, 32)}, set()),  # what it was made for, said once more
]
# `weights` are tried below, the files of STATE above; a model's arguments are part of it, `leave` stands for one's own.
TRIED_ELSEWHERE = {"weights", "params", "leave", "file", "name_of_file"}
changes = pytest.mark.parametrize(("change", "names"), CHANGES, ids=[next(iter(change)) for change, _ in CHANGES])
OF_A_VIEW = [kind for kind in KINDS if kind not in (FETCH, CARD)]


@changes
def test_a_job_is_another_if_something_changes_that_it_depends_on(change, names):
    other = replace(LISTED, **change)
    assert {kind.name for kind in OF_A_VIEW if kind.job(asked(other)) != kind.job(asked(LISTED))} == names


def test_every_field_of_a_question_is_tried():
    assert {name for change, _ in CHANGES for name in change} | TRIED_ELSEWHERE == {one.name for one in Asked.FIELDS}


@cache
def whole(kind: Kind, link: str) -> bytes:
    """What the work says to all of a question, be it among the fields of the kind or not."""
    return packed(kind.do(dict(parse_qsl(link, keep_blank_values=True))))


@changes
def test_an_answer_under_the_same_key_is_the_same(change, names, weights_file):
    here = replace(LISTED, against=MODELS["AlexNet"].example())
    for kind in (*ABOUT_A_MODEL, STATE):
        if kind.name not in names:
            file = {"file": weights_file, "name_of_file": "mine.pt"} if kind is STATE else {}
            questions = (asked(view, **file).to_query() for view in (here, replace(here, **change)))
            assert len({whole(kind, urlencode(question)) for question in questions}) == 1, kind.name


def test_another_picture_leaves_another_loss():
    one, other = (do(GRADIENTS, asked(replace(LISTED, image=name))).loss for name in ("coffee", "chelsea"))
    assert one != other


def test_weights_make_other_values():
    view = View(model=MODELS["squeezenet1_1"](), row="features.0")
    jobs = {kind.name for kind in KINDS if kind not in (FETCH, CARD)
            and kind.job(asked(replace(view, weights=WEIGHTS))) != kind.job(asked(view))}  # fmt: skip
    assert jobs == OF_VALUES | OF_A_LOOK  # and other sizes of the photo may come with them


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
