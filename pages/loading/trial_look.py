"""The look "trial": the real loader, run: does it work, how fast, and does chance repeat itself."""

import streamlit as st

from pages.shared.history import History


def trial_look(history: History) -> None:
    st.caption("")
