"""From a row of a summary to the layer inspector, and back."""

import re

import pytest
import torch

from cnnlab.layers import LAYERS
from cnnlab.layers.handover import opened
from cnnlab.layers.view import View
from cnnlab.models import MODELS, build
from cnnlab.summary import summarize
from cnnlab.summary.subject import Subject
from cnnlab.summary.view import View as Origin

SOURCE = "nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(inplace=True), nn.Flatten(), nn.Linear(8 * 30 * 30, 10))"


def shortened(layer):
    """How torch prints a layer, with one number where both sides have the same."""
    return re.sub(r"\((\d+), \1\)", r"\1", repr(layer))


@pytest.mark.parametrize("name", ["LeNet", "resnet18", "vgg16", "UNet", "vit_b_16", "mobilenet_v2"])
def test_every_layer_of_a_model_that_has_a_row_is_opened_as_it_is(name):
    origin = Origin(model=MODELS[name].example())
    model = build(origin.model)
    report = summarize(model, (3, 32, 32) if name == "LeNet" else (3, 64, 64) if name == "UNet" else (3, 224, 224))
    leaves = [row for row in report.rows if row.leaf and row.type in LAYERS and row.input_shape]
    assert len(leaves) >= 5
    for row in leaves:
        view = opened(origin, report, row)
        assert View.from_query(view.to_query()) == view
        assert view.first_shape == tuple(row.input_shape[1:])
        assert view.here.output == tuple(row.output_shape[1:])
        assert shortened(view.call.build()) == shortened(model.get_submodule(row.path))
        assert (view.kernel == "model") == bool(report.row(row.path).params)
        assert Origin.from_query(view.origin) == origin.at(row.name)


def test_the_weights_are_found_by_the_origin_and_the_row():
    origin = Origin(model=MODELS["LeNet"].example(), seed=3)
    report = summarize(build(origin.model), (3, 32, 32))
    view = opened(origin, report, report.row("conv2"))
    layer = Subject(Origin.from_query(view.origin)).real().get_submodule(view.row)
    assert torch.equal(layer.weight, build(origin.model, "cpu", 3).conv2.weight)


def test_what_is_no_layer_here_is_not_opened():
    origin = Origin(model=MODELS["LeNet"].example())
    report = summarize(build(origin.model), (3, 32, 32))
    assert opened(origin, report, report.rows[0]) is None
    assert opened(origin, report, report.row("/relu:1")) is None


def test_a_pasted_model_too_long_for_a_link_hands_its_layer_over_alone():
    origin = Origin(source=SOURCE)
    report = summarize(build_of(SOURCE), (1, 32, 32))
    assert opened(origin, report, report.row("0")).origin == {"source": origin.to_query()["source"], "row": "0"}
    long = Origin(source=SOURCE + "\n# " + "".join(chr(0x4E00 + n * 7 % 20000) for n in range(9000)))
    view = opened(long, report, report.row("0"))
    assert (view.origin, view.row, view.kernel) == ({}, "", View().kernel)
    assert View.from_query(view.to_query()) == view


def build_of(source):
    return Subject(Origin(source=source)).real()


def test_equal_sides_are_one_number_in_the_line_to_copy():
    origin = Origin(model=MODELS["LeNet"].example())
    view = opened(origin, (report := summarize(build(origin.model), (3, 32, 32))), report.row("conv2"))
    assert view.call.code() == "nn.Conv2d(in_channels=6, out_channels=16, kernel_size=5)"
