"""The rows of a link that say which pictures are used, and how a network is fed with them."""

import re
from collections.abc import Mapping
from typing import Any

from cnnlab import limits
from cnnlab.augmentation import Pipeline
from cnnlab.links import Field, choice, damaged, flag, packed, whole
from cnnlab.specs import Call, Spec, SpecError

from .catalogue import DATASETS
from .order import SAMPLERS


def call(name: str, catalogue: Mapping[str, Spec]) -> Field:
    """A Call out of a catalogue."""

    def read(data: Any, view: Any) -> Call:
        if not isinstance(data, dict) or not isinstance(data.get("name"), str):
            raise damaged()
        return Call.from_dict(data, catalogue)

    return packed(name, lambda view: getattr(view, name).to_dict(), read, name)


def pipeline(name: str) -> Field:
    return Field(name, lambda view: getattr(view, name).link, lambda text, view: Pipeline.from_link(text), name)


def share(name: str, high: float = 1.0) -> Field:
    """A number from 0 to `high`.

    >>> share("validation").read("0.2", None)
    0.2
    """

    def read(text: str, view: Any) -> float:
        plain = re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,12})?(e-?[0-9]{1,2})?", text, re.ASCII)
        if plain and 0 <= float(text) <= high:
            return float(text)
        raise SpecError(
            "The link says {name}={value}: it must be a number from 0 to {high}.", name=name, value=text[:20], high=high
        )

    return Field(name, lambda view: repr(getattr(view, name)), read, name)


def _classes(text: str, view: Any) -> tuple[int, ...]:
    numbers = text.split("-")
    if len(numbers) > limits.CLASSES or not all(n.isascii() and n.isdigit() and len(n) <= 5 for n in numbers):
        raise damaged()
    return tuple(sorted({int(number) for number in numbers}))


DATA_FIELDS = (
    call("data", DATASETS),
    Field("classes", lambda view: "-".join(map(str, view.classes)), _classes, "classes"),
    whole("samples", 0, limits.TRAIN_SAMPLES),
    share("validation", 0.9),
    share("test", 0.9),
    whole("split_seed", 0, limits.SEED),
    whole("batch_size", 1, limits.BATCH),
    choice("sampler", lambda view: tuple(SAMPLERS)),
    flag("drop_last"),
    whole("workers", 0, limits.LOADERS),
    flag("normalise"),
    whole("side", 0, limits.PICTURE_SIDE),
    pipeline("augmentation"),
    pipeline("evaluation"),
    whole("seed", 0, limits.SEED),
)
