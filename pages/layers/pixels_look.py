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
from cnnlab.layers.view import Place, View
from cnnlab.specs import N_, Call
from pages.layers.choices import choices
from pages.layers.pixels import pixels_view
from pages.serving.answers import rows_address
from pages.shared.history import History
from pages.shared.language import _, plain, say
from pages.shared.work import done

TITLES = {"x": N_("Input"), "w": N_("Weights"), "b": N_("Bias")}


def counts(pixels: Pixels) -> dict[str, int]:
    """How many numbers the drawn layer has of each sort that may be typed."""
    weights = weight_shape(Call.from_dict(pixels.call, LAYERS))
    return {"x": prod(pixels.input), "w": prod(weights), "b": pixels.biases}


def too_many(pixels: Pixels) -> list[str]:
    """What has more numbers than a link can carry."""
    return [TITLES[name] for name, count in counts(pixels).items() if count > limits.TYPED_NUMBERS]


def unfitting(pixels: Pixels, view: View) -> list[str]:
    """What was typed for a layer that took as many numbers, and does no longer."""
    fits = counts(pixels).items()
    return [TITLES[name] for name, count in fits if len(view.numbers.get(name, ())) not in (0, count)]


def pixels_look(history: History, place: Place) -> None:
    """The small layer's numbers with the choice of them."""
    view = history.now
    with st.container(horizontal=True, vertical_alignment="bottom"):
        choices(history, place.call)
    recipe = asked(view)
    kind = suited(PIXELS, view)
    pixels: Pixels = done(kind, recipe, _("Working out the numbers …"))
    told = [say(note, plain) for note in pixels.notes]
    if view.index and place.call.spec.family != "unpool":  # which gets what a pooling makes of the same
        told.append(_("Its input is a fresh one, as chosen above: not what the layer before it puts out."))
    if lost := unfitting(pixels, view):
        words = _("Typed numbers that no longer fit are left out: {names}.")
        told.append(words.format(names=_(", ").join(map(_, lost))))
    if untyped := too_many(pixels):
        words = _("More than {limit} numbers cannot be typed, so that these stay as they are: {names}.")
        told.append(words.format(limit=f"{limits.TYPED_NUMBERS:,}", names=_(", ").join(map(_, untyped))))
    if told:
        st.caption(" ".join(told))

    def typed(numbers: Mapping[str, tuple[float, ...]]) -> None:
        history.update(numbers={**history.now.numbers, **numbers})

    def picked(element: Shape) -> None:
        history.update(keep=False, element=element)

    pixels_view("layers.pixels", rows_address(kind, recipe), pixels, view.element, picked, typed)
