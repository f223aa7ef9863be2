"""The choice of a model: out of the catalogue, or pasted."""

import streamlit as st

from cnnlab import limits
from cnnlab.models import MODELS, from_folder, input_shapes, models_folder, read_source
from cnnlab.specs import Call
from cnnlab.summary import shape_text
from cnnlab.summary.view import View, parse_shape
from pages.shared.form import form
from pages.shared.history import History
from pages.shared.language import _
from pages.shared.problem import refusals
from pages.shared.take import paste_box

PAGE = "summary"
KINDS = tuple(dict.fromkeys(spec.group for spec in MODELS.values()))
EXAMPLE = """nn.Sequential(
    nn.Conv2d(1, 6, kernel_size=5), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Linear(6 * 12 * 12, 10),
)"""


def chooser(history: History) -> None:
    """What goes in: kind of model, model, input shape; or a pasted one."""
    view: View = history.now
    kind, model, shape, paste = st.columns([2, 3, 2, 1.4], vertical_alignment="bottom")
    st.session_state.setdefault("summary.kind", None)
    group = kind.selectbox(
        _("Kind of model"), KINDS, index=None, key="summary.kind", format_func=_, placeholder=_("Any kind")
    )
    names = [name for name, spec in MODELS.items() if group in (None, spec.group)]
    if view.listed and view.model.name not in names:
        names = [view.model.name, *names]
    st.session_state["summary.model"] = view.model.name if view.listed else None

    def picked() -> None:
        name = st.session_state["summary.model"]
        if name:
            history.update(model=MODELS[name].example(), source="", own="", weights="", shape=None, row="")

    model.selectbox(
        _("Model"),
        names,
        key="summary.model",
        on_change=picked,
        placeholder=_("your own, pasted"),
        filter_mode="contains",
        format_func=lambda name: f"{name}: {_(MODELS[name].about)}",
    )
    with shape:
        _shape_field(history)
    with paste.popover(_("Your own model"), icon=":material/content_paste:", width="stretch"):
        if models_folder():
            _own_field(history)
        paste_box(
            "summary.paste",
            _("An nn.Sequential to read; nothing of it is executed."),
            EXAMPLE,
            lambda text: _read(history, text),
        )


def _shape_field(history: History) -> None:
    view: View = history.now
    st.session_state["summary.shape"] = shape_text(view.shapes[0])

    def typed() -> None:
        with refusals():
            shape = parse_shape(st.session_state["summary.shape"])
            natural = input_shapes(view.model)[0] if view.listed else None
            history.update(shape=None if shape == natural else shape)

    st.text_input(
        _("Input, without the batch"),
        key="summary.shape",
        on_change=typed,
        help=_("Channels × height × width, sides up to {limit}. Empty or wrong shapes are explained.").format(
            limit=limits.SIDE
        ),
    )


def _own_field(history: History) -> None:
    """A class out of the folder that CNNLAB_MODELS names, on one's own machine."""
    st.session_state["summary.own"] = history.now.own

    def typed() -> None:
        name = st.session_state["summary.own"].strip()
        with refusals():
            from_folder(name)
            history.update(own=name, source="", weights="", shape=None, row="")

    st.text_input(
        _("A class in your folder"),
        key="summary.own",
        placeholder="net:Net",
        on_change=typed,
        help=_("module:Class out of {folder}; its code is run.").format(folder=models_folder()),
    )


def _read(history: History, text: str) -> None:
    read_source(text)
    history.update(source=text, own="", weights="", shape=None, row="")


def parameters(history: History) -> None:
    """The parameters of a catalogue model as a form; of a pasted one its source."""
    view: View = history.now
    if not view.listed:
        st.code(view.source or view.own, height=200)
        return
    call: Call = view.model
    if any(param.widget != "fixed" for param in call.spec.params):
        form(call, f"summary.{call.name}", lambda values: history.update(model=call.replace(**values), row=""))
