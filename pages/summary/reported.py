"""What the workshop says of a view's model, and the leave that a class of one's own needs first."""

import streamlit as st

from cnnlab.models import models_folder
from cnnlab.summary.answers import Summarised
from cnnlab.summary.jobs import asked, report_of
from cnnlab.summary.view import View
from pages.shared.language import _
from pages.shared.work import done

RUN = "summary.run"


def reported(view: View) -> Summarised:
    """The summary, the same for all who look at the same; SpecError where the model cannot be made."""
    return done(report_of(view), asked(view), _("Running the model …"))


def allow(name: str) -> None:
    """From now on this session may run the class: it was asked for on this page."""
    st.session_state[RUN] = {*st.session_state.get(RUN, ()), name}


def may_run(view: View) -> bool:
    """Whether the model may be made: a class of one's own only after a click in this session, not because a link says so.

    Without a folder for such classes there is nothing to be run, and the refusal says so.
    """
    return not view.own or models_folder() is None or view.own in st.session_state.get(RUN, ())
