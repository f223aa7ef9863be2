"""“I need 14 → 28”: every setting that leads from one length to another."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from cnnlab import limits
from cnnlab.layers import LAYERS, LayerSpec
from cnnlab.layers.rows import ABSENT
from cnnlab.layers.searching import CHECKED, SEARCHES, Setting, settings
from cnnlab.layers.view import Place, View, fitted
from pages.shared.history import History
from pages.shared.language import _
from pages.shared.sent import kept

OTHERS = ("Conv{}d", "ConvTranspose{}d", "MaxPool{}d", "AvgPool{}d", "Upsample")
SIZED = (*CHECKED, "output_size", "size", "scale_factor")
ENDS = ("from", "to")


def goal(history: History, place: Place) -> None:
    """Two lengths and a kind of layer; below them its settings, of which a press on one is taken."""
    if place.input is None or len(place.input) < 2:
        return
    view: View = history.now
    lengths = view.goal or (place.input[-1], place.output[-1] if place.output and len(place.output) > 1 else 1)
    lengths = tuple(min(length, limits.SIDE) for length in lengths)
    st.subheader(_("I need {size} → {goal}").format(size=lengths[0], goal=lengths[1]), anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for end, title in enumerate((_("Side of the input"), _("Side of the output"))):
            _length(history, lengths, end, title)
        names = offered(place)
        kept("layers.goal.layer", names, names[0])
        name = st.segmented_control(_("Layer"), names, key="layers.goal.layer", required=True)
    found = settings(LAYERS[name], *lengths)
    if not found:
        st.caption(_("No setting of {layer} does that.").format(layer=name))
        return
    words = _("{count} settings of {layer} do that, the plainest first. Tick one to have it here.")
    if len(found) == limits.SEARCH_ROWS:
        words = _("The {count} plainest settings of {layer} that do that. Tick one to have it here.")
    st.caption(words.format(count=len(found), layer=name))
    _table(history, LAYERS[name], lengths, found)


def offered(place: Place) -> list[str]:
    """The layers that are searched through, the one that is looked at first where it is one of them."""
    spec, sides = place.call.spec, min(max(len(place.input) - 1, 1), 3)
    others = [name.format(sides) for name in OTHERS]
    return list(dict.fromkeys([*([spec.name] if spec.family in SEARCHES else []), *others]))


def _length(history: History, lengths: tuple[int, int], end: int, title: str) -> None:
    key = f"layers.goal.{ENDS[end]}"
    st.session_state[key] = lengths[end]

    def changed() -> None:
        value = st.session_state[key]
        history.update(goal=(value, lengths[1]) if end == 0 else (lengths[0], value))

    st.number_input(title, min_value=1, max_value=limits.SIDE, key=key, on_change=changed, width=160)


def _table(history: History, spec: LayerSpec, lengths: tuple[int, int], found: Sequence[Setting]) -> None:
    key = f"layers.goal.{spec.name}.{lengths[0]}.{lengths[1]}"

    def ticked() -> None:
        rows = st.session_state[key]["selection"]["rows"]
        if isinstance(rows, list) and rows and type(rows[0]) is int and 0 <= rows[0] < len(found):
            history.change(taken(history.now, spec, found[rows[0]].values, lengths))

    uneven = _("⚠ uneven: with this setting some places of the output are written more often than their neighbours.")
    st.dataframe(
        columns(found),
        key=key,
        hide_index=True,
        height=320,
        on_select=ticked,
        selection_mode="single-row",
        column_config={_("Checkerboard"): st.column_config.TextColumn(help=uneven)},
    )


def columns(found: Sequence[Setting]) -> Mapping[str, Sequence[Any]]:
    """The settings as a table; of transposed convolutions also which may leave a checkerboard."""
    names = [name for name in SIZED if any(name in each.values for each in found)]
    table = {name: [each.values.get(name, ABSENT.get(name)) for each in found] for name in names}
    if any(each.checkerboard for each in found):
        table[_("Checkerboard")] = [_("⚠ uneven") if each.checkerboard else "" for each in found]
    return table


def taken(view: View, spec: LayerSpec, values: Mapping[str, Any], lengths: tuple[int, int]) -> View:
    """The view with that setting, on an input of that side where the layer is the first."""
    call = view.call if view.call.spec == spec else fitted(spec, view.here.input)
    plain = {param.name: param.default for param in spec.params if param.name in SIZED and not param.required}
    call = call.replace(**{**plain, **values})
    view = view.with_call(call) if view.call.spec == spec else view.exchanged(call)
    if view.index == 0:
        shape = view.first_shape
        view = replace(view, shape=(*shape[:1], *(lengths[0],) * (len(shape) - 1)))
    return replace(view, goal=lengths, element=None)
