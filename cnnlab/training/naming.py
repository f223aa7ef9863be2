"""What runs are called: by the settings in which they differ from each other, or one from the usual; torch's own words."""

from collections.abc import Sequence

from cnnlab.augmentation import Pipeline

from .comparing import settings
from .config import TrainConfig

MOST, LETTERS = 4, 24  # settings in a name, and characters of each
SHOWN = ("data", "model", "source", "own")  # which a title names first


def distinct(configs: Sequence[TrainConfig], without: Sequence[str] = ()) -> list[str]:
    """For each what the others have otherwise, as short as it can be read; "" where nothing differs.

    >>> distinct([TrainConfig(), TrainConfig(seed=1, drop_last=True)])
    ['drop_last –, seed 0', 'drop_last ✓, seed 1']
    """
    rows = [row for row in settings(configs) if row.differs and row.name.partition(" ")[0] not in without]
    names = []
    for place, config in enumerate(configs):
        told = [f"{row.name} {_short(getattr(config, row.name, None), row.texts[place])}" for row in rows[:MOST]]
        names.append(", ".join(told) + (" …" if len(rows) > MOST else ""))
    return names


def unusual(config: TrainConfig) -> str:
    """The settings, besides data and network, that are not as at first.

    >>> unusual(TrainConfig(samples=180, seed=2))
    'samples 180, seed 2'
    """
    return distinct([config, TrainConfig()], SHOWN)[0]


def _short(value: object, text: str) -> str:
    if isinstance(value, Pipeline):
        names = [call.name for call in value.active]
        return f"{names[0]} …" if len(names) > 1 else "".join(names) or "–"
    return text if len(text) <= LETTERS else f"{text[:LETTERS]}…"
