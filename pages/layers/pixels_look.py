"""The look at a layer's numbers: which sample is drawn, and its element under the microscope."""

from collections.abc import Mapping

import streamlit as st

from cnnlab.layers.answers import Pixels
from cnnlab.layers.jobs import PIXELS, asked, suited
from cnnlab.layers.rows import Shape
from cnnlab.layers.view import Place
from pages.layers.choices import choices
from pages.layers.pixels import pixels_view
from pages.serving.answers import rows_address
from pages.shared.history import History
from pages.shared.language import _, plain, say
from pages.shared.work import done


def pixels_look(history: History, place: Place) -> None:
    """The small layer's numbers with the choice of them."""
    view = history.now
    above = st.container(horizontal=True, vertical_alignment="bottom")
    recipe = asked(view)
    kind = suited(PIXELS, view)
    pixels: Pixels = done(kind, recipe, _("Working out the numbers …"))
    with above:
        choices(history, place.call)
    if pixels.notes:
        st.caption(" ".join(say(note, plain) for note in pixels.notes))

    def typed(numbers: Mapping[str, tuple[float, ...]]) -> None:
        history.update(numbers={**history.now.numbers, **numbers})

    def picked(element: Shape) -> None:
        history.update(keep=False, element=element)

    pixels_view("layers.pixels", rows_address(kind, recipe), pixels, view.element, picked, typed)
