"""The one box in which errors reach a visitor."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from cnnlab.specs import SpecError
from pages.shared.language import plain, say


def problem(error: SpecError) -> None:
    """One clear sentence: what, why, and what to do."""
    st.error(say(error, plain), icon=":material/error:")


@contextmanager
def refusals() -> Iterator[None]:
    """Show a SpecError raised inside as a problem; the page goes on."""
    try:
        yield
    except SpecError as error:
        problem(error)
