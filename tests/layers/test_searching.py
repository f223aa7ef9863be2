"""Every setting that is listed makes the length in torch, and none within the bounds is missing."""

import warnings
from itertools import product

import pytest
import torch

from cnnlab import limits
from cnnlab.layers import LAYERS, out_shape, searching
from cnnlab.layers.checkerboard import unequal
from cnnlab.layers.lengths import span
from cnnlab.layers.searching import CHECKED, SEARCHES, settings
from cnnlab.specs import SpecError
from tests.layers.random_layers import ROWS, of_torch

NAMES = [spec.name for spec in ROWS if spec.family in SEARCHES]
LENGTHS = ((14, 28), (28, 14), (7, 7), (5, 11), (1, 1), (9, 4))


@pytest.fixture
def small(monkeypatch):
    for name, value in (("SEARCH_KERNEL", 5), ("SEARCH_STRIDE", 4), ("SEARCH_DILATION", 2), ("SEARCH_ROWS", 10_000)):
        monkeypatch.setattr(limits, name, value)
    searching._settings.cache_clear()
    yield
    searching._settings.cache_clear()


@pytest.mark.parametrize("name", NAMES)
def test_torch_makes_the_length_with_each(name, small):
    spec = LAYERS[name]
    sides = spec.sides or 2
    for size, goal in LENGTHS:
        for setting in settings(spec, size, goal)[:: 1 if sides == 1 else 9]:
            call = setting.call(spec)
            shape = (1, *(size,) * sides)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                assert of_torch(call, shape) == out_shape(call, shape) == (1, *(goal,) * sides), call.code()


@pytest.mark.parametrize("name", ["Conv1d", "ConvTranspose1d", "MaxPool1d", "AvgPool1d"])
@pytest.mark.parametrize(("size", "goal"), [(5, 11), (9, 4)])
def test_none_is_missing(name, size, goal, small):
    """Of all in the bounds, by what the layer itself says; more padding than a window reads makes outputs of padding alone."""
    spec, listed = LAYERS[name], set()
    for setting in settings(spec, size, goal):
        call = setting.call(spec)
        listed.add(tuple(call.values.get(each) for each in CHECKED))
    dilated = "dilation" in {param.name for param in spec.params}
    writes = "output_padding" in {param.name for param in spec.params}
    for k, s, p, op, d in product(
        range(1, 6), range(1, 5), range(9), range(4 if writes else 1), (1, 2) if dilated else (1,)
    ):
        if p >= span(k, d) or k == 1 < d:
            continue
        values = {"kernel_size": k, "stride": s, "padding": p, "output_padding": op, "dilation": d}
        values = {each: value for each, value in values.items() if each in {param.name for param in spec.params}}
        channels = (
            {"in_channels": 1, "out_channels": 1} if "in_channels" in {param.name for param in spec.params} else {}
        )
        try:
            makes = out_shape(spec(**channels, **values), (1, size)) == (1, goal)
        except SpecError:
            makes = False
        assert (tuple(values.get(each) for each in CHECKED) in listed) == makes, values


@pytest.mark.parametrize(("k", "s", "d"), list(product(range(1, 6), range(1, 5), (1, 2))))
def test_a_checkerboard_is_where_torch_writes_unequally_often(k, s, d):
    layer = torch.nn.ConvTranspose1d(1, 1, k, stride=s, dilation=d, bias=False)
    torch.nn.init.ones_(layer.weight)
    with torch.no_grad():
        written = layer(torch.ones(1, 1, 24))[0, 0]
    inner = written[len(written) // 2 - s * 2 : len(written) // 2 + s * 2]
    assert unequal(k, s, d) == (inner.unique().numel() > 1)


def test_the_plainest_comes_first_and_work_is_bounded():
    found = settings(LAYERS["ConvTranspose2d"], 14, 28)
    assert [each.checkerboard for each in found[:4]] == [False] * 4
    assert found[0].values == {"kernel_size": 2, "stride": 2}
    assert any(each.checkerboard for each in found)
    assert {tuple(each.values.items()) for each in found} >= {
        (("kernel_size", 3), ("stride", 2), ("padding", 1), ("output_padding", 1))
    }
    for name in NAMES:
        for size, goal in ((1, 1), (4096, 4096), (1, 4096), (4096, 1), (224, 7)):
            assert len(settings(LAYERS[name], size, goal)) <= limits.SEARCH_ROWS


def test_lengths_out_of_bounds_are_refused():
    with pytest.raises(SpecError, match="A side must have from 1 to 4096 places."):
        settings(LAYERS["Conv2d"], 0, 5)
    assert settings(LAYERS["ReLU"], 5, 5) == ()


def test_what_was_found_is_not_looked_for_again(monkeypatch):
    looked = []
    monkeypatch.setattr(searching, "transposed", lambda *of: looked.append(of) or 1)
    searching._settings.cache_clear()
    first = settings(LAYERS["ConvTranspose2d"], 1, 1)
    once = len(looked)
    assert settings(LAYERS["ConvTranspose2d"], 1, 1) is first
    assert 0 < once == len(looked)
    searching._settings.cache_clear()
