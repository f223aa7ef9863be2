"""Two summaries row by row."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .columns import CHANGES, COLUMNS, NUMBER, SIDES, Column, shown
from .rows import Row, Summary

SAME, CHANGED, LEFT, RIGHT = "same", "changed", "only left", "only right"


@dataclass(frozen=True)
class Difference:
    """A row of both (or None where one lacks it), how they stand, and the names of the fields that differ."""

    name: str
    left: Row | None
    right: Row | None
    state: str
    fields: tuple[str, ...] = ()


def compare(left: Summary, right: Summary, columns: Sequence[Column] = COLUMNS) -> tuple[Difference, ...]:
    """Every row of either report once, matched by name: those of the left in order, the right's own among them."""
    ours, theirs = ({row.name: row for row in report.rows} for report in (left, right))
    differences = []
    for name in _merged(list(ours), list(theirs)):
        one, other = ours.get(name), theirs.get(name)
        if one is None or other is None:
            differences.append(Difference(name, one, other, RIGHT if one is None else LEFT))
            continue
        fields = tuple(c.name for c in shown(columns, CHANGES) if c.of(left, one) != c.of(right, other))
        differences.append(Difference(name, one, other, CHANGED if fields else SAME, fields))
    return tuple(differences)


def side_by_side(
    left: Summary, right: Summary, columns: Sequence[Column] = COLUMNS
) -> tuple[list[str], list[tuple[Column, list[Any], list[Any]]]]:
    """The names of all rows; and each column's values on the left and on the right, None where a row is missing.

    Numbers stay numbers, so that a table can be sorted by them.
    """
    differences = compare(left, right, columns)
    names = [difference.name for difference in differences]
    sides = ((left, [d.left for d in differences]), (right, [d.right for d in differences]))
    return names, [
        (column, *([_value(column, report, row) for row in rows] for report, rows in sides))
        for column in shown(columns, SIDES)
    ]


def _value(column: Column, report: Summary, row: Row | None) -> Any:
    if row is None:
        return None
    return column.of(report, row) if column.kind == NUMBER else column.written(report, row)


def _merged(left: list[str], right: list[str]) -> list[str]:
    """Both lists as one without repeats; what only the right has stands behind its neighbour there.

    >>> _merged(["a", "b", "c"], ["a", "x", "c", "y"])
    ['a', 'x', 'b', 'c', 'y']
    """
    known, extra = set(left), {None: []}
    before = None
    for name in right:
        if name in known:
            before = name
        else:
            extra.setdefault(before, []).append(name)
    merged = list(extra[None])
    for name in left:
        merged += [name, *extra.get(name, ())]
    return merged
