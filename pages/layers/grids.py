"""Small numbers as tables of coloured cells, which need no script."""

from collections.abc import Iterator, Sequence
from html import escape
from math import isfinite, prod
from typing import NamedTuple

import streamlit as st

from cnnlab.layers.rows import Shape

TINT = 42  # percent of its colour behind the largest number, as under the pixel microscope
INPUT, WEIGHTS, OUTPUT, CHANCE, PLAIN = "x", "w", "y", "chance", "plain"  # classes of page.css


class Cell(NamedTuple):
    """A number as it is written, how much of its colour is behind it (0 to 1), its tooltip, and its own classes."""

    text: str
    part: float = 0
    title: str = ""
    marks: str = ""


Grid = tuple[str, Sequence[Sequence[Cell]]]  # its title, then rows of cells


def told(value: float | None) -> str:
    """A number in at most three digits.

    >>> told(-0.12345), told(12), told(None)
    ('−0.123', '12', '–')
    """
    if value is None or not isfinite(value):
        return "–"
    return f"{value:.3g}".replace("-", "−").replace("e+0", "e").replace("e−0", "e−")


def numbers(values: Sequence[float | None], titles: Sequence[str] = ()) -> list[Cell]:
    """Cells tinted by how large each number is among all; a negative one is marked."""
    top = max((abs(value) for value in values if value is not None and isfinite(value)), default=0) or 1
    titles = titles or [""] * len(values)
    return [
        Cell(told(value), abs(value) / top, title, "minus" if value < 0 else "")
        if value is not None and isfinite(value)
        else Cell(told(value), 0, title)
        for value, title in zip(values, titles, strict=True)
    ]


def planes(shape: Shape, cells: Sequence[Cell]) -> Iterator[tuple[Shape, list[Sequence[Cell]]]]:
    """The last two sides of a tensor as rows, for each place along the sides before; a single row where there is one."""
    shape = (1, *shape) if len(shape) == 1 else shape
    high, wide = shape[-2:]
    for index in range(prod(shape[:-2])):
        place, rest = [], index
        for side in reversed(shape[:-2]):
            rest, here = divmod(rest, side)
            place.insert(0, here)
        start = index * high * wide
        yield tuple(place), [cells[start + row * wide : start + (row + 1) * wide] for row in range(high)]


def grids(hue: str, tables: Sequence[Grid], title: str = "", abreast: int = 0) -> None:
    """Draw tables side by side in one colour, so many in a row where that means something."""
    head = f'<div class="name">{escape(title)}</div>' if title else ""
    rows = f' abreast" style="--abreast: {abreast}' if abreast else ""
    st.html(f'<div class="numbers {hue}">{head}<div class="tables{rows}">{"".join(map(_table, tables))}</div></div>')


def _table(table: Grid) -> str:
    title, rows = table
    caption = f"<caption>{escape(title)}</caption>" if title else ""
    lines = ["".join(map(_cell, row)) for row in rows]
    return f"<table>{caption}{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"


def _cell(cell: Cell) -> str:
    marks = f' class="{cell.marks}"' if cell.marks else ""
    title = f' title="{escape(cell.title)}"' if cell.title else ""
    return f'<td{marks}{title} style="--part: {round(cell.part * TINT)}%">{escape(cell.text)}</td>'
