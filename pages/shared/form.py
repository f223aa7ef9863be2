"""A Spec's parameters as widgets.

The call is the truth and the widgets follow it: each run writes the call's values into the widgets' state, and a
changed widget reports its parameter's new value. A refused value stays in its widget, with the reason, until it is mended.
"""

from collections.abc import Callable
from typing import Any

import streamlit as st

from cnnlab import limits
from cnnlab.forms import reshaped
from cnnlab.specs import Call, Param
from pages.shared.language import _
from pages.shared.numbers import Field, forget_refusals, label, named, number_field, refusal, together, weights_field
from pages.shared.problem import problem
from pages.shared.sent import heard, switch


def form(call: Call, key: str, change: Callable[[dict[str, Any]], None]) -> None:
    """Widgets for all parameters of a call but those that hold other calls; few people's needs fold away.

    `change` takes the changed parameters and raises SpecError for what it refuses.
    """
    if call.spec.presets:
        _presets(call, key, change)
    params = [param for param in call.spec.params if param.type is not Call and param.widget != "fixed"]
    for param in params:
        if not param.advanced:
            _field(call, param, key, change)
    folded = [param for param in params if param.advanced]
    if folded:
        with st.expander(_("More"), key=f"{key}.more"):
            for param in folded:
                _field(call, param, key, change)


def _presets(call: Call, key: str, change: Callable[[dict[str, Any]], None]) -> None:
    names = list(call.spec.presets)
    current = next((name for name in names if all(call[k] == v for k, v in call.spec.presets[name].items())), None)
    widget = f"{key}.preset"
    st.session_state[widget] = current
    left, right = st.columns(2, gap="small", wrap=False)

    def picked(name: str) -> None:
        forget_refusals(key)
        change(dict(call.spec.presets[name]))

    left.selectbox(
        _("Statistics of"), names, key=widget, on_change=heard(widget, names, picked), placeholder=_("Custom values")
    )
    with right:
        _channels([call.spec.param(name) for name in together(call)], call, key, change)


def _channels(params: list[Param], call: Call, key: str, change: Callable[[dict[str, Any]], None]) -> None:
    """How many numbers the parameters of a preset have, chosen for all together."""
    widget, lengths = f"{key}.channels", {len(call[param.name]) for param in params}
    st.session_state[widget] = max(lengths)

    def picked(length: int) -> None:
        forget_refusals(key)
        change({param.name: reshaped(param, call[param.name], length) for param in params})

    st.selectbox(
        _("Channels"),
        params[0].lengths,
        key=widget,
        format_func=lambda length: ", ".join(named(params[0], length)),
        on_change=heard(widget, params[0].lengths, picked),
    )


def _field(call: Call, param: Param, key: str, change: Callable[[dict[str, Any]], None]) -> None:
    key = f"{key}.{param.name}"
    refused = refusal(call, key)
    field = Field(call, param, refused.value if refused else call[param.name], key, change)
    if param.options and param.type is str:
        _options(field)
    elif param.type is str:
        _text(field)
    elif param.type is bool:
        _flag(field)
    elif param.widget == "weights":
        weights_field(field, len(call.children))
    else:
        number_field(field)
    if refused:
        problem(refused.error)


def _options(field: Field) -> None:
    param = field.param
    options = [*([None] if param.optional else []), *param.options]
    st.session_state[field.key] = field.value
    st.selectbox(
        label(param),
        options,
        key=field.key,
        help=_(param.help),
        disabled=len(options) < 2,
        format_func=lambda option: _("none") if option is None else option,
        on_change=heard(field.key, options, field.set),
    )


def _text(field: Field) -> None:
    st.session_state[field.key] = field.value
    st.text_input(
        label(field.param),
        key=field.key,
        max_chars=limits.LINK_NAME,
        help=_(field.param.help),
        on_change=lambda: field.set(st.session_state[field.key]),
    )


def _flag(field: Field) -> None:
    param = field.param
    options = (True, False, None)
    if param.optional:
        st.session_state[field.key] = field.value
        st.selectbox(
            label(param),
            options,
            key=field.key,
            help=_(param.help),
            format_func=lambda option: _("none") if option is None else str(option),
            on_change=heard(field.key, options, field.set),
        )
    else:
        switch(field.key, field.value)
        st.toggle(
            label(param), key=field.key, help=_(param.help), on_change=lambda: field.set(st.session_state[field.key])
        )
