"""Stages as pixels: what a picture, its boxes, a handful of crops or a batch look like on the screen."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageDraw
from torchvision import tv_tensors
from torchvision.transforms import v2

from cnnlab.colours import BLUE, GREEN, ORANGE, PINK, SKY, VERMILION, YELLOW
from cnnlab.images import montage, sample, to_pixels

from .catalogue import AUGMENTATIONS, Normalisation
from .runner import Stage
from .view import preset

# Okabe and Ito's colours, told apart by colour-blind eyes.
LABEL_COLOURS = (ORANGE, SKY, GREEN, YELLOW, PINK, VERMILION, BLUE)


Undo = tuple[tuple, tuple]


def normalisation(stages: Iterable[Stage], calls: dict[str, Any], undo: Undo | None = None) -> Undo | None:
    """The (mean, std) that the last Normalize among the stages subtracted and divided by, None without one.

    `undo` is what the stages before these left to be taken back.
    """
    for stage in stages:
        undo = normalisation(stage.inner, calls, undo)
        step = AUGMENTATIONS.get(stage.name)
        match step and step.normalisation:
            case Normalisation.BEGINS:
                undo = calls[stage.id]["mean"], calls[stage.id]["std"]
            case Normalisation.ENDS:
                undo = None
    return undo


def pixels(stage: Stage, undo: Undo | None = None) -> np.ndarray:
    """The stage's picture as uint8 (H, W, 3): crops and batches as a montage, boxes and the like drawn in.

    `undo` is the (mean, std) to take back before floats are read as 0–1.
    """
    image = stage.image
    if isinstance(image, (list, tuple)):
        return montage([_one(item, undo) for item in image])
    if isinstance(image, torch.Tensor) and image.ndim == 4:
        return montage([_one(item, undo) for item in image])
    shown = _one(image, undo)
    return _with_targets(shown, stage.sample) if isinstance(stage.sample, dict) else shown


def _one(image: Any, undo: Undo | None) -> np.ndarray:
    return to_pixels(image, *(fitting(image, undo) or (None, None)))


def fitting(image: Any, undo: Undo | None) -> Undo | None:
    """`undo`, or None where the channels have been mixed since, and cannot be taken apart again."""
    channels = image.shape[-3] if isinstance(image, torch.Tensor) and image.ndim > 2 else 1
    return undo if undo and not {len(undo[0]), len(undo[1])} - {1, channels} else None


def _with_targets(shown: np.ndarray, sample: dict[str, Any]) -> np.ndarray:
    """The picture with its mask tinted, boxes outlined and key points dotted."""
    sheet = Image.fromarray(_tinted(shown, sample["mask"]) if "mask" in sample else shown)
    draw = ImageDraw.Draw(sheet)
    width = max(1, round(max(sheet.size) / 160))
    if isinstance(sample.get("boxes"), tv_tensors.BoundingBoxes) and len(sample["boxes"]):
        corners = v2.functional.convert_bounding_box_format(sample["boxes"], new_format="XYXY").tolist()
        labels = sample["labels"].tolist() if "labels" in sample else range(len(corners))
        for (left, top, right, bottom), label in zip(corners, labels, strict=False):
            box = (left, top, max(left, right - 1), max(top, bottom - 1))
            draw.rectangle(box, outline=LABEL_COLOURS[label % len(LABEL_COLOURS)], width=width)
    for x, y in sample["keypoints"].tolist() if "keypoints" in sample else ():
        draw.ellipse((x - 2 * width, y - 2 * width, x + 2 * width, y + 2 * width), fill="#FFFFFF", outline="#000000")
    return np.asarray(sheet)


def _tinted(shown: np.ndarray, mask: torch.Tensor) -> np.ndarray:
    tinted = shown.copy()
    flat = mask.reshape(shown.shape[:2]).numpy()
    for value in np.unique(flat[flat > 0]):
        colour = Image.new("RGB", (1, 1), LABEL_COLOURS[(int(value) - 1) % len(LABEL_COLOURS)]).getpixel((0, 0))
        where = flat == value
        tinted[where] = (0.65 * tinted[where] + 0.35 * np.array(colour)).astype(np.uint8)
    return tinted


def thumbnail() -> np.ndarray:
    """Eight samples of the first preset: uint8 (H, W, 3)."""
    photo = sample("chelsea")
    return montage([pixels(preset("first").stages(photo, sample=number)[-1]) for number in range(8)], columns=4)
