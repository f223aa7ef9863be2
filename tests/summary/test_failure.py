"""Where a model stops, in words, and that every fix offered really works."""

import pytest
import torch
import torchvision
from torch import nn
from torch.nn import functional as F

from cnnlab.summary import TensorSize, cells, summarize
from cnnlab.summary.text import table


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(3, 6, 5), nn.Conv2d(6, 16, 5)
        self.fc1, self.fc2 = nn.Linear(400, 120), nn.Linear(120, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.fc2(F.relu(self.fc1(x.flatten(1))))


class Skip(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.down, self.up = nn.Conv2d(3, 4, 3, padding=1), nn.MaxPool2d(2), nn.Upsample(scale_factor=2)

    def forward(self, x):
        x = self.conv(x)
        return torch.cat([x, self.up(self.down(x))], 1)


# model, input, where, error, fixes
CASES = [
    (
        LeNet,
        (3, 28, 28),
        "fc1",
        "Layer fc1 (Linear) expects 400 features (in_features), and got 256: 16 × 4 × 4 = 256 after flatten.",
        ["Give an input of 3 × 32 × 32: 32 × 32 pixels.", "Give layer fc1 (Linear) in_features=256 instead of 400."],
    ),
    (
        LeNet,
        (1, 32, 32),
        "conv1",
        "Layer conv1 (Conv2d) expects 3 channels (in_channels), and got 1: its input is 1 × 1 × 32 × 32.",
        ["Give an input of 3 × 32 × 32: 3 channels.", "Give layer conv1 (Conv2d) in_channels=1 instead of 3."],
    ),
    (
        LeNet,
        (32, 32, 3),
        "conv1",
        "Layer conv1 (Conv2d) expects 3 channels (in_channels), and got 32: its input is 1 × 32 × 32 × 3.",
        ["Give an input of 3 × 32 × 32."],
    ),
    (
        LeNet,
        (32, 32),
        "conv1",
        "Layer conv1 (Conv2d) expects 3 channels (in_channels), and got 1: its input is 1 × 32 × 32.",
        ["Give an input of 3 × 32 × 32."],
    ),
    (
        LeNet,
        (3, 6, 6),
        "conv2",
        "Layer conv2 (Conv2d) gets 1 × 1, too small for its window of 5 × 5: its input is 1 × 6 × 1 × 1.",
        ["Give an input of 3 × 32 × 32: 32 × 32 pixels."],
    ),
    (
        Skip,
        (3, 33, 33),
        "",
        "cat in Skip cannot take 1 × 4 × 33 × 33 and 1 × 4 × 32 × 32: Sizes of tensors must match except in dimension 1. "
        "Expected size 33 but got size 32 for tensor number 1 in the list.",
        ["Give an input of 3 × 32 × 32: 32 × 32 pixels."],
    ),
    (
        lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(5)),
        (3, 8, 8),
        "1",
        "Layer 1 (BatchNorm2d) expects 5 channels (num_features), and got 4: its input is 1 × 4 × 6 × 6.",
        ["Give layer 1 (BatchNorm2d) num_features=4 instead of 5."],
    ),
    (
        lambda: nn.Sequential(nn.Embedding(10, 4)),
        (7,),
        "0",
        "Layer 0 (Embedding) cannot take 1 × 7: Expected tensor for argument #1 'indices' to have one of the following scalar "
        "types: Long, Int; but got torch.FloatTensor instead (while checking arguments for embedding)",
        ["Give whole numbers (torch.long) as input."],
    ),
    (
        lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Dropout(), nn.Linear(9, 2)),
        (3, 64, 8),
        "3",
        "Layer 3 (Linear) expects 9 features (in_features), and got 1,488: 4 × 62 × 6 = 1,488 after 1 (Flatten).",
        ["Give layer 3 (Linear) in_features=1488 instead of 9."],
    ),
    (
        lambda: nn.Sequential(nn.Conv2d(3, 4, 1, padding=-100)),
        (3, 32, 32),
        "0",
        "Layer 0 (Conv2d) has a padding of -100, and padding is 0 or more.",
        [],
    ),
    (
        LeNet,
        (32,),
        "conv1",
        "Layer conv1 (Conv2d) takes a tensor of 3 or 4 dimensions, and got 1 × 32.",
        ["Give an input of 3 × 32 × 32: 32 × 32 pixels."],
    ),
]


@pytest.mark.parametrize(("build", "shape", "path", "error", "fixes"), CASES)
def test_the_walk_stops_with_the_reason_and_fixes(build, shape, path, error, fixes):
    failure = summarize(build(), shape).failure
    assert (failure.path, str(failure.error)) == (path, error)
    assert [str(fix.message) for fix in failure.fixes] == fixes


@pytest.mark.parametrize(("build", "shape", "path", "error", "fixes"), CASES)
def test_every_fix_works_on_the_real_model(build, shape, path, error, fixes):
    for fix in summarize(build(), shape).failure.fixes:
        model = build()
        if fix.module:
            layer = model.get_submodule(fix.module)
            settings = {**summarize(build(), shape).row(fix.module).settings, **fix.settings}
            model.set_submodule(fix.module, type(layer)(**settings))
            sizes = [TensorSize((1, *shape))]
        else:
            sizes = fix.inputs
        model(*(torch.zeros(size.shape, dtype=getattr(torch, size.dtype)) for size in sizes))


def test_the_shapes_up_to_there_are_kept():
    report = summarize(LeNet(), (3, 28, 28))
    assert report.row("conv2").output_shape == (1, 16, 8, 8)
    assert report.row("fc1").marks == ("failed",)
    assert report.row("fc2").calls == 0
    assert report.row("fc2").marks == ()
    assert report.rows[0].output_shape is None


def test_what_ran_before_is_counted_in_every_row():
    report = summarize(LeNet(), (3, 28, 28))
    ran = 24 * 24 * 6 * 3 * 25 + 8 * 8 * 16 * 6 * 25
    assert (report.macs, report.rows[0].macs) == (ran, ran)
    for row in report.modules:
        assert row.macs == row.own_macs + sum(child.macs for child in report.children(row.name))
        assert row.own_macs >= 0


def test_a_vision_transformer_tells_its_size():
    failure = summarize(torchvision.models.vit_b_32(), (3, 200, 200)).failure
    assert "Wrong image height! Expected 224 but got 200!" in str(failure.error)
    assert [str(fix.message) for fix in failure.fixes] == ["Give an input of 3 × 224 × 224: 224 × 224 pixels."]


def test_a_model_called_wrongly_is_told_so():
    failure = summarize(LeNet(), (3, 32, 32), (3, 32, 32)).failure
    assert str(failure.error).startswith("LeNet (LeNet) cannot take") or "takes 2 positional" in str(failure.error)
    assert failure.fixes == ()


def test_fixes_can_be_left_out():
    assert summarize(LeNet(), (3, 28, 28), fixes=False).failure.fixes == ()


def test_an_error_of_the_models_own_is_reported_as_it_is():
    class Own(nn.Linear):
        def forward(self, x):
            raise KeyError("colour")

    failure = summarize(nn.Sequential(Own(3, 2)), (3,)).failure
    assert (failure.path, failure.detail) == ("0", "'colour'")


LAYERS = (
    nn.Linear(3, 4), nn.Bilinear(2, 3, 4), nn.Embedding(3, 4), nn.LSTM(3, 4), nn.LayerNorm(3), nn.GroupNorm(1, 3),
    nn.Conv1d(3, 4, 3), nn.Conv2d(4, 4, 3, groups=2), nn.Conv3d(3, 4, 3), nn.ConvTranspose2d(3, 4, 3),
    nn.BatchNorm1d(3), nn.BatchNorm2d(3), nn.BatchNorm3d(3), nn.InstanceNorm2d(3, affine=True),
    nn.MaxPool1d(2), nn.MaxPool2d(2), nn.MaxPool3d(2), nn.AvgPool1d(2), nn.AvgPool2d(2), nn.AvgPool3d(2),
    nn.AdaptiveAvgPool2d(2), nn.LPPool2d(2, 3), nn.Unfold(3), nn.PixelShuffle(2), nn.Conv2d(3, 4, 3, padding="same"),
)  # fmt: skip


@pytest.mark.parametrize("layer", LAYERS, ids=repr)
@pytest.mark.parametrize("shape", [(3,), (224,), (3, 4), (1, 1), (3, 1, 1), (4, 5, 6), (3, 2, 2, 2)])
def test_an_input_of_any_number_of_sides_is_taken_or_explained(layer, shape):
    failure = summarize(nn.Sequential(layer), shape).failure
    assert failure is None or str(failure.error)


def test_what_ran_before_a_failure_is_no_total():
    report, whole = summarize(LeNet(), (3, 224, 224)), summarize(LeNet(), (3, 32, 32))
    assert report.unfinished == {"", report.failure.path}
    assert whole.unfinished == frozenset()
    lines = table(report).splitlines()
    (root,) = [line for line in lines if line.startswith("LeNet")]
    assert f"≥ {report.macs:,}" in root
    assert any(line.startswith(f"MACs: ≥ {report.macs:,} ") for line in lines)
    (conv,) = [line for line in lines if "conv1 (Conv2d)" in line]
    assert "≥" not in conv
    assert "≥" not in table(whole)
    assert cells.rows(report)[0]["cells"]["macs"] == f"≥ {report.macs:,}"
