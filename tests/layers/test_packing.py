"""What the browser is sent suffices: from the rows alone, joined as they say, come the very numbers that torch gave."""

import gzip
import itertools
import json
import math
from functools import reduce

import pytest
from legal_layers import layers

from cnnlab.layers import LAYERS
from cnnlab.layers.jobs import asked
from cnnlab.layers.packing import JOINS, packed
from cnnlab.layers.values import sample
from cnnlab.layers.view import View

pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same'")  # torch says so once, of even kernels
JOINED = sorted(JOINS)


def terms(data: dict) -> list[list[tuple[float, float]]]:
    """For each output element what it reads: values of the input, with what each is multiplied."""
    x = data["input"]["values"]
    if data["links"] is not None:
        weights = data["weight"]["values"] if data["weight"] else []
        return [
            [(x[place], (weights[at] if at >= 0 else 1) * other(data, o, at)) for place, at in pairs]
            for o, pairs in enumerate(data["links"])
        ]
    return [read(data, channel, places) for channel, *places in itertools.product(*map(range, data["output"]["shape"]))]


def other(data: dict, o: int, at: int) -> float:
    """The number of the second input that a bilinear layer multiplies too."""
    if data["second"] is None:
        return 1
    length = data["second"]["shape"][-1]
    return data["second"]["values"][o // data["output"]["shape"][-1] * length + at % length]


def read(data: dict, channel: int, places: list[int]) -> list[tuple[float, float]]:
    """Through windows: the taps of each side, in every channel that the output channel is made of."""
    shape, axes = data["input"]["shape"], data["axes"]
    taps = [
        [
            (k, place, axis["shares"][o][k] if axis["shares"] else 1)
            for k, place in enumerate(axis["taps"][o])
            if place >= 0
        ]
        for axis, o in zip(axes, places, strict=True)
    ]
    found = []
    for source, weight in channels(data, channel):
        for window in itertools.product(*taps):
            place = reduce(
                lambda flat, pair: flat * pair[1] + pair[0],
                zip((tap[1] for tap in window), shape[1:], strict=True),
                source,
            )
            factor = math.prod(tap[2] for tap in window)
            if weight is not None:
                at = [*weight, *(tap[0] for tap in window)]
                flat = reduce(
                    lambda flat, pair: flat * pair[1] + pair[0], zip(at, data["weight"]["shape"], strict=True), 0
                )
                factor *= data["weight"]["values"][flat]
            found.append((data["input"]["values"][place], factor))
    return found


def channels(data: dict, channel: int) -> list[tuple[int, list[int] | None]]:
    if data["family"] not in ("convolution", "transposed"):
        return [(channel, None)]
    groups, takes = data["groups"], data["input"]["shape"][0] // data["groups"]
    makes = data["output"]["shape"][0] // groups
    group, rest = divmod(channel, makes)
    sources = range(group * takes, (group + 1) * takes)
    return [(one, [one, rest] if data["transposed"] else [channel, one - group * takes]) for one in sources]


def joined(data: dict) -> list[float]:
    """Every output element, from what it reads."""
    results, y = [], data["output"]
    plane = math.prod(y["shape"][1:])
    for o, pairs in enumerate(terms(data)):
        values = [value * factor for value, factor in pairs]
        bias = data["bias"]["values"][(o // plane if data["axes"] else o % y["shape"][-1])] if data["bias"] else 0
        divisor = data["divisors"][o] if data["divisors"] else 1
        match data["join"]:
            case "sum" | "mean":
                results.append(sum(values) / divisor + bias)
            case "max":
                results.append(max(values))
            case "norm":
                total = sum(value ** data["norm"] for value in values) / divisor * data["times"]
                results.append(total ** (1 / data["norm"]))
            case "copy":
                results.append(values[0] if values else data["fill"])
    return results


@pytest.mark.parametrize("family", JOINED)
def test_rows_joined_as_they_say_are_torch_s_numbers(family):
    for call, shape in layers(family, seed=7, count=12):
        view = View(layers=(call,), shape=shape, fill="random", kernel="default", seed=1)
        drawn = sample(asked(view))
        data = json.loads(gzip.decompress(packed(drawn)))
        assert joined(data) == pytest.approx(drawn.y.flatten().tolist(), rel=1e-4, abs=1e-4), (call.code(), shape)


@pytest.mark.parametrize("family", JOINED)
def test_the_layer_on_offer_first_is_told_too(family):
    for row in LAYERS.values():
        if row.family == family:
            drawn = sample(asked(View(layers=(row.example(),), fill="counting", kernel="default")))
            data = json.loads(gzip.decompress(packed(drawn)))
            assert joined(data) == pytest.approx(drawn.y.flatten().tolist(), rel=1e-4, abs=1e-4)


def test_families_that_are_not_joined_are_those_that_torch_is_asked_about():
    others = {row.family for row in LAYERS.values()} - set(JOINS)
    assert others == {"activation", "dropout", "batch_norm", "instance_norm", "layer_norm", "group_norm", "rms_norm",
                      "local_response_norm"}  # fmt: skip
