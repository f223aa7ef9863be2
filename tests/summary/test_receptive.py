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
    found = receptive_field(Skips(), "last", (3, 16, 20), unit, gradient=True)
    assert found.box == found.gradient_box
    assert found.guessed == ()
    assert found.heat.shape == (16, 20)
    assert found.heat.max() == 1


@pytest.mark.parametrize(
    ("name", "path"), [("resnet18", "layer2"), ("squeezenet1_1", "features.7"), ("mobilenet_v2", "features.5")]
)
def test_rules_and_gradient_agree_in_the_zoo(name, path):
    model = torchvision.models.get_model(name, weights=None)
    found = receptive_field(model, path, (3, 96, 128), gradient=True)
    assert found.box == found.gradient_box


KERNELS, STRIDES, PADS = st.integers(1, 4), st.integers(1, 3), st.integers(0, 2)
POOLS = (nn.MaxPool2d, nn.AvgPool2d)
LAYERS = st.one_of(
    st.builds(lambda *knobs: nn.Conv2d(2, 2, *knobs), KERNELS, STRIDES, PADS, st.integers(1, 2)),
    st.builds(lambda k, s, p: nn.ConvTranspose2d(2, 2, k, s, min(p, k - 1)), KERNELS, STRIDES, PADS),
    st.builds(
        lambda kind, k, s, ceil: kind(k, s, k // 2, ceil_mode=ceil),
        st.sampled_from(POOLS),
        KERNELS,
        STRIDES,
        st.booleans(),
    ),
    st.builds(nn.AdaptiveAvgPool2d, st.integers(1, 9)),
    st.builds(nn.Upsample, scale_factor=st.sampled_from([2, 3]), mode=st.sampled_from(["nearest", "bilinear"])),
    st.builds(nn.ZeroPad2d, PADS),
)


@given(st.lists(LAYERS, min_size=1, max_size=4), st.integers(0, 30), st.integers(0, 30))
@settings(max_examples=120, deadline=None)
def test_rules_and_gradient_agree_for_any_stack_of_layers(layers, row, column):
    model = nn.Sequential(*layers)
    try:
        out = model(torch.zeros(1, 2, 17, 23))
    except RuntimeError:
        return
    unit = (row % out.shape[2], column % out.shape[3])
    found = receptive_field(model, "", (2, 17, 23), unit, gradient=True)
    assert found.guessed == ()
    assert found.box == found.gradient_box


def test_a_linear_layer_and_a_pooled_map_see_everything():
    found = receptive_field(torchvision.models.resnet18(), "fc", (3, 64, 64))
    assert (found.box.height, found.box.width) == (64, 64)
    assert found.size is None


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
