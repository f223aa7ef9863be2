"""Where a model stops, in words, and that every fix offered really works."""

import pytest
import torch
import torchvision
from torch import nn
from torch.nn import functional as F

from cnnlab.summary import TensorSize, summarize


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
        "fc1 (Linear) expects 400 features (in_features), and got 256: the input is 1 × 256.",
        ["Give an input of 3 × 32 × 32: 32 × 32 pixels.", "Give fc1 in_features=256 instead of 400."],
    ),
    (
        LeNet,
        (1, 32, 32),
        "conv1",
        "conv1 (Conv2d) expects 3 channels (in_channels), and got 1: the input is 1 × 1 × 32 × 32.",
        ["Give an input of 3 × 32 × 32: 3 channels.", "Give conv1 in_channels=1 instead of 3."],
    ),
    (
        LeNet,
        (32, 32, 3),
        "conv1",
        "conv1 (Conv2d) expects 3 channels (in_channels), and got 32: the input is 1 × 32 × 32 × 3.",
        ["Give an input of 3 × 32 × 32."],
    ),
    (
        LeNet,
        (32, 32),
        "conv1",
        "conv1 (Conv2d) expects 3 channels (in_channels), and got 1: the input is 1 × 32 × 32.",
        ["Give an input of 3 × 32 × 32."],
    ),
    (
        LeNet,
        (3, 6, 6),
        "conv2",
        "conv2 (Conv2d) gets 1 × 1, too small for its window of 5 × 5: the input is 1 × 6 × 1 × 1.",
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
        "1 (BatchNorm2d) expects 5 channels (num_features), and got 4: the input is 1 × 4 × 6 × 6.",
        ["Give 1 num_features=4 instead of 5."],
    ),
    (
        lambda: nn.Sequential(nn.Embedding(10, 4)),
        (7,),
        "0",
        "0 (Embedding) cannot take 1 × 7: Expected tensor for argument #1 'indices' to have one of the following scalar "
        "types: Long, Int; but got torch.FloatTensor instead (while checking arguments for embedding)",
        ["Give whole numbers (torch.long) as input."],
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
