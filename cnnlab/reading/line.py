"""The line of the pasted text that a refusal or a note is about, added once."""

import ast
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from cnnlab.messages import N_, Message, SpecError

LONG_WORD = re.compile(r"\S{81,}")
AT_LINE = N_("Line {line}: {reason}")


@contextmanager
def at(place: ast.AST | int) -> Iterator[None]:
    """Nothing; a refusal raised inside gets the line of the place, unless an inner place gave it one."""
    try:
        yield
    except SpecError as error:
        if error.template == AT_LINE:
            raise
        line = place if isinstance(place, int) else place.lineno
        raise SpecError(AT_LINE, line=line, reason=_shortened(error)) from error


def _shortened(error: SpecError) -> SpecError:
    """The refusal with the middle of endless words left out: a name may be as long as the text."""
    values = {
        name: LONG_WORD.sub(lambda word: f"{word[0][:50]}...{word[0][-10:]}", value)
        if isinstance(value, str)
        else value
        for name, value in error.values.items()
    }
    return SpecError(error.template, **values)


@contextmanager
def reading() -> Iterator[None]:
    """Nothing; around all that reads one text, so that every refusal has a line, and Python's own limits are one."""
    with at(1):
        try:
            yield
        except (RecursionError, MemoryError):
            raise SpecError("this is nested too deeply to be read: give inner parts names.") from None


@dataclass(frozen=True)
class Note:
    """What a person should know of how a line was read: an English template and its values."""

    line: int
    template: str
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def sentence(self) -> Message:
        return Message(AT_LINE, {"line": self.line, "reason": Message(self.template, self.values)})

    def __str__(self) -> str:
        return str(self.sentence)
