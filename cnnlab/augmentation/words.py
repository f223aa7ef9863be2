"""What was drawn, in words."""

import re
from collections.abc import Callable, Mapping
from string import Formatter
from typing import Any

from cnnlab.specs import N_, Message

from .runner import Stage

# The parts of the sentence for each step; a part is said where all it names was drawn.
DRAWN: Mapping[str, tuple[str, ...]] = {
    "RandomCrop": (N_("cut from row {top}, column {left}"),),
    "RandomResizedCrop": (N_("cut {height} × {width} from row {top}, column {left}"),),
    "RandomIoUCrop": (N_("cut {height} × {width} from row {top}, column {left}"),),
    "RandomRotation": (N_("rotated {angle:.1f}°"),),
    "RandomResize": (N_("resized to {size}"),),
    "RandomShortestSize": (N_("resized to {size}"),),
    "ScaleJitter": (N_("resized to {size}"),),
    "RandomZoomOut": (N_("borders left, top, right, bottom: {padding}"),),
    "RandomAffine": (
        N_("rotated {angle:.1f}°"),
        N_("shifted {translate[0]} right, {translate[1]} down"),
        N_("scaled ×{scale:.2f}"),
        N_("slanted {shear[0]:.1f}°, {shear[1]:.1f}°"),
    ),
    "ColorJitter": (
        N_("brightness ×{brightness_factor:.2f}"),
        N_("contrast ×{contrast_factor:.2f}"),
        N_("saturation ×{saturation_factor:.2f}"),
        N_("hue {hue_factor:+.3f}"),
    ),
    "RandomPhotometricDistort": (
        N_("brightness ×{brightness_factor:.2f}"),
        N_("contrast ×{contrast_factor:.2f}"),
        N_("saturation ×{saturation_factor:.2f}"),
        N_("hue {hue_factor:+.3f}"),
        N_("channels {channel_permutation}"),
    ),
    "RandomChannelPermutation": (N_("channels {permutation}"),),
    "GaussianBlur": (N_("blurred, sigma {sigma[0]:.2f}"),),
    "RandomErasing": (N_("erased {h} × {w} at row {i}, column {j}"),),
    "JPEG": (N_("quality {quality}"),),
    "AutoAugment": (N_("{operations}"),),
    "RandAugment": (N_("{operations}"),),
    "TrivialAugmentWide": (N_("{operations}"),),
    "AugMix": (N_("{operations}"),),
    "RandomChoice": (N_("chose {chosen}"),),
    "RandomOrder": (N_("order {order}"),),
    "CutMix": (N_("box from {box[0]}, {box[1]} to {box[2]}, {box[3]}"), N_("share kept {lam_adjusted:.2f}")),
    "MixUp": (N_("share kept {lam:.2f}"),),
}
# Draws that change nothing are not told.
NEUTRAL: Mapping[str, Any] = {"translate": [0, 0], "scale": 1.0, "shear": [0.0, 0.0]}
# Draws that are lists, as text.
JOINED: Mapping[str, Callable[[Any], str]] = {
    "operations": lambda drawn: ", ".join(f"{name} {strength:.3g}" if strength else name for name, strength in drawn),
    "size": lambda drawn: " × ".join(map(str, drawn)),
    **dict.fromkeys(
        ("order", "padding", "permutation", "channel_permutation"), lambda drawn: ", ".join(map(str, drawn))
    ),
}
COIN = (N_("coin {coin:.2f}, skipped"), N_("coin {coin:.2f}, done"))


def words(stage: Stage) -> tuple[Message, ...]:
    """What a stage drew, part by part; empty where chance had no say.

    >>> [str(part) for part in words(Stage("RandomRotation", None, draws={"angle": -22.41}))]
    ['rotated −22.4°']
    """
    draws = {
        name: JOINED[name](value) if name in JOINED else value
        for name, value in stage.draws.items()
        if value is not None and value != NEUTRAL.get(name)
    }
    parts = []
    if "coin" in draws:
        parts.append(Message(COIN[bool(stage.draws["applied"])], draws))
    if draws.get("applied", True):
        parts += [Spoken(part, draws) for part in DRAWN.get(stage.name, ()) if _names(part) <= draws.keys()]
    return tuple(parts)


class Spoken(Message):
    """A message whose negative numbers carry a true minus sign."""

    def __str__(self):
        return minus(super().__str__())


def minus(text: str) -> str:
    """The text with − before negative numbers."""
    return re.sub(r"(?<![A-Za-z0-9_)])-(?=\d)", "−", text)


def _names(template: str) -> set[str]:
    return {re.split(r"[.\[]", name)[0] for _, name, _, _ in Formatter().parse(template) if name}
