"""How a layer's output comes by its size."""

import streamlit as st

from cnnlab.layers.view import Place
from cnnlab.summary import shape_text
from pages.shared.history import History


def shape_look(history: History, place: Place) -> None:
    st.caption(shape_text(place.output))
