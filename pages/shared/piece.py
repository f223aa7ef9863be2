"""Pieces of a page that are drawn anew by themselves, so that a touch costs what it changes and not the whole page.

A callback that changes no more than some pieces show names them in `renew`. Whatever else changes a view draws all of
the page, from whichever piece it came: so a piece that is not named may be late, and is never wrong.
"""

from collections.abc import Callable
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitAPIException

from pages.shared.problem import REFUSED
from pages.shared.work import CHANGED, alone, forget_stop


def piece(key: str, draw: Callable[[], Any]) -> Any:
    """Draw it here, and again whenever it is renewed: `draw` takes what it shows from the session, not from this run.

    Gives what `draw` gives, in a run of the whole page.
    """

    def drawn() -> Any:
        if alone() and (st.session_state.get(CHANGED) or st.session_state.get(REFUSED)):
            st.rerun()
        answer = draw()
        if alone():
            forget_stop()
        return answer

    drawn.__qualname__ = f"piece.{key}"  # by which Streamlit tells those apart that stand in one container
    return st.fragment(drawn, key=key)()


def renew(*keys: str) -> None:
    """At the end of a callback: draw these pieces and nothing else; the whole page where one of them is not on it."""
    try:
        st.rerun(list(keys))
    except StreamlitAPIException:
        st.rerun()


def whole() -> None:
    """At the end of a run of the whole page: what stands in it for once goes with the next touch, whatever that is."""
    if st.session_state.pop(REFUSED, None):
        st.session_state[CHANGED] = True
