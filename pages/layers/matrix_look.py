"""The look at a convolution as a multiplication of matrices."""

import streamlit as st

from cnnlab.layers.answers import Matrix
from cnnlab.layers.jobs import MATRIX, asked, suited
from cnnlab.layers.matrix import MULTIPLYING
from cnnlab.layers.view import Place
from pages.layers.choices import choices
from pages.layers.matrix import matrix_view
from pages.serving.answers import rows_address
from pages.shared.history import History
from pages.shared.language import _, plain, say
from pages.shared.work import done


def multiplies(place: Place) -> bool:
    return place.call.spec.family in MULTIPLYING


def matrix_look(history: History, place: Place) -> None:
    """The drawn layer as matrices, with the choice of its numbers."""
    view = history.now
    with st.container(horizontal=True, vertical_alignment="bottom"):
        choices(history, place.call)
    kind, recipe = suited(MATRIX, view), asked(view)
    matrix: Matrix = done(kind, recipe, _("Writing the matrix …"))
    for note in matrix.notes:
        st.caption(say(note, plain))
    matrix_view("layers.matrix", rows_address(kind, recipe), place.call.spec.family)
