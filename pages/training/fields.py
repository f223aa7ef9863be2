"""Fields of a set-up as widgets that more than one of its cards uses."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from cnnlab.specs import Call, Spec
from cnnlab.training.view import View
from pages.shared.form import form
from pages.shared.history import History
from pages.shared.language import _
from pages.shared.sent import heard

PAGE = "training"


def row_choice(history: History, field: str, label: str, rows: Mapping[str, Spec], folded: bool = False) -> None:
    """One row out of a catalogue, and its parameters, which may be folded away."""
    key = f"{PAGE}.{field}"
    call: Call = getattr(history.now, field)
    st.session_state[key] = call.name

    def picked(name: str) -> None:
        if name != getattr(history.now, field).name:
            history.update(**{field: rows[name].example()})

    st.selectbox(label, list(rows), key=key, help=_(call.spec.about), on_change=heard(key, list(rows), picked))
    if folded and call.spec.params:
        with st.expander(_("Its settings"), key=f"{key}.settings"):
            row_form(history, field)
    else:
        row_form(history, field)


def row_form(history: History, field: str) -> None:
    """The parameters of a row."""
    call: Call = getattr(history.now, field)

    def change(values: Mapping[str, Any]) -> None:
        now: View = history.now
        history.change(replace(now, **{field: getattr(now, field).replace(**values)}))

    if call.spec.params:
        form(call, f"{PAGE}.{field}.{call.name}", change)


def whole(history: History, field: str, label: str, help: str = "") -> None:
    """A whole number with the bounds that a link has."""
    st.number_input(label, help=help or None, **history.number(field))


def real(history: History, field: str, label: str, high: float, step: float, help: str) -> None:
    """A number from 0 on."""
    key = _set(history, field, float(getattr(history.now, field)))
    st.number_input(
        label, 0.0, high, step=step, format="%.4g", key=key, help=help, on_change=_within(history, field, high)
    )


def share(history: History, field: str, label: str, high: float, help: str) -> None:
    """A part of a whole, as a slider."""
    key = _set(history, field, float(getattr(history.now, field)))
    st.slider(label, 0.0, high, step=0.05, key=key, help=help, on_change=_within(history, field, high))


def switch(history: History, field: str, label: str, help: str) -> None:
    st.toggle(label, help=help, **history.bound(field))


def words(
    history: History, field: str, label: str, options: Sequence[str], help: str, named: Callable[[str], str] = str
) -> None:
    """One of a few words."""
    st.selectbox(label, options, help=help, format_func=named, **history.choice(field, options))


def _set(history: History, field: str, value: Any) -> str:
    key = f"{PAGE}.{field}"
    st.session_state[key] = value
    return key


def _within(history: History, field: str, high: float) -> Callable[[], None]:
    """A callback that takes what lies within the bounds, whatever a browser sends."""

    def changed() -> None:
        value = st.session_state[f"{PAGE}.{field}"]
        if isinstance(value, (int, float)) and 0 <= value <= high:
            history.update(**{field: round(float(value), 12)})

    return changed
