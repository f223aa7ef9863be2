"""The exported source makes the very numbers that are drawn."""

import pytest
import torch

from cnnlab.layers import LAYERS
from cnnlab.layers.jobs import CODE, NORMED, asked
from cnnlab.layers.normalising import GROUPS
from cnnlab.layers.presets import MODEL, kernels
from cnnlab.layers.values import sample
from cnnlab.layers.view import View
from cnnlab.models import MODELS
from cnnlab.summary.view import View as Origin


def held(view: View, capsys) -> str:
    """The source, once it has been run and gave what is drawn."""
    source = CODE.do(asked(view).to_query())
    scope = {}
    exec(source, scope)
    if view.call.spec.family in GROUPS:  # of which a batch is shown
        shown = NORMED.do(asked(view).to_query())
        x, y = (torch.tensor(values).float().reshape(shown.shape) for values in (shown.values, shown.output))
    else:
        drawn = sample(asked(view))
        x, y = drawn.x, drawn.y
    torch.testing.assert_close(scope["y"], y, equal_nan=True, rtol=0, atol=0)
    assert torch.equal(scope["x"], x)
    assert capsys.readouterr().out == f"{y}\n"
    return source


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("training", [True, False])
def test_the_source_of_every_layer_gives_what_is_drawn(name, training, capsys):
    source = held(View(layers=(LAYERS[name].example(),), kernel="default", seed=3, training=training), capsys)
    assert "cnnlab" not in source


@pytest.mark.parametrize("name", ["Conv2d", "ConvTranspose1d", "Linear", "Bilinear"])
def test_the_source_has_every_kernel(name, capsys):
    call = LAYERS[name].example()
    for kernel in kernels(call):
        if kernel != MODEL:
            held(View(layers=(call,), kernel=kernel, seed=5), capsys)


@pytest.mark.parametrize(
    ("name", "values", "shape"),
    [("Conv2d", {"in_channels": 64, "out_channels": 64, "kernel_size": 3, "groups": 32, "bias": False}, (64, 56, 56)),
     ("ConvTranspose2d", {"in_channels": 2, "out_channels": 1, "kernel_size": 3, "stride": 2, "output_size": (9, 10)}, (2, 4, 4)),
     ("MaxUnpool2d", {"kernel_size": 2, "output_size": 9}, (1, 4, 4)),
     ("MaxPool2d", {"kernel_size": 2, "return_indices": True}, (2, 8, 8)),
     ("ReLU", {"inplace": True}, (3, 3))],
)  # fmt: skip
def test_what_a_layer_is_given_besides_is_in_the_source(name, values, shape, capsys):
    held(View(layers=(LAYERS[name](**values),), shape=shape, kernel="default"), capsys)


def test_typed_numbers_are_in_the_source(capsys):
    typed = {"x": (1, 2.5, -3), "w": tuple(range(12)), "b": (0.1,) * 4}
    source = held(View(layers=(LAYERS["Linear"](in_features=3, out_features=4),), numbers=typed), capsys)
    assert "[1, 2.5, -3]" in source


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("track", [True, False])
def test_batches_before_are_in_the_source_of_a_normalisation(training, track, capsys):
    call = LAYERS["BatchNorm2d"](num_features=2, track_running_stats=track)
    source = held(View(layers=(call,), shape=(2, 4, 4), training=training, step=5), capsys)
    assert ("range(5)" in source) == track


def test_what_is_drawn_smaller_says_so_in_its_first_lines(capsys):
    source = held(View(layers=(LAYERS["Linear"](in_features=400, out_features=120),), shape=(400,)), capsys)
    remarks = [line for line in source.splitlines() if line.startswith("# ")]
    assert source.startswith("\n".join(remarks))
    assert "# out_features=12 is drawn in place of 120." in remarks
    assert not held(View(), capsys).startswith("#")


@pytest.mark.parametrize(
    ("origin", "row", "call", "shape"),
    [(Origin(model=MODELS["LeNet"].example(), seed=3), "conv1",
      LAYERS["Conv2d"](in_channels=3, out_channels=6, kernel_size=5), (3, 32, 32)),
     (Origin(source="nn.Sequential(nn.Conv2d(16, 32, 3, groups=4), nn.BatchNorm2d(32))", seed=1), "0",
      LAYERS["Conv2d"](in_channels=16, out_channels=32, kernel_size=3, groups=4), (16, 9, 9)),
     (Origin(source="nn.Sequential(nn.Conv2d(16, 32, 3, groups=4), nn.BatchNorm2d(32))", seed=1), "1",
      LAYERS["BatchNorm2d"](num_features=32), (32, 9, 9))],
)  # fmt: skip
def test_the_weights_of_a_model_are_in_the_source(origin, row, call, shape, capsys):
    view = View(layers=(call,), shape=shape, kernel=MODEL, origin=origin.to_query(), row=row, training=False)
    held(view, capsys)
