"""What one pass there and back leaves in each layer, for several ways to start."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import streamlit as st

from cnnlab.figures import Bar, norms, spreads
from cnnlab.models.initialisations import RIVALS
from cnnlab.specs import SpecError
from cnnlab.summary.answers import Summarised
from cnnlab.summary.jobs import GRADIENTS, asked
from cnnlab.summary.lessons import FACTOR, Gradients, Layer, Spread, takes_picture
from cnnlab.summary.view import View
from pages.shared.history import History
from pages.shared.language import _, plain
from pages.shared.photo import photo_choice
from pages.shared.problem import problem
from pages.shared.sent import chosen, kept
from pages.shared.take import code_box
from pages.shared.work import done_all
from pages.summary.model import look_at

NAMED = 3  # layers in a cell of the table
AT_ONCE_S = 0.15  # of a sample, as foreseen: models that are compared without being asked


def gradient_panel(history: History, about: Summarised) -> None:
    """The norms of all layers side by side, and one layer's values."""
    report = about.report
    left, right = st.columns([2, 3])
    pictured = takes_picture(about.shapes)
    with left:
        photo = photo_choice(history, "summary.gradients.image") if pictured else history.now.image
    with right:
        rivals = rival_choice(history, report.effort.seconds / max(report.batch, 1))
    passes = ran(replace(history.now, image=photo), rivals)
    own = next(iter(passes.values()))
    st.caption(" ".join(sentences(own, pictured)))
    bars = tuple((title, tuple(_bar(told, layer) for layer in told.layers)) for title, told in passes.items())
    alt = _("Norms of the gradients of {count} layers: {starts}")
    st.plotly_chart(
        _norms(bars, tuple(words().items())),
        key="summary.gradients.norms",
        config={"displayModeBar": False},
        alt=alt.format(count=len(own.layers), starts=_(", ").join(passes)),
    )
    st.dataframe(table(passes), key="summary.gradients.table", hide_index=True)
    one_layer(history, passes)
    with st.expander(_("This pass as Python"), key="summary.gradients.more"):
        as_python(passes)


def ran(view: View, rivals: Sequence[str]) -> Mapping[str, Gradients]:
    """By the name of the start, the model's own first, what the passes left; a rival that is refused says why."""
    views = [view, *(started(view, name) for name in rivals)]
    own, *others = done_all(GRADIENTS, list(map(asked, views)), _("Running the model there and back …"))
    if isinstance(own, SpecError):
        raise own
    passes = {_own_name(view): own}
    for name, answer in zip(rivals, others, strict=True):
        if isinstance(answer, SpecError):
            problem(answer)
        else:
            passes[RIVALS[name][0]] = answer
    return passes


def started(view: View, name: str) -> View:
    """The view with the layers started as a rival of its own start."""
    return replace(view, weights="", learnt=None, scheme=RIVALS[name][1])


def _own_name(view: View) -> str:
    if view.learnt:
        return _("what it has learnt")
    if view.weights:
        return _("pretrained weights")
    return _("your starting values") if view.scheme else _("the model's own start")


def words() -> Mapping[str, str]:
    return {
        "gradient": _("gradient"),
        "weight": _("weights"),
        "vanishing": _("vanishing"),
        "exploding": _("exploding"),
        "beyond": _("beyond the scale"),
    }


def rival_choice(history: History, seconds: float) -> tuple[str, ...]:
    """The starts to compare with: those of the link, else all of them for a model that takes no time."""
    now = history.now.rivals
    if now is None:
        now = tuple(RIVALS) if seconds <= AT_ONCE_S else ()
    key = "summary.gradients.rivals"
    st.session_state[key] = list(now)

    def picked() -> None:
        named = st.session_state.get(key)
        history.update(rivals=tuple(name for name in RIVALS if isinstance(named, list) and name in named))

    st.pills(
        _("Compare with other starts"),
        list(RIVALS),
        selection_mode="multi",
        key=key,
        format_func=lambda name: RIVALS[name][0],
        on_change=picked,
        help=_("All convolutions and linear layers start this way, with biases of 0: one more pass each."),
    )
    return now


def sentences(told: Gradients, pictured: bool) -> list[str]:
    """What was run, and what to see."""
    if not pictured:
        batch = _("Random numbers run through the model once, a batch of {count}, and the loss comes back.")
    elif told.batch == 1:
        batch = _("The picture runs through the model once, and the loss comes back.")
    else:
        batch = _(
            "The picture and its mirror images, a batch of {count}, run through the model once, and the loss comes back."
        )
    loss = _("Loss {loss}: {name}.").format(
        loss=f"{told.loss:.3g}", name=_(told.loss_name).format(count=f"{told.scores:,}")
    )
    still = [plain(layer.name) for layer in told.layers if not layer.weight.norm]
    zeros = _("Zero at the start: {layers}. Nothing goes back through a layer whose weights are all zero.")
    return [
        batch.format(count=told.batch),
        _("The layers are in training mode: dropout drops, and normalisation goes by the batch."),
        loss,
        _(
            "A gradient vanishes (▼) where its norm is {factor} times below the median layer's, and explodes (▲) where it is "
            "{factor} times above. A good start keeps the line level; look at the left end, where the way back ends."
        ).format(factor=FACTOR),
        *([zeros.format(layers=", ".join(still))] if still else []),
    ]


def _bar(told: Gradients, layer: Layer) -> Bar:
    norm = layer.gradient.norm if layer.gradient else None
    return Bar(layer.name, norm, layer.weight.norm, told.vanishing(layer), told.exploding(layer))


@lru_cache(maxsize=32)
def _norms(rows: Sequence[tuple[str, Sequence[Bar]]], words: Sequence[tuple[str, str]]) -> Any:
    return norms(rows, dict(words))


def table(passes: Mapping[str, Gradients]) -> Mapping[str, Sequence[Any]]:
    """A row for each start: its loss, its median gradient and how that compares with the first, what vanishes and explodes."""
    first = next(iter(passes.values())).median
    told = list(passes.values())
    return {
        _("Start"): list(passes),
        _("Loss"): [f"{one.loss:.3g}" for one in told],
        _("Median gradient"): [f"{one.median:.3g}" for one in told],
        _("Against the first"): [_times(one.median, first) for one in told],
        _("Vanishing"): [_named(one, one.vanishing) for one in told],
        _("Exploding"): [_named(one, one.exploding) for one in told],
        _("Without a gradient"): [sum(layer.gradient is None for layer in one.layers) for one in told],
    }


def _named(passed: Gradients, marked: Callable[[Layer], bool]) -> str:
    """How many layers are marked, and the first of them by name."""
    names = [layer.name for layer in passed.layers if marked(layer)]
    return f"{len(names)}: {', '.join(names[:NAMED])}{' …' if len(names) > NAMED else ''}" if names else "0"


def _times(value: float, first: float) -> str:
    return f"× {value / first:.2g}" if first else "–"


def one_layer(history: History, passes: Mapping[str, Gradients]) -> None:
    """The gradient and the weights of the chosen row as histograms, of the first layer where it has none."""
    names = [layer.name for layer in next(iter(passes.values())).layers]
    key = "summary.gradients.layer"
    name = st.session_state[key] = history.now.row if history.now.row in names else names[0]

    def picked() -> None:
        if layer := chosen(key, names):
            look_at(history, history.now.at(layer))

    st.selectbox(_("Layer"), names, key=key, on_change=picked)
    panels = []
    for title, told in passes.items():
        layer = next(layer for layer in told.layers if layer.name == name)
        panels.append((title, _histogram(layer.gradient), _histogram(layer.weight)))
    st.plotly_chart(
        _spreads(tuple(panels), tuple(words().items())),
        key="summary.gradients.values",
        config={"displayModeBar": False},
        alt=_("Histograms of the gradient and of the weights of {layer}").format(layer=name),
    )


@st.fragment
def as_python(passes: Mapping[str, Gradients]) -> None:
    """The pass of one of the starts as source; which one changes nothing else on the page."""
    which = "summary.gradients.which"
    kept(which, passes, next(iter(passes)))
    title = st.selectbox(_("Start"), list(passes), key=which)
    code_box("summary.gradients.code", passes[title].code, "gradients.py", "text/x-python")


def _histogram(spread: Spread | None) -> tuple[float, float, tuple[int, ...]] | None:
    return (spread.low, spread.high, spread.counts) if spread else None


@lru_cache(maxsize=64)
def _spreads(panels: Sequence[Any], words: Sequence[tuple[str, str]]) -> Any:
    return spreads(panels, dict(words))
