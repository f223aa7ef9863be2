"""Where a run stands: its state in a word and a sentence, how far it is, how fast, and what it knows by now."""

from typing import Any

import numpy as np
import streamlit as st

from cnnlab.specs import N_
from cnnlab.training.tail import NOT_FINITE
from cnnlab.training.words import ANEW, STATES, duration, guessing, last_words, pace, risen
from pages.shared.history import History
from pages.shared.language import _, plain, say
from pages.training import office
from pages.training.again import again

STARTING = N_("The trainer starts: it loads torch and the data, and makes the network.")


def headline(run: office.Run, name: str) -> None:
    """One word, and one sentence that says what it means."""
    state = STATES[name]
    told: Any = state.about
    if name == "running" and office.last(run, "step").get("attempt") != run.attempt:
        told = STARTING
    elif name == "finished":
        told = last_words(office.last(run, "end")) or told
    elif name == "stopped" and not run.checkpoints():
        told = ANEW
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="training.state"):
        st.badge(_(state.word), icon=f":material/{state.icon}:", color=state.colour)
        st.markdown(say(told))


def waiting(run: office.Run) -> None:
    """The place in the line, and about how long it takes."""
    place = office.place(run)
    if place is None:
        return
    words = [
        _("Its turn is next.")
        if not place.ahead
        else _("One run is before this one.")
        if place.ahead == 1
        else _("{count} runs are before this one.").format(count=place.ahead)
    ]
    if place.ahead and place.wait_s is not None and place.wait_s >= 1:
        words.append(_("It should begin in about {time}.").format(time=say(duration(place.wait_s))))
    st.caption(" ".join(words))


def so_far(run: office.Run) -> None:
    """The bar, and the numbers of the last step and the last epoch."""
    status, last, epoch = run.status(), office.last(run, "step"), office.last(run, "epoch")
    step, total = last.get("step", 0), status.get("total") or 0
    speed = pace(office.recent(run)) if run.state == "running" else None
    words = [_("step {step} of {total}").format(step=f"{step:,}", total=f"{total:,}" if total else "…")]
    words.append(
        _("epoch {epoch} of {epochs}").format(
            epoch=max(last.get("epoch", -1) + 1, epoch.get("epoch", 0)), epochs=run.config.epochs
        )
    )
    if speed and speed.steps:
        words.append(_("{rate} steps/s, {samples} samples/s").format(
            rate=f"{speed.steps:.3g}", samples=f"{speed.samples:,.0f}"))  # fmt: skip
        if total > step:
            words.append(_("about {time} left").format(time=say(duration((total - step) / speed.steps))))
    elif run.state in office.ENDED and (
        seconds := float(np.nansum(run.tail.columns("seconds", kind="epoch")["seconds"]))
    ):
        words.append(_("{time} of learning").format(time=say(duration(seconds))))
    st.progress(min(1.0, step / total) if total else 0.0, " · ".join(words))
    with st.container(key="training.numbers", horizontal=True, gap="large"):
        for label, value, help in figures(last, epoch):
            st.metric(label, value, help=help, width="content")


def figures(last: dict[str, Any], epoch: dict[str, Any]) -> list[tuple[str, str, str | None]]:
    """Title, number and explanation; dashes before there is any."""
    return [
        (_("Loss of the last batch"), number(last.get("train/loss")), None),
        (_("Training accuracy"), share(epoch.get("train/accuracy")), _("Over the last whole epoch, while it learnt.")),
        (_("Validation loss"), number(epoch.get("val/loss")), _("After the last whole epoch.")),
        (_("Validation accuracy"), share(epoch.get("val/accuracy")), _("On pictures that it never learns from.")),
        (_("Learning rate"), number(last.get("lr")), None),
    ]


def number(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, (int, float)) else "–"


def share(value: Any) -> str:
    return f"{value:.1%}" if isinstance(value, (int, float)) else "–"


def grown(run: office.Run) -> None:
    """A loss that ended far above where it began, though every number was finite; an accuracy that guessing has too."""
    if run.state not in office.ENDED:
        return
    losses, epoch = run.tail.columns("train/loss")["train/loss"], office.last(run, "epoch")
    told = risen(losses)
    if told:
        st.warning(say(told, plain), icon=":material/trending_up:")
    rose = not told and len(losses) > 0 and epoch.get("train/loss", 0) > losses[0]
    if guess := guessing(office.last(run, "end"), epoch.get("val/accuracy"), rose):
        st.warning(say(guess, plain), icon=":material/casino:")


def broken(history: History, run: office.Run) -> None:
    """Numbers that were no longer finite: where that began, and what to do about it."""
    end = office.last(run, "end")
    if end.get("reason") != NOT_FINITE:
        return
    st.error(say(last_words(end), plain), icon=":material/error:")
    step = office.before(run, end["step"])
    if step is None or not office.key(run):
        return
    config, lr = run.config, run.config.optimizer["lr"]

    def calmer() -> None:
        calm = config.optimizer.replace(lr=lr / 10)
        again(history, run, parent=history.now.run, step=step, optimizer=calm)

    st.button(
        _("Fork at step {step} with a tenth of the learning rate").format(step=f"{step:,}"),
        key="training.calmer",
        icon=":material/healing:",
        on_click=calmer,
    )
