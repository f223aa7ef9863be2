"""Pictures in a row with what they are below them, which need no script."""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

import streamlit as st


class Figure(NamedTuple):
    """A picture by its address, its alt text, a title, and lines of (tone, text): "code", "chance", "added" or "".

    One drawn to scale has its (width, height) on the screen; others fill a square. `small` enlarges without smoothing.
    """

    src: str
    alt: str
    title: str
    lines: Sequence[tuple[str, str]] = ()
    size: tuple[int, int] | None = None
    small: bool = False


def strip(label: str, figures: Sequence[Figure], kind: str = "") -> None:
    """Figures side by side, pushed aside where there are many; with the kind "steps" an arrow leads to the next."""
    inner = "".join(map(_figure, figures))
    st.html(f'<div class="strip {kind}" role="group" tabindex="0" aria-label="{escape(label)}">{inner}</div>')


def _figure(figure: Figure) -> str:
    place = f' style="width: {figure.size[0]}px; height: {figure.size[1]}px"' if figure.size else ""
    image = (
        f'<img class="{"small" if figure.small else ""}" src="{escape(figure.src)}" alt="{escape(figure.alt)}"{place}>'
    )
    lines = "".join(f'<span class="{tone}">{escape(text)}</span>' for tone, text in figure.lines)
    frame = f'<div class="{"scaled" if figure.size else "frame"}">{image}</div>'
    return f"<figure>{frame}<figcaption><b>{escape(figure.title)}</b>{lines}</figcaption></figure>"
