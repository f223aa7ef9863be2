"""The choice of a model: out of the catalogue, or pasted."""

from dataclasses import replace
from typing import NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cnnlab import limits
from cnnlab.models import MODELS, input_shapes, models_folder
from cnnlab.models.own import checked_name
from cnnlab.reading.layout import laid_out
from cnnlab.specs import Call
from cnnlab.summary.rows import Shape
from cnnlab.summary.view import View, understood
from pages.shared.choice import choice
from pages.shared.form import form
from pages.shared.history import History
from pages.shared.language import _
from pages.shared.models import offered
from pages.shared.own import allow
from pages.shared.popover import close, popover
from pages.shared.problem import refusals
from pages.shared.shape import shape_field as shared_field
from pages.shared.take import paste_box
from pages.summary.reported import reported

PAGE = "summary"
TABS, LOOK, CARD = "summary.tabs", "summary.open", "summary.card"  # pieces: all looks, the open one, the chosen row
PASTE = "summary.paste"
SHOWN = "summary.paste.shown"
PASTE_PX = 420
COLUMN = 40  # characters of the narrow column, beyond which a line is laid out over several


def look_at(history: History, view: View) -> None:
    """In a callback: show a view of the same model that differs in what is chosen of it."""
    history.change(view, keep=False, pieces=(CARD, LOOK))


class Place(NamedTuple):
    """Where the shape of the input goes, and below it what there is to say of it."""

    field: DeltaGenerator
    below: DeltaGenerator


EXAMPLE = """nn.Sequential(
    nn.Conv2d(1, 6, kernel_size=5), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Linear(6 * 12 * 12, 10),
)"""


def chooser(history: History) -> Place:
    """What goes in: a model of the catalogue, or a pasted one. Gives the place for its input's shape, which may come later."""
    view: View = history.now
    model, shape, paste = st.columns([5, 2, 1.4], vertical_alignment="bottom")

    def picked(name: str) -> None:
        history.change(history.now.of(model=MODELS[name].example()))

    with model:
        choice(
            "summary.model",
            _("Model"),
            offered,
            picked,
            picked=view.model.name if view.listed else "",
            placeholder=_("your own, pasted"),
        )
    with paste:
        box = popover(PASTE, _("Your own model"), ":material/content_paste:", width="stretch")
    with box, st.container(width=PASTE_PX):  # so that a long refusal does not widen it
        if models_folder():
            _own_field(history)
        if view.source and st.session_state.get(SHOWN) != view.source:  # mended, or brought back by undo
            st.session_state["summary.paste.text"] = st.session_state[SHOWN] = view.source
        paste_box(
            PASTE, _("An nn.Sequential to read; nothing of it is executed."), EXAMPLE, lambda text: _read(history, text)
        )
    return Place(shape, st.container())


def shape_field(history: History, place: Place, natural: Shape | None) -> None:
    """The input's shape, and the one that the model was made for where nothing else was asked for."""
    view: View = history.now
    shared_field(
        history,
        place.field,
        place.below,
        view.shape or natural,
        lambda text: understood(text, natural),
        lambda shape: history.update(shape=None if shape == natural else shape),
        _("Channels × height × width, sides up to {limit}: 3 x 224 x 224, (3, 224, 224) or 224 will do.").format(
            limit=limits.SIDE
        ),
    )


def _own_field(history: History) -> None:
    """A class out of the folder that CNNLAB_MODELS names, on one's own machine."""
    st.session_state["summary.own"] = history.now.own

    def typed() -> None:
        with refusals():
            name = checked_name(str(st.session_state["summary.own"]).strip()[: limits.LINK_NAME])
            allow(name)
            history.change(history.now.of(own=name))
            close(PASTE)  # the answer lies below it

    st.text_input(
        _("A class in your folder"),
        key="summary.own",
        placeholder="net:Net",
        on_change=typed,
        help=_("module:Class out of {folder}; its code is run.").format(folder=models_folder()),
    )


def natural_shape(view: View) -> Shape | None:
    """The input that a model of the catalogue was made for; what others take is only known when they are made."""
    return input_shapes(view.model)[0] if view.listed else None


def _read(history: History, text: str) -> None:
    """The text as the model, once it was summarised: what cannot be is refused, and the model stays."""
    view = history.now.of(source=text)
    reported(view)
    history.change(view)
    close(PASTE)  # the answer lies below it


def parameters(history: History) -> None:
    """The parameters of a catalogue model as a form; of a pasted one its source."""
    view: View = history.now
    if not view.listed:
        st.code(laid_out(view.source, COLUMN) or view.own, height=200)
        return
    call: Call = view.model
    if any(param.widget != "fixed" for param in call.spec.params):
        form(
            call,
            f"summary.{call.name}",
            lambda values: history.change(replace(history.now.at(""), model=call.replace(**values))),
        )
