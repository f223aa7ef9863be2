"""What is trained, on what, and how: three cards, and the button that starts it."""

import streamlit as st

from cnnlab.loading.keeping import fetched
from cnnlab.training.jobs import RATES
from cnnlab.training.view import View
from pages.shared.history import History
from pages.shared.language import _
from pages.shared.take import link_box
from pages.shared.work import Asked, asking
from pages.shared.zip import own_words
from pages.training.data import data_card
from pages.training.model import model_card
from pages.training.ready import presets_list
from pages.training.runs import own_runs
from pages.training.start import start_bar
from pages.training.steps import steps_card


def setting_up(history: History) -> None:
    view: View = history.now
    with st.container(key="training.top", horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.caption(_("Set up a run, start it, and watch it learn; it goes on when this page is closed."))
        presets_list(history)
        own_runs(history)
        history.buttons()
    with asking() as asked:
        if fetched(view.data):
            asked.ahead(RATES, [view.config])
        start_bar(history)
        cards(history, asked)
        with st.expander(_("Link"), icon=":material/link:", key="training.take"):
            st.caption(link_words(view))
            link_box(history.page, history.query())
        history.write_url()


def cards(history: History, asked: Asked) -> None:
    with st.container(key="training.cards"):
        data, model, steps = st.columns(3, gap="small")
    with data, st.container(border=True, height="stretch"):
        st.subheader(_("Data"), anchor=False)
        data_card(history)
    with model, st.container(border=True, height="stretch"):
        st.subheader(_("Model"), anchor=False)
        model_card(history)
    with steps, st.container(border=True, height="stretch"):
        st.subheader(_("Training"), anchor=False)
        steps_card(history, asked)


def link_words(view: View) -> str:
    """What the link of a set-up carries, and what it cannot."""
    lines = [_("Carries all settings on this page; whoever opens it sees them, and may start the same run.")]
    lines.append(_("Left out: the data and the weights themselves, and a folder of your own, which must be there too."))
    if view.data.spec.own:
        lines.append(own_words())
    if view.parent:
        lines.append(_("The run that this one begins from is named in it, and must be on that machine."))
    return " ".join(lines)
