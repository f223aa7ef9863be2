"""The look "pictures": the pictures themselves, their classes, sizes and numbers."""

import streamlit as st

from pages.shared.history import History


def pictures_look(history: History) -> None:
    st.caption("")
