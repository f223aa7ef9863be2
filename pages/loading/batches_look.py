"""The look "batches": how many batches an epoch has, and in which order they come."""

import streamlit as st

from pages.shared.history import History


def batches_look(history: History) -> None:
    st.caption("")
