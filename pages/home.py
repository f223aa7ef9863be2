"""What cnnlab is, with a living thumbnail of every page."""

import streamlit as st

from cnnlab.links import Nothing
from pages.serving.answers import address
from pages.shared.language import _
from pages.shared.picture import picture
from pages.table import PAGES, Page


def card(page: Page) -> None:
    """A page with what it does, the way there, and a picture it made."""
    with st.container(border=True):
        left, right = st.columns([2, 3], vertical_alignment="center", gap="large")
        with left:
            st.header(_(page.title), anchor=False)
            st.markdown(_(page.about))
            st.page_link(page.script, label=_(page.invitation), icon=":material/arrow_forward:")
        with right:
            picture(address(page.card, Nothing()), _(page.alt), page.size, wide=True)


st.markdown(
    _(
        "See what convolutional networks really do, on your own picture, with the numbers that PyTorch itself computes. "
        "Everything on the screen is true, and everything can be taken away: as code, as a file, or as a link."
    )
)
for page in PAGES:
    card(page)
