"""What was drawn, in words."""

import re
from collections.abc import Callable, Mapping
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
    **dict.fromkeys(
        ("order", "padding", "permutation", "channel_permutation"), lambda items: ", ".join(map(str, items))
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
        parts.append(Message(COIN[bool(stage.draws["applied"])], {"coin": draws["coin"]}))
    if draws.get("applied", True):
        step = AUGMENTATIONS.get(stage.name)
        parts += [_spoken(part, draws) for part in (step.draws if step else ()) if _names(part) <= draws.keys()]
    return tuple(parts)


def _spoken(template: str, draws: Mapping[str, Any]) -> Message:
    return Spoken(template, {name: draws[name] for name in _names(template)})


def _names(template: str) -> set[str]:
    return {re.split(r"[.\[]", name)[0] for _, name, _, _ in Formatter().parse(template) if name}
