"""What runs are called: by the settings in which they differ from each other, or one from the usual; torch's own words."""

from collections.abc import Callable, Sequence
from typing import Any

from cnnlab.augmentation import Pipeline
from cnnlab.messages import N_, Message

from .comparing import settings
from .config import TrainConfig

Say = Callable[[Any], str]  # a message in the language of who reads it
MOST, LETTERS = 6, 24  # settings in a name, and characters of each
SHOWN = ("data", "model", "source", "own")  # which a title names first


def distinct(configs: Sequence[TrainConfig], without: Sequence[str] = (), say: Say = str) -> list[str]:
    """For each what the others have otherwise, as short as it can be read; "" where nothing differs.

    >>> distinct([TrainConfig(), TrainConfig(seed=1, drop_last=True)])
    ['no drop_last, seed 0', 'drop_last, seed 1']
    """
    rows = [row for row in settings(configs) if row.differs and row.name.partition(" ")[0] not in without]
    names = []
    for place, config in enumerate(configs):
        told = [_told(row.name, getattr(config, row.name, None), row.texts[place], say) for row in rows[:MOST]]
        names.append(", ".join(told) + (" …" if len(rows) > MOST else ""))
    return names


def unusual(config: TrainConfig, say: Say = str) -> str:
    """The settings, besides data and network, that are not as at first.

    >>> unusual(TrainConfig(samples=180, seed=2))
    'samples 180, seed 2'
    """
    return distinct([config, TrainConfig()], SHOWN, say)[0]


def _told(name: str, value: object, text: str, say: Say) -> str:
    if text == "–":
        return say(Message(N_("no {name}"), {"name": name}))
    if value is True:
        return name
    if isinstance(value, Pipeline):
        first, *more = [call.name for call in value.active]
        text = f"{first} +{len(more)}" if more else first
    return f"{name} {text}" if len(text) <= LETTERS else f"{name} {text[:LETTERS]}…"
