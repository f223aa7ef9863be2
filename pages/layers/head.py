"""What comes out of the layer that is looked at, or why nothing does, and what would do."""

from dataclasses import replace

import streamlit as st

from cnnlab.layers.costs import cost
from cnnlab.layers.mending import Mend, mends
from cnnlab.layers.view import Place, View, in_bounds
from cnnlab.layers.workings import workings
from cnnlab.quantities import binary, si
from cnnlab.summary import shape_text
from pages.layers.stack import turn_to
from pages.shared.history import History
from pages.shared.language import _, coded, plain, say
from pages.shared.problem import problem


def head(history: History, place: Place) -> None:
    """Sizes and costs in one row, the formula of each side; a refusal and its mends in their place."""
    with st.container(key="layers.head", horizontal=True, gap="medium"):
        reaches = shape_text(place.input) or "–"
        st.metric(_("Output"), f"{reaches} → {shape_text(place.output) or '–'}", width="content")
        if place.output is not None:
            _costs(place)
    if place.error:
        problem(place.error)
        _mends(history, place)
    elif place.input is None:
        _first_broken(history)
    else:
        for line in formulas(place):
            st.markdown(line)


def _costs(place: Place) -> None:
    costs = cost(place.call, place.input)
    bytes_help = _("Input {input}, weights {weights}, output {output}, in float32.").format(
        input=binary(costs.input_bytes), weights=binary(costs.weight_bytes), output=binary(costs.output_bytes)
    )
    st.metric(_("Parameters"), si(costs.params), help=f"{costs.params:,}", width="content")
    macs_help = _("{macs} multiply-accumulates for one sample; FLOPs are twice as many.").format(macs=f"{costs.macs:,}")
    st.metric(_("MACs"), si(costs.macs), help=macs_help, width="content")
    total = costs.input_bytes + costs.weight_bytes + costs.output_bytes
    st.metric(_("Memory"), binary(total), help=bytes_help, width="content")


def formulas(place: Place) -> list[str]:
    """The formula of each length with its numbers, those that are the same in one line."""
    lines: dict[str, list[str]] = {}
    for each in workings(place.call, place.input):
        equation = each.filled if each.filled == str(each.length) else f"{each.filled} = {each.length}"
        lines.setdefault(equation, []).append(_(each.side))
    return [f":small[{_(', ').join(sides)}:] {coded(equation)}" for equation, sides in lines.items()]


def _mends(history: History, place: Place) -> None:
    """The nearest settings that work, each a press; another input only where the layer is the first."""
    first = history.now.index == 0
    offered = [
        mend
        for mend in mends(place.call, place.input)
        if mend.shape == place.input or (first and in_bounds(mend.shape))
    ]
    with st.container(horizontal=True, gap="xsmall"):
        for number, mend in enumerate(offered):
            st.button(
                say(mend.about, plain),
                key=f"layers.mend.{number}",
                icon=":material/healing:",
                help=f"→ {shape_text(mend.output)}",
                on_click=lambda mend=mend: history.change(mended(history.now, mend)),
            )


def mended(view: View, mend: Mend) -> View:
    """The view with a layer, or a first input, that go together."""
    view = replace(view.with_call(mend.call), element=None)
    return view if view.index else replace(view, shape=mend.shape)


def _first_broken(history: History) -> None:
    """Which layer of the stack is to be mended first."""
    places = history.now.places()
    first = next(index for index, each in enumerate(places) if each.error)
    st.error(_("A layer before this one cannot take its input: mend that one first."), icon=":material/error:")
    st.button(
        _("Go to {layer}").format(layer=places[first].call.name),
        key="layers.broken",
        icon=":material/arrow_back:",
        on_click=lambda: turn_to(history, first),
    )
