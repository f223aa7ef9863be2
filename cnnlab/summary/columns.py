"""The columns of a summary: each is one row of this table, and every output is a loop over it.

The tree of the page, the table of plain text, Markdown, CSV, JSON and the comparison show the columns that say so, in
the order of the table. What is shown differently in two outputs (a shape with the batch and without) is two columns.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Flag, auto
from typing import Any

from cnnlab.quantities import binary
from cnnlab.specs import N_

from .rows import FUNCTION, PARAMETER, REST, Row, Shape, Summary, shape_text
from .settings import listed, short


class Output(Flag):
    """Where columns are shown; CHANGES are those that tell two rows apart, SIDES stand beside each other in a comparison."""

    TREE, TEXT, MARKDOWN, CSV, JSON, CHANGES, SIDES = (auto() for _ in range(7))


TREE, TEXT, MARKDOWN, CSV, JSON, CHANGES, SIDES = Output
NOWHERE, FILES = Output(0), CSV | JSON

# Kinds of cells. A value is plain data that its column's `text` writes, except where said otherwise.
BRANCH = "branch"  # the row's place among its ancestors, then what it is called
WORDS = "text"
NUMBER = "number"  # stands at the right
SHAPES = "shapes"  # a tuple of shapes, each written by `text`
SHARES = "share"   # nothing of its own: the shares of all columns that can be measured
BADGES = "badges"  # a Badge for each mark


@dataclass(frozen=True)
class Mark:
    """What is unusual about a row: its badge's words and colour, what it means; `row` if all the row looks different.

    The words may name `call` and `calls`, which call of how many a row is.
    """

    word: str
    tone: str
    about: str
    row: bool = False


@dataclass(frozen=True)
class Badge:
    """A mark on one row: `text` in place of its word, or the numbers in it; `more` behind what it means."""

    mark: str
    text: str = ""
    more: str = ""
    call: int = 0
    calls: int = 0

    def __str__(self):
        return MARKS[self.mark].word.format(call=self.call, calls=self.calls)


@dataclass(frozen=True)
class Share:
    """How a column's share of the whole is offered: its name in the choice, and the colour of its bar."""

    title: str
    tone: str


@dataclass(frozen=True)
class Column:
    """One column: what it is called, where its value comes from, how it reads, and in which outputs.

    Without `value` it is the row's attribute of that name. Plain tables use `head` where the title is too long for
    them, and leave out values in `usual`, which go without saying. `tip` is what pointing at a cell of the tree tells.
    `least` is the width in characters that the tree gives it at least; without one an empty column is left out there.
    `runs` if it counts what ran, which is less than all where the pass stopped.
    """

    name: str
    title: str
    outputs: Output
    kind: str = WORDS
    value: Callable[[Summary, Row], Any] | None = None
    text: Callable[[Any], str] = str
    head: str = ""
    usual: tuple[Any, ...] = ()
    about: str = ""
    tip: Callable[[Row], str] | None = None
    share: Share | None = None
    tone: str = ""
    least: int = 0
    runs: bool = False

    @property
    def right(self) -> bool:
        return self.kind == NUMBER

    def of(self, report: Summary, row: Row) -> Any:
        return getattr(row, self.name) if self.value is None else self.value(report, row)

    def written(self, report: Summary, row: Row) -> str:
        """The value as people read it."""
        return self._bound(report, row) + self.text(self.of(report, row))

    def brief(self, report: Summary, row: Row) -> str:
        """The value as people read it, nothing where it goes without saying."""
        value = self.of(report, row)
        return "" if value in self.usual else self._bound(report, row) + self.text(value)

    def _bound(self, report: Summary, row: Row) -> str:
        return "≥ " if self.runs and row.name in report.unfinished else ""

    def total(self, report: Summary) -> Any:
        """The value of the whole model, of which a row has a share."""
        return self.of(report, report.rows[0])


def shown(columns: Iterable[Column], output: Output) -> tuple[Column, ...]:
    """The columns of one output."""
    return tuple(column for column in columns if output in column.outputs)


def measured(columns: Iterable[Column]) -> tuple[Column, ...]:
    """The columns whose share of the whole can be shown."""
    return tuple(column for column in columns if column.share)


def _named(report: Summary, row: Row) -> str:
    return row.label if row.kind in (FUNCTION, REST) or row.label == row.type else f"{row.label} ({row.type})"


def _arrives(report: Summary, row: Row) -> tuple[Shape, ...]:
    return tuple(report.sample(shape) for shape in row.inputs)


def _leaves(report: Summary, row: Row) -> tuple[Shape, ...]:
    if row.kind == PARAMETER:  # it has no batch, and its first side may be as long as one
        return (row.output_shape,) if row.output_shape is not None else ()
    return tuple(report.sample(shape) for shape in row.outputs)


def _activations(report: Summary, row: Row) -> int:
    return report.activations[row.name]


def _badges(report: Summary, row: Row) -> tuple[Badge, ...]:
    details = {
        "repeated": {"text": f"× {row.calls}"},
        "again": {"call": row.call, "calls": report.row(row.path).calls},
        "rest": {"calls": row.calls},
        "alias": {"more": f" = {row.alias_of}"},
    }
    return tuple(Badge(mark, **details.get(mark, {})) for mark in row.marks)


def _remarks(report: Summary, row: Row) -> str:
    return ", ".join(map(str, _badges(report, row)))


def _nothing(report: Summary, row: Row) -> None:
    return None


def _short(report: Summary, row: Row) -> str:
    return short(row)


def _count(number: int) -> str:
    return f"{number:,}"


MARKS = {
    "repeated": Mark(N_("repeated"), "violet",
                     N_("Called more than once: every call has a row, and the parameters count at the first.")),
    "again": Mark(N_("call {call} of {calls}"), "violet",
                  N_("The same module once more: its parameters are counted at its first call."), row=True),
    "continued": Mark(N_("continued"), "gray",
                      N_("The model goes through this container bit by bit: its parameters are counted where it begins."),
                      row=True),
    "rest": Mark(N_("{calls} further calls"), "gray",
                 N_("Further rounds of a loop; of very many the last are only counted."), row=True),
    "shared": Mark(N_("shared"), "orange",
                   N_("Has parameters that another row has too; they count once in the total.")),
    "alias": Mark(N_("alias"), "orange", N_("The same module under a second name.")),
    "unused": Mark(N_("unused"), "gray", N_("Never called in this pass."), row=True),
    "not observed": Mark(N_("not observed"), "gray",
                         N_("Never called itself, but its parameters are used: another operation reads them.")),
    "direct": Mark(N_("direct"), "gray", N_("Called as .forward(), so forward hooks on it do not fire.")),
    "frozen": Mark(N_("frozen"), "blue", N_("Its parameters have requires_grad=False: they are not trained.")),
    "lazy": Mark(N_("lazy"), "blue", N_("Its parameters took their shape from the first input.")),
    "failed": Mark(N_("failed"), "red", N_("The pass stopped here."), row=True),
}

MEASURE = "macs"  # whose shares the tree shows until another is chosen

TABLES = TEXT | MARKDOWN
COSTS = TREE | TABLES | FILES | CHANGES | SIDES

COLUMNS = (
    # name, title, outputs, kind of cell, value where it is not the row's attribute of that name
    Column("name", "", FILES),
    Column("layer", N_("Layer (type)"), TEXT, BRANCH, _named),
    Column("label", N_("Layer"), TREE | MARKDOWN, BRANCH, about=N_("What the model calls it, and its type.")),
    Column("type", N_("Type"), MARKDOWN | FILES | CHANGES | SIDES),
    Column("kind", "", FILES),
    Column("depth", "", FILES, NUMBER),
    Column("parent", "", JSON),
    Column("input_shape", N_("Input"), TABLES | FILES | CHANGES, text=shape_text),
    Column("output_shape", N_("Output"), TABLES | FILES | CHANGES, text=shape_text),
    Column("inputs", "", JSON),
    Column("outputs", "", JSON),
    Column("arrives", N_("Input"), TREE, SHAPES, _arrives, shape_text, tone="blue",
           about=N_("The shape that comes in, without the batch.")),
    Column("leaves", N_("Output"), TREE | SIDES, SHAPES, _leaves, shape_text, tone="green",
           about=N_("The shape that goes out, without the batch.")),
    Column("params", N_("Parameters"), COSTS, NUMBER, text=_count, head="Params", usual=(0,), tone="orange", least=1,
           share=Share(N_("% parameters"), "orange"), about=N_("Weights and biases, with everything below the row.")),
    Column("own_params", "", FILES, NUMBER),
    Column("trainable", "", FILES, NUMBER),
    Column("frozen", "", FILES, NUMBER),
    Column("buffers", "", FILES, NUMBER),
    Column("macs", N_("MACs"), COSTS, NUMBER, text=_count, usual=(0,), least=1, runs=True,
           share=Share(N_("% MACs"), "green"), about=N_("Multiply-accumulates of this call, with everything below the row.")),
    Column("own_macs", "", FILES, NUMBER),
    Column("share", N_("Share of"), TREE, SHARES, _nothing, least=17),
    Column("calls", N_("Calls"), TABLES | FILES | CHANGES, NUMBER, usual=(0, 1)),
    Column("activations", "", NOWHERE, NUMBER, _activations, binary, share=Share(N_("% activations"), "blue")),
    Column("activation_bytes", N_("Memory"), TREE | FILES | CHANGES, NUMBER, text=binary, usual=(0,), least=8,
           about=N_("What the result takes in memory.")),
    Column("notes", N_("Notes"), TREE, BADGES, _badges,
           about=N_("What is unusual about the row, and which call it is if not the only one: point at a note to read it.")),
    Column("short", N_("Settings"), TREE | SIDES, WORDS, _short, tip=listed,
           about=N_("k kernel, s stride, p padding, d dilation, g groups: point at a cell for all settings.")),
    Column("settings", "", FILES | CHANGES),
    Column("remarks", N_("Notes"), TEXT, value=_remarks),
    Column("marks", "", FILES, text=", ".join),
    Column("alias_of", "", JSON),
    Column("leaf", "", JSON),
    Column("call", "", FILES, NUMBER),
    Column("of", "", FILES),
)
