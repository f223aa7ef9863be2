"""Sizes and refusals are torch's own, over random layers of every row."""

import warnings

import pytest
from hypothesis import HealthCheck, given, settings

from cnnlab.layers import LAYERS, first_input, out_shape
from cnnlab.layers.rows import call_arguments
from cnnlab.layers.sizes import SIZES
from cnnlab.specs import SpecError
from tests.layers.random_layers import ROWS, layers, left_out, of_torch

# Of a row whose layers have windows, and of any other: in `make test`, and in `make test-all` (23,000 in all).
FEW, MANY = (24, 8), (480, 70)
WINDOWS = {
    "convolution", "transposed", "max_pool", "avg_pool", "lp_pool", "unpool", "fractional_max", "unfold", "fold", "pad", "upsample",
}  # fmt: skip
EVERY_ROW = pytest.mark.parametrize("spec", ROWS, ids=lambda spec: spec.name)


def agree(spec, examples: tuple[int, int]) -> None:
    """We accept what torch accepts, with its sizes; in words that a person can follow we refuse what it refuses."""

    @settings(max_examples=examples[spec.family not in WINDOWS], database=None, suppress_health_check=list(HealthCheck))
    @given(layers(spec))
    def compare(pair):
        call, shape = pair
        try:
            ours = out_shape(call, shape)
        except SpecError as error:
            ours = error
        theirs = of_torch(call, shape)
        if isinstance(ours, SpecError):
            assert isinstance(theirs, Exception) or left_out(call, shape), (str(ours), theirs)
        else:
            assert ours == theirs

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what torch will no longer take one day
        compare()


@EVERY_ROW
def test_sizes_and_refusals_are_torchs(spec):
    agree(spec, FEW)


@pytest.mark.sweep
@EVERY_ROW
def test_sizes_and_refusals_are_torchs_over_many_layers(spec):
    agree(spec, MANY)


def test_the_sweep_is_of_20_000_layers():
    assert sum(MANY[spec.family not in WINDOWS] for spec in ROWS) >= 20_000


@EVERY_ROW
def test_a_row_is_first_shown_with_an_input_that_it_takes(spec):
    call = spec.example()
    assert out_shape(call, first_input(call)) == of_torch(call, first_input(call))


def test_every_rule_is_of_some_row():
    assert {spec.family for spec in ROWS} == set(SIZES)
    assert {spec.family for spec in ROWS} >= WINDOWS


# github.com/vdumoulin/conv_arithmetic, bin/generate_makefile: input, output, padding, kernel, stride, dilation
ARITHMETIC = {
    "no_padding_no_strides": (4, 2, 0, 3, 1, 1),
    "arbitrary_padding_no_strides": (5, 6, 2, 4, 1, 1),
    "same_padding_no_strides": (5, 5, 1, 3, 1, 1),
    "full_padding_no_strides": (5, 7, 2, 3, 1, 1),
    "no_padding_strides": (5, 2, 0, 3, 2, 1),
    "padding_strides": (5, 3, 1, 3, 2, 1),
    "padding_strides_odd": (6, 3, 1, 3, 2, 1),
    "dilation": (7, 3, 0, 3, 1, 2),
}


@pytest.mark.parametrize(("i", "o", "p", "k", "s", "d"), ARITHMETIC.values(), ids=ARITHMETIC)
def test_the_panels_of_conv_arithmetic_there_and_back(i, o, p, k, s, d):
    settings = {"in_channels": 1, "out_channels": 1, "kernel_size": k, "stride": s, "padding": p, "dilation": d}
    assert out_shape(LAYERS["Conv2d"](**settings), (1, i, i)) == (1, o, o)
    back = LAYERS["ConvTranspose2d"](**settings, output_padding=(i + 2 * p - d * (k - 1) - 1) % s)
    assert out_shape(back, (1, o, o)) == (1, i, i)


REFUSED = {
    "channels": (LAYERS["Conv2d"](in_channels=3, out_channels=8, kernel_size=3), (1, 8, 8),
        "in_channels=3, but the input has 1: use in_channels=1."),
    "groups": (LAYERS["Conv2d"](in_channels=3, out_channels=4, kernel_size=3, groups=2), (3, 8, 8),
        "in_channels=3 cannot be divided evenly by groups=2: use a multiple of 2, such as 4."),
    "window": (LAYERS["Conv2d"](in_channels=1, out_channels=1, kernel_size=7, padding=1), (1, 2, 8),
        "kernel_size=7 with dilation=1 reaches over 7 places, and the input with its padding has only 4: "
        "use a smaller kernel_size or dilation, or pad by 2 more on each side."),
    "same": (LAYERS["Conv2d"](in_channels=1, out_channels=1, kernel_size=3, padding="same", stride=2), (1, 8, 8),
        "padding='same' keeps the size, and stride=2 does not: use stride=1, or a number as padding."),
    "output_padding": (LAYERS["ConvTranspose2d"](in_channels=1, out_channels=1, kernel_size=3, stride=2, output_padding=2),
        (1, 4, 4), "output_padding=2 must be smaller than stride=2 or dilation=1: use 1 or less."),
    "half": (LAYERS["MaxPool2d"](kernel_size=3, padding=2), (1, 8, 8),
        "padding=2 is more than half of kernel_size=3: use 1 or less."),
    "features": (LAYERS["Linear"](in_features=784, out_features=10), (1, 28, 28),
        "in_features=784, but the input has 28: use in_features=28."),
    "nothing added": (LAYERS["BatchNorm2d"](num_features=2, eps=0), (2, 4, 4),
        "eps=0 is refused by torch while BatchNorm2d trains: use a number above 0, such as 1e-05."),
    "wrapped": (LAYERS["CircularPad1d"](padding=(4, 5)), (1, 4),
        "padding=5 is more than a side of 4 can give in circular mode: use 4 or less."),
    "wrapped and cut": (LAYERS["CircularPad1d"](padding=(-2, 4)), (1, 4),
        "padding=4 wraps around more than the 2 that padding=-2 leaves of a side of 4: use 2 or less, or cut off less."),
    "output_size": (LAYERS["MaxUnpool2d"](kernel_size=2, output_size=10), (1, 4, 4),
        "output_size=10 cannot come of this input: use a number from 7 to 9."),
}  # fmt: skip


@pytest.mark.parametrize(("call", "shape", "words"), REFUSED.values(), ids=REFUSED)
def test_a_refusal_names_the_argument_its_value_and_a_way_out(call, shape, words):
    with pytest.raises(SpecError) as refusal:
        out_shape(call, shape)
    assert str(refusal.value) == words


def test_what_a_call_is_given_each_time_is_no_part_of_the_layer():
    call = LAYERS["ConvTranspose2d"](in_channels=1, out_channels=1, kernel_size=3, stride=2, output_size=10)
    assert call.code() == "nn.ConvTranspose2d(in_channels=1, out_channels=1, kernel_size=3, stride=2)"
    assert call_arguments(call) == {"output_size": (10, 10)}
    assert out_shape(call, (1, 4, 4)) == of_torch(call, (1, 4, 4)) == (1, 10, 10)


@pytest.mark.parametrize("name", ["ConvTranspose1d", "MaxUnpool1d"])
@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (2, 1), (3, 0), (4, 2)])
def test_each_output_size_is_taken_or_refused_as_torch_does(name, stride, padding):
    channels = {"in_channels": 1, "out_channels": 1} if name == "ConvTranspose1d" else {}
    taken = []
    for size in range(1, 20):
        call = LAYERS[name](**channels, kernel_size=4, stride=stride, padding=padding, output_size=size)
        theirs = of_torch(call, (1, 3))
        try:
            assert out_shape(call, (1, 3)) == theirs
            taken.append(size)
        except SpecError:
            assert isinstance(theirs, Exception), size
    assert taken


@pytest.mark.parametrize(
    ("name", "count"), [("BatchNorm1d", "1 or 2"), ("Conv2d", "3"), ("LocalResponseNorm", "2 to 4")]
)
def test_how_many_numbers_a_shape_has_is_said_in_words(name, count):
    with pytest.raises(SpecError, match=f"^{name} takes {count} numbers as the shape of its input"):
        out_shape(LAYERS[name].example(), (2, 2, 2, 2, 2))
