"""The looks at a run: one row a tab."""

from collections.abc import Callable
from typing import NamedTuple

import streamlit as st

from cnnlab.specs import N_
from pages.shared.history import History
from pages.shared.language import _
from pages.training import office


class Look(NamedTuple):
    """A tab: its name in a link, its title, and what draws it."""

    name: str
    title: str
    draw: Callable[[History, office.Run], None]


def curves_look(history: History, run: office.Run) -> None:
    rows = run.records("step")
    if not rows:
        st.info(_("Nothing has been learnt yet: the first step draws the first point."), icon=":material/show_chart:")
        return
    st.line_chart({"train/loss": [row["train/loss"] for row in rows]})


LOOKS = (Look("curves", N_("Curves"), curves_look),)
