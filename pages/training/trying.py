"""What a few steps tell before a start: how long a run takes and how much memory; which learning rate goes well."""

import math

import numpy as np
import streamlit as st

from cnnlab.colours import DARK_ORANGE
from cnnlab.figures.charts import Chart, Line
from cnnlab.quantities import binary
from cnnlab.training.answers import Probe, Search
from cnnlab.training.config import TrainConfig
from cnnlab.training.jobs import PROBE, SEARCH, tried
from cnnlab.training.view import View
from cnnlab.training.words import duration
from pages.shared.history import History
from pages.shared.language import _, say
from pages.shared.problem import refusals
from pages.shared.work import done
from pages.training.charts import charts

ASKED = "training.tried"  # what was asked to be tried: a deed by name, and the configuration


def estimate(config: TrainConfig) -> None:
    """A button, and in its place the answer for the very settings that it was pressed for."""
    if not wished("probe", config):
        wish("probe", _("Estimate time and memory"), ":material/timer:", config)
        return
    with refusals():
        probe: Probe = done(PROBE, tried(config), _("Trying a few steps …"))
        st.caption(probed(probe, config.epochs), width="content")


def probed(probe: Probe, epochs: int) -> str:
    """What a few steps told, in two sentences."""
    learning = (
        _("{parameters} parameters, all of which learn.")
        if probe.learning == probe.parameters
        else _("{parameters} parameters, of which {learning} learn.")
    ).format(parameters=f"{probe.parameters:,}", learning=f"{probe.learning:,}")
    seconds = probe.step_seconds
    step = f"{seconds * 1000:.3g} ms" if seconds < 0.9995 else f"{seconds:.3g} s"
    tried = _(
        "By {steps} steps that were tried: {step} a step, about {time} in all, and {bytes} of memory beside torch itself."
    ).format(steps=probe.steps, step=step, time=say(duration(probe.epoch_seconds * epochs)), bytes=binary(probe.bytes))
    return f"{learning} {tried}"


def finder(history: History) -> None:
    """Learning rates tried from tiny to huge, and the one where the loss falls fastest."""
    view: View = history.now
    config = view.config
    if not wished("search", config):
        wish("search", _("Find a learning rate"), ":material/troubleshoot:", config)
        return
    with refusals():
        search: Search = done(SEARCH, tried(config), _("Trying learning rates …"))
        title = _("Loss at each learning rate, which grows with every step")
        line = Line(_("loss"), DARK_ORANGE, np.log10(search.rates), np.array(search.losses))
        axis = _("log₁₀ of the learning rate")
        charts("training.search", [Chart("search", title, (line,), axis, height=160, alt=title).packed()], columns=1)
        if search.suggestion is None:
            st.caption(_("The loss did not fall at any of them."))
            return
        rate = float(f"{search.suggestion:.1e}")
        st.button(
            _("Use {rate}").format(rate=f"{rate:.3g}"),
            key="training.search.use",
            icon=":material/check:",
            help=_("Where the loss fell fastest, at 10 to the power of {power}.").format(
                power=f"{math.log10(rate):.2g}"
            ),
            on_click=lambda: history.update(optimizer=history.now.optimizer.replace(lr=rate)),
        )


def wished(deed: str, config: TrainConfig) -> bool:
    return st.session_state.get(ASKED, {}).get(deed) == config


def wish(deed: str, label: str, icon: str, config: TrainConfig) -> None:
    def act() -> None:
        st.session_state[ASKED] = {**st.session_state.get(ASKED, {}), deed: config}

    st.button(label, key=f"training.{deed}", icon=icon, type="tertiary", on_click=act)
