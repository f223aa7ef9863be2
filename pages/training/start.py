"""The start of a run: what it comes to in numbers, why it cannot be, and the button."""

from collections.abc import Sequence
from typing import NamedTuple

import streamlit as st

from cnnlab.hosting import HOSTED, is_shared
from cnnlab.loading import Described, fetched
from cnnlab.specs import SpecError
from cnnlab.training.checkpoints import Checkpoint
from cnnlab.training.config import TrainConfig
from cnnlab.training.jobs import COUNTS
from cnnlab.training.objections import Objection, objections, uncounted
from cnnlab.training.view import View
from cnnlab.training.words import before, remaining
from pages.shared.download import download
from pages.shared.fields import refuses
from pages.shared.history import History
from pages.shared.language import _, plain, say
from pages.shared.numbers import forget_refusals
from pages.shared.own import may_run
from pages.shared.problem import problem
from pages.shared.work import done_all
from pages.training import office
from pages.training.keys import give
from pages.training.trying import estimate

REFUSED = "training.refused"


def start(history: History, configs: Sequence[TrainConfig]) -> None:
    """Have runs started, watch the first, and compare it with the others and its parent; or keep the reason why not."""
    view: View = history.now
    parent = office.Stem(view.parent, view.step) if view.parent else None
    begun: list[str] = []
    try:
        for config in configs:
            ticket = office.submit(config, parent)
            give(ticket.run, ticket.key)
            begun.append(ticket.run)
    except SpecError as error:
        st.session_state[REFUSED] = error
    if begun:
        others = [*begun[1:], *([parent.run] if parent else [])]
        history.change(view.watching(begun[0], *others, look="compare" if others else ""))


class Outlook(NamedTuple):
    """What is known before a start: the data as `described`, the samples that are learnt from, the `checkpoint` that it
    begins from, what stands in the way (`against`, with mends, or `closed`), a field that holds what was refused."""

    here: bool
    described: Described | None
    samples: int | None
    checkpoint: Checkpoint | None
    against: tuple[Objection, ...]
    closed: tuple[SpecError, ...]
    unread: SpecError | None
    may_run: bool

    @property
    def ready(self) -> bool:
        return self.here and self.may_run and not (self.unread or self.against or self.closed)


def outlook(history: History) -> Outlook:
    """What a set-up comes to, as far as it is known."""
    view: View = history.now
    config = view.config
    parent = office.run(view.parent) if view.parent else None
    here = fetched(config.data)
    there = done_all(COUNTS, [config], _("Counting the pictures …"))[0] if here else None
    described = there if isinstance(there, Described) else None
    samples = sum(described.train) if described else None
    checkpoint = office.begins(parent, view.step) if parent else None
    against = objections(config, parent.config if parent else None, samples, checkpoint)
    refused = there if isinstance(there, SpecError) and not against else None
    if refused and (few := uncounted(config, refused)):
        against, refused = (few,), None
    closed = () if against else office.refusals(config)
    if refused and str(refused) not in map(str, closed):
        closed = (refused, *closed)
    return Outlook(here, described, samples, checkpoint, against, closed, refuses(history), may_run(view.own))


def start_bar(history: History) -> None:
    """What a run comes to, beside the button that starts it."""
    known = outlook(history)
    with st.container(key="training.start", border=True):
        words, act = st.columns([7, 2], vertical_alignment="center", gap="medium")
        with words:
            comes_to(history, known)
        with act:
            st.button(
                _("Start training"),
                key="training.go",
                type="primary",
                icon=":material/play_arrow:",
                width="stretch",
                disabled=not known.ready,
                on_click=start,
                args=(history, (history.now.config,)),
            )


def comes_to(history: History, known: Outlook) -> None:
    """The run in numbers, or why it cannot start."""
    view: View = history.now
    config = view.config
    if view.parent:
        stem(history)
    if known.unread:
        st.markdown(_("A field below holds a number that does not fit: put it right, and it can start."))
        st.caption(say(known.unread, plain))
    elif not known.against:
        told = before(config, known.samples)
        left = remaining(config, known.checkpoint, known.samples) if known.checkpoint else None
        unknown = _("How many steps it takes is known when the data is here.")
        st.markdown(" ".join([say(told) if told else unknown, *([say(left)] if left else [])]))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if known.described:
            held_back(known.described)
        if known.ready:
            estimate(config)
    for place, objection in enumerate(known.against):
        stands_in_the_way(history, place, objection)
    for error in known.closed:
        problem(error)
    bounded()
    if not known.here:
        download(history.page, view.data)
    if refused := st.session_state.pop(REFUSED, None):
        problem(refused)


def bounded() -> None:
    """What a run may take where nobody said so, and other machines reach the page."""
    if is_shared():
        st.caption(_(
            "Other machines reach this page, so a run may take {minutes} minutes, {epochs} epochs and {memory} MiB of memory, "
            "and {at_once} run at once. Whoever runs the lab can change that: the README says how, under CNNLAB_HOST."
        ).format(
            minutes=f"{HOSTED.minutes:g}", epochs=HOSTED.epochs, memory=f"{HOSTED.memory_mib:,}", at_once=HOSTED.at_once
        ))  # fmt: skip


def held_back(there: Described) -> None:
    """What is not learnt from, and what to know of the data."""
    st.caption(
        width="content",
        body=" ".join(
            [
                _("{classes} classes; {validation} pictures for validation, {test} for the test.").format(
                    classes=len(there.classes), validation=f"{sum(there.validation):,}", test=f"{sum(there.test):,}"
                ),
                *(say(note, plain) for note in there.notes),
            ]
        ),
    )


def stands_in_the_way(history: History, place: int, objection: Objection) -> None:
    """Why this cannot be started, and what would help, one press away."""
    problem(objection.error)
    with st.container(horizontal=True, gap="xsmall"):
        for number, mend in enumerate(objection.mends):

            def act(mend=mend) -> None:
                forget_refusals()
                history.update(**mend.values)

            st.button(say(mend.label), icon=":material/healing:", key=f"training.mend.{place}.{number}", on_click=act)


def stem(history: History) -> None:
    """Which run this one begins from."""
    view: View = history.now
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(
            _(":material/fork_right: Begins from run {run} after step {step}: change one thing, and the curves show what it did.")
            .format(run=plain(view.parent[:6]), step=f"{view.step:,}")
        )  # fmt: skip
        st.button(
            _("Start from new weights instead"),
            key="training.unfork",
            type="tertiary",
            icon=":material/close:",
            on_click=lambda: history.update(parent="", step=0),
        )
