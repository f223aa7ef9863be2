"""The leave that a class of one's own needs before it is run: a click in this session, not a link that says so."""

import streamlit as st

from cnnlab.models import models_folder
from pages.shared.language import _, plain

RUN = "summary.run"


def allow(name: str) -> None:
    """From now on this session may run the class: it was asked for on a page."""
    st.session_state[RUN] = {*st.session_state.get(RUN, ()), name}


def may_run(name: str) -> bool:
    """Whether the class of this name, "" for none, may be made.

    Without a folder for such classes there is nothing to be run, and the refusal says so.
    """
    return not name or models_folder() is None or name in st.session_state.get(RUN, ())


def own_gate(page: str, name: str) -> None:
    """What a link would run, and the click that it takes."""
    st.warning(
        _("This link asks to run the class {name} out of {folder} on the machine that serves this page.").format(
            name=plain(name), folder=plain(str(models_folder() or "CNNLAB_MODELS"))
        ),
        icon=":material/terminal:",
    )
    st.button(_("Run it"), key=f"{page}.run.it", icon=":material/play_arrow:", on_click=allow, args=(name,))
