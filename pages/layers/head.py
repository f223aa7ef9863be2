"""What comes out of the layer that is looked at, or why nothing does."""

import streamlit as st

from cnnlab.layers.view import Place
from cnnlab.summary import shape_text
from pages.shared.history import History
from pages.shared.language import _
from pages.shared.problem import problem


def head(history: History, place: Place) -> None:
    """Sizes in one row; a refusal in their place, with what would do."""
    with st.container(key="layers.head", horizontal=True, gap="large"):
        st.metric(_("Output"), f"{shape_text(place.input)} → {shape_text(place.output) or '–'}", width="content")
    st.code(place.call.code())
    if place.error:
        problem(place.error)
