"""The largest number of pixels that a step may make of a (height, width) picture, from its values."""

from collections.abc import Mapping
from typing import Any

Values = Mapping[str, Any]


def padded(values: Values, height: int, width: int) -> float:
    """Pad, RandomCrop: the widest border on all sides."""
    border = 2 * _largest(values["padding"])
    return (height + border) * (width + border)


def zoomed_out(values: Values, height: int, width: int) -> float:
    """RandomZoomOut: the largest canvas."""
    return height * width * values["side_range"][1] ** 2


def turned(values: Values, height: int, width: int) -> float:
    """RandomRotation: the picture that holds all corners."""
    return (height + width) ** 2 if values["expand"] else 0


def resized(values: Values, height: int, width: int) -> float:
    """Resize: `max_size` caps both sides."""
    if values["max_size"]:
        return values["max_size"] ** 2
    size = values["size"]
    if isinstance(size, tuple) and len(size) == 2:
        return size[0] * size[1]
    return _with_short_side(_largest(size), height, width)


def resized_at_random(values: Values, height: int, width: int) -> float:
    """RandomResize: the largest short side."""
    return _with_short_side(values["max_size"], height, width)


def resized_from_list(values: Values, height: int, width: int) -> float:
    """RandomShortestSize: the largest short side on the list."""
    return _with_short_side(_largest(values["min_size"]), height, width)


def jittered(values: Values, height: int, width: int) -> float:
    """ScaleJitter: the target at its largest scale."""
    return values["target_size"][0] * values["target_size"][1] * values["scale_range"][1] ** 2


def _largest(value: Any) -> float:
    return max(value) if isinstance(value, tuple) else value or 0


def _with_short_side(side: float, height: int, width: int) -> float:
    """The pixels of a picture of that shape whose short side is `side`."""
    return side * side * max(height, width) / max(min(height, width), 1)
