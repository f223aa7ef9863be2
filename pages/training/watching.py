"""A run that is watched: what it is doing, how far it is, and what can be done with it. All of it stands in its folder."""

import streamlit as st

from cnnlab.training.view import View
from pages.shared.history import History
from pages.shared.language import _, plain
from pages.shared.looks import looks
from pages.shared.take import link_box
from pages.training import office
from pages.training.again import again
from pages.training.compare import beside
from pages.training.deeds import deeds
from pages.training.looks import COMPARE, LOOKS
from pages.training.progress import broken, grown, headline, so_far, waiting
from pages.training.runs import described, own_runs
from pages.training.settings import begun, settings

TICK_S = 1.5


def watching(history: History) -> None:
    view: View = history.now
    run = office.run(view.run)
    with st.container(key="training.top", horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.subheader(plain(described(run)) if run else _("No such run"), anchor=False)
        st.button(
            _("Set up another"),
            key="training.another",
            icon=":material/add:",
            on_click=lambda: again(history, run) if run else history.change(View()),
        )
        own_runs(history)
        history.buttons()
    if run is None:
        gone()
        return
    begun(run)
    stirring = stirs(view, run)
    st.fragment(live, key="training.live", run_every=TICK_S if any(stirring) else None)(history, view.run, stirring)


def link_words() -> str:
    """What the link of a run carries, and what it cannot."""
    return _(
        "Shows this run to whoever has the link, as long as it is kept on this machine: its settings, its curves, the open "
        "tab and how it is drawn. Left out: the key that stops, forks and deletes it, which stays in the browser that started it."
    )


def gone() -> None:
    st.info(
        _("There is no run at this address: it was deleted, its days were over, or the link is of another machine."),
        icon=":material/search_off:",
    )


def stirs(view: View, run: office.Run) -> tuple[bool, bool]:
    """Whether something may still happen to the run, and to those that are laid over it."""
    return office.stirs(run), view.look == COMPARE and any(map(office.stirs, beside(view)))


def live(history: History, name: str, stirred: tuple[bool, bool]) -> None:
    """What changes while a run lives that is in sight; drawn again by its own clock, which stops when all have ended."""
    run = office.run(name)
    if run is None or history.now.run != name or stirs(history.now, run) != stirred:
        st.rerun()
    state = office.state(run)
    with st.container(key="training.head", border=True):
        headline(run, state)
        if state == "queued":
            waiting(run)
        so_far(run)
        grown(run)
        broken(history, run)
        deeds(history, run, state)
    looks(history, LOOKS, lambda look: look.draw(history, run))
    settings(history, run)
    with st.expander(_("Link"), icon=":material/link:", key="training.take"):
        st.caption(link_words())
        link_box(history.page, history.query())
    history.write_url()
