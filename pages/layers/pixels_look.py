"""The look at a layer's numbers: which sample is drawn, and its element under the microscope."""

from collections.abc import Mapping
from math import prod

import streamlit as st

from cnnlab import limits
from cnnlab.layers import LAYERS
from cnnlab.layers.answers import Pixels
from cnnlab.layers.contributions import weight_shape
from cnnlab.layers.jobs import PIXELS, asked, suited
from cnnlab.layers.rows import Shape
from cnnlab.layers.view import Place
from cnnlab.specs import N_, Call
from pages.layers.choices import choices
from pages.layers.pixels import pixels_view
from pages.serving.answers import rows_address
from pages.shared.history import History
from pages.shared.language import _, plain, say
from pages.shared.work import done

INPUT, WEIGHTS = N_("Input"), N_("Weights")


def too_many(pixels: Pixels) -> list[str]:
    """What has more numbers than a link can carry."""
    counts = {INPUT: prod(pixels.input), WEIGHTS: prod(weight_shape(Call.from_dict(pixels.call, LAYERS)))}
    return [name for name, count in counts.items() if count > limits.TYPED_NUMBERS]


def pixels_look(history: History, place: Place) -> None:
    """The small layer's numbers with the choice of them."""
    view = history.now
    with st.container(horizontal=True, vertical_alignment="bottom"):
        choices(history, place.call)
    recipe = asked(view)
    kind = suited(PIXELS, view)
    pixels: Pixels = done(kind, recipe, _("Working out the numbers …"))
    for note in pixels.notes:
        st.caption(say(note, plain))
    if untyped := too_many(pixels):
        limit = f"{limits.TYPED_NUMBERS:,}"
        words = _("More than {limit} numbers cannot be typed, so that these stay as they are: {names}.")
        st.caption(words.format(limit=limit, names=_(", ").join(map(_, untyped))))

    def typed(numbers: Mapping[str, tuple[float, ...]]) -> None:
        history.update(numbers={**history.now.numbers, **numbers})

    def picked(element: Shape) -> None:
        history.update(keep=False, element=element)

    pixels_view("layers.pixels", rows_address(kind, recipe), pixels, view.element, picked, typed)
