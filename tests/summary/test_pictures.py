"""Photos as models take them, higher than wide or wider than high, and what a unit sees of them."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.transforms import v2

from cnnlab import limits
from cnnlab.images import sample
from cnnlab.specs import SpecError
from cnnlab.summary.pictures import BOX, GRADIENT, fitted, painted, pictured, refuse_costly
from cnnlab.summary.receptive import Box, ReceptiveField
from cnnlab.summary.rows import Effort

PHOTO = sample("chelsea")
SHAPES = pytest.mark.parametrize("shape", [(3, 20, 50), (3, 64, 32), (1, 30, 17), (5, 8, 9)])
# What torchvision's weights say of ImageNet; gray is the mean of its three channels.
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@SHAPES
def test_a_photo_fits_the_height_and_the_width_of_the_model(shape):
    picture = fitted(PHOTO, shape)
    assert (picture.mode, picture.height, picture.width) == ("RGB", *shape[1:])
    assert picture.tobytes() == PHOTO.convert("RGB").resize((shape[2], shape[1])).tobytes()


@SHAPES
def test_a_pictured_photo_has_the_shape_of_the_input_and_torchvisions_values(shape):
    channels = shape[0]
    gray = v2.Grayscale(1 if channels == 1 else channels) if channels in (1, 3) else v2.Grayscale(1)
    steps = [v2.Resize(shape[1:], interpolation=v2.InterpolationMode.BICUBIC), *([gray] if channels != 3 else [])]
    steps += [v2.PILToTensor(), v2.ToDtype(torch.float32, scale=True)]
    steps += [v2.Normalize(MEAN, STD) if channels == 3 else v2.Normalize([sum(MEAN) / 3], [sum(STD) / 3])]
    tensor = pictured(PHOTO, shape)
    assert tensor.shape == shape
    assert tensor.dtype == torch.float32
    assert torch.allclose(tensor, v2.Compose(steps)(PHOTO.convert("RGB")).expand(shape), atol=2e-3)


@pytest.mark.parametrize("shape", [(784,), (3, 8, 32, 32)])
def test_a_photo_is_not_given_to_a_model_of_other_things(shape):
    with pytest.raises(SpecError) as refusal:
        fitted(PHOTO, shape)
    assert str(refusal.value) == (
        f"The model takes {' × '.join(map(str, shape))}, and not a picture: "
        "choose one that takes channels × height × width."
    )


def cost(activation_bytes=1, macs=0, parameter_bytes=0, seconds=0.0, largest_bytes=0):
    return SimpleNamespace(
        rows=[SimpleNamespace(activation_bytes=size) for size in (7, activation_bytes, 5)],
        macs=macs,
        effort=Effort(seconds, largest_bytes),
        parameter_bytes=parameter_bytes,
        buffer_bytes=1,
    )


def test_a_model_at_the_limit_is_run_and_one_past_it_is_refused():
    most = (
        limits.REAL_RESULT_BYTES,
        limits.REAL_MACS,
        limits.REAL_WEIGHT_BYTES - 1,
        limits.REAL_SECONDS,
        limits.REAL_BYTES,
    )
    refuse_costly(cost(*most))
    for place in range(len(most)):
        report = cost(*most[:place], most[place] + 1)
        with pytest.raises(SpecError):
            refuse_costly(report)


def test_the_refusal_says_what_running_it_would_take():
    with pytest.raises(SpecError) as refusal:
        refuse_costly(cost(3 << 30, 250 * 10**12))
    assert str(refusal.value) == (
        "Running this model for real takes 250000 billion multiply-accumulates and 3.0 GiB for one result, "
        "more than this page gives: choose a smaller input."
    )


@pytest.mark.parametrize(
    ("report", "message"),
    [
        (
            cost(parameter_bytes=3 << 30),
            "The weights of this model take 3.0 GiB; here 2.0 GiB are allowed: choose a smaller model.",
        ),
        (
            cost(seconds=83.4),
            "Running this model for real would take about 83 s; here 40 s are allowed: a smaller input, "
            "or smaller windows would do.",
        ),
        (
            cost(largest_bytes=824 << 30),
            "Running this model for real would take about 824.0 GiB at once; here 2.0 GiB are allowed: "
            "a smaller input would do.",
        ),
    ],
)
def test_the_refusal_says_what_is_allowed(report, message):
    with pytest.raises(SpecError) as refusal:
        refuse_costly(report)
    assert str(refusal.value) == message


def field(box=None, gradient_box=None, heat=None):
    return ReceptiveField("conv", (0, 0), (1, 1, 9, 9), box, None, (), gradient_box, heat)


def where(image, colour):
    """(top, left, bottom, right) of the pixels that have this colour."""
    rows, columns = np.nonzero((image == np.array(colour)).all(-1))
    return rows.min(), columns.min(), rows.max() + 1, columns.max() + 1


BLACK = Image.new("RGB", (40, 24))  # 40 wide, 24 high


def test_a_box_is_painted_around_the_rows_and_columns_that_are_seen():
    image = painted(BLACK, field(Box(top=2, left=5, bottom=9, right=31)), 90)
    assert image.shape == (48, 80, 3)  # twice as large is the largest whole factor
    assert where(image, BOX) == (4, 10, 18, 62)
    assert not image[8:14, 14:58].any()
    assert image[4:18, 10:62].any()


def test_both_boxes_are_painted_each_in_its_colour_and_the_gradients_on_top():
    image = painted(BLACK, field(Box(2, 5, 20, 31), Box(6, 10, 16, 20)), 40)
    assert where(image, BOX) == (2, 5, 20, 31)
    assert where(image, GRADIENT) == (6, 10, 16, 20)
    same = painted(BLACK, field(Box(2, 5, 20, 31), Box(2, 5, 20, 31)), 40)
    assert where(same, GRADIENT) == (2, 5, 20, 31)
    assert not (same == np.array(BOX)).all(-1).any()


def test_what_a_unit_sees_is_tinted_where_it_is_seen_and_the_rest_is_the_picture():
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (24, 40, 3), dtype=np.uint8))
    heat = np.zeros((24, 40))
    heat[3, 30], heat[20, 2] = 1, 0.25
    image = painted(picture, field(heat=heat), 40)
    seen = heat > 0
    assert np.array_equal(image[~seen], np.asarray(picture)[~seen])
    assert tuple(image[3, 30]) == GRADIENT
    # The root of a quarter is a half: half of the colour, the picture darker behind it.
    half = np.asarray(picture)[20, 2] * (0.45 + 0.55 / 2) / 2 + np.array(GRADIENT) / 2
    assert tuple(image[20, 2]) == tuple(half.astype(np.uint8))


def test_a_picture_without_any_field_is_the_picture_and_none_is_made_smaller():
    picture = PHOTO.resize((40, 24))
    assert np.array_equal(painted(picture, field(), 40), np.asarray(picture))
    assert np.array_equal(painted(picture, field(), 10), np.asarray(picture))
    nothing = painted(picture, field(heat=np.zeros((24, 40))), 40)
    assert np.array_equal(nothing, np.asarray(picture))
