"""Feature maps are what the layer really gives, and taking them changes nothing."""

import numpy as np
import pytest
import torch
import torchvision
from torch import nn

from cnnlab.specs import SpecError
from cnnlab.summary import feature_maps
from cnnlab.summary.maps import to_pixels


class Signs(nn.Module):
    """A convolution with one dead channel, and a ReLU in place behind it."""

    def __init__(self):
        super().__init__()
        self.conv, self.relu = nn.Conv2d(3, 4, 3), nn.ReLU(inplace=True)
        with torch.no_grad():
            self.conv.weight[2] = 0
            self.conv.bias[2] = 0

    def forward(self, x):
        return self.relu(self.relu(self.conv(x)) - 0.5)


@pytest.fixture
def image():
    return torch.rand(3, 12, 10, generator=torch.Generator().manual_seed(0)) - 0.5


def test_a_relu_in_place_behind_the_module_does_not_reach_its_maps(image):
    model = Signs()
    output = feature_maps(model, "conv", image)
    assert np.array_equal(output.maps, model.conv(image[None])[0].detach().numpy())
    assert output.maps.min() < 0


def test_dead_channels_are_those_that_are_zero_everywhere(image):
    assert feature_maps(Signs(), "conv", image).dead == (2,)
    assert feature_maps(Signs(), "conv", image).constant == (2,)


def test_calls_of_one_module_are_told_apart(image):
    model = Signs()
    first, second = (feature_maps(model, "relu", image, call=call).maps for call in (0, 1))
    once = model.conv(image[None]).relu()
    assert np.array_equal(first, once[0].detach().numpy())
    assert np.array_equal(second, (once - 0.5).relu()[0].detach().numpy())


@pytest.mark.parametrize("path", ["", "layer1.0.conv2", "layer4", "avgpool", "fc"])
def test_the_model_is_as_it_was(image, path):
    model = torchvision.models.resnet18().train()
    before = {name: (tensor.clone(), tensor._version) for name, tensor in model.state_dict().items()}
    feature_maps(model, path, torch.rand(3, 64, 64))
    assert all(module.training and not module._forward_hooks for module in model.modules())
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, before[name][0])
        assert tensor._version == before[name][1]
    assert all(parameter.requires_grad for parameter in model.parameters())


def test_the_histogram_counts_every_value(image):
    output = feature_maps(Signs(), "conv", image)
    assert sum(output.counts) == output.maps.size
    assert len(output.edges) == len(output.counts) + 1
    assert (output.edges[0], output.edges[-1]) == pytest.approx((output.maps.min(), output.maps.max()))


def test_every_map_is_drawn_on_its_own_scale(image):
    output = feature_maps(Signs(), "conv", image)
    pictures = output.pixels()
    assert len(pictures) == len(output.maps)
    for index in (0, 1, 3):
        part = pictures[index]
        assert (part.dtype, part.shape) == (np.uint8, (10, 8))
        assert np.array_equal(part, output.channel(index))
        assert (part.min(), part.max()) == (0, 255)


def test_values_that_are_not_finite_are_counted_and_drawn(image):
    model = nn.Sequential(nn.Identity())
    image[0, 0, 0] = float("nan")
    output = feature_maps(model, "0", image)
    assert output.not_finite == 1
    assert sum(output.counts) == output.maps.size - 1
    assert output.pixels()[0].dtype == np.uint8


def test_vectors_and_sequences_give_a_single_map():
    assert feature_maps(torchvision.models.resnet18(), "fc", torch.rand(3, 64, 64)).maps.shape == (1, 1, 1000)
    sequence = nn.Sequential(nn.Flatten(2))
    assert feature_maps(sequence, "0", torch.rand(3, 4, 5)).maps.shape == (1, 3, 20)


@pytest.mark.parametrize(
    ("path", "call", "message"),
    [
        ("nowhere", 0, "Signs has no module 'nowhere'."),
        ("conv", 1, "conv was called 1 times for this image, so there is no call 1."),
    ],
)
def test_what_is_not_there_is_refused(image, path, call, message):
    with pytest.raises(SpecError) as refusal:
        feature_maps(Signs(), path, image, call)
    assert str(refusal.value) == message


def test_an_image_that_does_not_fit_is_refused():
    with pytest.raises(SpecError, match=r"^Signs cannot take an image of 1 × 12 × 10: "):
        feature_maps(Signs(), "conv", torch.zeros(1, 12, 10))


def test_a_map_is_stretched_from_its_smallest_value_to_its_largest():
    values = np.array([[-2.0, -1.0, 0.0], [0.5, 1.0, 2.0]], np.float32)  # a step of 4 / 255 is one level
    assert to_pixels(values).tolist() == [[0, 64, 128], [159, 191, 255]]
    assert to_pixels(np.full((2, 3), 7.0)).tolist() == [[0, 0, 0], [0, 0, 0]]


def test_values_that_are_not_finite_are_black_or_white_and_do_not_stretch_the_rest():
    values = np.array([[np.nan, np.inf, -np.inf], [1.0, 2.0, 3.0]])
    assert to_pixels(values).tolist() == [[0, 255, 0], [0, 128, 255]]
    nothing = to_pixels(np.full((2, 3), np.nan))
    assert (nothing.dtype, nothing.shape, int(nothing.max())) == (np.uint8, (2, 3), 0)


def test_a_channel_of_one_value_is_constant_and_only_one_of_zeros_is_dead(image):
    model = Signs()
    with torch.no_grad():
        model.conv.weight[:2] = 0
        model.conv.bias[:2] = torch.tensor([3.0, -3.0])
    assert (feature_maps(model, "conv", image).constant, feature_maps(model, "conv", image).dead) == ((0, 1, 2), (2,))
    rectified = feature_maps(model, "relu", image)
    assert (rectified.constant, rectified.dead) == ((0, 1, 2), (1, 2))


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_a_model_of_another_precision_gets_the_image_in_it_and_gives_maps_in_float32(image, dtype):
    model = Signs().to(dtype)
    output = feature_maps(model, "conv", image)
    assert output.maps.dtype == np.float32
    assert np.array_equal(output.maps, model.conv(image[None].to(dtype))[0].detach().float().numpy())


def test_the_first_channels_are_drawn_and_any_one_that_there_is(image):
    output = feature_maps(Signs(), "conv", image)
    assert [each.tolist() for each in output.pixels(2)] == [output.channel(0).tolist(), output.channel(1).tolist()]
    assert (output.path, output.type, output.shape) == ("conv", "Conv2d", (1, 4, 10, 8))
    for index in (-1, 4):
        with pytest.raises(SpecError) as refusal:
            output.channel(index)
        assert str(refusal.value) == f"conv has channels 0 to 3, and no {index}."


def test_the_maps_of_a_film_stand_one_below_the_other(image):
    film = nn.Sequential(nn.Unflatten(1, (1, 3)))
    assert np.array_equal(feature_maps(film, "0", image).maps, image.reshape(1, 36, 10).numpy())


def test_of_several_results_the_first_is_looked_at(image):
    class Two(nn.Module):
        def forward(self, x):
            return x * 2, x[:, :1]

    model = nn.Sequential(Two())
    assert np.array_equal(feature_maps(model, "", image).maps, (image * 2).numpy())
    assert feature_maps(model, "", image).type == "Sequential"


@pytest.mark.parametrize("value", [1e8, -1e38, 0.0])
def test_maps_of_one_large_value_have_a_histogram(value):
    layer = nn.Conv2d(3, 2, 1)
    nn.init.zeros_(layer.weight)
    nn.init.constant_(layer.bias, value)
    maps = feature_maps(nn.Sequential(layer), "0", torch.zeros(3, 4, 4))
    assert sum(maps.counts) == 32
    assert maps.edges[0] < np.float32(value) < maps.edges[-1]


def test_an_output_without_numbers_is_refused_in_a_sentence():
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.AdaptiveMaxPool2d(0))
    with pytest.raises(SpecError) as error:
        feature_maps(model, "1", torch.zeros(3, 8, 8))
    assert str(error.value) == (
        "1 puts out 1 × 4 × 0 × 0, which has no numbers: choose another layer or a larger input."
    )
