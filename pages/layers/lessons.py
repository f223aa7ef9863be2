"""A short row of ready views, each with a sentence on what to look at."""

import streamlit as st

from cnnlab.layers.lessons import LESSONS
from cnnlab.layers.view import View
from pages.shared.history import History
from pages.shared.language import _, say
from pages.shared.popover import close, popover

OPENED = "layers.lessons.opened"  # titles
GROUPS = tuple(dict.fromkeys(lesson.group for lesson in LESSONS))


def groups(history: History) -> None:
    """A popover for each group."""
    for number, group in enumerate(GROUPS):
        key = f"layers.lessons.{number}"
        with popover(key, _(group), ":material/school:") as opened:
            if opened.open:
                _listed(history, key, group)


def what_to_look_at(view: View) -> None:
    """The sentence of a lesson, while its view is shown: one that a link or the row opened, not one met by chance."""
    shown = next((lesson for lesson in LESSONS if lesson.shows(view)), None)
    opened = st.session_state.setdefault(OPENED, {shown.title} if shown else set())
    if shown and shown.title in opened:
        st.info(f"**{_(shown.title)}**  \n{say(shown.told())}", icon=":material/visibility:")


def _listed(history: History, key: str, group: str) -> None:
    for number, lesson in enumerate(LESSONS):
        if lesson.group == group:

            def show(lesson=lesson) -> None:
                close(key)
                st.session_state[OPENED] = {*st.session_state[OPENED], lesson.title}
                history.change(lesson.kept(history.now))

            with st.container(gap=None):
                key_of = f"layers.lesson.{number}"
                st.button(_(lesson.title), key=key_of, type="tertiary", icon=":material/play_circle:", on_click=show)
                st.caption(say(lesson.told()))
