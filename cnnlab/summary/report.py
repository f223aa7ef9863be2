"""A summary that can write itself down."""

from dataclasses import dataclass, field

from .export import to_csv, to_json, to_markdown
from .rows import Effort, Summary
from .text import table


@dataclass(frozen=True)
class Report(Summary):
    """What `summarize` gives: the data, and each way to take it away; printed, it is a table.

    `effort` is what the model would take on a real CPU.
    """

    effort: Effort = field(default_factory=Effort)

    def __str__(self):
        return table(self)

    def to_text(self) -> str:
        return table(self)

    def to_markdown(self) -> str:
        return to_markdown(self)

    def to_csv(self) -> str:
        return to_csv(self)

    def to_json(self) -> str:
        return to_json(self)
