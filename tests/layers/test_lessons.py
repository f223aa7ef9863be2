"""The lessons: views that a link carries, and sentences whose numbers torch gives."""

import gzip
import json
import re

import pytest
import torch
from torch import nn

from cnnlab.layers.jobs import PIXELS, asked
from cnnlab.layers.lessons import ARITHMETIC, COURSE, LESSONS, MISTAKES
from cnnlab.layers.rows import call_arguments
from cnnlab.layers.values import sample
from cnnlab.layers.view import View
from cnnlab.summary.rows import shape_text

EACH = pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.title)
CONTRARY = {  # lessons on what torch refuses, and torch's words for it
    "How many numbers reach Linear": "mat1 and mat2 shapes cannot be multiplied",
    "num_features is the number of channels": "running_mean should contain 16 elements not 32",
    "Channels come first": "to have 3 channels, but got 32 channels instead",
}


def by_title(title):
    return next(lesson for lesson in LESSONS if lesson.title == title)


def reached(lesson):
    """What reaches the layer that is looked at, as torch passes it on, with a batch of one; and the pool's indices."""
    view, indices = lesson.view, None
    x = torch.rand(1, *view.first_shape)
    for call in view.layers[: view.index]:
        if call.name == "MaxPool2d":
            x, indices = call.replace(return_indices=True).build()(x)
        else:
            x = call.build()(x)
    return x, indices


@EACH
def test_a_link_carries_the_view_of_a_lesson(lesson):
    assert View.from_query(lesson.view.to_query()) == lesson.view
    assert lesson.shows(lesson.view)
    assert not lesson.shows(View(seed=1, shape=(1, 31, 7)))


def test_there_are_twelve_mistakes_and_four_paddings_under_names_of_their_own():
    groups = [lesson.group for lesson in LESSONS]
    assert (groups.count(MISTAKES), groups.count(ARITHMETIC)) == (12, 4)
    assert groups.count(COURSE) >= 8
    assert len({lesson.title for lesson in LESSONS}) == len(LESSONS)


@EACH
def test_the_shapes_of_a_sentence_are_torch_s(lesson):
    x, indices = reached(lesson)
    said, inputs = lesson.numbers(), [x, torch.zeros_like(indices)] if lesson.view.call.name == "MaxUnpool2d" else [x]
    assert said["input"] == shape_text(tuple(x.shape[1:]))
    assert (said["inputs"], said["channels"]) == (f"{x[0].numel():,}", x.shape[1])
    if lesson.title in CONTRARY:
        with pytest.raises(RuntimeError, match=CONTRARY[lesson.title]):
            lesson.view.call.build()(*inputs)
        return
    output = lesson.view.call.build()(*inputs)
    assert (said["output"], said["outputs"]) == (shape_text(tuple(output.shape[1:])), f"{output[0].numel():,}")
    if lesson.beside:
        other = lesson.beside.build()(*inputs, **call_arguments(lesson.beside))
        assert said["other"] == shape_text(tuple(other.shape[1:]))


@EACH
def test_a_sentence_is_filled_and_says_nothing_else_in_shapes(lesson):
    text = str(lesson.told())
    assert "{" not in text
    assert text.endswith(".")
    shapes = {str(value) for value in lesson.numbers().values()} | {"3 × 3", "2 × 2", "11 × 11"}
    assert set(re.findall(r"\d+(?: × \d+)+", text)) <= shapes


@EACH
def test_the_values_of_a_sentence_are_torch_s(lesson):
    if not lesson.values:
        return
    numbers, layer = lesson.view.numbers, lesson.view.call.build()
    with torch.no_grad():
        for name, parameter in layer.named_parameters():
            parameter.copy_(torch.tensor(numbers[name[0]]).reshape(parameter.shape))
        output = layer(torch.tensor(numbers["x"], dtype=torch.float32).reshape(1, *lesson.view.first_shape))
    assert tuple(output.flatten().tolist()) == lesson.values


def test_a_sigmoid_s_slope_is_a_quarter_in_the_middle():
    x = torch.linspace(-8, 8, 1001, requires_grad=True)
    nn.Sigmoid()(x).sum().backward()
    assert x.grad.max() == 0.25 == x.grad[500]
    assert x.grad[[0, -1]].max() < 0.001


def test_means_that_count_padding_are_four_ninths_in_the_corner():
    layer = by_title("Means that count the padding").view.call.build()
    assert layer(torch.ones(1, 1, 5, 5))[0, 0, 0, 0] == pytest.approx(4 / 9)


def test_half_of_a_dropout_s_numbers_doubles():
    layer = by_title("Dropout in training and after").view.call.build()
    assert set(layer(torch.ones(1000)).tolist()) == {0.0, 2.0}
    assert set(layer.eval()(torch.ones(10)).tolist()) == {1.0}


@pytest.mark.parametrize("title", ["A stride that does not divide", "AlexNet's first layer"])
def test_the_last_row_and_column_are_never_read(title):
    view = by_title(title).view
    x = torch.ones(1, *view.first_shape, requires_grad=True)
    view.call.build()(x).sum().backward()
    read = x.grad[0, 0] != 0
    assert not read[-1].any()
    assert not read[:, -1].any()
    assert read[:-1, :-1].any(0).all()


def test_what_a_checkerboard_writes_more_often():
    view = by_title("A checkerboard in the output").view
    kernel = view.call["kernel_size"]

    def times(size):
        layer = view.call.replace(kernel_size=size, bias=False).build()
        torch.nn.init.ones_(layer.weight)
        return set(layer(torch.ones(1, *view.first_shape))[0, 0, 3:-3, 3:-3].flatten().tolist())

    assert len(times(kernel)) > 1
    assert len(times(4)) == 1


def test_the_places_that_a_pool_names_are_those_of_its_input():
    lesson = by_title("Unpooling an odd size")
    x = torch.arange(25.0).reshape(1, 1, 5, 5)
    pooled, indices = lesson.view.layers[0].replace(return_indices=True).build()(x)
    back = lesson.beside.build()(pooled, indices, **call_arguments(lesson.beside))
    assert torch.equal(back[back > 0], x[back > 0])
    with pytest.raises(RuntimeError, match="invalid max index"):
        lesson.view.call.build()(pooled, indices)


def test_the_matrix_of_a_convolution_transposed_is_that_of_the_transposed_one():
    down, up = (
        by_title(title).view for title in ("A convolution is a matrix", "A transposed one has the transposed matrix")
    )
    first, second = down.call.build(), up.call.build()
    second.load_state_dict(first.state_dict())
    matrix = torch.stack([first(place.reshape(1, 1, 4, 4)).flatten() for place in torch.eye(16)], 1)
    turned = torch.stack([second(place.reshape(1, 1, 2, 2)).flatten() for place in torch.eye(4)], 1)
    assert matrix.shape == (4, 16)
    assert torch.equal(matrix.T, turned)
    assert {int((row != 0).sum()) for row in matrix} == {9}


@EACH
def test_the_numbers_of_a_lesson_are_drawn(lesson):
    if lesson.title in CONTRARY:
        return
    pixels = PIXELS.do(asked(lesson.view).to_query())
    output = json.loads(gzip.decompress(pixels.rows))["output"]
    assert pixels.output == tuple(output["shape"])
    if lesson.values:
        assert output["values"] == list(lesson.values)


def test_the_course_s_unpooling_puts_its_pooling_s_values_back():
    """Those of the lesson before it: 4, 4, 4, 4, each where it had stood first."""
    pooling, unpooling = by_title("The largest of each window"), by_title("Unpooling puts values back")
    drawn = sample(asked(unpooling.view))
    assert tuple(drawn.x.flatten().tolist()) == pooling.values
    x = torch.tensor(pooling.view.numbers["x"], dtype=torch.float32).reshape(1, 1, 4, 4)
    values, places = nn.MaxPool2d(2, return_indices=True)(x)
    assert torch.equal(drawn.y, nn.MaxUnpool2d(2)(values, places)[0])
