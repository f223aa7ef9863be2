"""The look at an activation as a curve, with its slope."""

from collections.abc import Sequence
from functools import lru_cache
from math import isfinite
from typing import Any

import streamlit as st

from cnnlab.figures import activation
from cnnlab.layers.answers import Curve
from cnnlab.layers.jobs import CURVE, asked, suited
from cnnlab.layers.view import Place
from pages.layers.choices import choices
from pages.layers.grids import told
from pages.shared.history import History
from pages.shared.language import _, plain, say
from pages.shared.work import done


def curved(place: Place) -> bool:
    return place.call.spec.family == "activation"


def curve_look(history: History, place: Place) -> None:
    """What becomes of each x, and how much of a gradient comes back through it."""
    chance = {"lower", "upper"} <= place.call.values.keys()  # between which it draws in training
    with st.container(horizontal=True, vertical_alignment="bottom"):
        choices(history, place.call, filled=False)
        if chance:
            st.toggle(_("Training"), **history.bound("training"), help=_("Off: as in evaluation."))
    curve: Curve = done(suited(CURVE, history.now), asked(history.now), _("Drawing the curve …"))
    st.markdown(_slope_words(curve))
    for note in curve.notes:
        st.caption(say(note, plain))
    words = (("x", "x"), ("y", place.call.name), ("slope", _("slope (derivative)")), ("flat", _("slope next to zero")))
    alt = _("{layer} from {low} to {high}, with its derivative; its values go from {least} to {most}").format(
        layer=place.call.name, low=told(curve.x[0]), high=told(curve.x[-1]), **_range(curve.y)
    )
    st.plotly_chart(
        _figure(curve.x, curve.y, curve.slope, curve.flat, words, chance and history.now.training),
        key="layers.curve",
        config={"displayModeBar": False},
        alt=alt,
    )


@lru_cache(maxsize=64)
def _figure(
    x: Sequence[float],
    y: Sequence[float],
    slope: Sequence[float],
    flat: Sequence[tuple[float, float]],
    words: Sequence[tuple[str, str]],
    by_chance: bool,
) -> Any:
    return activation(x, y, slope, flat, dict(words), by_chance)


def _range(values: tuple[float, ...]) -> dict[str, str]:
    finite = [value for value in values if isfinite(value)]
    return {"least": told(min(finite, default=None)), "most": told(max(finite, default=None))}


def _slope_words(curve: Curve) -> str:
    """Where the gradient passes, and where it is lost."""
    steep = _(
        "In the drawn range the slope lies between {least} and {most}: by it the gradient is multiplied on its way back."
    ).format(**_range(curve.slope))
    if not curve.flat:
        return f"{steep} " + _("It is nowhere next to zero for long: wherever x lies, a gradient comes through.")
    where = _(", ").join(_zone(low, high, curve.x) for low, high in curve.flat)
    saturated = _(
        "In the marked zones ({where}) it is next to zero, at most a twentieth of the steepest: there the layer is "
        "saturated, and hardly learns."
    )
    return f"{steep} {saturated.format(where=where)}"


def _zone(low: float, high: float, x: tuple[float, ...]) -> str:
    """An interval of x, open where the drawn range ends."""
    if (low, high) == (x[0], x[-1]):
        return _("everywhere")
    if low == x[0]:
        return f"x < {told(high)}"
    return f"x > {told(low)}" if high == x[-1] else f"{told(low)} < x < {told(high)}"
