"""Where meta and the CPU part: checks, layouts and words, one case each; test_verdicts.py holds them over many models."""

import pytest
import torch
import torchvision
from torch import nn
from torch.nn import functional as F

from cnnlab.summary import kernels, summarize
from cnnlab.summary.kernels import BYTES, _once_more, _zeros

aten = torch.ops.aten


class Then(nn.Module):
    """A function of what a layer gives."""

    def __init__(self, layer, function):
        super().__init__()
        self.layer, self.function = layer, function

    def forward(self, x):
        return self.function(self.layer(x))


REFUSED = {
    "channels": (nn.ConvTranspose1d(4, 4, 3, groups=4), torch.zeros(2, 8, 9)),
    "types": (nn.GELU(), torch.zeros(2, 3, dtype=torch.long)),
    "nothing left": (nn.UpsamplingBilinear2d((2, 2)), torch.zeros(1, 2, 0, 3)),
    "meta's own words": (nn.Linear(5, 2), torch.zeros(2, 4)),
    "more than is done for real": (nn.Conv2d(3, 8, 3), torch.empty(64, 4, 512, 512, device="meta")),
    "lazy": (nn.LazyConv2d(3, 3), torch.zeros(3)),
}


@pytest.mark.parametrize(("layer", "x"), REFUSED.values(), ids=REFUSED)
def test_refusals_are_the_cpus(layer, x):
    failure = summarize(nn.Sequential(nn.Identity(), layer), x, fixes=False).failure
    with pytest.raises((RuntimeError, NotImplementedError)) as refusal:
        layer(x if x.device.type == "cpu" else torch.zeros(1, dtype=x.dtype).expand(x.shape))
    assert (failure.path, failure.detail) == ("1", str(refusal.value))


LAID_OUT = {
    "convolution": lambda x: F.conv2d(x.permute(0, 3, 1, 2), torch.ones(4, 5, 1, 1)),
    "in one dimension": lambda x: F.conv1d(x[0].mT, torch.ones(2, 5, 1)),
    "batch norm": lambda x: F.batch_norm(x.flatten(0, 1).mT, None, None, training=True),
    "padding": lambda x: F.pad(x.permute(0, 3, 1, 2), (1, 1)),
    "log-sigmoid": lambda x: F.logsigmoid(x.mT),
}


@pytest.mark.parametrize("function", LAID_OUT.values(), ids=LAID_OUT)
def test_a_view_that_the_cpu_takes_is_taken_and_one_that_it_refuses_is_refused(function):
    x = torch.zeros(2, 3, 4, 5)

    def viewed(shape):
        return lambda x: function(x).view(shape)

    for shape in ((2, -1), (-1, 2), (-1,)):
        try:
            said = viewed(shape)(x).shape, None
        except RuntimeError as error:
            said = None, str(error)
        report = summarize(Then(nn.Identity(), viewed(shape)), x, fixes=False)
        ours = (None, report.failure.detail) if report.failure else (report.outputs[0], None)
        assert ours == said


def test_no_memory_is_taken_for_what_is_large():
    large = torch.empty(BYTES, 64, device="meta")
    assert _zeros(large).untyped_storage().nbytes() == 4
    assert _once_more(aten.relu_.default, (large,), {}, None) is None
    assert _once_more(aten.relu.default, (large,), {}, large) is None


@pytest.mark.parametrize("shape", [(224,), (3,), (1, 1), (0, 3), (3, 224)])
@pytest.mark.parametrize("name", ["alexnet", "resnet18", "vit_b_32"])
def test_inputs_of_few_sides_get_a_sentence(name, shape):
    def build():
        return torchvision.models.get_model(name, weights=None)

    assert str(summarize(build, shape).failure.error)


@pytest.mark.parametrize("model", [nn.Softmax(2), nn.Softmax(-3), nn.Softmin(2), nn.LogSoftmax(2)])
def test_a_dimension_that_there_is_not_is_refused_in_the_words_of_the_cpu(model):
    with pytest.raises(IndexError) as refusal:
        model(torch.zeros(1, 4))
    report = summarize(nn.Sequential(nn.Flatten(), model), (4,))
    assert str(report.failure.error).endswith(str(refusal.value))


def test_types_of_one_byte_are_refused_as_the_cpu_does():
    with torch.device("meta"):
        model = nn.Sequential(nn.Conv2d(3, 4, 3, dtype=torch.float8_e4m3fn))
    assert "not implemented for 'Float8_e4m3fn'" in str(summarize(model, (3, 16, 16)).failure.error)


HALVES = (torch.float16, torch.bfloat16, torch.complex64)
TYPED = {
    "LayerNorm": lambda dtype: nn.LayerNorm(6, dtype=dtype),
    "GroupNorm": lambda dtype: nn.GroupNorm(2, 4, dtype=dtype),
    "BatchNorm": lambda dtype: nn.BatchNorm2d(4, dtype=dtype),
    "Conv": lambda dtype: nn.Conv2d(4, 6, 3, padding=1, dtype=dtype),
    "ConvTranspose": lambda dtype: nn.ConvTranspose2d(4, 6, 3, stride=2, output_padding=1, dtype=dtype),
    "Linear": lambda dtype: nn.Linear(6, 3, dtype=dtype),
    "PReLU": lambda dtype: nn.PReLU(4, dtype=dtype),
    "LocalResponseNorm": lambda dtype: nn.LocalResponseNorm(9999),
    "MaxPool": lambda dtype: nn.MaxPool2d(3, padding=1),
    "AvgPool": lambda dtype: nn.AvgPool2d(3, padding=1),
    "AdaptiveAvgPool": lambda dtype: nn.AdaptiveAvgPool2d(3),
    "Upsample": lambda dtype: nn.Upsample(scale_factor=2, mode="bicubic"),
    "RReLU": lambda dtype: nn.RReLU(),
    "Softmax": lambda dtype: nn.Softmax(-1),
    "GELU": lambda dtype: nn.GELU(),
    "Unfold": lambda dtype: nn.Unfold(3),
    "ReflectionPad": lambda dtype: nn.ReflectionPad2d(2),
    "PixelShuffle": lambda dtype: nn.PixelShuffle(2),
}


@pytest.mark.parametrize("seconds", [kernels.SECONDS, 0], ids=["affordable", "too much"])
@pytest.mark.parametrize("layer", TYPED.values(), ids=TYPED)
def test_types_are_judged_as_the_cpu_does_also_where_the_work_would_be_too_much(layer, seconds, monkeypatch):
    monkeypatch.setattr(kernels, "SECONDS", seconds)
    pairs = [(dtype, dtype) for dtype in (*HALVES, torch.int64, torch.bool)]
    for dtype, of_input in [*pairs, *((dtype, torch.float32) for dtype in (torch.float64, *HALVES))]:
        x = torch.zeros(2, 4, 6, 6, dtype=of_input)
        try:
            built = layer(dtype).eval()
        except RuntimeError:  # no weights of that type
            continue
        failure = summarize(built, x, fixes=False).failure
        words = _words_of_the_cpu(built, x)
        assert bool(failure) == bool(words), (dtype, of_input)
        assert not seconds or not failure or failure.detail == words  # single numbers may meet a kernel of other words


def _words_of_the_cpu(model, x):
    try:
        model(x)
    except RuntimeError as refusal:
        return str(refusal)
