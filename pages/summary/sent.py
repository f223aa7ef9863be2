"""What a browser says was chosen. It may say anything, so only what is on offer is taken."""

from collections.abc import Iterable
from typing import Any

import streamlit as st

from pages.shared.history import History


def chosen(key: str, options: Iterable[str]) -> str | None:
    """The option in a widget of names; None for no option.

    A name among options that this page did not show comes back as the label that the browser showed, "name: about".
    """
    value = st.session_state.get(key)
    offered = list(options)
    if value in offered:
        return value
    name = value.partition(":")[0] if isinstance(value, str) else None
    return name if name in offered else None


def bound(history: History, name: str, options: Iterable[str]) -> dict[str, Any]:
    """The key and callback that tie a choice to a field of the view, as History.bound does, for options alone."""
    key = f"{history.page}.{name}"
    st.session_state[key] = getattr(history.now, name)

    def picked() -> None:
        if (value := chosen(key, options)) is not None:
            history.update(**{name: value})

    return {"key": key, "on_change": picked}


def kept(key: str, options: Iterable[Any], otherwise: Any) -> None:
    """Before a widget whose value is nowhere else: what it holds, or `otherwise` where that is not on offer."""
    if st.session_state.get(key) not in list(options):
        st.session_state[key] = otherwise
