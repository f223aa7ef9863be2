"""The look at a run that learns: its curves, where the time of a step goes, norms and histograms of its layers."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st

from cnnlab.figures import Bar, norms, spreads
from cnnlab.figures.charts import Chart
from cnnlab.figures.training import AXES, PARTS, Seen, curves, throughput, times
from cnnlab.training import timing
from cnnlab.training.run import Run
from cnnlab.training.tail import Tail
from cnnlab.training.view import MOST_SMOOTHING, View
from pages.shared.fields import chosen_of
from pages.shared.history import History
from pages.shared.language import _, language, say
from pages.shared.sent import heard
from pages.training.charts import charts

WIDTH = 500  # pixels of a chart, about
LAYERS = 6  # histograms that are drawn
STEPS = 400  # of which one is chosen to see them at
BASE = ("step", "t", "train/loss", "train/accuracy", "grad/norm", "samples", *(name for name, *_ in PARTS))
EPOCHS = ("step", "t", "epoch", "val/loss", "val/accuracy")


def seen(name: str, tail: Tail, colour: str | None = None) -> Seen:
    """What a run has said so far, as columns; the tail is everybody's who watches it."""
    rates = [name for name in tail.last() if name == "lr" or name.startswith("lr/")]
    groups = [name for name in rates if name != "lr"] or rates  # with groups, "lr" is that of the first
    steps = tail.columns(*BASE, *groups)
    steps["speed"] = throughput(steps)
    epochs = tail.columns(*EPOCHS, kind="epoch")
    return Seen(name, steps, epochs) if colour is None else Seen(name, steps, epochs, colour)


def live(history: History, run: Run) -> None:
    """The curves of a run, and what its steps and its layers say."""
    last = run.tail.last()
    if not last:
        st.info(_("Nothing has been learnt yet: the first step draws the first point."), icon=":material/show_chart:")
        return
    axis, smoothing, log = controls(history)
    packed = _drawn(str(run.folder), mark(run), axis, smoothing, log, language(), run.config.workers, run)
    charts("training.curves", packed, axis)
    _layers(history, run.tail)


def mark(run: Run) -> tuple[int, ...]:
    """What a run's curves are drawn anew for: another attempt, an epoch, the end, steps that move a line by a pixel."""
    last, counts = run.tail.last(), [len(run.tail.steps(kind)) for kind in ("epoch", "end")]
    waits = 1 if counts[-1] else max(1, last.get("step", 0) // WIDTH)
    return (last.get("step", 0) // waits, waits, last.get("attempt", 0), *counts)


@st.cache_resource(max_entries=64, show_spinner=False)
def _drawn(
    folder: str, mark: tuple[int, ...], axis: str, smoothing: float, log: bool, spoken: str, workers: int, _run: Run
) -> list[dict[str, Any]]:
    """The charts as they go to browsers: worked out once for all who watch the run in the same way."""
    one = seen("", _run.tail)
    drawn = curves([one], _, axis, smoothing, log)
    drawn.append(_times(one, workers, axis))
    return [chart.packed() for chart in drawn]


def _times(one: Seen, workers: int, axis: str) -> Chart:
    steps, x = one.steps["step"], one.along(axis, one.steps)
    bars = [(*np.interp([bar.first - 0.5, bar.last + 0.5], steps, x), bar.seconds) for bar in timing.bars(one.steps)]
    verdict = timing.verdict(one.steps, workers)
    return times(bars, _, _("Time of a step"), say(verdict) if verdict else "", axis)


def controls(history: History) -> tuple[str, float, bool]:
    """What is on x, how smooth the lines are, whether the loss is drawn on a logarithmic axis."""
    view: View = history.now
    smooth = "training.smoothing"
    st.session_state[smooth] = view.smoothing

    def smoothed() -> None:
        value = st.session_state[smooth]
        if isinstance(value, (int, float)) and 0 <= value <= MOST_SMOOTHING:
            history.update(keep=False, smoothing=round(float(value), 2))

    with st.container(key="training.controls", horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.segmented_control(
            _("Horizontal axis"), list(AXES), format_func=lambda axis: _(AXES[axis][0]), required=True,
            **chosen_of(history, "axis", AXES),
        )  # fmt: skip
        st.slider(
            _("Smoothing"), 0.0, MOST_SMOOTHING, step=0.01, key=smooth, on_change=smoothed, width=220,
            help=_("How much of what is past a line remembers, as in TensorBoard. The numbers themselves stand faintly behind."),
        )  # fmt: skip
        st.toggle(_("Logarithmic loss"), **history.bound("log", keep=False))
    return view.axis, view.smoothing, view.log


def _layers(history: History, tail: Tail) -> None:
    """Norms of all layers, and histograms of some, at one of the steps at which they were taken."""
    taken = tail.steps("histograms")
    if not taken:
        st.caption(_("Norms and histograms of each layer are not taken in this run: set how often before the start."))
        return
    title = _("Weights and gradients of each layer")
    asked = bool(history.now.taken or history.now.layer)  # by a link
    folded = st.expander(title, asked, icon=":material/bar_chart:", key="training.layers", on_change="rerun")
    if not folded.open:
        return
    with folded:
        now = _step(history, taken)
        row = tail.row("histograms", now)
        if not row.get("layers"):  # its line cannot be read back, or the log is another meanwhile
            return
        names = [name for name in row["layers"] if name.endswith("weight")] or list(row["layers"])
        first = history.now.layer if history.now.layer in names else names[0]
        _norms(row, names)
        st.selectbox(_("Histograms from"), names, **chosen_of(history, "layer", names, first))
        _histograms(row, names[names.index(first) :][:LAYERS])


def _step(history: History, taken: Sequence[int]) -> int:
    """The step that the view names where histograms were taken at it, else the newest."""
    steps = taken[:: -(-len(taken) // STEPS)]
    steps = [*steps, taken[-1]] if steps[-1] != taken[-1] else steps
    now = history.now.taken if history.now.taken in steps else steps[-1]
    if len(steps) > 1:
        key = "training.taken"
        st.session_state[key] = now

        def moved(step: int) -> None:
            history.update(keep=False, taken=step if step != steps[-1] else 0)

        st.select_slider(_("After step"), steps, key=key, on_change=heard(key, steps, moved))
    return now


def _norms(row: Mapping[str, Any], names: Sequence[str]) -> None:
    bars = [
        Bar(name.removesuffix(".weight"), kinds["gradient"] and kinds["gradient"]["norm"], kinds["weight"]["norm"])
        for name, kinds in row["layers"].items()
        if name in names
    ]
    words = {
        "gradient": _("gradient"),
        "weight": _("weights"),
        "vanishing": "",
        "exploding": "",
        "beyond": _("beyond the scale"),
    }
    title = _("Norms after step {step}").format(step=f"{row['step']:,}")
    st.plotly_chart(norms([(title, bars)], words), key="training.norms", config={"displayModeBar": False}, alt=title)


def _histograms(row: Mapping[str, Any], names: Sequence[str]) -> None:
    panels = []
    for name in names:
        kinds = row["layers"][name]
        panels.append((name, *(_triple(kinds[kind]) for kind in ("gradient", "weight"))))
    words = {"gradient": _("gradient"), "weight": _("weights")}
    st.plotly_chart(
        spreads(panels, words), key="training.histograms", config={"displayModeBar": False},
        alt=_("Histograms of the weights and gradients of {count} layers").format(count=len(panels)),
    )  # fmt: skip


def _triple(spread: Mapping[str, Any] | None) -> Any:
    if spread is None or not np.isfinite([spread["low"], spread["high"]]).all():
        return None
    return spread["low"], spread["high"], spread["counts"]
