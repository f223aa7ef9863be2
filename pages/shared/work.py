"""What the workshop is asked for by a page, and what a visitor sees while it works."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import replace
from math import inf
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequestType

from cnnlab.links import Linked
from cnnlab.specs import SpecError
from cnnlab.workshop import Job, Kind
from cnnlab.workshop.desk import Ticket
from pages.serving.hall import hall
from pages.shared.language import _

PATIENCE_S, LOOK_S, SHOW_S = 0.7, 0.05, 0.25  # before anything is shown; between two looks; between two pictures of it
SOON_S = 0.25  # that a page waits for what may come later
STOPPED, AGAIN = "work.stopped", "work.drawn_again"
CHANGED = "piece.changed"  # what no piece foresaw: all of the page is to be drawn


def done(kind: Kind, recipe: Linked, says: str = "") -> Any:
    """The answer to a job; SpecError where there is none. A visitor who waits for long sees how far it is, and can stop it."""
    answer = done_all(kind, [recipe], says)[0]
    if isinstance(answer, SpecError):
        raise answer
    return answer


def done_all(kind: Kind, recipes: Sequence[Linked], says: str = "") -> list[Any]:
    """The answers to several jobs of a kind, a SpecError in the place of each that has none."""
    wish = Wish(kind, recipes, says)
    try:
        return wish.answers()
    finally:
        wish.drop()


@contextmanager
def asking() -> Iterator["Asked"]:
    """Work that goes on while a page is drawn; at the end the page is drawn once more with what came too late for it.

    A piece of a page asks for itself when it is drawn alone, and else with the page.
    """
    if _PAGE.get():
        yield _PAGE.get()
        return
    asked = Asked(patient=st.session_state.pop(AGAIN, False))
    outside = _PAGE.set(asked)
    try:
        yield asked
        asked.finish()
    finally:
        _PAGE.reset(outside)
        asked.drop()


def alone() -> bool:
    """True while some pieces of a page are drawn, and not the page around them."""
    context = get_script_run_ctx()
    return bool(context and context.fragment_ids_this_run)


class Asked:
    """What a page has asked for; a `patient` one waits for every answer where it is wanted."""

    def __init__(self, patient: bool):
        self._patient = patient
        self._held: list[Ticket | Wish] = []
        self._late: list[Wish] = []

    def ahead(self, kind: Kind, recipes: Sequence[Linked]) -> None:
        """Let work begin whose answers are wanted further down."""
        with suppress(SpecError):  # too many wait already: who wants the answers is told
            for recipe in recipes:
                self._held.append(hall().desk.ask(kind, recipe, _visitor()))

    def so_far(self, kind: Kind, recipes: Sequence[Linked], says: str = "") -> list[Any]:
        """Like `done_all`, but None in the place of each answer that takes longer than a moment."""
        wish = Wish(kind, recipes, says)
        self._held.append(wish)
        answers = wish.answers(inf if self._patient else SOON_S)
        if any(answer is None for answer in answers):
            self._late.append(wish)
        return answers

    def finish(self) -> None:
        """Wait for what is late, and draw the page, or the piece of it, again."""
        for wish in self._late:
            wish.answers()
        if self._late:
            st.session_state[AGAIN] = True
            st.rerun(scope="fragment" if alone() else "app")

    def drop(self) -> None:
        for wish in self._held:
            wish.drop()


_PAGE: ContextVar[Asked | None] = ContextVar("page", default=None)


class Wish:
    """Several jobs of a kind asked for at a place of the page, where a visitor sees how far they are."""

    def __init__(self, kind: Kind, recipes: Sequence[Linked], says: str = ""):
        jobs = [kind.job(recipe) for recipe in recipes]
        place = st.empty()  # there in every run, so that nothing below it moves
        if st.session_state.get(STOPPED) in jobs:
            with place.container():  # as what is shown meanwhile, which takes its place at once
                st.button(_("Again"), key="work.again", icon=":material/refresh:", on_click=forget_stop)
            raise SpecError("Stopped, as you asked. Change something, or ask for it again.")
        st.empty()  # where that sentence stands: it goes when the work begins anew, not when it ends
        self._says = says or _("Working …")
        self._room = WaitingRoom(place, jobs[0])
        self._tickets: list[Ticket] = []
        try:
            for recipe in recipes:
                self._tickets.append(hall().desk.ask(kind, recipe, _visitor()))
        except BaseException:
            self.drop()  # those before a refusal
            raise

    def answers(self, seconds: float = inf) -> list[Any]:
        """The answers after so many seconds at most, a SpecError where there is none and None where there is none yet."""
        _wait(self._tickets, self._room, self._says, seconds)
        return [_answer(ticket) if ticket.future.done() else None for ticket in self._tickets]

    def drop(self) -> None:
        for ticket in self._tickets:
            ticket.drop()


def _visitor() -> str:
    context = get_script_run_ctx()
    return context.session_id if context else ""


def forget_stop() -> None:
    """At the end of a run, or when asked to: what was stopped may be asked for again."""
    st.session_state.pop(STOPPED, None)


def _answer(ticket: Ticket) -> Any:
    refusal = ticket.future.exception()
    if isinstance(refusal, SpecError):  # a copy for each who is told: tracebacks hang on errors that are raised
        return SpecError(refusal.template, **refusal.values)
    return ticket.future.result()


def _heed() -> None:
    """End this run if its visitor has gone or wants more.

    Streamlit does so where a run looks at the session, but not for a touch of a piece, which it lets wait for its turn.
    """
    context = get_script_run_ctx()
    requests = context.script_requests if context else None
    if requests is not None:
        with requests._lock:
            wanted = requests._rerun_data
            touched = requests._state is ScriptRequestType.RERUN and bool(wanted.fragment_id_queue)
            if touched and not wanted.is_fragment_scoped_rerun:
                requests._rerun_data = replace(wanted, is_fragment_scoped_rerun=True)
        if touched and not alone():
            st.session_state[CHANGED] = True  # the page was not drawn to its end
    st.session_state.get(STOPPED)


def _wait(tickets: Sequence[Ticket], room: "WaitingRoom", says: str, seconds: float) -> None:
    """Until all are done. Streamlit ends this run where it looks at the session, if its visitor has gone or wants more."""
    began = shown = now = time.monotonic()
    for ticket in tickets:
        while not ticket.future.done() and now - began < seconds:
            with suppress(TimeoutError):
                ticket.future.exception(LOOK_S)
            _heed()
            now = time.monotonic()
            if now - began > PATIENCE_S and now - shown > SHOW_S:
                shown = now
                room.show(tickets, says, now - began)
    room.clear()


class WaitingRoom:
    """What a visitor sees meanwhile: what is done, how far it is, and a way out."""

    def __init__(self, place: DeltaGenerator, job: Job):
        self._place, self._job, self._bar = place, job, None

    def _open(self) -> DeltaGenerator:
        with self._place.container(horizontal=True, vertical_alignment="center"):
            bar = st.empty()
            number = st.session_state["work.rooms"] = st.session_state.get("work.rooms", 0) + 1
            st.button(
                _("Stop"),
                key=f"work.stop.{number}",
                icon=":material/stop_circle:",
                on_click=lambda: st.session_state.update({STOPPED: self._job}),
            )
        return bar

    def show(self, tickets: Sequence[Ticket], says: str, seconds: float) -> None:
        waiting = [ticket for ticket in tickets if not ticket.future.done()]
        if not waiting:
            return
        finished, now = len(tickets) - len(waiting), waiting[0]
        done, total = now.progress or (0, None)
        share = (finished + (min(done / total, 1) if total else 0)) / len(tickets)
        if not hall().desk.ready:
            says = _("The workshop is warming up …")
        elif ahead := now.place:
            says = _("{count} jobs are before yours …").format(count=ahead)
        elif done and not total:
            says += " " + _("{done} so far").format(done=f"{done:,}")
        self._bar = self._bar or self._open()
        self._bar.progress(share, f"{says} {seconds:.0f} s")

    def clear(self) -> None:
        if self._bar:
            self._place.empty()
