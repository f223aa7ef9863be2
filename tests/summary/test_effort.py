"""What running for real takes is foreseen: near what it takes, and refused before it starts where it is too much."""

import time

import pytest
import torch
from torch import nn

from cnnlab import limits
from cnnlab.specs import SpecError
from cnnlab.summary import summarize
from cnnlab.summary.counting import MacCounter
from cnnlab.summary.effort import TooMuchWork, foreseen, refuse
from cnnlab.summary.maps import feature_maps
from cnnlab.summary.measuring import memory
from cnnlab.summary.receptive import receptive_field
from cnnlab.summary.rows import Effort

aten = torch.ops.aten


class ByValue(nn.Module):
    """Runs on a real device only."""

    def __init__(self, inner: nn.Module):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        return self.inner(x) if x.sum() > -1 else x


HEAVY = [
    (nn.MaxPool2d(385, 1, 192), (3, 224, 224)),
    (nn.AvgPool2d(1001, 1, 500), (3, 224, 224)),
    (nn.AdaptiveAvgPool2d(4000), (64, 2, 2)),
    (nn.Upsample(scale_factor=600), (3, 224, 224)),
    (nn.LocalResponseNorm(20_001), (20_001, 64, 64)),
    (nn.Conv2d(3, 64, 63, padding=31, dtype=torch.float64), (3, 512, 512)),
    (nn.FractionalMaxPool2d(200, output_size=800), (3, 1000, 1000)),
]


@pytest.mark.parametrize(("layer", "shape"), HEAVY, ids=lambda value: type(value).__name__)
def test_a_model_whose_values_decide_is_not_begun_where_it_would_take_too_much(layer, shape):
    report = summarize(ByValue(layer), shape, dtype=next((p.dtype for p in layer.parameters()), torch.float32))
    assert isinstance(report.failure.error, TooMuchWork)


def test_many_layers_end_where_their_sum_is_too_much(monkeypatch):
    monkeypatch.setattr(limits, "REAL_SECONDS", 1)
    report = summarize(ByValue(nn.Sequential(*[nn.Softplus()] * 400)), (8, 512, 512))
    assert isinstance(report.failure.error, TooMuchWork)


@pytest.mark.parametrize(("layer", "shape"), HEAVY[:4], ids=lambda value: type(value).__name__)
def test_feature_maps_and_gradients_that_take_too_much_are_refused(layer, shape):
    model = nn.Sequential(nn.Identity(), layer)
    for look in (
        lambda: feature_maps(model, "0", torch.zeros(shape)),
        lambda: feature_maps(ByValue(model), "inner.0", torch.zeros(shape)),
        lambda: receptive_field(model, "1", shape, gradient=True),
    ):
        with pytest.raises(SpecError, match="s are allowed|GiB are allowed|takes more than"):
            look()


def test_inputs_that_do_not_fit_are_not_made():
    report = summarize(ByValue(nn.Identity()), (64, 4096, 4096), batch=4096)
    assert str(report.failure.error) == (
        "Running this model for real would take about 16384.0 GiB at once; here 2.0 GiB are allowed: "
        "a smaller input would do."
    )


def test_what_is_allowed_is_not_refused():
    refuse(Effort(limits.REAL_SECONDS, limits.REAL_BYTES))
    with pytest.raises(TooMuchWork):
        refuse(Effort(limits.REAL_SECONDS + 1))
    with pytest.raises(TooMuchWork):
        refuse(Effort(0, limits.REAL_BYTES + 1))


def test_efforts_add_up():
    assert Effort(1, 5, 2) + Effort(2, 3, 4) == Effort(3, 5, 6)


def test_meta_tells_results_and_says_none_where_values_decide():
    x = torch.zeros(2, 3)
    assert foreseen(aten.add.Tensor, (x, x), {}).device.type == "meta"
    assert foreseen(aten.zeros.default, ([2, 3],), {"device": torch.device("cpu")}).device.type == "meta"
    assert foreseen(aten.nonzero.default, (x,), {}) is None


TIMED = {
    "convolution": (nn.Conv2d(64, 64, 3, padding=1), (64, 112, 112)),
    "float64": (nn.Conv2d(32, 32, 3, padding=1).double(), (32, 64, 64)),
    "depthwise": (nn.Conv2d(64, 64, 5, padding=2, groups=64), (64, 112, 112)),
    "max pool": (nn.MaxPool2d(31, 1, 15), (3, 112, 112)),
    "average pool": (nn.AvgPool2d(31, 1, 15), (3, 112, 112)),
    "linear": (nn.Linear(2048, 2048), (512, 2048)),
    "upsampling": (nn.Upsample(scale_factor=4, mode="bilinear"), (32, 64, 64)),
}


@pytest.mark.sweep
@pytest.mark.parametrize("name", TIMED)
def test_times_are_foreseen_within_a_factor_of_ten(name):
    layer, shape = TIMED[name]
    x = torch.rand(1, *shape, dtype=next((p.dtype for p in layer.parameters()), torch.float32))
    with torch.no_grad(), MacCounter() as counter:
        layer(x)
        began = time.perf_counter()
        layer(x)
        took = time.perf_counter() - began
    print(f"{name}: {counter.effort.seconds / 2:.3f} s foreseen, {took:.3f} s taken")
    assert took / 10 < counter.effort.seconds / 2 < took * 20


class Two(nn.Module):
    def forward(self, image, other):
        return image + other


class Trained(nn.Module):
    def forward(self, images, targets=None):
        assert not self.training, "targets should not be none when in training mode"
        return images[0]


LAZY = nn.Sequential(nn.LazyConv2d(4, 3), nn.ReLU())
LOOKS = [
    (
        lambda: feature_maps(Two(), "", torch.zeros(3, 8, 8)),
        "Two takes 2 inputs (image, other), and here it is given one",
    ),
    (lambda: receptive_field(Two(), "", (3, 8, 8)), "Two takes 2 inputs (image, other), and here it is given one"),
    (lambda: feature_maps(LAZY, "0", torch.zeros(3, 8, 8)), "Sequential has lazy layers, which have no weights"),
    (lambda: receptive_field(LAZY, "0", (3, 8, 8), gradient=True), "Sequential has lazy layers, which have no weights"),
    (lambda: memory(Trained(), [torch.zeros(3, 8, 8)]), "The memory of Trained cannot be measured without running it"),
]


@pytest.mark.parametrize(("look", "beginning"), LOOKS)
def test_what_cannot_be_looked_at_is_said(look, beginning):
    with pytest.raises(SpecError) as refusal:
        look()
    assert str(refusal.value).startswith(beginning)


def test_a_lazy_layer_s_receptive_field_is_followed_all_the_same():
    assert receptive_field(LAZY, "0", (3, 8, 8)).size == (3, 3)


@pytest.mark.parametrize("order", [1, 2, 2.0, float("inf")])
def test_a_norm_over_channels_keeps_to_its_place(order):
    class Normed(nn.Module):
        def forward(self, x):
            return x / torch.linalg.vector_norm(x, order, 1, keepdim=True)

    field = receptive_field(nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), Normed()), "1", (3, 16, 16), unit=(5, 6))
    assert field.box == (4, 5, 7, 8)


@pytest.mark.parametrize(
    "layer", [nn.Conv2d(3, 4, 3), nn.BatchNorm2d(3), nn.GroupNorm(1, 3), nn.AvgPool1d(3), nn.MaxPool3d(3)]
)
@pytest.mark.parametrize("sides", [(), (5,)])
def test_an_input_of_too_few_sides_is_a_failure_and_no_error(layer, sides):
    assert summarize(layer, torch.zeros(sides)).failure is not None
