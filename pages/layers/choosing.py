"""The choice of a layer, the shape of what reaches it, and its settings."""

from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cnnlab import limits
from cnnlab.layers import LAYERS, first_input
from cnnlab.layers.sizes import out_shape
from cnnlab.layers.view import View, fitted, understood
from cnnlab.specs import SpecError
from pages.shared.choice import Option, choice
from pages.shared.form import form
from pages.shared.history import History
from pages.shared.language import _
from pages.shared.shape import shape_field

PAGE = "layers"


def offered() -> list[Option]:
    """All layers, kind by kind."""
    return [Option(name, spec.group, spec.about) for name, spec in LAYERS.items()]


def chooser(history: History) -> DeltaGenerator:
    """First row: the layer, the shape of the input, undo and redo; below it what was understood of a typed shape.

    Gives the place beside them for what makes more layers.
    """
    layer, shape, more = st.columns([4, 3, 5], vertical_alignment="bottom")
    with layer:
        choice(
            "layers.layer",
            _("Layer"),
            offered,
            lambda name: history.change(with_layer(history.now, name)),
            picked=history.now.call.name,
        )
    with more, st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
        beside = st.container(horizontal=True, gap="xsmall", width="content")
        history.buttons()
    view: View = history.now
    natural = first_input(view.layers[0])
    shape_field(
        history,
        shape,
        st.container(),
        view.first_shape,
        lambda text: understood(text, natural),
        lambda sides: history.update(shape=None if sides == natural else sides, element=None),
        _("Channels, then sides, each up to {limit}: 3 x 32 x 32, (3, 32, 32) or 32 will do.").format(
            limit=f"{limits.LAYER_SIDE:,}"
        ),
    )
    return beside


def with_layer(view: View, name: str) -> View:
    """Another layer in the place that is looked at: on the same input where it takes that, else on one made for it."""
    arrives = view.here.input
    call = fitted(LAYERS[name], arrives)
    if len(view.layers) > 1:
        return view.exchanged(call)
    if view.shape is not None:
        try:
            out_shape(call, view.shape)
        except SpecError:
            pass
        else:
            return view.of(call, shape=view.shape)
    return view.of(LAYERS[name].example())


def settings(history: History) -> None:
    """The narrow column: what the layer is, and its parameters."""
    view: View = history.now
    call = view.call

    def change(values: dict) -> None:
        now: View = history.now
        history.change(replace(now.with_call(now.call.replace(**values)), element=None))

    st.caption(_(call.spec.about))
    form(call, f"layers.{call.name}", change)
