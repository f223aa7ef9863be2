"""The look "trial": the real loader, run: does it work, how fast, and does chance repeat itself."""

from typing import Any

import streamlit as st

from cnnlab.augmentation import Pipeline
from cnnlab.figures import Pace, throughput
from cnnlab.loading.dry_run.answers import Rehearsed, Trap, crowd
from cnnlab.loading.jobs import MOST_TURNS, REHEARSED, Rehearsal, rehearsal
from cnnlab.loading.view import View
from pages.loading.trial_words import (
    batch_words,
    classic_words,
    memory_words,
    own_words,
    persistent_words,
    setting_words,
    speed_words,
    start_words,
    subset_words,
)
from pages.serving.answers import address
from pages.shared.history import History
from pages.shared.language import _, coded, plain, say
from pages.shared.picture import picture
from pages.shared.work import done

ASKED = "loading.rehearsed"  # the question that was asked last, in this session
SHEET = (604, 148)


def trial_look(history: History) -> None:
    """A button, and in its place what came of it for the very settings that it was pressed for."""
    view: View = history.now
    st.markdown(
        _(
            "The loader that a training run would have is run here for a few seconds: do the samples make batches, how many "
            "of them come a second, and does every worker and every epoch draw anew?"
        )
    )
    asked: Rehearsal | None = st.session_state.get(ASKED)
    if asked is None or REHEARSED.job(asked) != REHEARSED.job(rehearsal(view, asked.turn)):
        _ask(rehearsal(view), _("Run the loader"), "play_arrow", "primary")
        return
    rehearsed: Rehearsed = done(REHEARSED, asked, _("Running the loader …"))
    _verdict(history, rehearsed)
    _speeds(history, asked, rehearsed)
    _settings(rehearsed)
    _draws(asked, rehearsed)
    _own(history, rehearsed)


def _ask(question: Rehearsal, label: str, icon: str, type: str) -> None:
    def act() -> None:
        st.session_state[ASKED] = question

    st.button(label, key="loading.rehearse", icon=f":material/{icon}:", type=type, on_click=act)


def _verdict(history: History, rehearsed: Rehearsed) -> None:
    """Whether it works, and what to look at all the same."""
    here = [*(trap for trap in rehearsed.traps if not trap.own), *crowd(history.now.workers, rehearsed.cores)]
    if here:
        count = len(here)
        st.warning(
            f"**{_('It works, with something to look at: {count}').format(count=count)}** {batch_words(rehearsed)}",
            icon=":material/rule:",
        )
    else:
        st.success(f"**{_('It will train.')}** {batch_words(rehearsed)}", icon=":material/check_circle:")
    for number, trap in enumerate(here):
        _trap(history, number, trap)
    for words in subset_words(rehearsed, history.now):
        st.caption(words)


def _trap(history: History, number: int, trap: Trap) -> None:
    """What is wrong, what mends it, and the button that does."""
    with st.container(border=True, gap="xsmall"):
        st.markdown(say(trap.says, plain))
        if trap.fix:
            st.markdown(f":material/build: {say(trap.fix, plain)}")
        if trap.pipeline:
            _mend(history, f"trap.{number}", trap.pipeline)


def _mend(history: History, key: str, link: str) -> None:
    """A button that changes the pipeline and runs the loader with it."""

    def act() -> None:
        history.update(augmentation=Pipeline.from_link(link))
        st.session_state[ASKED] = rehearsal(history.now)

    st.button(_("Mend the pipeline"), key=f"loading.{key}", icon=":material/auto_fix_high:", on_click=act)


def _speeds(history: History, asked: Rehearsal, rehearsed: Rehearsed) -> None:
    st.subheader(_("How fast"))
    best = rehearsed.best
    paces = [
        Pace(speed.workers, speed.rate.low, speed.rate.median, speed.rate.high, speed is best)
        for speed in rehearsed.speeds
        if speed.rate
    ]
    if paces:
        words = {"workers": _("workers (num_workers)"), "rate": _("samples a second"), "best": _("best")}
        alt = _("Samples a second with {workers} workers").format(
            workers=_(", ").join(str(one.workers) for one in paces)
        )
        figure: Any = throughput(paces, words)
        st.plotly_chart(figure, key="loading.speeds", config={"displayModeBar": False}, alt=alt)
    for words in speed_words(rehearsed):
        st.markdown(words)
    with st.container(horizontal=True):
        if best and best.workers != history.now.workers:
            st.button(
                _("Use num_workers={workers}").format(workers=best.workers),
                key="loading.workers.best",
                icon=":material/check:",
                on_click=lambda: history.update(workers=best.workers),
            )
        again = rehearsal(history.now, asked.turn % MOST_TURNS + 1)
        _ask(again, _("Measure again"), "refresh", "tertiary")


def _settings(rehearsed: Rehearsed) -> None:
    """What a worker takes, and what three settings of a DataLoader do here."""
    st.subheader(_("What workers and their settings do here"))
    lines = [*memory_words(rehearsed), *setting_words(rehearsed), *start_words(rehearsed)]
    st.markdown("\n".join(f"- **{name}** {words}" for name, words in lines))


def _draws(asked: Rehearsal, rehearsed: Rehearsed) -> None:
    """Two epochs of one picture for ours and for a Dataset that keeps its own generator, with and without new workers."""
    st.subheader(_("Does chance repeat itself?"))
    st.caption(
        _(
            "One picture, eight times, by two workers: the upper row is the first epoch, the lower one the second. Frames of "
            "one colour are the same draw again."
        )
    )
    rows = (
        (_("Your pipeline, as training here runs it"), own_words(rehearsed)),
        (_("A Dataset that keeps its own generator"), classic_words(rehearsed.classic)),
        (_("The same with persistent_workers=True"), persistent_words(rehearsed.persistent)),
    )
    for index, (title, words) in enumerate(rows):
        st.markdown(f"**{title}**")
        picture(address(REHEARSED, asked, index), f"{title}: {words}", SHEET)
        st.markdown(words)
    with st.expander(_("The code of that Dataset, and what mends it")):
        st.code(rehearsed.classic_code, language="python")
        st.markdown(
            _(
                "Draw with torch's, NumPy's or Python's global generator, which every worker gets seeded anew in every epoch; "
                "or, as here, make each draw a function of the seed, the epoch and the index: then it does not even matter "
                "how many workers there are."
            )
        )


def _own(history: History, rehearsed: Rehearsed) -> None:
    """What is mended here already, and lies in wait for whoever writes the Dataset."""
    st.subheader(_("In a Dataset of your own"))
    collated = rehearsed.collated
    if collated.words:
        st.markdown(
            _(
                "The pipeline leaves {left} of a sample, and torch's default_collate makes no batch of that: {words}. Here "
                "what it leaves is made a tensor of the network's size."
            ).format(left=coded(collated.left), words=coded(collated.words))
        )
        if collated.pipeline:
            _mend(history, "collate", collated.pipeline)
    else:
        st.markdown(
            _("The pipeline leaves {left} of a sample, and torch's default_collate makes batches of that.").format(
                left=coded(collated.left)
            )
        )
    for trap in (trap for trap in rehearsed.traps if trap.own):
        st.markdown(say(trap.says, plain) + (f" {say(trap.fix, plain)}" if trap.fix else ""))
    if rehearsed.unsendable:
        for step, words in rehearsed.unsendable:
            st.markdown(_("{step} cannot be sent to a worker: {words}").format(step=coded(step), words=coded(words)))
    else:
        st.markdown(_("Every step of the pipeline can be pickled, as workers need it that are not forked."))
    st.markdown(
        _(
            "A {transform} cannot ({words}): forked workers share it, those of spawn and forkserver, the way on Windows and "
            "macOS, stop at the first batch. Give it a function of a module instead."
        ).format(transform=coded("v2.Lambda(lambda picture: …)"), words=coded(rehearsed.lambda_words))
    )
