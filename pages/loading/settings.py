"""The narrow column: which pictures, and how they are fed to a network."""

import streamlit as st

from pages.shared.history import History
from pages.shared.language import _

PAGE = "loading"


def settings(history: History) -> None:
    with st.container(horizontal=True, horizontal_alignment="right"):
        history.buttons()
    st.number_input(_("Batch size"), **history.number("batch_size"))
