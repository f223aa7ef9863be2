"""The card of the training: how weights are changed, how far, how often, and on what machine."""

import numpy as np
import streamlit as st

from cnnlab.colours import DARK_ORANGE
from cnnlab.figures.charts import Chart, Line
from cnnlab.loading.keeping import fetched
from cnnlab.specs import N_, SpecError
from cnnlab.training.catalogue import LOSSES, OPTIMIZERS, SCHEDULES
from cnnlab.training.config import PRECISIONS, TrainConfig
from cnnlab.training.jobs import COUNTS, RATES
from cnnlab.training.view import View
from pages.shared.fields import real, row_choice, switch, whole, words
from pages.shared.history import History
from pages.shared.language import _
from pages.shared.own import may_run
from pages.shared.problem import problem
from pages.shared.work import Asked
from pages.training.charts import charts
from pages.training.trying import finder

DEVICES = ("cpu", "cuda", "mps")
DEVICE_NAMES = {"cpu": N_("the processor"), "cuda": N_("an NVIDIA GPU"), "mps": N_("an Apple GPU")}


def steps_card(history: History, asked: Asked) -> None:
    with st.container(horizontal=True, gap="xsmall", wrap=False):
        whole(history, "epochs", _("Epochs"), _("How often it goes through all pictures that it learns from."))
        whole(history, "batch_size", _("Batch size"), _("Pictures of one step, over all devices together."))
    row_choice(history, "optimizer", _("Optimizer"), OPTIMIZERS)
    row_choice(history, "schedule", _("Learning rate over time"), SCHEDULES, folded=True)
    preview(history.now.config, asked)
    if fetched(history.now.data) and may_run(history.now.own):
        finder(history)
    with st.expander(_("More on the training"), key="training.steps.more"):
        row_choice(history, "loss", _("Loss"), LOSSES)
        switch(history, "class_weights", _("Weigh classes by rarity"), _("A mistake on a rare class counts for more."))
        whole(history, "warmup", _("Warm-up, in steps"), _("The learning rate first rises from 0 over so many steps."))
        real(
            history,
            "clip",
            _("Largest gradient norm, 0 for any"),
            1000.0,
            1.0,
            _("Longer gradients are shortened to it."),
        )
        switch(history, "decay_all", _("Weight decay for all"), _("Off, biases and normalisations do not shrink."))
        whole(history, "patience", _("Patience, in epochs, 0 for never"), _(
            "Ends the run after so many epochs without a better validation loss."))  # fmt: skip
        whole(history, "seed", _("Seed"), _("Of the starting values, the order, the augmentation and the dropout."))
        whole(history, "histograms", _("Histograms every so many steps, 0 for never"), _(
            "How weights and gradients of each layer are spread; it takes a little time."))  # fmt: skip
        device(history)
        words(
            history, "precision", _("Precision"), PRECISIONS, _("Half as many bits are faster on GPUs that know them.")
        )
        whole(
            history,
            "threads",
            _("Threads"),
            _("Of the processor's arithmetic; another number gives other last digits."),
        )
        switch(history, "channels_last", "channels_last", _("How pictures lie in memory; convolutions may be faster."))
        switch(history, "compile", "torch.compile", _("Takes its time at first, and may then be faster."))
        switch(history, "deterministic", _("Deterministic"), _("The same numbers in every run, on GPUs at some cost."))


def device(history: History) -> None:
    """Where it runs; a link may name one GPU of several."""
    view: View = history.now
    options = DEVICES if view.device in DEVICES else (*DEVICES, view.device)
    words(history, "device", _("Device"), options, _(
        "The trainer looks for it when it starts, and says so if it is not there."),
        lambda name: f"{name}: {_(DEVICE_NAMES[name])}" if name in DEVICE_NAMES else name)  # fmt: skip


def preview(config: TrainConfig, asked: Asked) -> None:
    """The learning rate of every step before the first is made, and the reason where there is none."""
    if not fetched(config.data):  # how many steps it takes is not known yet
        return
    rates, there = asked.so_far(RATES, [config])[0], asked.so_far(COUNTS, [config])[0]
    if isinstance(rates, SpecError):
        if not isinstance(there, SpecError):  # else the reason stands beside the start
            problem(rates)
        return
    if rates is None or not rates.steps:
        return
    line = Line(_("learning rate"), DARK_ORANGE, np.array(rates.steps), np.array(rates.rates))
    peak = max(rates.rates)
    told = _("{first} at first, {peak} at most, {last} at last").format(
        first=f"{rates.rates[0]:.3g}", peak=f"{peak:.3g}", last=f"{rates.rates[-1]:.3g}"
    )
    title = _("Learning rate before the start")
    chart = Chart("rates", title, (line,), _("step"), height=120, now=told, low=0.0, alt=f"{title}: {told}")
    charts("training.rates", [chart.packed()], columns=1)
