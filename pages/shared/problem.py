"""The one box in which errors reach a visitor."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_run_context import ThreadState

from cnnlab.specs import SpecError
from pages.shared.language import plain, say

REFUSED = "problem.refused"  # what callbacks of pieces were refused, which have no place of their own


def problem(error: SpecError) -> None:
    """One clear sentence: what, why, and what to do. In a piece's callback it is said at the head of the page."""
    in_piece = get_script_run_ctx(suppress_warning=True) and ThreadState.get().in_fragment_callback
    if in_piece:  # what is drawn now takes the place of the page's first element
        st.session_state.setdefault(REFUSED, []).append(error)
        return
    st.error(say(error, plain), icon=":material/error:")


@contextmanager
def refusals() -> Iterator[None]:
    """Show a SpecError raised inside as a problem; the page goes on."""
    try:
        yield
    except SpecError as error:
        problem(error)


def refused() -> None:
    """At the head of the page: what callbacks of its pieces were refused since."""
    for error in st.session_state.get(REFUSED, ()):
        problem(error)
