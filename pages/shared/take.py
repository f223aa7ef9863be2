"""The bar at the foot of a page: what can be taken away, and brought back."""

from collections.abc import Callable, Mapping
from urllib.parse import urlencode

import streamlit as st

from cnnlab import limits
from cnnlab.images import SAMPLES
from cnnlab.specs import SpecError
from pages.shared.language import _
from pages.shared.problem import problem
from pages.shared.upload import FIRST, OWN

LONG = 20  # lines of code that fit without scrolling
COLOURED = 400  # lines in colours: each word of them is an element of the page


def link_box(path: str, query: Mapping[str, str]) -> None:
    """The page's address, which restores the view; only the part after the host where that is unknown."""
    if query.get("image") == OWN:
        st.caption(
            _(
                "Your own picture is not part of the link: whoever opens it sees {sample} instead, and is told so."
            ).format(sample=_(SAMPLES[FIRST].title))
        )
    base = (st.context.url or f"/{path}").split("?")[0]
    st.code(f"{base}?{urlencode(query)}" if query else base, language=None, wrap_lines=True)


def code_box(key: str, source: str, file_name: str, mime: str, language: str = "python") -> None:
    """Source to read, copy and download."""
    tall = source.count("\n") > LONG
    coloured = language if source.count("\n") <= COLOURED else None
    st.code(source, language=coloured, height=LONG * 24 if tall else "content")
    st.download_button(
        _("Download {file}").format(file=file_name),
        source,
        file_name,
        mime,
        key=f"{key}.download",
        icon=":material/download:",
        on_click="ignore",
    )


def paste_box(key: str, label: str, placeholder: str, read: Callable[[str], None]) -> None:
    """A text to read something from; what is refused stays in the box, with the reason."""
    with st.form(f"{key}.form", border=False):
        st.text_area(label, key=f"{key}.text", height=200, max_chars=limits.PASTE_CHARACTERS, placeholder=placeholder)
        pasted = st.form_submit_button(_("Read it"), icon=":material/content_paste_go:")
    if pasted:
        st.session_state[f"{key}.refusal"] = None
        try:
            read(str(st.session_state[f"{key}.text"]))
        except SpecError as error:
            st.session_state[f"{key}.refusal"] = error
        else:
            st.rerun()
    if st.session_state.get(f"{key}.refusal"):
        problem(st.session_state[f"{key}.refusal"])
