"""Several layers in a row, each with the shape that reaches it."""

from functools import partial

import streamlit as st

from cnnlab import limits
from cnnlab.layers import LAYERS
from cnnlab.layers.jobs import READ, Pasted
from cnnlab.layers.view import Place, View, fitted
from cnnlab.specs import Call, SpecError
from cnnlab.summary import shape_text
from pages.layers.choosing import offered
from pages.shared.choice import choice
from pages.shared.history import History
from pages.shared.language import _, coded, plain, say
from pages.shared.popover import close, popover
from pages.shared.take import paste_box
from pages.shared.tools import tools
from pages.shared.work import done

ADDING, PASTING, TOLD = "layers.adding", "layers.pasting", "layers.pasted"
WEIGHTS = ("kernel", "origin", "row")  # fields of a view that say where a layer's weights come from
PASTE_PX = 420
EXAMPLE = """nn.Sequential(
    nn.Conv2d(1, 6, kernel_size=5), nn.ReLU(),
    nn.MaxPool2d(2),
)"""


def strip(history: History) -> None:
    """The layers from left to right with the shapes handed on, where there are several, and what a paste left out."""
    view: View = history.now
    places = view.places()
    if len(places) > 1:
        with st.container(key="layers.strip", horizontal=True, vertical_alignment="center", gap="xsmall"):
            for index, place in enumerate(places):
                _layer(history, index, place)
            st.markdown(f"→ {_shape(places[-1].output)}", width="content")
            _tools(history)
    told = st.session_state.get(TOLD)
    if told and told[0] == view.layers and told[1]:
        st.info("\n\n".join(say(note, plain) for note in told[1]), icon=":material/info:")


def more_layers(history: History) -> None:
    """One more out of the catalogue, or a pasted stack."""
    view: View = history.now
    with popover(ADDING, _("Add a layer"), ":material/add:"), st.container(width=PASTE_PX):
        if len(view.layers) < limits.STACK:
            choice(
                "layers.add",
                _("Put behind {layer}").format(layer=view.call.name),
                offered,
                partial(_add, history),
                placeholder=_("type a layer"),
            )
        else:
            st.caption(_("There is room for {limit} layers.").format(limit=limits.STACK))
    with popover(PASTING, _("Paste layers"), ":material/content_paste:"), st.container(width=PASTE_PX):
        label = _("An nn.Sequential, or one layer; nothing of it is executed.")
        paste_box("layers.paste", label, EXAMPLE, partial(_read, history))


def _shape(shape: tuple[int, ...] | None) -> str:
    return coded(shape_text(shape)) if shape else "–"


def _layer(history: History, index: int, place: Place) -> None:
    st.markdown(f"{'→ ' if index else ''}{_shape(place.input)} →", width="content")
    chosen = index == history.now.index
    name = place.call.name
    st.button(
        name,
        key=f"layers.place.{index}",
        type="primary" if chosen else "secondary",
        icon=":material/error:" if place.error else None,
        help=_("{layer} cannot take what reaches it").format(layer=name) if place.error else coded(place.call.code()),
        on_click=lambda: turn_to(history, index),
    )


def turn_to(history: History, index: int) -> None:
    """Look at another layer of the stack; undo leads back where the weights of the one before go with that."""
    before, now = history.now, history.now.at(index)
    history.change(now, keep=any(getattr(before, name) != getattr(now, name) for name in WEIGHTS))


def _tools(history: History) -> None:
    view: View = history.now
    name, last = view.call.name, len(view.layers) - 1
    acts = (
        ("earlier", "arrow_back", _("Move {layer} one place earlier"), lambda now: now.moved(-1), view.index == 0),
        ("later", "arrow_forward", _("Move {layer} one place later"), lambda now: now.moved(1), view.index == last),
        ("remove", "delete", _("Remove {layer}"), View.without, False),
        ("alone", "filter_1", _("Keep {layer} alone, with what reaches it"), View.alone, view.here.input is None),
    )
    with tools("layers.stack"):
        for act, icon, title, edit, disabled in acts:
            title = title.format(layer=name)
            st.button(
                title,
                icon=f":material/{icon}:",
                key=f"layers.{act}",
                help=title,
                disabled=disabled,
                on_click=lambda edit=edit: history.change(edit(history.now)),
            )


def _add(history: History, name: str) -> None:
    view: View = history.now
    close(ADDING)
    history.change(view.added(fitted(LAYERS[name], view.here.output)))


def _read(history: History, text: str) -> None:
    if not text.strip():
        raise SpecError("There is nothing to read: paste an nn.Sequential(…), or a layer such as nn.ReLU().")
    stack = done(READ, Pasted(text))
    view = history.now.read(tuple(Call.from_dict(layer, LAYERS) for layer in stack.layers))
    history.change(view)
    st.session_state[TOLD] = (view.layers, stack.notes)
    close(PASTING)
