"""What the layer inspector asks, and the answers: links in, plain data out."""

import gzip
import json
from dataclasses import fields, replace
from functools import cache
from io import BytesIO
from urllib.parse import parse_qsl, urlencode

import numpy as np
import pytest
import torch
from PIL import Image

from cnnlab.jobs import JOBS
from cnnlab.layers import LAYERS
from cnnlab.layers.drawn import drawn
from cnnlab.layers.jobs import (
    ARRAY,
    CARD,
    CODE,
    COUNTS,
    CURVE,
    DROPPED,
    HEAVY,
    KINDS,
    MAPS,
    MATRIX,
    NORMED,
    PIXELS,
    READ,
    Asked,
    asked,
    first,
    suited,
)
from cnnlab.layers.presets import MODEL
from cnnlab.layers.view import View
from cnnlab.layers.weights import weighted
from cnnlab.models import MODELS
from cnnlab.specs import SpecError
from cnnlab.summary.view import View as Origin
from cnnlab.workshop import Kind, Lane
from cnnlab.workshop.plain import packed, unpacked

CONVOLUTION = View(
    layers=(LAYERS["Conv2d"](in_channels=3, out_channels=2, kernel_size=3),), shape=(3, 7, 6), kernel="default"
)
TRANSPOSED = replace(
    CONVOLUTION, layers=(LAYERS["ConvTranspose2d"](in_channels=3, out_channels=2, kernel_size=3, stride=2),)
)
OTHERS = {COUNTS: TRANSPOSED, CURVE: View(layers=(LAYERS["RReLU"].example(),)),
          NORMED: View(layers=(LAYERS["BatchNorm2d"](num_features=2),), shape=(2, 3, 3)),
          DROPPED: View(layers=(LAYERS["Dropout"](),), shape=(2, 3, 3))}  # fmt: skip
ABOUT_A_LAYER = [kind for kind in KINDS if kind not in (READ, CARD, *HEAVY.values())]
ORIGIN = Origin(model=MODELS["LeNet"].example(), seed=3).to_query()
each = pytest.mark.parametrize("kind", ABOUT_A_LAYER, ids=lambda kind: kind.name)


def base(kind: Kind) -> View:
    return OTHERS.get(kind, CONVOLUTION)


def do(kind: Kind, recipe):
    """The answer as a page gets it: from the job's parameters alone, and over the wire."""
    return unpacked(packed(kind.do(dict(kind.job(recipe).query))))


def data(answer) -> dict:
    return json.loads(gzip.decompress(answer.rows))


def tensor(told: dict) -> torch.Tensor:
    return torch.tensor(told["values"], dtype=torch.float32).reshape(told["shape"])


def test_all_that_is_asked_is_among_the_jobs_of_the_workshop():
    assert {kind.name: kind for kind in KINDS}.items() <= JOBS.items()
    assert all(set(kind.fields) <= {field.name for field in kind.recipe.FIELDS} for kind in KINDS)
    assert {kind for kind, _ in first()} == {CARD, PIXELS}


@each
def test_every_answer_is_plain_and_says_what_the_work_says(kind):
    recipe = asked(base(kind))
    assert do(kind, recipe) == kind.do(recipe.to_query())


def test_weights_of_a_model_are_heavy_work_with_the_same_answer():
    view = replace(CONVOLUTION, layers=(LAYERS["Conv2d"](in_channels=3, out_channels=6, kernel_size=5),), shape=(3, 32, 32),
                   kernel=MODEL, origin=ORIGIN, row="conv1")  # fmt: skip
    for kind in HEAVY:
        assert suited(kind, CONVOLUTION) is kind
        heavy = suited(kind, view)
        assert (heavy.lane, heavy.fields) == (Lane.HEAVY, kind.fields)
        if kind in (PIXELS, MATRIX, CODE):
            assert do(heavy, asked(view)) == kind.do(asked(view).to_query())
    assert suited(MAPS, view) is MAPS


# What is put otherwise, and the kinds of job that this makes others.
ALL = {kind.name for kind in ABOUT_A_LAYER}
OF_WEIGHTS = ALL - {DROPPED.name}
OF_A_FILL = {PIXELS.name, MATRIX.name, CODE.name, NORMED.name, DROPPED.name}
CHANGES = [
    ({"layers": (LAYERS["Conv2d"](in_channels=3, out_channels=4, kernel_size=3),)}, ALL),
    ({"shape": (3, 9, 9)}, ALL),
    ({"fill": "counting"}, OF_A_FILL),
    ({"kernel": "ones"}, OF_WEIGHTS),
    ({"numbers": {"b": (1, 2)}}, ALL),
    ({"seed": 4}, ALL),
    ({"training": False}, {PIXELS.name, CODE.name, CURVE.name, NORMED.name, MAPS.name, ARRAY.name}),
    ({"image": "coffee"}, {MAPS.name, ARRAY.name}),
    ({"step": 3}, {NORMED.name, CODE.name}),
    ({"others": {1: {"x": (1, 2)}}}, set()),
    ({"origin": ORIGIN}, set()),  # of no matter while the weights are not a model's
    ({"row": "conv1"}, set()),
    ({"look": "matrix"}, set()),
    ({"element": (0, 1, 1)}, set()),
    ({"channel": 3}, set()),
    ({"goal": (14, 28)}, set()),
]
TRIED_ELSEWHERE = {"place", "leave"}
changes = pytest.mark.parametrize(("change", "names"), CHANGES, ids=[next(iter(change)) for change, _ in CHANGES])


@changes
def test_a_job_is_another_if_something_changes_that_it_depends_on(change, names):
    other = replace(CONVOLUTION, **change)
    assert {kind.name for kind in ABOUT_A_LAYER if kind.job(asked(other)) != kind.job(asked(CONVOLUTION))} == names


def test_every_field_of_a_question_is_tried():
    assert {name for change, _ in CHANGES for name in change} | TRIED_ELSEWHERE == {one.name for one in fields(Asked)}


@cache
def whole(kind: Kind, link: str) -> bytes:
    """What the work says to all of a question, be it among the fields of the kind or not."""
    return packed(kind.do(dict(parse_qsl(link, keep_blank_values=True))))


@changes
def test_an_answer_under_the_same_key_is_the_same(change, names):
    for kind in ABOUT_A_LAYER:
        if kind.name not in names and "layers" not in change:
            questions = (asked(view).to_query() for view in (base(kind), replace(base(kind), **change)))
            assert len({whole(kind, urlencode(question)) for question in questions}) == 1, kind.name


@pytest.mark.parametrize(
    ("kind", "change"),
    [(PIXELS, {"fill": "counting"}), (PIXELS, {"kernel": "ones"}), (PIXELS, {"seed": 9}), (MATRIX, {"fill": "ones"}),
     (COUNTS, {"seed": 9}), (COUNTS, {"kernel": "ones"}), (CURVE, {"training": False}), (CURVE, {"seed": 3}),
     (NORMED, {"step": 2}), (NORMED, {"training": False}), (NORMED, {"fill": "random"}), (DROPPED, {"seed": 3}),
     (MAPS, {"image": "coffee"}), (MAPS, {"seed": 5}), (ARRAY, {"kernel": "sobel"}), (CODE, {"training": False}),
     *((kind, {"numbers": {"b": (1, 2)}}) for kind in (PIXELS, MATRIX, CODE, COUNTS, NORMED, MAPS, ARRAY)),
     (DROPPED, {"numbers": {"x": tuple(range(18))}})],
)  # fmt: skip
def test_another_key_has_another_answer(kind, change):
    questions = (asked(view).to_query() for view in (base(kind), replace(base(kind), **change)))
    assert len({whole(kind, urlencode(question)) for question in questions}) == 2


def test_a_layer_is_asked_about_alone_with_what_reaches_it():
    relu = LAYERS["ReLU"]()
    stack = replace(CONVOLUTION, layers=(*CONVOLUTION.layers, relu, relu), place=2)
    question = asked(stack)
    assert (question.layers, question.place, question.shape) == ((relu,), 0, (2, 5, 4))
    assert PIXELS.job(question) == PIXELS.job(asked(replace(stack, place=1)))
    with pytest.raises(SpecError, match="^in_channels=3"):
        asked(replace(CONVOLUTION, shape=(4, 7, 6)))
    with pytest.raises(SpecError, match="^A layer before this one cannot take its input"):
        asked(replace(stack, shape=(4, 7, 6)))


def test_kernels_that_do_not_suit_a_layer_are_no_matter():
    views = [View(layers=(LAYERS["ReLU"](),), kernel=kernel) for kernel in ("sobel", "ones", "xavier_normal_")]
    assert len({PIXELS.job(asked(view)) for view in views}) == 1


def test_a_layer_without_weights_is_shown_what_reaches_it_in_its_model():
    origin = Origin(source="nn.Sequential(nn.Conv2d(3, 3, 5), nn.MaxPool2d(2))", shape=(3, 32, 32)).to_query()
    view = View(layers=(LAYERS["MaxPool2d"](kernel_size=2),), shape=(3, 28, 28), kernel=MODEL, row="1", origin=origin)
    assert (do(MAPS, asked(view)).path, do(suited(PIXELS, view), asked(view)).output) == ("1", (3, 6, 6))


def test_a_question_survives_its_link():
    question = asked(replace(CONVOLUTION, kernel=MODEL, origin=Origin(own="net:Net").to_query(), row="0"))
    assert question.leave
    assert Asked.from_query(question.to_query()) == question
    assert View.from_query(question.to_query()) == View(
        **{one.name: getattr(question, one.name) for one in fields(View)}
    )


COURSE = View(layers=(LAYERS["Conv2d"](in_channels=1, out_channels=1, kernel_size=3),), shape=(1, 4, 4), fill="course")


@pytest.mark.parametrize("view", [COURSE, CONVOLUTION, TRANSPOSED, View(layers=(LAYERS["Conv1d"].example(),)),
                                  View(layers=(LAYERS["Linear"].example(),), kernel="counting"),
                                  View(layers=(LAYERS["Conv3d"].example(),), shape=(1, 3, 4, 3), kernel="gaussian"),
                                  replace(CONVOLUTION, layers=(LAYERS["Conv2d"](in_channels=4, out_channels=4, kernel_size=3,
                                          groups=2, padding=1, padding_mode="reflect"),), shape=(4, 6, 6))])  # fmt: skip
def test_the_matrix_times_the_input_is_torch_s_output(view):
    answer = do(MATRIX, asked(view))
    told = data(answer)
    weight, x, y = (tensor(told[name]) for name in ("weight", "input", "output"))
    whole = torch.zeros(told["height"], told["width"], dtype=torch.float64)
    for row, column, place in told["entries"]:
        whole[row, column] += weight.flatten()[place]
    bias = torch.zeros(len(y)) if told["bias"] is None else tensor(told["bias"])
    bias = bias.repeat_interleave(y.numel() // len(y)).double()
    assert (whole @ x.flatten().double() + bias).numpy() == pytest.approx(y.flatten().numpy(), abs=1e-4)
    if told["columns"]:
        flat = torch.cat([x.flatten(), torch.zeros(1)]).double()
        columns = flat[torch.tensor(told["columns"])].reshape(told["groups"], told["rows"], -1)
        rows = weight.reshape(told["groups"], -1, told["rows"]).double()
        assert ((rows @ columns).flatten() + bias).numpy() == pytest.approx(y.flatten().numpy(), abs=1e-4)
    if told["adjoint"]:
        back = torch.nn.modules.conv  # the layer of the transposed matrix, with the very same weights
        layer = LAYERS[told["adjoint"]["call"]["name"]](**told["adjoint"]["call"]["params"]).build()
        assert isinstance(layer, back._ConvNd)
        with torch.no_grad():
            layer.weight.copy_(weight)
            turned = layer(y[None])[0].flatten()
        assert (whole.T @ y.flatten().double()).numpy() == pytest.approx(turned.numpy(), rel=1e-4, abs=1e-3)


def test_the_course_s_matrix_is_four_by_sixteen_and_its_transpose_a_transposed_convolution():
    told = data(do(MATRIX, asked(COURSE)))
    assert (told["height"], told["width"], len(told["entries"])) == (4, 16, 36)
    assert told["adjoint"]["code"].startswith("nn.ConvTranspose2d(in_channels=1, out_channels=1, kernel_size=3")


def test_a_matrix_too_large_to_draw_is_refused(monkeypatch):
    monkeypatch.setattr("cnnlab.limits.MATRIX_ENTRIES", 35)
    with pytest.raises(SpecError, match="^The matrix would have up to 36 places that are not zero; here 35 are drawn"):
        do(MATRIX, asked(COURSE))
    with pytest.raises(SpecError, match="has no matrix|no weights"):
        do(MATRIX, asked(View(layers=(LAYERS["ReLU"](),))))


@pytest.mark.parametrize(("kernel_size", "uneven"), [(3, True), (4, False)])
def test_how_often_places_are_written_is_what_ones_through_ones_give(kernel_size, uneven):
    call = LAYERS["ConvTranspose2d"](in_channels=1, out_channels=1, kernel_size=kernel_size, stride=2, bias=False)
    answer = do(COUNTS, asked(View(layers=(call,), shape=(1, 5, 5), kernel="ones")))
    with torch.no_grad():
        layer = call.build()
        layer.weight.fill_(1)
        often = layer(torch.ones(1, 1, 5, 5))[0, 0].numpy()
    assert np.array_equal(np.multiply.outer(*answer.sides), often)
    assert (answer.uneven, answer.lows[:2], answer.highs[:2]) == (uneven, (often.min(),) * 2, (often.max(),) * 2)
    pictures = [np.asarray(Image.open(BytesIO(part))) for part in answer.pictures]
    assert np.array_equal(pictures[0], pictures[1])
    assert len({picture.shape for picture in pictures}) == 1
    assert answer.instead.startswith("nn.Sequential(nn.Upsample(size=(")


def test_the_card_is_as_wide_as_the_others():
    (picture,) = do(CARD, CARD.recipe()).pictures
    assert 600 <= max(Image.open(BytesIO(picture)).size) <= 900


def test_a_question_without_a_shape_is_about_the_first_input():
    assert PIXELS.do({}) == PIXELS.do(dict(PIXELS.job(asked(View())).query))


@pytest.mark.parametrize(
    ("kernel", "settings", "alike"),
    [("sobel", {"stride": 2, "padding": 1, "output_padding": 1}, True), ("ones", {"stride": 2}, False),
     ("edges", {"stride": 2}, False),
     ("sobel", {"stride": 2, "dilation": 3, "groups": 2, "in_channels": 2, "out_channels": 4}, True), ("sobel", {}, False)],
)  # fmt: skip
def test_weights_that_hide_a_checkerboard_of_ones_are_told(kernel, settings, alike):
    call = LAYERS["ConvTranspose2d"](**{"in_channels": 1, "out_channels": 1, "kernel_size": 3, **settings})
    view = View(layers=(call,), shape=(call["in_channels"], 8, 8), kernel=kernel)
    answer = do(COUNTS, asked(view))
    told = [str(note) for note in answer.notes if "add up to" in str(note)]
    assert bool(told) == alike
    layer = weighted(asked(view), drawn(call, view.shape))
    away = slice(2 * call["dilation"], -2 * call["dilation"])
    inside = layer(torch.ones(1, *view.shape)).detach()[0, 0, away, away] + 0.0
    assert (bool(told) or not answer.uneven) == bool(inside.max() - inside.min() < 1e-6)
    if told:
        assert f"add up to {float(inside[0, 0]):.3g}." in told[0]


@pytest.mark.parametrize(
    ("view", "reaches"),
    [
        (View(layers=(LAYERS["Flatten"](), LAYERS["ReLU"]()), shape=(16, 256, 256), place=1), "1048576 reaches ReLU"),
        (
            View(
                layers=(LAYERS["Unflatten"](dim=1, unflattened_size=(2, 2)), LAYERS["ReLU"]()),
                shape=(4, 3, 3, 3),
                place=1,
            ),
            "2 × 2 × 3 × 3 × 3 reaches ReLU",
        ),
    ],
)
def test_what_no_question_can_say_is_refused_by_what_it_is(view, reaches):
    with pytest.raises(
        SpecError, match=f"^{reaches}, more than can be looked at: at most 4 lengths, each of 999999 or"
    ):
        asked(view)
