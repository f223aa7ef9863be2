"""The card of the data: what is learnt from, how it is divided, and how its pictures are changed on the way."""

import streamlit as st

from cnnlab.loading.uploads import unnamed
from cnnlab.training.handover import loaded
from pages.shared.data import augmentation, dataset, held_back, order, selected, taken
from pages.shared.history import History
from pages.shared.language import _, language_query


def data_card(history: History) -> None:
    dataset(history)
    augmentation(history)
    held_back(history)
    st.page_link(
        "loading/page.py",
        label=_("See these pictures, and their batches"),
        icon=":material/view_module:",
        query_params={**unnamed(loaded(history.now)).to_query(), **language_query()},
    )
    with st.expander(_("More on the data"), key="training.data.more"):
        selected(history)
        order(history)
        taken(history)
