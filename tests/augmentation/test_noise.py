"""The course's salt and pepper, the named functions, and the digits' whitening."""

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.datasets import load_digits
from torchvision import tv_tensors
from torchvision.transforms import v2

from cnnlab.augmentation import functions
from cnnlab.augmentation.noise import SaltAndPepperNoise
from cnnlab.augmentation.whitening import digits_mean, digits_whitening_matrix

GRAY = torch.full((3, 200, 200), 128, dtype=torch.uint8)


@pytest.mark.parametrize("snr", [0.0, 0.5, 0.9, 1.0])
def test_snr_is_the_share_left_untouched_and_the_rest_is_half_black_half_white(snr):
    torch.manual_seed(0)
    noisy = SaltAndPepperNoise(snr, p=1.0)(GRAY)
    shares = [(noisy[0] == value).float().mean().item() for value in (128, 0, 255)]
    assert shares == pytest.approx([snr, (1 - snr) / 2, (1 - snr) / 2], abs=4 * 0.5 / 200)
    assert torch.equal(noisy[0], noisy[2])


def test_all_kinds_of_pictures_get_the_same_noise():
    noise = SaltAndPepperNoise(0.8, p=1.0)
    params = {"mask": torch.rand(200, 200)}
    expected = noise.transform(GRAY, params)
    assert torch.equal(noise.transform(tv_tensors.Image(GRAY), params), expected)
    assert torch.equal(noise.transform(GRAY / 255, params) * 255, expected.float())
    assert np.array_equal(
        np.asarray(noise.transform(v2.functional.to_pil_image(GRAY), params)), expected.permute(1, 2, 0)
    )
    assert noise.transform(Image.new("L", (200, 200), 128), params).mode == "L"
    assert torch.equal(noise.transform(GRAY.expand(2, 3, 200, 200), params)[1], expected)


def test_noise_refuses_impossible_shares():
    with pytest.raises(ValueError, match=r"snr=1\.5 and p=0\.5 must lie between 0 and 1"):
        SaltAndPepperNoise(1.5)


def test_functions_agree_on_pil_pictures_and_tensors():
    photo = Image.fromarray(np.random.default_rng(0).integers(0, 256, (5, 4, 3), np.uint8))
    tensor = v2.functional.pil_to_tensor(photo)
    for function in (functions.invert, functions.swap_red_blue):
        assert torch.equal(v2.functional.pil_to_tensor(function(photo)), function(tensor))
    assert torch.equal(functions.invert(tensor), 255 - tensor)
    assert torch.equal(functions.swap_red_blue(tensor)[0], tensor[2])
    assert functions.repeat_to_three(tensor[:1]).shape == (3, 5, 4)
    assert functions.repeat_to_three(photo.convert("L")).mode == "RGB"
    assert functions.to_minus_one_one(torch.tensor([[[0.0, 1.0]]])).tolist() == [[[-1.0, 1.0]]]


@pytest.mark.parametrize("name", ["invert", "swap_red_blue", "repeat_to_three", "to_minus_one_one"])
def test_functions_leave_boxes_and_masks_alone(name):
    boxes = tv_tensors.BoundingBoxes([[0, 0, 2, 2]], format="XYXY", canvas_size=(4, 4))
    mask = tv_tensors.Mask(torch.ones(4, 4, dtype=torch.uint8))
    function = getattr(functions, name)
    assert function(boxes) is boxes
    assert function(mask) is mask


def test_whitened_digits_are_uncorrelated():
    digits = torch.tensor(load_digits().data / 16, dtype=torch.float32)
    inked = digits.var(dim=0) > 0.01
    white = (digits - digits_mean()) @ digits_whitening_matrix()
    before, after = (torch.corrcoef(data[:, inked].T) - torch.eye(int(inked.sum())) for data in (digits, white))
    assert before.abs().max() > 0.7
    assert after.abs().max() < 0.1
    assert white.mean(dim=0).abs().max() < 1e-4
    assert white[:, inked].var(dim=0).min() > 0.8
