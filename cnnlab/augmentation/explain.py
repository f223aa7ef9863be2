"""Why a step cannot work on what the step before left it, in one sentence, and what would help."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import PIL.Image
import torch
from torchvision.transforms import v2

from cnnlab import limits
from cnnlab.specs import Call, SpecError

from .catalogue import AUGMENTATIONS, is_mixing
from .runner import contract, is_batch, picture


@dataclass(frozen=True)
class Failure:
    """The step that failed, why, and the steps that would help if they stood before it."""

    step: str
    error: SpecError
    remedy: tuple[Call, ...] = ()


TO_FLOAT = (AUGMENTATIONS["ToImage"](), AUGMENTATIONS["ToDtype"](dtype="float32", scale=True))
TO_BYTES = (AUGMENTATIONS["ToDtype"](dtype="uint8", scale=True),)
TO_GRAY_DIGIT = (AUGMENTATIONS["Grayscale"](), AUGMENTATIONS["Resize"](size=(8, 8)), *TO_FLOAT)


def explain(call: Call, sample: Any, error: Exception) -> Failure:
    """The failure of a step that raised `error` on `sample`."""
    if isinstance(error, SpecError):
        return Failure(call.id, error)
    for reason in REASONS:
        found = reason(call, sample)
        if found:
            told, remedy = found
            return Failure(call.id, told, remedy)
    lines = str(error).strip().splitlines() or [type(error).__name__]
    told = SpecError(
        "{step} cannot work on what reaches it ({contract}). torchvision says: {reason}",
        step=call.name,
        contract=contract(picture(sample)),
        reason=lines[0][:300],
    )
    return Failure(call.id, told)


Found = tuple[SpecError, tuple[Call, ...]] | None


def _not_a_batch(call: Call, sample: Any) -> Found:
    if not is_mixing(call) or is_batch(sample):
        return None
    return SpecError(
        "{step} mixes the pictures of a batch, and this is a single picture: give it a batch.", step=call.name
    ), ()


def _wants_tensor(call: Call, sample: Any) -> Found:
    wanting = ("Normalize", "GaussianNoise", "LinearTransformation", "MixUp", "CutMix")
    if call.name not in wanting or not isinstance(_first(sample), PIL.Image.Image):
        return None
    return SpecError(
        "{step} works on tensors, and a PIL picture reaches it: put ToImage and "
        "ToDtype(float32, scale=True) before it.",
        step=call.name,
    ), TO_FLOAT


def _wants_float(call: Call, sample: Any) -> Found:
    image = _first(sample)
    wanting = ("Normalize", "MixUp", "LinearTransformation")
    if call.name not in wanting or not isinstance(image, torch.Tensor) or image.is_floating_point():
        return None
    return SpecError(
        "{step} works on floats, and {dtype} reaches it: put ToDtype(float32, scale=True) before it.",
        step=call.name,
        dtype=contract(image).dtype,
    ), TO_FLOAT[1:]


def _wants_bytes(call: Call, sample: Any) -> Found:
    image = _first(sample)
    wanting = ("JPEG", "RandAugment", "AutoAugment", "TrivialAugmentWide", "RandomEqualize", "RandomPosterize")
    if call.name not in wanting or not isinstance(image, torch.Tensor) or image.dtype == torch.uint8:
        return None
    return SpecError(
        "{step} works on uint8 or PIL pictures, and {dtype} reaches it: move it before the step that makes floats.",
        step=call.name,
        dtype=contract(image).dtype,
    ), TO_BYTES


def _wants_fewer_channels(call: Call, sample: Any) -> Found:
    image = _first(sample)
    if call.name != "Normalize" or not isinstance(image, torch.Tensor):
        return None
    channels, given = image.shape[-3], max(len(call["mean"]), len(call["std"]))
    if given in (1, channels):
        return None
    return SpecError(
        "Normalize has statistics for {given} channels, and the picture has {channels}: give one per channel.",
        given=given,
        channels=channels,
    ), ()


def _crop_too_large(call: Call, sample: Any) -> Found:
    if call.name not in ("RandomCrop", "FiveCrop", "TenCrop"):
        return None
    size = call["size"]
    tall, wide = (
        size if isinstance(size, tuple) and len(size) == 2 else (size[0] if isinstance(size, tuple) else size,) * 2
    )
    height, width = v2.functional.get_size(_first(sample))
    if height >= tall and width >= wide:
        return None
    told = SpecError(
        "{step} wants {tall} × {wide} pixels, and the picture has only {height} × {width}: make size smaller, "
        "or resize the picture first.",
        step=call.name,
        tall=tall,
        wide=wide,
        height=height,
        width=width,
    )
    return told, (AUGMENTATIONS["Resize"](size=max(tall, wide)),)


def _wants_boxes(call: Call, sample: Any) -> Found:
    wanted = {"RandomIoUCrop": "boxes", "SanitizeBoundingBoxes": "boxes", "SanitizeKeyPoints": "keypoints"}.get(
        call.name
    )
    if not wanted or (isinstance(sample, dict) and wanted in sample):
        return None
    return SpecError(
        "{step} needs boxes or key points beside the picture: choose the drawn scene, which has them.", step=call.name
    ), ()


def _no_targets(call: Call, sample: Any) -> Found:
    wanting = ("AutoAugment", "RandAugment", "TrivialAugmentWide", "AugMix", "FiveCrop", "TenCrop")
    if call.name not in wanting or not isinstance(sample, dict):
        return None
    return SpecError(
        "{step} does not know how to move boxes, masks and key points along: choose a photo, "
        'or switch "Boxes, mask, key points" off.',
        step=call.name,
    ), ()


def _wants_one_picture(call: Call, sample: Any) -> Found:
    if not isinstance(picture(sample), (list, tuple)):
        return None
    return SpecError(
        "{step} works on one picture, and {count} crops reach it: put it before the step that makes them.",
        step=call.name,
        count=len(picture(sample)),
    ), ()


def _wants_digit(call: Call, sample: Any) -> Found:
    if call.name != "LinearTransformation" or contract(_first(sample)).shape == (1, 8, 8):
        return None
    return SpecError(
        "LinearTransformation multiplies by a 64 × 64 matrix, so it needs 1 × 8 × 8 values, and {contract} "
        "reaches it: choose a digit, or make the picture gray and 8 × 8.",
        contract=contract(_first(sample)),
    ), TO_GRAY_DIGIT


def _blur_too_wide(call: Call, sample: Any) -> Found:
    if call.name not in ("GaussianBlur", "ElasticTransform"):
        return None
    height, width = v2.functional.get_size(_first(sample))
    return SpecError(
        "{step} blurs wider than the picture of {height} × {width} pixels: use a smaller {knob}.",
        step=call.name,
        height=height,
        width=width,
        knob="kernel_size" if call.name == "GaussianBlur" else "sigma",
    ), ()


def _too_few_classes(call: Call, sample: Any) -> Found:
    if not is_mixing(call) or not is_batch(sample) or sample[1].ndim != 1:
        return None
    classes, count = call["num_classes"], len(sample[1])
    if classes is not None and classes >= count:
        return None
    return SpecError(
        "{step} has num_classes={classes}, and the batch has {count} labels: use {count} or more.",
        step=call.name,
        classes=classes,
        count=count,
    ), ()


def _one_fill(call: Call, sample: Any) -> Found:
    if not isinstance(sample, dict) or "mask" not in sample or not isinstance(call.values.get("fill"), tuple):
        return None
    return SpecError(
        "fill={fill} is a colour, and {step} fills the mask with it too, which has one channel: give one number.",
        fill=call["fill"],
        step=call.name,
    ), ()


REASONS: tuple[Callable[[Call, Any], Found], ...] = (
    _not_a_batch,
    _wants_boxes,
    _no_targets,
    _wants_tensor,
    _wants_digit,
    _wants_float,
    _wants_bytes,
    _wants_fewer_channels,
    _crop_too_large,
    _wants_one_picture,
    _blur_too_wide,
    _one_fill,
    _too_few_classes,
)


def foresee(call: Call, sample: Any) -> None:
    """Refuse a step whose result would not fit into memory, before it runs."""
    grow = GROWTH.get(call.name)
    if not grow:
        return
    image = picture(sample)
    first = image[0] if isinstance(image, (list, tuple)) else image
    height, width = v2.functional.get_size(first)
    pixels = grow(call.values, height, width) * (len(image) if isinstance(image, (list, tuple)) else 1)
    if pixels > limits.STEP_PIXELS:
        raise SpecError(
            "{step} would make a picture of up to {pixels:.0f} million pixels: this page stops at {limit:.0f}. "
            "Use smaller values, or resize the picture first.",
            step=call.name,
            pixels=pixels / 1e6,
            limit=limits.STEP_PIXELS / 1e6,
        )


def _largest(value: Any) -> float:
    return max(value) if isinstance(value, tuple) else value or 0


def _short_side(side: float, height: int, width: int) -> float:
    """The pixels of a picture whose short side becomes `side`."""
    return side * side * max(height, width) / max(min(height, width), 1)


def _padded(values: Mapping[str, Any], height: int, width: int) -> float:
    return (height + 2 * _largest(values["padding"])) * (width + 2 * _largest(values["padding"]))


# The largest number of pixels a step may make of a (height, width) picture.
GROWTH: Mapping[str, Callable[[Mapping[str, Any], int, int], float]] = {
    "Pad": _padded,
    "RandomCrop": _padded,
    "RandomZoomOut": lambda v, height, width: height * width * v["side_range"][1] ** 2,
    "RandomRotation": lambda v, height, width: (height + width) ** 2 if v["expand"] else 0,
    "RandomResize": lambda v, height, width: _short_side(v["max_size"], height, width),
    "RandomShortestSize": lambda v, height, width: _short_side(_largest(v["min_size"]), height, width),
    "ScaleJitter": lambda v, height, width: v["target_size"][0] * v["target_size"][1] * v["scale_range"][1] ** 2,
    "Resize": lambda v, height, width: _resized(v, height, width),
}


def _resized(values: Mapping[str, Any], height: int, width: int) -> float:
    side = values["size"]
    if values["max_size"]:
        return values["max_size"] ** 2
    if isinstance(side, tuple) and len(side) == 2:
        return side[0] * side[1]
    return _short_side(_largest(side), height, width)


def _first(sample: Any) -> Any:
    image = picture(sample)
    return image[0] if isinstance(image, (list, tuple)) else image


__all__ = ["Failure", "explain", "foresee"]
