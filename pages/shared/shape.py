"""A field for the shape of an input, as people write one."""

from collections.abc import Callable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cnnlab import limits
from cnnlab.specs import Message, SpecError
from cnnlab.summary import shape_text
from cnnlab.summary.rows import Shape
from pages.shared.history import History
from pages.shared.language import _, plain, say
from pages.shared.problem import problem


def shape_field(
    history: History,
    place: DeltaGenerator,
    below: DeltaGenerator,
    shape: Shape | None,
    read: Callable[[str], tuple[Shape, Message | None]],
    change: Callable[[Shape], None],
    help: str,
) -> None:
    """The field at its place; `below` stands what `read` understood, or why the text is no shape: then the text stays."""
    key, told = f"{history.page}.shape", f"{history.page}.shape.said"
    about, typed_text, remark = st.session_state.get(told) or (None, "", None)
    refused = about == history.now and isinstance(remark, SpecError)
    st.session_state[key] = typed_text if refused else shape_text(shape)

    def typed() -> None:
        text = str(st.session_state[key])
        try:
            understood, remark = read(text)
            change(understood)
        except SpecError as error:
            text, remark = text[: limits.LIST_CHARACTERS], error
        st.session_state[told] = (history.now, text, remark)

    place.text_input(_("Input, without the batch"), key=key, on_change=typed, help=help)
    with below:
        if refused:
            problem(remark)
        elif about == history.now and remark:
            st.caption(say(remark, plain))
