"""Runs beside each other: what differs in their settings, how they did, and which differ by nothing but chance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import comb
from typing import Any

import numpy as np

from cnnlab.augmentation import Pipeline
from cnnlab.messages import N_, Message
from cnnlab.specs import Call

from .config import TrainConfig

CHANCE = ("seed", "split_seed")  # fields in which runs of one experiment differ


@dataclass(frozen=True)
class Row:
    """A line of the table: a setting by its name in TrainConfig, or a result by its title; a text for each run."""

    name: str
    texts: tuple[str, ...]

    @property
    def differs(self) -> bool:
        return len(set(self.texts)) > 1


def settings(configs: Sequence[TrainConfig]) -> list[Row]:
    """All settings, in the order of the link; those that differ first, of a call's each parameter on its own."""
    names = [field.attribute for field in TrainConfig.FIELDS]
    rows = [row for name in names for row in _rows(name, [getattr(config, name) for config in configs])]
    return sorted(rows, key=lambda row: not row.differs)


def _rows(name: str, values: Sequence[Any]) -> list[Row]:
    whole = Row(name, tuple(map(told, values)))
    if not whole.differs or not all(isinstance(value, Call) for value in values):
        return [whole]
    rows = [Row(name, tuple(call.name for call in values))]
    shared = set.intersection(*(set(call.values) for call in values))
    for param in dict.fromkeys(param for call in values for param in call.values):
        if param in shared or any(param in call.changed() for call in values):
            texts = (told(call[param]) if param in call.values else "–" for call in values)
            rows.append(Row(f"{name} {param}", tuple(texts)))
    return [row for row in rows if row.differs] + [rows[0]] * (not rows[0].differs)


def told(value: Any) -> str:
    """A setting as short as it can be read.

    >>> told(TrainConfig().augmentation), told((1, 2)), told(0.5), told(None), told(True)
    ('–', '1, 2', '0.5', '–', '✓')
    """
    if isinstance(value, Call):  # the hash of a visitor's own files is theirs
        return value.name if getattr(value.spec, "own", False) else value.code()
    if isinstance(value, Pipeline):
        return ", ".join(call.code() for call in value.active) or "–"
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {told(call)}" for name, call in value.items()) or "–"
    if isinstance(value, bool):
        return "✓" if value else "–"
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "–"
    short = f"{value:g}" if isinstance(value, float) else ""
    return "–" if value in (None, "") else short if short and float(short) == value else str(value)


RESULTS = {
    "best": N_("Best validation accuracy"),
    "loss": N_("Validation loss at the end"),
    "test": N_("Test accuracy"),
    "epochs": N_("Epochs"),
    "seconds": N_("Time"),
}


def results(runs: Sequence[tuple[Sequence[Mapping[str, Any]], Mapping[str, Any]]]) -> list[Row]:
    """How runs did, by the records of their epochs and that of their end, which may be empty."""
    columns = [_results(epochs, end) for epochs, end in runs]
    return [Row(title, tuple(column[name] for column in columns)) for name, title in RESULTS.items()]


def _results(epochs: Sequence[Mapping[str, Any]], end: Mapping[str, Any]) -> dict[str, str]:
    accuracies = [row["val/accuracy"] for row in epochs if row.get("val/accuracy") is not None]
    losses = [row["val/loss"] for row in epochs if row.get("val/loss") is not None]
    seconds = sum(row.get("seconds") or 0 for row in epochs)
    return {
        "best": f"{max(accuracies):.2%}" if accuracies else "–",
        "loss": f"{losses[-1]:.4g}" if losses else "–",
        "test": f"{end['test/accuracy']:.2%}" if end.get("test/accuracy") is not None else "–",
        "epochs": str(len(epochs)) if epochs else "–",
        "seconds": f"{seconds:.1f} s" if epochs else "–",
    }


def families(configs: Sequence[TrainConfig]) -> list[list[int]]:
    """The places of runs that differ by nothing but chance, together, in the order of their first.

    >>> families([TrainConfig(seed=1), TrainConfig(epochs=3), TrainConfig(seed=2)])
    [[0, 2], [1]]
    """
    usual = {name: getattr(TrainConfig(), name) for name in CHANCE}
    groups: dict[str, list[int]] = {}
    for place, config in enumerate(configs):
        key = repr(sorted(replace(config, **usual).to_query().items()))
        groups.setdefault(key, []).append(place)
    return list(groups.values())


def together(runs: Sequence[Sequence[Mapping[str, Any]]], name: str) -> tuple[np.ndarray, np.ndarray]:
    """The epochs that all of the runs have ended, and a figure of them, a row for each run."""
    tables = [{row["epoch"]: row[name] for row in epochs if row.get(name) is not None} for epochs in runs]
    common = sorted(set.intersection(*map(set, tables))) if tables else []
    return np.array(common, dtype=float), np.array(
        [[table[epoch] for epoch in common] for table in tables], dtype=float
    )


@dataclass(frozen=True)
class Family:
    """Runs that differ by chance alone: what they are called, and the figure (0 to 1) that each of them reached."""

    name: str
    reached: tuple[float, ...]

    @property
    def mean(self) -> float:
        return float(np.mean(self.reached))

    @property
    def told(self) -> str:
        """Mean ± standard deviation, as the charts have it."""
        return f"{self.mean:.1%} ± {float(np.std(self.reached, ddof=1)) * 100:.1f}"


APART = N_(
    "After epoch {epoch} the {many} runs with {better} have {high} of the validation pictures right (mean ± standard "
    "deviation), the {few} with {worse} {low}: {points} percentage points apart. The worst of the former is better than "
    "the best of the latter: were there no difference, chance alone would bring that about in 2 of {ways} cases."
)
OVERLAP = N_(
    "After epoch {epoch} the {many} runs with {better} have {high} of the validation pictures right (mean ± standard "
    "deviation), the {few} with {worse} {low}: {points} percentage points apart. But the runs overlap, so this may be "
    "chance: more seeds, or a harder task, would tell."
)


def conclusion(epoch: int, one: Family, other: Family) -> Message:
    """What the accuracies of two families of several runs say, and whether their runs overlap.

    >>> conclusion(9, Family("a", (0.90, 0.92)), Family("b", (0.95, 0.97))).template is APART
    True
    """
    better, worse = sorted((one, other), key=lambda family: -family.mean)
    values = {"epoch": epoch, "many": len(better.reached), "few": len(worse.reached)}
    values |= {"better": better.name, "high": better.told, "worse": worse.name, "low": worse.told}
    ways = comb(
        len(one.reached) + len(other.reached), len(one.reached)
    )  # to deal the runs; in 2 of them they lie apart
    values["ways"] = f"{ways:,}"
    values["points"] = f"{(better.mean - worse.mean) * 100:.1f}"
    return Message(APART if min(better.reached) > max(worse.reached) else OVERLAP, values)
