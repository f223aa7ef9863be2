"""The looks at how pictures become batches: one row a tab."""

from collections.abc import Callable
from typing import NamedTuple

import streamlit as st

from cnnlab.specs import N_
from pages.loading.batches_look import batches_look
from pages.loading.pictures_look import pictures_look
from pages.loading.sample_look import sample_look
from pages.loading.trial_look import trial_look
from pages.shared.history import History
from pages.shared.language import _
from pages.shared.problem import refusals
from pages.shared.sent import heard


class Look(NamedTuple):
    """A tab: its name in a link, its title, and what draws it, which may raise SpecError."""

    name: str
    title: str
    draw: Callable[[History], None]


LOOKS = (
    Look("pictures", N_("Pictures"), pictures_look),
    Look("sample", N_("One sample"), sample_look),
    Look("batches", N_("Batches"), batches_look),
    Look("trial", N_("Dry run"), trial_look),
)


def looks(history: History) -> None:
    """One look at a time, the first where a link names none."""
    key, titles = "loading.look", [_(look.title) for look in LOOKS]
    now = next((index for index, look in enumerate(LOOKS) if look.name == history.now.look), 0)
    st.session_state[key] = titles[now]

    def turned(title: str) -> None:
        look = LOOKS[titles.index(title)]
        history.update(keep=False, look="" if look is LOOKS[0] else look.name)

    tabs = st.tabs(titles, key=key, on_change=heard(key, titles, turned))
    for tab, look in zip(tabs, LOOKS, strict=True):
        if tab.open:
            with tab, refusals():
                look.draw(history)
