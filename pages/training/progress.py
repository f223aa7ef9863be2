"""Where a run stands: its state in a word and a sentence, how far it is, how fast, and what it knows by now."""

from typing import Any

import streamlit as st

from cnnlab.specs import N_
from cnnlab.training.view import View
from cnnlab.training.words import STATES, duration, last_words, pace
from pages.shared.history import History
from pages.shared.language import _, plain, say
from pages.training import office

STARTING = N_("The trainer starts: it loads torch and the data, and makes the network.")


def headline(run: office.Run, name: str) -> None:
    """One word, and one sentence that says what it means."""
    state = STATES[name]
    told: Any = state.about
    if name == "running" and not office.last(run, "step"):
        told = STARTING
    elif name == "finished":
        told = last_words(office.last(run, "end")) or told
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="training.state"):
        st.badge(_(state.word), icon=f":material/{state.icon}:", color=state.colour)
        st.markdown(say(told))


def waiting(run: office.Run) -> None:
    """The place in the line, and about how long it takes."""
    place = office.place(run)
    if place is None:
        return
    if place.wait_s is None:
        st.caption(_("{count} runs are before this one.").format(count=place.ahead))
    else:
        st.caption(
            _("{count} runs are before this one; its turn comes in about {time}.").format(
                count=place.ahead, time=say(duration(place.wait_s))
            )
        )


def so_far(run: office.Run, now: float) -> None:
    """The bar, and the numbers of the last step and the last epoch."""
    status, last, epoch = run.status(), office.last(run, "step"), office.last(run, "epoch")
    step, total = (last or {}).get("step", 0), status.get("total") or 0
    speed = pace(office.recent(run)) if run.state == "running" else None
    words = [_("step {step} of {total}").format(step=f"{step:,}", total=f"{total:,}" if total else "…")]
    words.append(_("epoch {epoch} of {epochs}").format(epoch=_epoch(last, epoch), epochs=run.config.epochs))
    if speed and speed.steps:
        words.append(_("{rate} steps/s, {samples} samples/s").format(
            rate=f"{speed.steps:.3g}", samples=f"{speed.samples:,.0f}"))  # fmt: skip
        if total > step:
            words.append(_("about {time} left").format(time=say(duration((total - step) / speed.steps))))
    st.progress(min(1.0, step / total) if total else 0.0, " · ".join(words))
    with st.container(key="training.numbers", horizontal=True, gap="large"):
        for label, value, help in figures(last, epoch):
            st.metric(label, value, help=help, width="content")


def _epoch(last: dict[str, Any] | None, epoch: dict[str, Any] | None) -> int:
    return max((last or {}).get("epoch", 0) + 1 if last else 0, (epoch or {}).get("epoch", 0))


def figures(last: dict[str, Any] | None, epoch: dict[str, Any] | None) -> list[tuple[str, str, str | None]]:
    """Title, number and explanation; dashes before there is any."""
    last, epoch = last or {}, epoch or {}
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


def broken(history: History, run: office.Run) -> None:
    """Numbers that were no longer finite: where that began, and what to do about it."""
    end = office.last(run, "end")
    if end.get("reason") != "not finite":
        return
    st.error(say(last_words(end), plain), icon=":material/error:")
    step = office.before(run, end["step"])
    if step is None or not office.key(run):
        return
    config, lr = run.config, run.config.optimizer["lr"]

    def calmer() -> None:
        calm = config.optimizer.replace(lr=lr / 10)
        history.change(View.of(config, parent=history.now.run, step=step, optimizer=calm))

    st.button(
        _("Fork at step {step} with a tenth of the learning rate").format(step=f"{step:,}"),
        key="training.calmer",
        icon=":material/healing:",
        on_click=calmer,
    )
