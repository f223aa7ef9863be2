"""The receptive field by rules is the support of the gradient, and what others have published."""

import pytest
import torch
import torchvision
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from cnnlab.specs import SpecError
from cnnlab.summary import receptive_field

PUBLISHED = [
    ("alexnet", "features", 195),  # google-research/receptive_field, as the next
    ("vgg16", "features", 212),
    ("resnet18", "layer4", 435),  # by gradient, as the next
    ("resnet50", "layer4", 427),
]


@pytest.mark.parametrize(("name", "path", "size"), PUBLISHED)
def test_published_sizes(name, path, size):
    with torch.device("meta"):
        model = torchvision.models.get_model(name, weights=None)
    assert receptive_field(model, path, (3, 224, 224)).size == (size, size)


class Skips(nn.Module):
    """Skips, concatenation, upsampling, functions instead of modules, uneven sides."""

    def __init__(self):
        super().__init__()
        self.one, self.two = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 4, (5, 3), padding=(2, 1), stride=2)
        self.norm, self.up = nn.BatchNorm2d(4), nn.ConvTranspose2d(4, 4, 4, stride=2, padding=1)
        self.last = nn.Conv2d(8, 2, 3, dilation=2, padding=2)

    def forward(self, x):
        x = F.relu(self.one(x))
        deep = F.max_pool2d(F.relu(self.norm(self.two(x))), 3, 1, 1)
        deep = F.interpolate(F.avg_pool2d(deep, 2), scale_factor=2, mode="bilinear")
        return self.last(torch.cat([x, self.up(deep)], 1)) + x[:, :2]


@pytest.mark.parametrize("unit", [(0, 0), (11, 7), (8, 8), (15, 19)])
def test_rules_and_gradient_agree_through_skips(unit):
    field = receptive_field(Skips(), "last", (3, 16, 20), unit, gradient=True)
    assert field.box == field.gradient_box
    assert field.guessed == ()
    assert field.heat.shape == (16, 20)
    assert field.heat.max() == 1


@pytest.mark.parametrize(
    ("name", "path"), [("resnet18", "layer2"), ("squeezenet1_1", "features.7"), ("mobilenet_v2", "features.5")]
)
def test_rules_and_gradient_agree_in_the_zoo(name, path):
    model = torchvision.models.get_model(name, weights=None)
    field = receptive_field(model, path, (3, 96, 128), gradient=True)
    assert field.box == field.gradient_box


def pairs(low, high):
    """A number for the height and another for the width."""
    return st.tuples(st.integers(low, high), st.integers(low, high))


def halves(kernel):
    """The largest padding of a pool, and none to the side."""
    return kernel[0] // 2, 0


KERNELS, STRIDES, PADS, DILATIONS, GROUPS = pairs(1, 4), pairs(1, 3), pairs(0, 2), pairs(1, 3), st.sampled_from([1, 2])
MODES = [("nearest", None), ("nearest-exact", None), ("bilinear", False), ("bilinear", True), ("bicubic", False)]
LAYERS = st.one_of(
    st.builds(lambda *knobs: nn.Conv2d(2, 2, *knobs), KERNELS, STRIDES, PADS, DILATIONS, GROUPS),
    st.builds(
        lambda mode, kernel: nn.Conv2d(2, 2, kernel, padding=(1, 2), padding_mode=mode),
        st.sampled_from(["reflect", "replicate", "circular"]),
        KERNELS,
    ),
    st.builds(
        lambda k, s, p, g, d: nn.ConvTranspose2d(2, 2, k, s, p, (s[0] - 1, 0), g, True, d),
        KERNELS,
        STRIDES,
        pairs(0, 1),
        GROUPS,
        pairs(1, 2),
    ),
    st.builds(
        lambda k, s, d, ceil: nn.MaxPool2d(k, s, halves(k), d, ceil_mode=ceil),
        KERNELS,
        STRIDES,
        DILATIONS,
        st.booleans(),
    ),
    st.builds(lambda k, s, ceil: nn.AvgPool2d(k, s, halves(k), ceil), KERNELS, STRIDES, st.booleans()),
    st.builds(nn.AdaptiveAvgPool2d, pairs(1, 9)),
    st.builds(
        lambda scale, mode: nn.Upsample(scale_factor=scale, mode=mode[0], align_corners=mode[1]),
        st.sampled_from([2, 3, (2, 1), (1.5, 1.7)]),
        st.sampled_from(MODES),
    ),
    st.builds(lambda sides: nn.ZeroPad2d((*sides, 0, 3)), PADS),
)


@given(st.lists(LAYERS, min_size=1, max_size=4), st.integers(0, 30), st.integers(0, 30))
@settings(max_examples=200, deadline=None)
def test_rules_and_gradient_agree_for_any_stack_of_layers(layers, row, column):
    model = nn.Sequential(*layers)
    try:
        out = model(torch.zeros(1, 2, 17, 23))
    except RuntimeError:
        return
    unit = (row % out.shape[2], column % out.shape[3])
    field = receptive_field(model, "", (2, 17, 23), unit, gradient=True)
    assert field.guessed == ()
    assert field.box == field.gradient_box


@pytest.mark.parametrize(
    ("layer", "size"),
    [
        (nn.MaxPool2d((2, 3), dilation=(4, 2)), (5, 5)),  # d · (k − 1) + 1
        (nn.MaxPool2d(3, dilation=(1, 5)), (3, 11)),
        (nn.Conv2d(4, 4, (5, 2), dilation=(2, 3), groups=2), (9, 4)),
        (nn.Conv2d(4, 4, 3, padding=1, padding_mode="circular"), (3, 3)),
        (nn.Upsample(scale_factor=2, mode="bilinear"), (2, 2)),
        (nn.Upsample(scale_factor=2, mode="bicubic"), (4, 4)),
    ],
    ids=str,
)
def test_the_field_of_one_layer_is_its_window(layer, size):
    field = receptive_field(layer, "", (4, 24, 24))
    assert field.size == size
    assert (field.box.height, field.box.width) == size


class Grouped(nn.Module):
    """Two branches that see more and less, kept apart by a convolution in groups."""

    def __init__(self, part):
        super().__init__()
        self.small, self.large = nn.Conv2d(3, 4, (3, 1), padding=(1, 0)), nn.Conv2d(3, 4, (7, 5), padding=(3, 2))
        self.groups, self.part = nn.Conv2d(8, 8, 1, groups=2), part

    def forward(self, x):
        return self.groups(torch.cat([self.small(x), self.large(x)], 1))[:, self.part]


@pytest.mark.parametrize(
    ("part", "size"), [(slice(0, 4), (3, 1)), (slice(4, 8), (7, 5)), (slice(2, 6), (7, 5)), (slice(3, 4), (3, 1))]
)
def test_groups_keep_apart_what_channels_see(part, size):
    assert receptive_field(Grouped(part), "", (3, 20, 26)).size == size


class Written(nn.Module):
    """Writes a result into a part of another one, in place."""

    def forward(self, x):
        seen = F.avg_pool2d(x, 3, 1, 1)
        seen[:, :, 2:5, 4:] = F.avg_pool2d(x, (7, 5), 1, (3, 2))[:, :, 2:5, 4:]
        seen[:, :, 5:] += x[:, :, :-5]
        return seen


@pytest.mark.parametrize(
    ("unit", "box"), [((3, 8), (0, 6, 7, 11)), ((3, 2), (2, 1, 5, 4)), ((1, 8), (0, 7, 3, 10)), ((7, 8), (2, 7, 9, 10))]
)
def test_what_is_written_in_place_is_seen_where_it_was_written(unit, box):
    field = receptive_field(Written(), "", (2, 12, 14), unit)
    assert tuple(field.box) == (box[0], box[1], box[2], box[3])
    assert field.guessed == ()


def test_what_an_index_picks_may_come_from_all_along_its_side():
    class Picked(nn.Module):
        def forward(self, x):
            return F.avg_pool2d(x, (3, 5), 1, (1, 2)).index_select(2, torch.tensor([3, 1], device=x.device))

    assert tuple(receptive_field(Picked(), "", (2, 12, 14), (1, 7)).box) == (0, 5, 12, 10)


def test_a_linear_layer_and_a_pooled_map_see_everything():
    field = receptive_field(torchvision.models.resnet18(), "fc", (3, 64, 64))
    assert (field.box.height, field.box.width) == (64, 64)
    assert field.size is None


def test_a_patch_of_a_vision_transformer_is_its_field():
    model = torchvision.models.vit_b_32()
    assert receptive_field(model, "conv_proj", (3, 224, 224), (2, 3)).box == (64, 96, 96, 128)
    attended = receptive_field(model, "encoder.layers.encoder_layer_0", (3, 224, 224), (5, 0))
    assert attended.box == (0, 0, 224, 224)


@pytest.mark.parametrize(
    ("path", "unit", "message"),
    [
        ("nowhere", None, "Skips has no module 'nowhere'."),
        ("last", (16, 0), "There is no unit (16, 0) in an output of 16 × 20: the last one is (15, 19)."),
    ],
)
def test_what_is_not_there_is_refused(path, unit, message):
    with pytest.raises(SpecError) as refusal:
        receptive_field(Skips(), path, (3, 16, 20), unit)
    assert str(refusal.value) == message


def test_the_model_is_as_it_was():
    model = Skips().train()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    receptive_field(model, "last", (3, 16, 20), gradient=True)
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())
    assert all(module.training and not module._forward_hooks for module in model.modules())
