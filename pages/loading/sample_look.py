"""The look "sample": how one picture becomes a row of a batch, step by step."""

import streamlit as st

from pages.shared.history import History


def sample_look(history: History) -> None:
    st.caption("")
