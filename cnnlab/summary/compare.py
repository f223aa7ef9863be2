"""Two summaries row by row."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cnnlab import limits

from .columns import CHANGES, COLUMNS, SHAPES, SIDES, Column, shown
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
    depth: int = 0


def compare(left: Summary, right: Summary, columns: Sequence[Column] = COLUMNS) -> tuple[Difference, ...]:
    """Every row of either report once, in the order of execution.

    The models are one pair; below two rows that are, those are paired that resemble each other most, in order: by type,
    by label, by shape. What is left over stands on one side, with all that is below it.
    """
    told = shown(columns, CHANGES)
    differences = []
    for one, other, depth in _pairs(_branches(left.rows), _branches(right.rows)):
        name, state, fields = (one or other).name, LEFT if other is None else RIGHT, ()
        if one is not None and other is not None:
            fields = tuple(column.name for column in told if column.of(left, one) != column.of(right, other))
            state = CHANGED if fields else SAME
        differences.append(Difference(name, one, other, state, fields, depth))
    return tuple(differences)


def side_by_side(left: Summary, right: Summary, columns: Sequence[Column] = COLUMNS) -> list[dict[str, Any]]:
    """What `compare` says as plain data for a browser.

    `names` and `cells`, by the name of the column, hold one text where both sides say the same, else that of the left and
    that of the right; None stands where a side has no such row.
    """
    sides = shown(columns, SIDES)
    return [
        {
            "state": one.state,
            "depth": one.depth,
            "names": _texts(one.left and _path(one.left), one.right and _path(one.right)),
            "cells": {
                column.name: _texts(_told(column, left, one.left), _told(column, right, one.right)) for column in sides
            },
        }
        for one in compare(left, right, columns)
    ]


def _told(column: Column, report: Summary, row: Row | None) -> str | None:
    """What the column says of the row; of several shapes the first, and how many more."""
    if row is None or column.kind != SHAPES:
        return None if row is None else column.brief(report, row)
    shapes = column.of(report, row)
    more = f" +{len(shapes) - 1}" if len(shapes) > 1 else ""
    return column.text(shapes[0]) + more if shapes else ""


def _path(row: Row) -> str:
    return f"{row.holder}.{row.label}" if row.holder else row.label


def _texts(left: str | None, right: str | None) -> list[str | None]:
    return [left] if left == right else [left, right]


@dataclass(eq=False)
class _Branch:
    row: Row
    below: list["_Branch"]


def _branches(rows: Sequence[Row]) -> _Branch:
    path: list[_Branch] = []
    for row in rows:
        branch = _Branch(row, [])
        del path[row.depth :]
        if path:
            path[-1].below.append(branch)
        path.append(branch)
    return path[0]


def _pairs(left: _Branch | None, right: _Branch | None, depth: int = 0) -> Iterator[tuple[Row | None, Row | None, int]]:
    yield left and left.row, right and right.row, depth
    for one, other in _matched(left.below if left else [], right.below if right else []):
        yield from _pairs(one, other, depth + 1)


def _matched(left: list[_Branch], right: list[_Branch]) -> list[tuple[_Branch | None, _Branch | None]]:
    """Both lists in order, as pairs whose resemblance adds up to the most (Needleman and Wunsch 1970)."""
    if not left or not right:
        return [(one, None) for one in left] + [(None, other) for other in right]
    if len(left) * len(right) > limits.COMPARE_CELLS:
        cut = min(len(left), len(right))
        return [*zip(left[:cut], right[:cut], strict=True), *_matched(left[cut:], right[cut:])]
    best = [[0] * (len(right) + 1) for _ in range(len(left) + 1)]  # of the ends of both lists, from each pair of places
    alike = [[_resemblance(one.row, other.row) for other in right] for one in left]
    for at in reversed(range(len(left))):
        for to in reversed(range(len(right))):
            skipped = max(best[at + 1][to], best[at][to + 1])
            best[at][to] = max(skipped, alike[at][to] and alike[at][to] + best[at + 1][to + 1])
    pairs, at, to = [], 0, 0
    while at < len(left) and to < len(right):
        if alike[at][to] and best[at][to] == alike[at][to] + best[at + 1][to + 1]:
            pairs.append((left[at], right[to]))
            at, to = at + 1, to + 1
        elif best[at][to] == best[at + 1][to]:
            pairs.append((left[at], None))
            at += 1
        else:
            pairs.append((None, right[to]))
            to += 1
    return [*pairs, *_matched(left[at:], right[to:])]


def _resemblance(one: Row, other: Row) -> int:
    """0 for rows that are no pair; a number for a label is a place in a list, and says little."""
    if one.kind != other.kind or (one.type != other.type and one.label != other.label):
        return 0
    label = 0 if one.label != other.label else 1 if one.label.isdigit() else 3
    shapes = one.output_shape == other.output_shape and one.output_shape is not None
    return 4 * (one.type == other.type) + label + 2 * shapes + (one.params == other.params > 0)
