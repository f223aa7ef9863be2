"""The choice of a layer's numbers: those that go in, and its weights."""

from collections.abc import Mapping

import streamlit as st

from cnnlab import limits
from cnnlab.layers.presets import FILLS, KERNELS, MODEL, STARTS, kernels
from cnnlab.layers.view import View
from cnnlab.specs import Call
from pages.layers.origin import untrained
from pages.shared.history import History
from pages.shared.language import _
from pages.shared.sent import heard

OWN = "own"  # numbers that were typed, no longer on offer where others are chosen
DRAWN = {"fill": ("random",), "kernel": ("default", *STARTS)}  # what chance has a part in


def choices(history: History, call: Call, filled: bool = True, chance: bool = False) -> None:
    """Which numbers the sample has: its input, unless it is not `filled`, and weights where there is a choice of them.

    With `chance` they can be drawn anew in any case.
    """
    view = history.now
    weights = [name for name in kernels(call) if name != MODEL or view.origin]
    if filled:
        chance |= _choice(history, "fill", _("Input"), {name: _(title) for name, title in FILLS.items()}, "x")
    if len(weights) > 1:
        chance |= _choice(history, "kernel", _("Weights"), {name: _weights(view, name) for name in weights}, "wb")
    if chance:
        st.button(
            _("Draw anew"),
            key="layers.anew",
            icon=":material/casino:",
            on_click=lambda: history.update(seed=(history.now.seed + 1) % (limits.SEED + 1)),
        )
    if view.numbers:
        st.button(
            _("Reset numbers"),
            key="layers.reset",
            icon=":material/restart_alt:",
            on_click=lambda: history.update(numbers={}),
        )


def _weights(view: View, name: str) -> str:
    """What weights are called; those of a model that nobody trained are not to be taken for learned ones."""
    if name != MODEL or (seed := untrained(view)) is None:
        return _(KERNELS[name])
    return _("From a model, untrained (seed {seed})").format(seed=seed)


def _choice(history: History, name: str, title: str, titles: Mapping[str, str], typed: str) -> bool:
    """A choice of numbers, which stand for those that were typed before; True where chance has a part in them."""
    names, now = list(titles), getattr(history.now, name)
    own = any(letter in history.now.numbers for letter in typed)
    now = now if now in names else names[0]
    key = f"layers.{name}"
    st.session_state[key] = OWN if own else now

    def choose(chosen: str) -> None:
        numbers = {each: values for each, values in history.now.numbers.items() if each not in typed}
        history.update(**{name: chosen, "numbers": numbers})

    st.selectbox(
        title,
        [*names, OWN] if own else names,
        key=key,
        format_func=lambda each: _("{title}: {choice}").format(
            title=title, choice=titles.get(each) or _("own numbers")
        ),
        on_change=heard(key, names, choose),
        label_visibility="collapsed",
        width=280,
    )
    return now in DRAWN[name] and not own
