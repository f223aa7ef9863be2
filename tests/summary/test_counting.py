"""MACs held against FlopCounterMode, against closed formulas, and against the goldens of torch's own tests."""

from math import prod

import pytest
import torch
import torchvision
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from cnnlab.summary import agreement, summarize
from cnnlab.summary.counting import MacCounter


class Wrapped(nn.Module):
    """A function as a model."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, *given):
        return self.function(*given)


def macs(function, *sizes):
    return summarize(Wrapped(function), *(torch.zeros(size) for size in sizes)).macs


# Totals in torch's test/test_flop_counter.py, which are FLOPs.
@pytest.mark.parametrize(
    ("function", "sizes", "flops"),
    [
        (lambda x, w: F.conv2d(x, w, padding=1), [(2, 3, 6, 6), (6, 3, 4, 4)], 28_800),
        (lambda x, w: F.conv1d(x, w, padding=1), [(2, 3, 6), (6, 3, 4)], 1_440),
        (torch.mm, [(4, 5), (5, 6)], 240),
        (torch.bmm, [(3, 4, 5), (3, 5, 6)], 720),
        (F.scaled_dot_product_attention, [(4, 8, 128, 64)] * 3, 134_217_728),
    ],
)
def test_the_goldens_of_torchs_own_tests(function, sizes, flops):
    assert 2 * macs(function, *sizes) == flops


def test_resnet18_layer1_is_the_golden_of_torchs_own_test():
    layer = torchvision.models.resnet18().layer1
    assert summarize(layer, torch.zeros(1, 64, 56, 56)).flops == 924_844_032


@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v3_small", "vit_b_32", "swin_t", "densenet121", "vgg11"])
def test_every_row_agrees_with_the_flop_counter(name):
    with torch.device("meta"):
        model = torchvision.models.get_model(name, weights=None).eval()
    report = summarize(model, (3, 224, 224))
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), torch.device("meta"), counter:
        model(torch.empty(1, 3, 224, 224))
    counts, root = counter.get_flop_counts(), type(model).__name__
    assert report.flops == counter.get_total_flops()
    called = [row for row in report.modules if row.calls]
    assert len(called) > 30 or name == "vgg11"
    for row in called:
        key = f"{root}.{row.name}" if row.name else root
        assert row.flops == sum(counts.get(key, {}).values()), key


def convolution_macs(layer, out):
    """Every weight once for each position of the result; transposed, for each position of the input."""
    return out.numel() // out.shape[1] * layer.weight.numel()


# The cases of fvcore's test_conv: 2-D, stride, groups, depthwise, 1-D, 3-D, transposed, with stride, output_padding.
CONVOLUTIONS = [
    (nn.Conv2d(3, 5, 3), (2, 3, 9, 9)),
    (nn.Conv2d(3, 5, 3, stride=2, padding=1), (1, 3, 9, 9)),
    (nn.Conv2d(4, 6, 3, groups=2), (1, 4, 9, 9)),
    (nn.Conv2d(4, 4, 3, groups=4), (1, 4, 9, 9)),
    (nn.Conv2d(3, 5, (4, 3), padding="same", dilation=2), (1, 3, 9, 9)),
    (nn.Conv2d(3, 5, 3, padding=1, padding_mode="circular"), (1, 3, 9, 9)),
    (nn.Conv1d(3, 5, 3), (1, 3, 9)),
    (nn.Conv3d(3, 5, 3, bias=False), (1, 3, 9, 9, 9)),
]
TRANSPOSED = [
    (nn.ConvTranspose2d(8, 4, 2, stride=2), (1, 8, 16, 16), 32_768),
    (nn.ConvTranspose2d(4, 4, 3, groups=2), (2, 4, 5, 5), 2 * 25 * 4 * 2 * 9),
    (nn.ConvTranspose2d(4, 6, 3, stride=2, padding=1, output_padding=1), (1, 4, 5, 7), 35 * 4 * 6 * 9),
    (nn.ConvTranspose1d(4, 6, 3), (1, 4, 5), 5 * 4 * 6 * 3),
    (nn.ConvTranspose3d(4, 6, 3), (1, 4, 5, 5, 5), 125 * 4 * 6 * 27),
]


@pytest.mark.parametrize(("layer", "size"), CONVOLUTIONS, ids=lambda value: str(value))
def test_a_convolution_uses_every_weight_once_for_each_output_position(layer, size):
    out = layer(torch.zeros(size))
    assert summarize(layer, torch.zeros(size)).macs == convolution_macs(layer, out)


@pytest.mark.parametrize(("layer", "size", "expected"), TRANSPOSED, ids=lambda value: str(value))
def test_a_transposed_convolution_uses_every_weight_once_for_each_input_position(layer, size, expected):
    assert expected == size[0] * prod(size[2:]) * layer.weight.numel()
    assert summarize(layer, torch.zeros(size)).macs == expected


SMALL = st.integers(1, 3)


@given(SMALL, SMALL, st.integers(1, 4), SMALL, st.integers(0, 2), st.booleans(), st.integers(1, 2))
@settings(max_examples=60, deadline=None)
def test_any_convolution_agrees_with_the_flop_counter(inside, outside, kernel, stride, padding, transposed, groups):
    make = nn.ConvTranspose2d if transposed else nn.Conv2d
    layer = make(inside * groups, outside * groups, kernel, stride, padding, groups=groups)
    size = (2, inside * groups, 9, 8)
    counter = FlopCounterMode(display=False)
    with counter:
        layer(torch.zeros(size))
    assert summarize(layer, torch.zeros(size)).flops == counter.get_total_flops()


def test_a_bilinear_layer_uses_every_weight_once_for_each_sample():
    layer = nn.Bilinear(3, 4, 5)
    report = summarize(layer, (3,), (4,), batch=2)
    assert report.macs == 2 * layer.weight.numel()
    assert agreement(report, layer).beyond == {"_trilinear": 2 * 3 * 4 * 5}
    assert agreement(report, layer).with_torch


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.RNN])
@pytest.mark.parametrize("both", [False, True])
def test_recurrent_layers_use_every_weight_once_for_each_step(kind, both):
    layer = kind(4, 5, num_layers=2, batch_first=True, bidirectional=both)
    weights = sum(p.numel() for name, p in layer.named_parameters() if name.startswith("weight"))
    assert summarize(layer, (7, 4), batch=3).macs == 3 * 7 * weights


def test_an_lstm_counts_the_same_on_the_real_cpu():
    layer = nn.LSTM(4, 5, num_layers=2)
    with torch.no_grad(), MacCounter() as counter:
        layer(torch.zeros(7, 3, 4))
    assert counter.macs == summarize(layer, torch.zeros(7, 3, 4)).macs


@pytest.mark.parametrize("training", [False, True])
def test_attention_counts_all_four_projections_and_both_products(training):
    layer = nn.MultiheadAttention(8, 2, batch_first=True)
    report = summarize(layer, *[(5, 8)] * 3, training=training)
    assert report.macs == 4 * 5 * 8 * 8 + 2 * 5 * 5 * 8
    assert report.row("out_proj").marks == ("not observed",)


def test_a_transformer_layer_shows_its_children_in_eval_mode():
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    report = summarize(layer, (5, 8))
    assert report.row("linear1").calls == report.row("self_attn").calls == 1
    assert report.macs == 4 * 5 * 8 * 8 + 2 * 5 * 5 * 8 + 2 * 5 * 8 * 16


@pytest.mark.parametrize(
    ("function", "sizes", "expected"),
    [
        (torch.mv, [(3, 4), (4,)], 12),
        (torch.dot, [(4,), (4,)], 4),
        (torch.addmv, [(3,), (3, 4), (4,)], 12),
        (torch.addbmm, [(3, 5), (2, 3, 4), (2, 4, 5)], 2 * 3 * 4 * 5),
        (torch.baddbmm, [(2, 3, 5), (2, 3, 4), (2, 4, 5)], 2 * 3 * 4 * 5),
        (lambda a, b: torch.einsum("bik,bkj->bij", a, b), [(2, 3, 4), (2, 4, 5)], 2 * 3 * 4 * 5),
        (lambda a: a @ a.T, [(3, 4)], 3 * 4 * 3),
    ],
)
def test_functional_products(function, sizes, expected):
    assert macs(function, *sizes) == expected


def test_a_deformable_convolution_counts_its_convolution():
    layer = torchvision.ops.DeformConv2d(4, 6, 3, padding=1)
    report = summarize(layer, (4, 8, 8), (18, 8, 8))
    assert report.macs == 64 * layer.weight.numel()


def test_what_is_not_counted_is_listed_with_how_often():
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten())
    assert dict(summarize(model, (3, 8, 8)).uncounted) == {"relu": 2, "max_pool2d_with_indices": 1}


def test_inference_mode_inside_a_model_hides_nothing():
    class Inference(nn.Linear):
        def forward(self, x):
            with torch.inference_mode():
                return super().forward(x)

    assert summarize(Inference(3, 2), (3,)).macs == 6


def test_macs_grow_with_the_batch_and_parameters_do_not():
    one, four = (summarize(torchvision.models.resnet18(), (3, 64, 64), batch=batch) for batch in (1, 4))
    assert four.macs == 4 * one.macs
    assert four.params == one.params
