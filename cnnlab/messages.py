"""Sentences for visitors: written in English, translated by pages when they are shown."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


def N_(message: str) -> str:
    """The message itself, marked for translation; pages translate it when they show it."""
    return message


@dataclass(frozen=True)
class Message:
    """A sentence for a visitor: an English template and its values, put together in English by `str`."""

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self):
        return self.template.format(**self.values)


class Spoken(Message):
    """A message whose negative numbers carry a true minus sign."""

    def __str__(self):
        return minus(super().__str__())


def minus(text: str) -> str:
    """The text with − before negative numbers.

    >>> minus("rotated -22.4°")
    'rotated −22.4°'
    """
    return re.sub(r"(?<![A-Za-z0-9_)])-(?=\d)", "−", text)


class SpecError(ValueError):
    """What a person can put right: an English template and its values.

    >>> str(SpecError("size={size} is too large: use {limit} or less.", size=99, limit=64))
    'size=99 is too large: use 64 or less.'
    """

    def __init__(self, template: str, **values: Any):
        self.template, self.values = template, values
        super().__init__(template.format(**values))

    def __reduce__(self):
        return _rebuild_error, (type(self), self.template, self.values)


class Passing(SpecError):
    """A refusal of what may be done the next time it is asked for: something is not here yet."""


def _rebuild_error(kind: type[SpecError], template: str, values: dict) -> SpecError:
    return kind(template, **values)
