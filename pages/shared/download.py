"""The button that has a dataset downloaded."""

import streamlit as st

from cnnlab.hosting import settings
from cnnlab.specs import Call, SpecError
from cnnlab.training.jobs import FETCH, wanted
from pages.serving.local import refuse_proxied
from pages.shared.language import _
from pages.shared.problem import refusals
from pages.shared.work import done


def download(page: str, data: Call) -> None:
    """Where a dataset is not on this machine: the button, and how far it is; or that this host does not allow it."""
    if not may_fetch():
        st.caption(
            _("{data} is not on this machine, and not fetched here: whoever runs it can allow it.").format(
                data=data.name
            )
        )
        return
    st.markdown(_("{data} is not on this machine yet.").format(data=data.name))
    label = _("Fetch {size} MB").format(size=f"{data.spec.nbytes / 10**6:,.0f}")
    help = _("Each file is checked by its hash.")
    if st.button(label, key=f"{page}.fetch", icon=":material/cloud_download:", help=help):
        with refusals():
            done(FETCH, wanted(data.name), _("Fetching …"))
            st.rerun()


def may_fetch() -> bool:
    """Whether this host lets visitors have data downloaded."""
    try:
        refuse_proxied()
        return settings().fetch
    except SpecError:
        return False
