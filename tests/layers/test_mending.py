"""What is offered where a layer refuses its input works, in torch too."""

import warnings

import pytest
from hypothesis import HealthCheck, given, settings

from cnnlab import limits
from cnnlab.layers import LAYERS, mending, out_shape
from cnnlab.layers.mending import MOST, mends
from cnnlab.specs import SpecError
from tests.layers.random_layers import ROWS, layers, of_torch

# Rows whose layers refuse inputs, and for a change of one thing take them.
REFUSING = [spec for spec in ROWS if spec.params and spec.family not in ("dropout", "identity")]


@pytest.mark.parametrize("spec", REFUSING, ids=lambda spec: spec.name)
def test_whatever_is_offered_works(spec):
    @settings(max_examples=5, database=None, suppress_health_check=list(HealthCheck))
    @given(layers(spec))
    def check(pair):
        call, shape = pair
        offered = mends(call, shape)
        changed = [tuple(name for name in call.values if mend.call[name] != call[name]) for mend in offered]
        assert len(changed) == len(set(changed)) <= MOST
        try:
            out_shape(call, shape)
            assert offered == ()
        except SpecError:
            for mend in offered:
                assert out_shape(mend.call, mend.shape) == mend.output == of_torch(mend.call, mend.shape)
                assert (mend.call, mend.shape) != (call, shape)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check()


def offered(call, shape) -> list[str]:
    return [str(mend.about) for mend in mends(call, shape)]


def conv(**values):
    return LAYERS["Conv2d"](**{"in_channels": 1, "out_channels": 1, "kernel_size": 3, **values})


# The settings that students get wrong most, and what has to be among the offers.
WRONG = {
    "channels": (conv(), (3, 8, 8), "in_channels=3 instead of 1"),
    "channels, the other way": (conv(in_channels=3, out_channels=8), (1, 8, 8), "an input of 3 × 8 × 8 instead of 1 × 8 × 8"),
    "window too large": (conv(kernel_size=5), (1, 4, 4), "padding=1 instead of 0"),
    "input too small": (conv(kernel_size=5), (1, 4, 4), "an input of 1 × 5 × 5 instead of 1 × 4 × 4"),
    "window far too large": (conv(kernel_size=100), (1, 4, 4), "kernel_size=4 instead of 100"),
    "same with a stride": (conv(padding="same", stride=2), (1, 8, 8), "stride=1 instead of 2"),
    "groups": (conv(in_channels=3, out_channels=4, groups=2), (3, 8, 8), "groups=1 instead of 2"),
    "no channels": (conv(), (28, 28), "an input of 1 × 28 × 28 instead of 28 × 28"),
    "flatten forgotten": (LAYERS["Linear"](in_features=784, out_features=10), (1, 28, 28),
        "an input of 784 instead of 1 × 28 × 28"),
    "features": (LAYERS["Linear"](in_features=400, out_features=10), (256,), "in_features=256 instead of 400"),
    "output_padding": (LAYERS["ConvTranspose2d"](in_channels=1, out_channels=1, kernel_size=3, stride=2, output_padding=2),
        (1, 4, 4), "output_padding=1 instead of 2"),
    "padding of a pool": (LAYERS["MaxPool2d"](kernel_size=2, padding=2), (1, 8, 8), "padding=1 instead of 2"),
    "sides that differ": (LAYERS["MaxPool2d"](kernel_size=(2, 4), padding=(2, 3)), (1, 8, 8), "padding=(1, 2) instead of (2, 3)"),
    "running mean": (LAYERS["BatchNorm2d"](num_features=16), (32, 8, 8), "num_features=32 instead of 16"),
    "last dimensions": (LAYERS["LayerNorm"](normalized_shape=(3, 8, 8)), (3, 8, 9), "normalized_shape=(9,) instead of (3, 8, 8)"),
    "shuffle": (LAYERS["PixelShuffle"](upscale_factor=2), (3, 4, 4), "an input of 4 × 4 × 4 instead of 3 × 4 × 4"),
    "nothing added": (LAYERS["BatchNorm1d"](num_features=2, eps=0), (2, 8), "eps=1e-05 instead of 0"),
    "two at once": (LAYERS["Upsample"](size=8, scale_factor=2.0, align_corners=True), (1, 4, 4),
        "size=None and align_corners=None"),
}  # fmt: skip


@pytest.mark.parametrize(("call", "shape", "offer"), WRONG.values(), ids=WRONG)
def test_what_students_get_wrong_is_offered_its_nearest_mend(call, shape, offer):
    with pytest.raises(SpecError):
        out_shape(call, shape)
    assert offer in offered(call, shape)


def test_the_nearest_comes_first():
    assert offered(conv(), (3, 8, 8))[0] == "in_channels=3 instead of 1"


FAR = {
    "two sides": (conv(kernel_size=(100, 400), groups=1), (1, 4, 4), "kernel_size=(4, 4) instead of (100, 400)"),
    "three sides": (LAYERS["Conv3d"](in_channels=1, out_channels=1, kernel_size=(30, 40, 50)), (1, 4, 4, 4),
        "kernel_size=(4, 4, 4) instead of (30, 40, 50)"),
    "a length": (LAYERS["Unflatten"](dim=1, unflattened_size=(1, 999999)), (18,),
        "unflattened_size=(1, 18) instead of (1, 999999)"),
    "last dimensions": (LAYERS["LayerNorm"](normalized_shape=(1, 20000)), (18,),
        "normalized_shape=(18,) instead of (1, 20000)"),
    "padding": (LAYERS["ReflectionPad3d"](padding=(9, 9, 4096, 2, 3, 99)), (1, 4, 4, 4),
        "padding=(3, 3, 3, 2, 3, 3) instead of (9, 9, 4096, 2, 3, 99)"),
}  # fmt: skip
HOPELESS = {
    "transposed": (LAYERS["ConvTranspose3d"](in_channels=3, out_channels=4, kernel_size=(3, 4, 5), stride=(2, 2, 3),
        padding=(9, 9, 9), output_padding=(7, 8, 9)), (2, 4, 4, 4)),
    "groups and a window": (conv(in_channels=3, out_channels=4, kernel_size=(100, 400), groups=7), (2, 4, 4)),
}  # fmt: skip


@pytest.mark.parametrize(("call", "shape", "offer"), FAR.values(), ids=FAR)
def test_what_is_far_away_is_found_by_few_tries(call, shape, offer, monkeypatch):
    assert counted(call, shape, monkeypatch) <= 2 * limits.MEND_TRIES
    assert offer in offered(call, shape)


@pytest.mark.parametrize(("call", "shape"), HOPELESS.values(), ids=HOPELESS)
def test_what_has_no_mend_is_tried_so_often_and_once(call, shape, monkeypatch):
    assert 0 < counted(call, shape, monkeypatch) <= 2.5 * limits.MEND_TRIES
    assert counted(call, shape, monkeypatch, fresh=False) == 0


def counted(call, shape, monkeypatch, fresh=True) -> int:
    """How often a shape is worked out."""
    tries = []
    monkeypatch.setattr(mending, "out_shape", lambda *of: tries.append(of) or out_shape(*of))
    if fresh:
        mending._mends.cache_clear()
    mends(call, shape)
    return len(tries)
