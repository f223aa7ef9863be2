"""The look at a layer's numbers: which sample is drawn, and its element under the microscope."""

from collections.abc import Mapping, Sequence

import streamlit as st

from cnnlab import limits
from cnnlab.layers.answers import Pixels
from cnnlab.layers.jobs import PIXELS, asked, suited
from cnnlab.layers.presets import FILLS, KERNELS, MODEL, STARTS, kernels
from cnnlab.layers.rows import Shape
from cnnlab.layers.view import Place
from cnnlab.specs import Call
from pages.layers.pixels import pixels_view
from pages.serving.answers import rows_address
from pages.shared.history import History
from pages.shared.language import _, plain, say
from pages.shared.sent import heard
from pages.shared.work import done

DRAWN = {"fill": ("random",), "kernel": ("default", *STARTS)}  # what chance has a part in


def pixels_look(history: History, place: Place) -> None:
    """The small layer's numbers with the choice of them."""
    view = history.now
    choices = st.container(horizontal=True, vertical_alignment="bottom")
    recipe = asked(view)
    kind = suited(PIXELS, view)
    pixels: Pixels = done(kind, recipe, _("Working out the numbers …"))
    with choices:
        _choices(history, place.call)
    for note in pixels.notes:
        st.caption(say(note, plain))

    def typed(numbers: Mapping[str, tuple[float, ...]]) -> None:
        history.update(numbers={**history.now.numbers, **numbers})

    def picked(element: Shape) -> None:
        history.update(keep=False, element=element)

    pixels_view("layers.pixels", rows_address(kind, recipe), pixels, view.element, picked, typed)


def _choices(history: History, call: Call) -> None:
    """Which numbers the sample has; weights only where there is a choice of them."""
    view = history.now
    weights = [name for name in kernels(call) if name != MODEL or view.origin]
    drawn = _choice(history, "fill", _("Input"), FILLS, list(FILLS), "x")
    if len(weights) > 1:
        drawn |= _choice(history, "kernel", _("Weights"), KERNELS, weights, "wb")
    if drawn:
        st.button(
            _("Draw anew"),
            key="layers.anew",
            icon=":material/casino:",
            on_click=lambda: history.update(seed=(history.now.seed + 1) % (limits.SEED + 1)),
        )
    if view.numbers:
        st.button(
            _("Reset numbers"),
            key="layers.reset",
            icon=":material/restart_alt:",
            on_click=lambda: history.update(numbers={}),
        )


def _choice(
    history: History, name: str, title: str, titles: Mapping[str, str], names: Sequence[str], typed: str
) -> bool:
    """A choice of numbers, which stand for those that were typed before; True where chance has a part in them."""
    now = getattr(history.now, name)
    now = now if now in names else names[0]
    key = f"layers.{name}"
    st.session_state[key] = now

    def choose(chosen: str) -> None:
        numbers = {each: values for each, values in history.now.numbers.items() if each not in typed}
        history.update(**{name: chosen, "numbers": numbers})

    st.selectbox(
        title, names, key=key, format_func=lambda each: _(titles[each]), on_change=heard(key, names, choose), width=240
    )
    return now in DRAWN[name]
