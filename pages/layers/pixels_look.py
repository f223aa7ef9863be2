"""The look at a layer's numbers: which sample is drawn, and its element under the microscope."""

from collections.abc import Mapping
from dataclasses import replace

import streamlit as st

from cnnlab.layers.answers import Pixels
from cnnlab.layers.jobs import PIXELS, asked
from cnnlab.layers.presets import FILLS, KERNELS
from cnnlab.layers.rows import Shape
from cnnlab.layers.view import Place
from pages.layers.pixels import pixels_view
from pages.serving.answers import rows_address
from pages.shared.history import History
from pages.shared.language import _, plain, say
from pages.shared.work import done

RANDOM = ("random", "default", "xavier_uniform_", "xavier_normal_", "kaiming_uniform_", "kaiming_normal_")


def pixels_look(history: History, place: Place) -> None:
    """The small layer's numbers with the choice of them."""
    view = history.now
    choices = st.container(horizontal=True, vertical_alignment="bottom")
    recipe = asked(view)
    pixels: Pixels = done(PIXELS, recipe, _("Working out the numbers …"))
    with choices:
        _choices(history, weighted="out_channels" in place.call.values or "out_features" in place.call.values)
    for note in pixels.notes:
        st.caption(say(note, plain))

    def typed(numbers: Mapping[str, tuple[float, ...]]) -> None:
        history.update(numbers={**history.now.numbers, **numbers})

    def picked(element: Shape) -> None:
        history.update(keep=False, element=element)

    pixels_view("layers.pixels", rows_address(PIXELS, recipe), pixels, view.element, picked, typed)


def _choices(history: History, weighted: bool) -> None:
    """Which numbers the sample has; those of a layer without weights are its input alone."""
    view = history.now
    drawn = [("fill", _("Input"), FILLS, "x")]
    if weighted:
        drawn.append(("kernel", _("Weights"), KERNELS, "w"))
    for name, title, presets, typed in drawn:
        names = [each for each in presets if each != "model" or view.origin or view.kernel == each]
        st.selectbox(
            title,
            names,
            format_func=lambda each, presets=presets: _(presets[each]),
            **_choice(history, name, names, typed),
            width=240,
        )
    if view.fill in RANDOM or (weighted and view.kernel in RANDOM):
        st.button(
            _("Draw anew"),
            key="layers.anew",
            icon=":material/casino:",
            on_click=lambda: history.update(seed=history.now.seed + 1),
        )
    if view.numbers:
        st.button(
            _("Reset numbers"),
            key="layers.reset",
            icon=":material/restart_alt:",
            on_click=lambda: history.update(numbers={}),
        )


def _choice(history: History, name: str, names: list[str], typed: str):
    """A choice of numbers stands for those that were typed before."""
    bound = history.choice(name, names)
    changed = bound["on_change"]

    def chosen() -> None:
        before = getattr(history.now, name)
        changed()
        if getattr(history.now, name) != before:
            numbers = {each: values for each, values in history.now.numbers.items() if each != typed}
            history.change(replace(history.now, numbers=numbers), keep=False)

    return {**bound, "on_change": chosen}
