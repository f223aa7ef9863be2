"""Fields of a view as widgets: a row out of a catalogue, a number, a share, a word."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import streamlit as st

from cnnlab.specs import Call, Spec, SpecError
from pages.shared.form import form
from pages.shared.history import History
from pages.shared.language import _
from pages.shared.numbers import Refusal, refusal
from pages.shared.problem import problem
from pages.shared.sent import heard


def row_choice(history: History, field: str, label: str, rows: Mapping[str, Spec], folded: bool = False) -> None:
    """One row out of a catalogue, and its parameters, which may be folded away."""
    key = f"{history.page}.{field}"
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
        history.update(**{field: getattr(history.now, field).replace(**values)})

    if call.spec.params:
        form(call, f"{history.page}.{field}.{call.name}", change)


def whole(history: History, field: str, label: str, help: str = "") -> None:
    """A whole number with the bounds that a link has."""
    row = history.now.field(field)
    _number(history, field, label, (row.low, row.high), help or None, step=1, format="%d")


def real(history: History, field: str, label: str, high: float, step: float, help: str) -> None:
    """A number from 0 on."""
    _number(history, field, label, (0.0, high), help, step=step, format="%.4g")


def _number(
    history: History, field: str, label: str, bounds: tuple[float, float], help: str | None, step: float, format: str
) -> None:
    """A number; one beyond the bounds stays in its widget, with the reason below, and is not taken."""
    key, kind, now = f"{history.page}.{field}", type(step), getattr(history.now, field)
    refused = refusal(now, key)

    def changed() -> None:
        low, high = bounds
        value, kept = st.session_state[key], st.session_state.setdefault("form.refused", {})
        kept.pop(key, None)
        if not isinstance(value, (int, float)):
            return
        if low <= value <= high:
            history.update(**{field: kind(round(value, 12))})
            return
        told = {name: f"{number:,.9g}" for name, number in (("value", value), ("low", low), ("high", high))}
        kept[key] = Refusal(
            value, SpecError("{value} does not fit here: use a number from {low} to {high}.", **told), now
        )

    st.session_state[key] = kind(refused.value if refused else now)
    with st.container():
        st.number_input(label, step=step, format=format, key=key, help=help, on_change=changed)
        if refused:
            problem(refused.error)


def refuses(history: History) -> SpecError | None:
    """Why a field of the page holds what was refused, if one does: the view is then not what stands on the screen."""
    for row in history.view.FIELDS:
        value, key = getattr(history.now, row.attribute), f"{history.page}.{row.attribute}"
        names = (
            [f"{key}.{value.name}.{param.name}" for param in value.spec.params] if isinstance(value, Call) else [key]
        )
        for name in names:
            if refused := refusal(value, name):
                return refused.error
    return None


def chosen_of(history: History, field: str, options: Iterable[Any], now: Any = None) -> dict[str, Any]:
    """The key and callback of a choice that only changes what is seen; `now` stands in it where the view names none."""
    key = _set(history, field, getattr(history.now, field) if now is None else now)
    return {"key": key, "on_change": heard(key, options, lambda value: history.update(keep=False, **{field: value}))}


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
    key = f"{history.page}.{field}"
    st.session_state[key] = value
    return key


def _within(history: History, field: str, high: float) -> Callable[[], None]:
    """A callback that takes what lies within the bounds, whatever a browser sends."""

    def changed() -> None:
        value = st.session_state[f"{history.page}.{field}"]
        if isinstance(value, (int, float)) and 0 <= value <= high:
            history.update(**{field: round(float(value), 12)})

    return changed
