"""Where meta and the CPU part: checks, layouts and words, one case each; test_verdicts.py holds them over many models."""

import pytest
import torch
import torchvision
from torch import nn
from torch.nn import functional as F

from cnnlab.summary import kernels, summarize
from cnnlab.summary.kernels import AT_ONCE, BYTES, Kernels, _once_more, _zeros

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
    "two types": (nn.BatchNorm1d(3), torch.zeros(2, 3, dtype=torch.double)),
    "two types in a layer norm": (nn.LayerNorm(3), torch.zeros(2, 3, dtype=torch.double)),
    "two types in a product": (nn.Linear(3, 2), torch.zeros(2, 3, dtype=torch.double)),
    "sides": (nn.LayerNorm((3, 4)), torch.zeros(2, 4, 3)),
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


X = torch.zeros(2, 3, 4, 5)
LYING = {
    "in order": X,
    "channels last": X.contiguous(memory_format=torch.channels_last),
    "turned": X.mT,
    "one side": X[:, :, :1].permute(0, 3, 2, 1),
    "expanded": X[:1].expand(4, 3, 4, 5),
    "with gaps": X[..., ::2],
    "five sides": X[None].permute(0, 2, 3, 4, 1),
    "two sides": X[0, 0],
    "doubles": X.double(),
    "halves": X.half(),
}


def normed(x):
    """An operation that is told at once, and its arguments."""
    one, channels, last = torch.ones((), dtype=x.dtype), x.shape[1], x.shape[-2:]
    for weights in ((None, None), (one.expand(channels), one.expand(channels))):
        for kept in ((None, None), (one.expand(channels), one.expand(channels))):
            for training in (True, False):
                if training or kept[0] is not None:
                    yield aten.native_batch_norm.default, (x, *weights, *kept, training, 0.1, 1e-5)
    for weights in ((None, None), (one.expand(last), None), (one.expand(last), one.expand(last))):
        yield aten.native_layer_norm.default, (x, list(last), *weights, 1e-5)


@pytest.mark.parametrize("x", LYING.values(), ids=LYING)
def test_what_is_told_at_once_is_what_the_cpu_gives(x):
    told = set()
    for func, args in normed(x):
        own = [arg.clone() if isinstance(arg, torch.Tensor) and arg is not x else arg for arg in args]
        meta = [arg.to("meta") if isinstance(arg, torch.Tensor) else arg for arg in own]
        meta[0] = torch.empty_strided(x.shape, x.stride(), dtype=x.dtype, device="meta")
        results = func(*own), Kernels().run(func, tuple(meta), {})
        cpus, ours = ([(t.shape, t.dtype, t.stride() if t.numel() else ()) for t in result[:1]] for result in results)
        assert ours == cpus
        if AT_ONCE[func._overloadpacket.__name__](*meta):
            told.add(func)
            assert [t.shape for t in results[1][1:]] == [t.shape for t in results[0][1:]]
    assert len(told) == (0 if x.dtype is torch.half else 2)


def test_what_is_empty_or_does_not_fit_is_not_told_at_once():
    for x in (X[:0], X.double(), X[0, 0, 0]):
        assert AT_ONCE["native_batch_norm"](x, torch.ones(3), None, torch.ones(3), torch.ones(3), False) is None
        assert AT_ONCE["native_layer_norm"](x, [4, 5], torch.ones(4, 5), None) is None
    for x, training in ((X, False), (X[0, 0, 0], True)):
        assert AT_ONCE["native_batch_norm"](x, None, None, None, None, training) is None


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
