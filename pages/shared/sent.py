"""What a browser says was chosen. It may say anything, so only what is on offer is taken."""

from collections.abc import Callable, Iterable
from typing import Any

import streamlit as st


def chosen(key: str, options: Iterable[str]) -> str | None:
    """The option in a widget of names; None for no option."""
    value = st.session_state.get(key)
    return value if value in list(options) else None


def heard(key: str, options: Iterable[Any], act: Callable[[Any], None]) -> Callable[[], None]:
    """A callback of a choice: `act` takes the option that was chosen, of whatever type the options are."""

    def changed() -> None:
        value = st.session_state.get(key)
        if any(type(option) is type(value) and option == value for option in options):
            act(value)

    return changed


def kept(key: str, options: Iterable[Any], otherwise: Any) -> None:
    """Before a widget whose value is nowhere else: what it holds, or `otherwise` where that is not on offer."""
    if st.session_state.get(key) not in list(options):
        st.session_state[key] = otherwise


def switch(key: str, on: bool) -> None:
    """Before a switch: what it shows. A browser that shows it is told nothing, which would undo a click made meanwhile."""
    if st.session_state.get(key) is not on:
        st.session_state[key] = on
