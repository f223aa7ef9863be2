"""A photo as a model takes it, and what a unit of it sees, painted on the photo."""

from dataclasses import dataclass
from math import ceil

import numpy as np
import torch
from PIL import Image, ImageDraw
from torchvision.models import get_weight
from torchvision.transforms import InterpolationMode, v2
from torchvision.transforms._presets import ImageClassification, SemanticSegmentation

from cnnlab import limits
from cnnlab.images import montage, picture, sample
from cnnlab.quantities import GIB
from cnnlab.specs import SpecError
from cnnlab.training import lending

from .answers import Framed
from .effort import refuse
from .learnt import Element
from .maps import feature_maps
from .receptive import ReceptiveField
from .report import Report
from .rows import shape_text
from .subject import Subject
from .view import View

IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
IMAGENET_GRAY = (0.449, 0.226)
BOX, GRADIENT = (0, 114, 178), (230, 159, 0)  # what is seen is blue; by gradient, through the weights, orange


@dataclass(frozen=True, eq=False)
class Given:
    """A picture as a model takes it, float32 `x` (C, H, W), as it is shown, RGB, and how it came to fit."""

    x: torch.Tensor
    shown: Image.Image
    how: Framed


@dataclass(frozen=True)
class Framing:
    """How photos are made to fit a model: as torchvision does for the weights called `like`, else plainly.

    `resize` is the shorter side before the middle is cut out, None for the smallest that covers the model's input.
    """

    like: str = ""
    resize: int | None = None
    interpolation: InterpolationMode = InterpolationMode.BILINEAR
    mean: tuple[float, ...] = IMAGENET[0]
    std: tuple[float, ...] = IMAGENET[1]


PLAIN = Framing()


def framing(view: View, shape: tuple[int, ...]) -> Framing:
    """By the weights that were chosen, else by the first of the model's whose pictures have this size."""
    names = view.model.spec.weights if view.listed else ()
    for name in (view.weights,) if view.weights in names else names:
        said = get_weight(name).transforms()
        if isinstance(said, ImageClassification) and shape == (3, *said.crop_size * 2):
            return Framing(name, said.resize_size[0], said.interpolation, tuple(said.mean), tuple(said.std))
        if view.weights and isinstance(said, ImageClassification | SemanticSegmentation):
            return Framing(mean=tuple(said.mean), std=tuple(said.std))
    return PLAIN


def shorter_side(photo: Image.Image, shape: tuple[int, ...], how: Framing = PLAIN) -> int:
    """Pixels of the photo's shorter side once it is resized, so that a model's (C, H, W) can be cut out of it."""
    if len(shape) != 3:
        raise SpecError(
            "The model takes {shape}, and not a picture: choose one that takes channels × height × width.",
            shape=shape_text(shape),
        )
    _channels, height, width = shape
    short = min(photo.size)
    return how.resize or max(ceil(height * short / photo.height), ceil(width * short / photo.width))


def fitted(photo: Image.Image, shape: tuple[int, ...], how: Framing = PLAIN) -> Image.Image:
    """The photo in the size (C, H, W) that a model takes, RGB: resized as it is, and its middle cut out."""
    side, crop = shorter_side(photo, shape, how), list(shape[1:])
    photo, size, scale = photo.convert("RGB"), [side], side / min(photo.size)
    if photo.width * photo.height * scale**2 > limits.STEP_PIXELS:  # most of it would be cut off again
        sides = zip(crop, (photo.height, photo.width), strict=True)
        photo = v2.functional.center_crop(photo, [min(ceil(wanted / scale) + 2, whole) for wanted, whole in sides])
        size = [round(photo.height * scale), round(photo.width * scale)]
    return v2.functional.center_crop(v2.functional.resize(photo, size, how.interpolation), crop)


def pictured(photo: Image.Image, shape: tuple[int, ...], how: Framing = PLAIN) -> torch.Tensor:
    """A photo as the model takes it: float32 (C, H, W), normalised as ImageNet's are, gray unless C is 3."""
    picture = fitted(photo, shape, how).convert("RGB" if shape[0] == 3 else "L")
    tensor = v2.functional.pil_to_tensor(picture) / 255  # as the weights' own transforms: v2's multiply, a bit apart
    if shape[0] == 3:
        return v2.functional.normalize(tensor, how.mean, how.std)
    mean, std = IMAGENET_GRAY
    return (tensor.expand(shape[0], -1, -1) - mean) / std


def given(about: Subject) -> Given:
    """The picture of a view as its model takes it; with the weights of a run, as that run has it."""
    view, shape = about.view, about.shapes[0]
    if view.learnt is None:
        return framed(picture_of(view.image), shape, framing(view, shape))
    one, run = Element.read(view.image), view.learnt.run
    own = one is not None and one.run == run
    return of_run(lending.element(one) if own else lending.photo(picture_of(view.image), run), shape)


def picture_of(image: str) -> Image.Image:
    """A sample, an upload, or a picture of a run's data, by its name: "RGB" or "L"."""
    one = Element.read(image)
    return as_shown(lending.element(one).pixels) if one else picture(image)


def framed(photo: Image.Image, shape: tuple[int, ...], how: Framing = PLAIN) -> Given:
    """The photo made to fit, and in numbers what was done to it."""
    told = Framed(shorter_side(photo, shape, how), shape[1:], how.like, shape[0] != 3)
    return Given(pictured(photo, shape, how), fitted(photo, shape, how), told)


def of_run(picture: lending.Given, shape: tuple[int, ...]) -> Given:
    """SpecError where the run gives its network pictures of another shape."""
    if tuple(picture.x.shape) != shape:
        raise SpecError(
            "The run that these weights are of gives its network {own}, and this model is given {shape}: "
            "give it the same.",
            own=shape_text(tuple(picture.x.shape)),
            shape=shape_text(shape),
        )
    told = Framed(min(shape[1:]), shape[1:], "", shape[0] != 3, of_run=True)
    return Given(picture.x, as_shown(picture.pixels).convert("RGB"), told)


def as_shown(pixels: torch.Tensor) -> Image.Image:
    """Bytes (C, H, W) as a picture."""
    return v2.functional.to_pil_image(pixels if len(pixels) in (1, 3) else pixels[:1])


def refuse_costly(report: Report) -> None:
    """A model that would take the machine from other visitors is not run for real, nor given real weights."""
    largest = max(row.activation_bytes for row in report.rows)
    if largest > limits.REAL_RESULT_BYTES or report.macs > limits.REAL_MACS:
        raise SpecError(
            "Running this model for real takes {macs:.0f} billion multiply-accumulates and {size:.1f} GiB for one result, "
            "more than this page gives: choose a smaller input.",
            macs=report.macs / 1e9,
            size=largest / GIB,
        )
    refuse(report.effort)
    weights = report.parameter_bytes + report.buffer_bytes
    if weights > limits.REAL_WEIGHT_BYTES:
        raise SpecError(
            "The weights of this model take {size:.1f} GiB; here {limit:.1f} GiB are allowed: choose a smaller model.",
            size=weights / GIB,
            limit=limits.REAL_WEIGHT_BYTES / GIB,
        )


def painted(picture: Image.Image, field: ReceptiveField, side: int) -> np.ndarray:
    """The picture with what the unit sees, about `side` pixels long: its box in blue, by gradient in orange."""
    if field.heat is not None:
        heat = np.sqrt(field.heat / max(float(field.heat.max()), 1e-12))[..., None]
        tinted = np.asarray(picture) * (0.45 + 0.55 * (1 - heat)) * (1 - heat) + np.array(GRADIENT) * heat
        picture = Image.fromarray(tinted.clip(0, 255).astype(np.uint8))
    factor = max(1, side // max(picture.size))
    picture = picture.resize((picture.width * factor, picture.height * factor), Image.Resampling.NEAREST)
    draw = ImageDraw.Draw(picture)
    for box, colour in ((field.box, BOX), (field.gradient_box, GRADIENT)):
        if box:
            left, top, right, bottom = (edge * factor for edge in (box.left, box.top, box.right, box.bottom))
            draw.rectangle((left, top, right - 1, bottom - 1), outline=colour, width=3)
    return np.asarray(picture)


def thumbnail() -> np.ndarray:
    """Feature maps of the first view's model: uint8 (H, W)."""
    maps = feature_maps(Subject(View()).real(), "layer1", pictured(sample("chelsea"), (3, 224, 224)))
    return montage(maps.pixels(32), columns=8, gap=1, ground=0)
