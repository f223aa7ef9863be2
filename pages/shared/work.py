"""What the workshop is asked for by a page, and what a visitor sees while it works."""

import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from cnnlab.links import Linked
from cnnlab.specs import SpecError
from cnnlab.workshop import Job, Kind
from cnnlab.workshop.desk import Ticket
from pages.serving.hall import hall
from pages.shared.language import _

PATIENCE_S, LOOK_S = 0.7, 0.05
STOPPED = "work.stopped"


def done(kind: Kind, recipe: Linked, says: str = "") -> Any:
    """The answer to a job; SpecError where there is none. A visitor who waits for long sees how far it is, and can stop it."""
    answer = done_all(kind, [recipe], says)[0]
    if isinstance(answer, SpecError):
        raise answer
    return answer


def done_all(kind: Kind, recipes: Sequence[Linked], says: str = "") -> list[Any]:
    """The answers to several jobs of a kind, a SpecError in the place of each that has none."""
    jobs = [kind.job(recipe) for recipe in recipes]
    if st.session_state.get(STOPPED) in jobs:
        raise SpecError("Stopped, as you asked. Change something, or ask for it again.")
    context = get_script_run_ctx()
    visitor = context.session_id if context else ""
    tickets: list[Ticket] = []
    try:
        tickets += [hall().desk.ask(kind, recipe, visitor) for recipe in recipes]
        _wait(tickets, jobs[0], says or _("Working …"))
        return [_answer(ticket) for ticket in tickets]
    finally:
        for ticket in tickets:
            ticket.drop()


def _answer(ticket: Ticket) -> Any:
    refusal = ticket.future.exception()
    if isinstance(
        refusal, SpecError
    ):  # one of its own for each who is told, for tracebacks hang on those that are raised
        return SpecError(refusal.template, **refusal.values)
    return ticket.future.result()


def _wait(tickets: Sequence[Ticket], job: Job, says: str) -> None:
    """Until all are done. Streamlit ends this run where it looks at the session, if its visitor has gone or wants more."""
    began, room = time.monotonic(), None
    for ticket in tickets:
        while not ticket.future.done():
            with suppress(TimeoutError):
                ticket.future.exception(LOOK_S)
            st.session_state.get(STOPPED)
            if time.monotonic() - began > PATIENCE_S:
                room = room or WaitingRoom(job)
                room.show(tickets, says, time.monotonic() - began)
    if room:
        room.clear()


class WaitingRoom:
    """What a visitor sees meanwhile: what is done, how far it is, and a way out."""

    def __init__(self, job: Job):
        self._place = st.empty()
        with self._place.container(horizontal=True, vertical_alignment="center"):
            self._bar = st.empty()
            number = st.session_state["work.rooms"] = st.session_state.get("work.rooms", 0) + 1
            st.button(
                _("Stop"),
                key=f"work.stop.{number}",
                icon=":material/stop_circle:",
                on_click=lambda: st.session_state.update({STOPPED: job}),
            )

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
        self._bar.progress(share, f"{says} {seconds:.0f} s")

    def clear(self) -> None:
        self._place.empty()
