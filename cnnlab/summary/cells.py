"""A summary's tree as plain data for a browser: rows with named fields, a cell for each column that says something."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from .columns import BADGES, BRANCH, COLUMNS, MARKS, SHAPES, SHARES, TREE, Column, measured, shown
from .rows import Row, Summary


def rows(report: Summary, columns: Sequence[Column] = COLUMNS) -> list[dict[str, Any]]:
    """Each row's place in the tree, and its `cells` by the name of the column; empty ones are left out.

    `turn` says which call of how many a row is, if there are several. A cell is a text, the texts of shapes, the values
    whose share is shown by the name of their column, or badges: {mark, text, more, call, calls}, all but the first where
    they say more than the mark does. The branch has none: the row's own label and type stand there.
    """
    others = [column for column in shown(columns, TREE) if column.kind != BRANCH]
    return [_row(report, row, others, measured(columns)) for row in report.rows]


def _row(report: Summary, row: Row, columns: Sequence[Column], measures: Sequence[Column]) -> dict[str, Any]:
    place = {"name": row.name, "label": row.label, "type": row.type, "kind": row.kind, "depth": row.depth}
    look = " ".join(mark for mark in row.marks if MARKS[mark].row)
    calls = report.row(row.path).calls if row.call else 0
    turn = f"{row.call:,}/{calls:,}" if calls > 1 else ""
    cells = _filled({column.name: _cell(column, report, row, measures) for column in columns})
    return {**place, **_filled({"look": look, "turn": turn}), "cells": cells}


def _cell(column: Column, report: Summary, row: Row, measures: Sequence[Column]) -> Any:
    if column.kind == SHAPES:
        return [column.text(shape) for shape in column.of(report, row)]
    if column.kind == SHARES:
        return _filled({measure.name: measure.of(report, row) for measure in measures})
    if column.kind == BADGES:
        return [_filled(asdict(badge)) for badge in column.of(report, row)]
    return column.brief(report, row)


def _filled(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value}


def measures(report: Summary, columns: Sequence[Column] = COLUMNS) -> list[dict[str, Any]]:
    """What a share can be of: the column's name, what the choice calls it, the bar's colour, and the whole."""
    return [
        {"name": column.name, "title": column.share.title, "tone": column.share.tone, "total": column.total(report)}
        for column in measured(columns)
    ]


def tips(report: Summary, columns: Sequence[Column] = COLUMNS) -> dict[str, dict[str, list[int]]]:
    """By the name of the column, what pointing at its cells tells: each text once, with the rows that it is for.

    The layers of a large model have few settings among them; told with every row they would be a third of the tree.
    """
    texts: dict[str, dict[str, list[int]]] = {}
    for column in shown(columns, TREE):
        for at, row in enumerate(report.rows if column.tip else ()):
            if tip := column.tip(row):
                texts.setdefault(column.name, {}).setdefault(tip, []).append(at)
    return texts
