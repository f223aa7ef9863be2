"""What was drawn, in words."""

import re
from collections.abc import Callable, Mapping, Sequence
from string import Formatter
from typing import Any

from cnnlab.messages import N_, Message, Spoken

from .catalogue import AUGMENTATIONS
from .runner import Stage

# Draws that change nothing are not told.
NEUTRAL: Mapping[str, Any] = {"translate": [0, 0], "scale": 1.0, "shear": [0.0, 0.0]}
# Draws that are lists, as text.
JOINED: Mapping[str, Callable[[Any], str]] = {
    "operations": lambda pairs: ", ".join(f"{name} {strength:.3g}" if strength else name for name, strength in pairs),
    "size": lambda sides: " × ".join(map(str, sides)),
    **dict.fromkeys(("order", "padding"), lambda items: ", ".join(map(str, items))),
    **dict.fromkeys(("permutation", "channel_permutation"), lambda places: ", ".join(map(_channel(places), places))),
}
COIN = (N_("{coin} ≥ p = {p}, so skipped"), N_("{coin} < p = {p}, so done"))
CHANNELS = "RGB"


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
    if draws.pop("needs_pad", False):  # then places are counted in the picture with its padding
        draws |= {f"padded_{name}": draws.pop(name) for name in ("top", "left")}
    parts = []
    if "coin" in draws:
        parts.append(_coin(**{name: stage.draws[name] for name in ("coin", "p", "applied")}))
    if draws.get("applied", True):
        step = AUGMENTATIONS.get(stage.name)
        parts += [_spoken(part, draws) for part in (step.draws if step else ()) if _names(part) <= draws.keys()]
    return tuple(parts)


def _coin(coin: float, p: float, applied: bool) -> Message:
    """What a coin said, with as many digits as it takes to see that it is so.

    >>> str(_coin(0.4996, 0.5, True))
    '0.4996 < p = 0.5, so done'
    """
    texts = (f"{coin:.{digits}f}" for digits in range(2, 18))
    text = next((text for text in texts if (float(text) < p) == applied), str(coin))
    return Message(COIN[applied], {"coin": text, "p": str(p)})


def _channel(places: Sequence[int]) -> Callable[[int], str]:
    return CHANNELS.__getitem__ if len(places) == len(CHANNELS) else str


def _spoken(template: str, draws: Mapping[str, Any]) -> Message:
    return Spoken(template, {name: draws[name] for name in _names(template)})


def _names(template: str) -> set[str]:
    return {re.split(r"[.\[]", name)[0] for _, name, _, _ in Formatter().parse(template) if name}
