"""MACs held against FlopCounterMode, against closed formulas, and against the goldens of torch's own tests."""

from math import prod

import pytest
import torch
import torchvision
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch._higher_order_ops.flex_attention import flex_attention
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from cnnlab.models import find_weights
from cnnlab.specs import SpecError
from cnnlab.summary import agreement, summarize
from cnnlab.summary.counting import MacCounter, TooMuchWork


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


SMALL, PAIRS = st.integers(1, 3), st.tuples(st.integers(1, 3), st.integers(1, 3))


@given(SMALL, SMALL, PAIRS, PAIRS, st.tuples(SMALL, SMALL), PAIRS, st.booleans(), SMALL, SMALL)
@settings(max_examples=80, deadline=None)
def test_any_convolution_agrees_with_the_flop_counter_and_with_its_weights(
    inside, outside, kernel, stride, padding, dilation, transposed, groups, batch
):
    make = nn.ConvTranspose2d if transposed else nn.Conv2d
    known = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    layer = make(inside * groups, outside * groups, kernel, **known)
    size = (batch, inside * groups, 13, 9)
    counter = FlopCounterMode(display=False)
    with counter:
        out = layer(torch.zeros(size))
    positions = batch * prod(size[2:] if transposed else out.shape[2:])
    report = summarize(layer, torch.zeros(size))
    assert report.flops == counter.get_total_flops()
    assert report.macs == positions * layer.weight.numel()


def test_a_bilinear_layer_uses_every_weight_once_for_each_sample():
    layer = nn.Bilinear(3, 4, 5)
    report = summarize(layer, (3,), (4,), batch=2)
    assert report.macs == 2 * layer.weight.numel()
    assert agreement(report, layer).beyond == {"_trilinear": 2 * 3 * 4 * 5}
    assert agreement(report, layer).with_torch


@pytest.mark.parametrize(
    ("sizes", "expands"),  # torch.unsqueeze and torch.broadcast_shapes say what the sizes come to
    [
        ([(2, 3), (2, 4), (5, 3, 4)], [[1, 3], [1, 2], [0]]),  # nn.Bilinear's own: N × out × in1 × in2
        ([(3, 4), (2, 4), (2, 3)], [[1, 0], [0, 2], [3, 0]]),
        ([(2, 3), (2, 3), (2, 3)], [[], [], []]),
    ],
)
def test_a_product_of_three_takes_one_for_each_product_of_an_element_of_all_three(sizes, expands):
    tensors = [torch.zeros(size) for size in sizes]
    wide = [tensor.shape for tensor in tensors]
    for at, (tensor, expand) in enumerate(zip(tensors, expands, strict=True)):
        for dim in sorted(expand):
            tensor = tensor.unsqueeze(dim)
        wide[at] = tensor.shape
    dims = len(wide[0])
    assert counted(torch._trilinear, *tensors, *expands, [dims - 1]).macs == prod(torch.broadcast_shapes(*wide))


@pytest.mark.parametrize(
    ("function", "sizes", "expected"),
    [
        (torch.addmv, [(3,), (3, 4), (4,)], 3 * 4),
        (torch.addmm, [(3, 5), (3, 4), (4, 5)], 3 * 4 * 5),
        (torch.addbmm, [(3, 5), (2, 3, 4), (2, 4, 5)], 2 * 3 * 4 * 5),
        (torch.baddbmm, [(2, 3, 5), (2, 3, 4), (2, 4, 5)], 2 * 3 * 4 * 5),
    ],
)
def test_a_product_that_is_scaled_and_added_counts_as_the_product(function, sizes, expected):
    tensors = [torch.ones(size) for size in sizes]
    counter = MacCounter()
    with torch.no_grad(), counter:
        out = function(*tensors, beta=2, alpha=3)
    assert torch.equal(out, function(*tensors, beta=2, alpha=3))
    assert counter.counted == {function.__name__: expected}
    assert counter.uncounted == {}


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
    assert type(counter.macs) is int


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
        (torch.vdot, [(4,), (4,)], 4),
        (torch.addmv, [(3,), (3, 4), (4,)], 12),
        (torch.addbmm, [(3, 5), (2, 3, 4), (2, 4, 5)], 2 * 3 * 4 * 5),
        (torch.baddbmm, [(2, 3, 5), (2, 3, 4), (2, 4, 5)], 2 * 3 * 4 * 5),
        (lambda a, b: torch.einsum("bik,bkj->bij", a, b), [(2, 3, 4), (2, 4, 5)], 2 * 3 * 4 * 5),
        (lambda a: a @ a.T, [(3, 4)], 3 * 4 * 3),
    ],
)
def test_functional_products(function, sizes, expected):
    assert macs(function, *sizes) == expected


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("batch", [1, 3])
def test_a_deformable_convolution_uses_every_weight_once_for_each_output_position(groups, batch):
    layer = torchvision.ops.DeformConv2d(4, 6, (3, 2), stride=(1, 2), padding=(1, 0), groups=groups)
    assert layer.weight.shape == (6, 4 // groups, 3, 2)
    report = summarize(layer, (4, 8, 10), (2 * 3 * 2, 8, 5), batch=batch)
    assert report.sample(report.rows[0].output_shape) == (6, 8, 5)
    assert report.macs == batch * 8 * 5 * layer.weight.numel()


def test_what_is_not_counted_is_listed_with_how_often():
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten())
    assert dict(summarize(model, (3, 8, 8)).uncounted) == {"relu": 2, "max_pool2d_with_indices": 1}


def counted(function, *args, limit=None, **keywords):
    with torch.no_grad(), MacCounter(limit) as counter:
        function(*args, **keywords)
    return counter


def test_an_operation_that_runs_twice_is_counted_twice_under_its_name():
    one, two = torch.zeros(4, 5), torch.zeros(5, 6)
    counter = counted(lambda: (one @ two, (one + one) @ two, one.relu(), F.conv1d(one[None], torch.zeros(2, 4, 3))))
    assert counter.counted == {"mm": 2 * 4 * 5 * 6, "convolution": 2 * 4 * 3 * 3}
    assert counter.macs == sum(counter.counted.values())
    assert counter.uncounted == {"add": 1, "relu": 1}


def test_what_only_makes_moves_or_looks_is_not_listed():
    x = torch.zeros(2, 3, 4)
    counter = counted(lambda: torch.cat([x.transpose(0, 1).contiguous(), x.clone().view(3, 2, 4)]).unbind()[0].item)
    assert (counter.macs, counter.uncounted) == (0, {})


def test_the_parameters_that_an_operation_reads_are_told_from_those_that_it_does_not():
    one, two, three, other = (nn.Parameter(torch.zeros(3, 3)) for _ in range(4))
    counter = counted(lambda: (torch.cat([one, two]), torch.zeros(2, 3) @ three))
    assert counter.used == {id(one), id(two), id(three)}
    assert id(other) not in counter.used


def test_more_work_than_allowed_is_refused_and_just_as_much_is_not():
    assert counted(torch.mm, torch.zeros(20, 10), torch.zeros(10, 30), limit=6000).macs == 6000
    with pytest.raises(TooMuchWork) as refusal:
        counted(torch.mm, torch.zeros(20, 10), torch.zeros(10, 30), limit=5999)
    assert isinstance(refusal.value, SpecError)
    assert str(refusal.value) == (
        "This model needs more than 5,999 MACs on the CPU to be looked at: give a smaller input."
    )
    with pytest.raises(TooMuchWork):
        counted(lambda: [torch.zeros(2, 3) @ torch.zeros(3, 4) for _ in range(3)], limit=3 * 24 - 1)


@pytest.mark.parametrize(
    ("function", "sizes"),
    [
        (F.linear, [(2, 3), (4, 3)]),
        (F.conv2d, [(2, 3, 8, 9), (4, 3, 3, 2)]),
        (lambda x, w: F.conv2d(x, w, padding="same", dilation=(2, 1)), [(2, 3, 8, 9), (4, 3, 3, 5)]),
        (lambda x: F.scaled_dot_product_attention(x, x, x, is_causal=True), [(2, 3, 8, 4)]),
        (lambda x: F.layer_norm(x, (4,)).flatten(1), [(2, 3, 4)]),
    ],
)
def test_inference_mode_counts_as_the_ordinary_mode_does(function, sizes):
    """Under it autograd takes nothing apart, and composite operations come as they are."""
    tensors = [torch.zeros(size) for size in sizes]
    ordinary = counted(function, *tensors)
    with torch.inference_mode(), MacCounter() as counter:
        function(*tensors)
    assert (counter.macs, counter.counted) == (ordinary.macs, ordinary.counted)


def test_a_higher_order_operation_is_counted_under_its_name_by_torchs_formula():
    counter = MacCounter()
    name, formula, composite = counter._plan(flex_attention)
    q = torch.zeros(2, 3, 16, 8)
    assert (name, composite) == ("flex_attention", False)
    assert formula(q, q, q, None, None, 1.0, {}, out=(q, q[..., 0])) == 2 * (2 * 3 * 16 * 16 * 8)


def test_inference_mode_inside_a_model_hides_nothing():
    class Inference(nn.Linear):
        def forward(self, x):
            with torch.inference_mode():
                return super().forward(x)

    assert summarize(Inference(3, 2), (3,)).macs == 6


def test_a_published_figure_is_claimed_only_for_the_batch_that_it_is_of():
    weights = find_weights("ResNet18_Weights.IMAGENET1K_V1")
    with torch.device("meta"):
        model = torchvision.models.resnet18()
    assert agreement(summarize(model, (3, 224, 224)), model, weights).with_published
    two = agreement(summarize(model, (3, 224, 224), batch=2), model, weights)
    assert two.with_torch
    assert (two.published_gmacs, two.with_published) == (None, None)


def test_macs_grow_with_the_batch_and_parameters_do_not():
    one, four = (summarize(torchvision.models.resnet18(), (3, 64, 64), batch=batch) for batch in (1, 4))
    assert four.macs == 4 * one.macs
    assert four.params == one.params
