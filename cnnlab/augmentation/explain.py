"""Why a step cannot work on what the step before left it, in one sentence, and what would help."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import PIL.Image
import torch
from torchvision.transforms import v2

from cnnlab.specs import Call, SpecError

from .catalogue import AUGMENTATIONS, Need
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
    for need, reason in REASONS:
        grounds = reason(call, sample) if need is None or need in call.spec.needs else None
        if grounds:
            return Failure(call.id, *grounds)
    lines = str(error).strip().splitlines() or [type(error).__name__]
    refusal = SpecError(
        "{step} cannot work on what reaches it ({contract}). torchvision says: {reason}",
        step=call.name,
        contract=contract(picture(sample)),
        reason=lines[0][:300],
    )
    return Failure(call.id, refusal)


# The sentence and the remedy, or None where the reason is another one.
Grounds = tuple[SpecError, tuple[Call, ...]] | None
Reason = Callable[[Call, Any], Grounds]


def _not_a_batch(call: Call, sample: Any) -> Grounds:
    if is_batch(sample):
        return None
    return SpecError(
        "{step} mixes the pictures of a batch, and this is a single picture: give it a batch.", step=call.name
    ), ()


def _wants_tensor(call: Call, sample: Any) -> Grounds:
    if not isinstance(_first(sample), PIL.Image.Image):
        return None
    return SpecError(
        "{step} works on tensors, and a PIL picture reaches it: put ToImage and "
        "ToDtype(float32, scale=True) before it.",
        step=call.name,
    ), TO_FLOAT


def _wants_float(call: Call, sample: Any) -> Grounds:
    image = _first(sample)
    if not isinstance(image, torch.Tensor) or image.is_floating_point():
        return None
    return SpecError(
        "{step} works on floats, and {dtype} reaches it: put ToDtype(float32, scale=True) before it.",
        step=call.name,
        dtype=contract(image).dtype,
    ), TO_FLOAT[1:]


def _wants_bytes(call: Call, sample: Any) -> Grounds:
    image = _first(sample)
    if not isinstance(image, torch.Tensor) or image.dtype == torch.uint8:
        return None
    return SpecError(
        "{step} works on uint8 or PIL pictures, and {dtype} reaches it: move it before the step that makes floats.",
        step=call.name,
        dtype=contract(image).dtype,
    ), TO_BYTES


def _wants_fewer_channels(call: Call, sample: Any) -> Grounds:
    image = _first(sample)
    if not isinstance(image, torch.Tensor):
        return None
    channels, statistics = image.shape[-3], max(len(call["mean"]), len(call["std"]))
    if statistics in (1, channels):
        return None
    return SpecError(
        "Normalize has statistics for {given} channels, and the picture has {channels}: give one per channel.",
        given=statistics,
        channels=channels,
    ), ()


def _crop_too_large(call: Call, sample: Any) -> Grounds:
    size = call["size"]
    tall, wide = (
        size if isinstance(size, tuple) and len(size) == 2 else (size[0] if isinstance(size, tuple) else size,) * 2
    )
    height, width = v2.functional.get_size(_first(sample))
    if height >= tall and width >= wide:
        return None
    refusal = SpecError(
        "{step} wants {tall} × {wide} pixels, and the picture has only {height} × {width}: make size smaller, "
        "or resize the picture first.",
        step=call.name,
        tall=tall,
        wide=wide,
        height=height,
        width=width,
    )
    return refusal, (AUGMENTATIONS["Resize"](size=max(tall, wide)),)


def _wants_beside(entry: str) -> Reason:
    def reason(call: Call, sample: Any) -> Grounds:
        if isinstance(sample, dict) and entry in sample:
            return None
        return SpecError(
            "{step} needs boxes or key points beside the picture: choose the drawn scene, which has them.",
            step=call.name,
        ), ()

    return reason


def _no_targets(call: Call, sample: Any) -> Grounds:
    if not isinstance(sample, dict):
        return None
    return SpecError(
        "{step} does not know how to move boxes, masks and key points along: choose a photo, "
        'or switch "Boxes, mask, key points" off.',
        step=call.name,
    ), ()


def _wants_one_picture(call: Call, sample: Any) -> Grounds:
    if not isinstance(picture(sample), (list, tuple)):
        return None
    return SpecError(
        "{step} works on one picture, and {count} crops reach it: put it before the step that makes them.",
        step=call.name,
        count=len(picture(sample)),
    ), ()


def _wants_digit(call: Call, sample: Any) -> Grounds:
    if contract(_first(sample)).shape == (1, 8, 8):
        return None
    return SpecError(
        "LinearTransformation multiplies by a 64 × 64 matrix, so it needs 1 × 8 × 8 values, and {contract} "
        "reaches it: choose a digit, or make the picture gray and 8 × 8.",
        contract=contract(_first(sample)),
    ), TO_GRAY_DIGIT


def _blur_too_wide(knob: str) -> Reason:
    def reason(call: Call, sample: Any) -> Grounds:
        height, width = v2.functional.get_size(_first(sample))
        return SpecError(
            "{step} blurs wider than the picture of {height} × {width} pixels: use a smaller {knob}.",
            step=call.name,
            height=height,
            width=width,
            knob=knob,
        ), ()

    return reason


def _too_few_classes(call: Call, sample: Any) -> Grounds:
    if not is_batch(sample) or sample[1].ndim != 1:
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


def _one_fill(call: Call, sample: Any) -> Grounds:
    if not isinstance(sample, dict) or "mask" not in sample or not isinstance(call.values.get("fill"), tuple):
        return None
    return SpecError(
        "fill={fill} is a colour, and {step} fills the mask with it too, which has one channel: give one number.",
        fill=call["fill"],
        step=call.name,
    ), ()


# In the order in which they are looked at; what has no need may happen to every step.
REASONS: tuple[tuple[Need | None, Reason], ...] = (
    (Need.BATCH, _not_a_batch),
    (Need.BOXES, _wants_beside("boxes")),
    (Need.KEYPOINTS, _wants_beside("keypoints")),
    (Need.ALONE, _no_targets),
    (Need.TENSOR, _wants_tensor),
    (Need.DIGIT, _wants_digit),
    (Need.FLOATS, _wants_float),
    (Need.BYTES, _wants_bytes),
    (Need.CHANNELS, _wants_fewer_channels),
    (Need.SIZE, _crop_too_large),
    (None, _wants_one_picture),
    (Need.KERNEL, _blur_too_wide("kernel_size")),
    (Need.SIGMA, _blur_too_wide("sigma")),
    (None, _one_fill),
    (Need.BATCH, _too_few_classes),
)


def _first(sample: Any) -> Any:
    image = picture(sample)
    return image[0] if isinstance(image, (list, tuple)) else image
