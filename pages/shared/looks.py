"""One look at a time, as tabs."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import streamlit as st

from pages.shared.history import History
from pages.shared.language import _
from pages.shared.problem import refusals
from pages.shared.sent import heard


class Look(Protocol):
    """A tab: its name in a link, and its title, a message."""

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...


def looks(history: History, rows: Sequence[Look], draw: Callable[[Any], None]) -> None:
    """Draw the row that the view's `look` names, the first where there is no such; what it refuses is told in its place."""
    key, titles = f"{history.page}.look", [_(row.title) for row in rows]
    now = next((place for place, row in enumerate(rows) if row.name == history.now.look), 0)
    st.session_state[key] = titles[now]

    def turned(title: str) -> None:
        place = titles.index(title)
        history.update(keep=False, look=rows[place].name if place else "")

    tabs = st.tabs(titles, key=key, on_change=heard(key, titles, turned))
    for tab, row in zip(tabs, rows, strict=True):
        if tab.open:
            with tab, refusals():
                draw(row)
