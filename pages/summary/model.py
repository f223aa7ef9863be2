"""The choice of a model: out of the catalogue, or pasted."""

from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cnnlab import limits
from cnnlab.models import MODELS, input_shapes, models_folder
from cnnlab.models.own import checked_name
from cnnlab.specs import Call
from cnnlab.summary import shape_text
from cnnlab.summary.rows import Shape
from cnnlab.summary.view import View, parse_shape
from pages.shared.form import form
from pages.shared.history import History
from pages.shared.language import _, language, plain, titles
from pages.shared.problem import refusals
from pages.shared.sent import chosen, kept
from pages.shared.take import paste_box
from pages.summary.reported import allow, reported

PAGE = "summary"
KINDS = tuple(dict.fromkeys(spec.group for spec in MODELS.values()))
EXAMPLE = """nn.Sequential(
    nn.Conv2d(1, 6, kernel_size=5), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Linear(6 * 12 * 12, 10),
)"""


def chooser(history: History) -> DeltaGenerator:
    """What goes in: kind of model, model; or a pasted one. Gives the place for its input's shape, which may come later."""
    view: View = history.now
    kind, model, shape, paste = st.columns([2, 3, 2, 1.4], vertical_alignment="bottom")
    kept("summary.kind", KINDS, None)
    group = kind.selectbox(
        _("Kind of model"), KINDS, index=None, key="summary.kind", format_func=_, placeholder=_("Any kind")
    )
    names = [name for name, spec in MODELS.items() if group in (None, spec.group)]
    if view.listed and view.model.name not in names:
        names = [view.model.name, *names]
    st.session_state["summary.model"] = view.model.name if view.listed else None

    def picked() -> None:
        if name := chosen("summary.model", MODELS):
            history.change(history.now.of(model=MODELS[name].example()))

    model.selectbox(
        _("Model"),
        names,
        key="summary.model",
        on_change=picked,
        placeholder=_("your own, pasted"),
        filter_mode="contains",
        format_func=titles(_abouts, language()).get,
    )
    with paste.popover(_("Your own model"), icon=":material/content_paste:", width="stretch"):
        if models_folder():
            _own_field(history)
        if view.source:
            st.session_state.setdefault("summary.paste.text", view.source)
        paste_box(
            "summary.paste",
            _("An nn.Sequential to read; nothing of it is executed."),
            EXAMPLE,
            lambda text: _read(history, text),
        )
    return shape


def _abouts() -> dict[str, str]:
    return {name: spec.about for name, spec in MODELS.items()}


def shape_field(history: History, natural: Shape | None) -> None:
    """The input's shape, and the one that the model was made for where nothing else was asked for."""
    shape = history.now.shape or natural
    st.session_state["summary.shape"] = shape_text(shape)

    def typed() -> None:
        with refusals():
            shape = parse_shape(str(st.session_state["summary.shape"]))
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
        with refusals():
            name = checked_name(str(st.session_state["summary.own"]).strip()[: limits.LINK_NAME])
            allow(name)
            history.change(history.now.of(own=name))

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


def own_gate(history: History) -> None:
    """What a link would run, and the click that it takes."""
    name = history.now.own
    st.warning(
        _("This link asks to run the class {name} out of {folder} on the machine that serves this page.").format(
            name=plain(name), folder=plain(str(models_folder() or "CNNLAB_MODELS"))
        ),
        icon=":material/terminal:",
    )
    st.button(_("Run it"), key="summary.run.it", icon=":material/play_arrow:", on_click=allow, args=(name,))


def _read(history: History, text: str) -> None:
    """The text as the model, once it was summarised: what cannot be is refused, and the model stays."""
    view = history.now.of(source=text)
    reported(view)
    history.change(view)


def parameters(history: History) -> None:
    """The parameters of a catalogue model as a form; of a pasted one its source."""
    view: View = history.now
    if not view.listed:
        st.code(view.source or view.own, height=200)
        return
    call: Call = view.model
    if any(param.widget != "fixed" for param in call.spec.params):
        form(
            call,
            f"summary.{call.name}",
            lambda values: history.change(replace(history.now.at(""), model=call.replace(**values))),
        )
