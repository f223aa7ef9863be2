"""Photos as models take them, higher than wide or wider than high, and what a unit sees of them."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.models import get_weight
from torchvision.transforms import v2

from cnnlab import limits
from cnnlab.images import sample
from cnnlab.models import MODELS
from cnnlab.specs import SpecError
from cnnlab.summary.pictures import BOX, GRADIENT, PLAIN, Framing, fitted, framing, painted, pictured, refuse_costly
from cnnlab.summary.receptive import Box, ReceptiveField
from cnnlab.summary.rows import Effort
from cnnlab.summary.subject import Subject
from cnnlab.summary.view import View

PHOTO = sample("chelsea")
SHAPES = pytest.mark.parametrize("shape", [(3, 20, 50), (3, 64, 32), (1, 30, 17), (5, 8, 9)])
# What torchvision's weights say of ImageNet; gray is the mean of its three channels.
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


PHOTOS = {"wide": PHOTO, "tall": PHOTO.rotate(90, expand=True), "small and gray": sample("digit_3")}


def steps(photo, shape):
    """The shorter side to the smallest that covers the shape, the sides in their proportion, and the middle of it."""
    height, width = shape[1:]
    sides = range(1, 9999)
    side = next(
        s for s in sides if s * photo.height >= height * min(photo.size) and s * photo.width >= width * min(photo.size)
    )
    return [v2.Resize(side), v2.CenterCrop((height, width))]


@SHAPES
@pytest.mark.parametrize("photo", PHOTOS.values(), ids=PHOTOS)
def test_a_photo_is_resized_in_its_proportions_and_its_middle_is_cut_out(shape, photo):
    picture = fitted(photo, shape)
    assert (picture.mode, picture.height, picture.width) == ("RGB", *shape[1:])
    assert picture.tobytes() == v2.Compose(steps(photo, shape))(photo.convert("RGB")).tobytes()


@SHAPES
def test_a_pictured_photo_has_the_shape_of_the_input_and_torchvisions_values(shape):
    channels = shape[0]
    gray = [] if channels == 3 else [v2.Grayscale(1)]
    after = [v2.PILToTensor(), v2.ToDtype(torch.float32, scale=True)]
    after += [v2.Normalize(MEAN, STD) if channels == 3 else v2.Normalize([sum(MEAN) / 3], [sum(STD) / 3])]
    tensor = pictured(PHOTO, shape)
    assert tensor.shape == shape
    assert tensor.dtype == torch.float32
    expected = v2.Compose([*steps(PHOTO, shape), *gray, *after])(PHOTO.convert("RGB")).expand(shape)
    assert torch.allclose(tensor, expected, atol=1e-6 if channels == 3 else 2e-3)


@pytest.mark.parametrize("photo", PHOTOS.values(), ids=PHOTOS)
@pytest.mark.parametrize(
    "name",
    ["VGG16_Weights.IMAGENET1K_FEATURES", "ResNet50_Weights.IMAGENET1K_V2", "Inception_V3_Weights.IMAGENET1K_V1",
     "Swin_T_Weights.IMAGENET1K_V1", "ViT_H_14_Weights.IMAGENET1K_SWAG_E2E_V1"],
)  # fmt: skip
def test_with_weights_a_photo_is_what_torchvision_makes_of_it_to_the_last_bit(name, photo):
    model = name.partition("_Weights")[0].lower()
    view = View(model=MODELS[model](), weights=name)
    (shape,) = Subject(view).shapes
    shape = (3, *get_weight(name).transforms().crop_size * 2)
    how = framing(view, shape)
    assert how.like == name
    assert torch.equal(pictured(photo, shape, how), get_weight(name).transforms()(photo.convert("RGB")))


def test_a_model_that_has_weights_is_given_photos_as_for_the_first_of_them():
    plain, chosen = (
        View(model=MODELS["resnet50"]()),
        View(model=MODELS["resnet50"](), weights="ResNet50_Weights.IMAGENET1K_V2"),
    )
    assert (framing(plain, (3, 224, 224)).like, framing(plain, (3, 224, 224)).resize) == (
        "ResNet50_Weights.IMAGENET1K_V1",
        256,
    )
    assert framing(chosen, (3, 224, 224)).resize == 232
    for view in (plain, chosen):
        assert framing(view, (3, 96, 96)) == PLAIN  # no size that they name
    for view in (View(model=MODELS["LeNet"]()), View(source="nn.Conv2d(3, 4, 3)")):
        assert framing(view, (3, 224, 224)) == PLAIN
    other = View(model=MODELS["vgg16"](), weights="VGG16_Weights.IMAGENET1K_FEATURES")
    assert framing(other, (3, 96, 96)) == Framing(mean=(0.48235, 0.45882, 0.40784), std=(1 / 255,) * 3)


NARROW = [((1024, 21), (3, 2048, 2048)), ((21, 1024), (1, 2048, 16)), ((1024, 21), (3, 2000, 1))]


@pytest.mark.parametrize(("size", "shape"), NARROW)
def test_a_narrow_photo_is_not_resized_as_a_whole(size, shape, monkeypatch):
    photo, (_channels, height, width) = PHOTO.resize(size), shape
    resize, made = v2.functional.resize, []
    monkeypatch.setattr(v2.functional, "resize", lambda *given: made.append(resize(*given)) or made[-1])
    picture = fitted(photo, shape)
    assert picture.size == (width, height)
    assert made[0].width * made[0].height <= 2 * limits.STEP_PIXELS
    scale = max(height / photo.height, width / photo.width)  # and it is the middle, at the same scale
    x, y, wide, tall = photo.width / 2, photo.height / 2, width / scale / 2, height / scale / 2
    part = photo.convert("RGB").resize((width, height), box=(x - wide, y - tall, x + wide, y + tall))
    assert np.abs(np.asarray(picture, float) - np.asarray(part, float)).mean() < 12


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
