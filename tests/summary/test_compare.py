"""Two summaries row by row: who stands beside whom, and what differs."""

from functools import cache

import pytest
import torch
import torchvision
from torch import nn

from cnnlab import limits
from cnnlab.summary import compare, side_by_side, summarize
from cnnlab.summary.compare import CHANGED, LEFT, RIGHT, SAME


@cache
def report(name):
    with torch.device("meta"):
        return summarize(torchvision.models.get_model(name, weights=None), (3, 64, 64))


PAIRS = (
    ("resnet18", "resnet34"),
    ("resnet18", "resnet50"),
    ("vgg11", "vgg16"),
    ("resnet34", "densenet121"),
    ("mobilenet_v2", "mobilenet_v3_small"),
    ("resnet18", "resnet18"),
)


@pytest.mark.parametrize("pair", PAIRS, ids=" ".join)
def test_every_row_of_both_stands_once_and_in_its_order(pair):
    left, right = map(report, pair)
    differences = compare(left, right)
    assert [one.left for one in differences if one.left] == list(left.rows)
    assert [one.right for one in differences if one.right] == list(right.rows)
    for one in differences:
        assert {row.depth for row in (one.left, one.right) if row} == {one.depth}
        assert one.state == (
            LEFT if one.right is None else RIGHT if one.left is None else CHANGED if one.fields else SAME
        )
        assert one.name == (one.left or one.right).name


def test_resnet34_is_resnet18_with_more_blocks():
    differences = compare(report("resnet18"), report("resnet34"))
    assert {one.left.name for one in differences if one.state == CHANGED} == {
        "",
        "layer1",
        "layer2",
        "layer3",
        "layer4",
    }
    more = [one.right.name for one in differences if one.state == RIGHT and one.right.type == "BasicBlock"]
    assert more == ["layer1.2", "layer2.2", "layer2.3", *(f"layer3.{number}" for number in (2, 3, 4, 5)), "layer4.2"]
    assert [one for one in differences if one.state == LEFT] == []
    pairs = {(one.left.name, one.right.name) for one in differences if one.left and one.right}
    assert all(ours == theirs for ours, theirs in pairs)


def test_places_in_a_list_are_no_names_so_vgg16_has_each_layer_of_vgg11_in_its_stage():
    pairs = [(one.left, one.right) for one in compare(report("vgg11"), report("vgg16")) if one.left]
    assert all(other is not None and one.type == other.type for one, other in pairs)
    assert all(one.output_shape == other.output_shape for one, other in pairs)
    names = {one.name: other.name for one, other in pairs}
    assert (names["features.3"], names["features.20"], names["classifier.6"]) == (
        "features.5",
        "features.30",
        "classifier.6",
    )


class Small(nn.Sequential):
    def __init__(self, width=4):
        super().__init__(nn.Conv2d(3, width, 3), nn.BatchNorm2d(width))


def test_a_row_that_differs_says_in_what():
    states = {one.name: (one.state, one.fields) for one in compare(*(summarize(Small(n), (3, 8, 8)) for n in (4, 8)))}
    assert states["0"] == (CHANGED, ("output_shape", "params", "macs", "activation_bytes", "settings"))
    assert {state for state, _fields in states.values()} == {CHANGED}


def test_what_one_side_lacks_stands_on_the_other_alone():
    longer, shorter = summarize(nn.Sequential(nn.ReLU(), nn.Tanh()), (3,)), summarize(nn.Sequential(nn.ReLU()), (3,))
    assert [(one.name, one.state) for one in compare(longer, shorter)] == [("", SAME), ("0", SAME), ("1", LEFT)]
    assert [one.state for one in compare(shorter, longer)] == [SAME, SAME, RIGHT]


def test_a_browser_is_told_once_what_both_sides_say():
    left = summarize(nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()), (3, 8, 8), batch=2)
    right = summarize(nn.Sequential(nn.Conv2d(3, 8, 3)), (3, 8, 8), batch=2)
    _model, conv, relu = side_by_side(left, right)
    assert conv == {
        "state": CHANGED,
        "depth": 1,
        "names": ["0"],
        "cells": {
            "type": ["Conv2d"],
            "leaves": ["4 × 6 × 6", "8 × 6 × 6"],
            "params": ["112", "224"],
            "macs": ["7,776", "15,552"],
            "short": ["k 3×3"],
        },
    }
    assert (relu["state"], relu["names"], relu["cells"]["leaves"]) == (LEFT, ["1", None], ["4 × 6 × 6", None])


def test_names_are_whole_paths_also_of_operations():
    names = [row["names"][0] for row in side_by_side(report("resnet18"), report("resnet18"))]
    assert [names[place] for place in (1, 7, 12, 13, -2)] == [
        *("conv1", "layer1.0.conv1", "layer1.0.add_", "layer1.0.relu:2", "flatten")
    ]


def test_lists_too_long_to_be_tried_are_paired_by_their_places(monkeypatch):
    monkeypatch.setattr(limits, "COMPARE_CELLS", 400)
    count = 21
    left, right = (summarize(nn.Sequential(*(nn.ReLU() for _ in range(count + more))), (3,)) for more in (0, 1))
    states = [one.state for one in compare(left, right)]
    assert states == [SAME] * (count + 1) + [RIGHT]
