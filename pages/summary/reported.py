"""The summary of a view's model, kept for all who look at the same."""

import streamlit as st

from cnnlab.summary import Report, summarize
from cnnlab.summary.view import View
from pages.shared.language import _


@st.cache_resource(max_entries=32, show_spinner=False)
def _report(key: str, _view: View) -> Report:
    return summarize(_view.meta, *_view.inputs, batch=_view.batch)


def reported(view: View) -> Report:
    """The summary; shared by all visitors, as it is frozen."""
    with st.spinner(_("Running the model …"), show_time=True):
        return _report(view.report_key, view)
