"""Widgets for numbers: one, several side by side, a colour, a list, or none at all."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st

from cnnlab import limits
from cnnlab.colours import SKY
from cnnlab.forms import COLOUR, LIST, NONE, WORD, parsed_numbers, reshaped, tidy, variant, variants
from cnnlab.specs import SCALAR, Call, Param, SpecError
from pages.shared.language import _
from pages.shared.sent import heard, switch

SHORT = (SCALAR, COLOUR)  # forms that leave room for the choice of form beside them


@dataclass(frozen=True)
class Field:
    """One parameter of one call on the screen: its widgets' keys begin with `key`, `change` takes its new value."""

    call: Call
    param: Param
    value: Any
    key: str
    change: Callable[[dict[str, Any]], None]

    def set(self, value: Any) -> None:
        """Report a new value; one that is refused is remembered beside its reason."""
        refused = st.session_state.setdefault("form.refused", {})
        refused.pop(self.key, None)
        try:
            self.change({self.param.name: value})
        except SpecError as error:
            refused[self.key] = Refusal(value, error, self.call)


@dataclass(frozen=True)
class Refusal:
    """A value that was refused, why, and the call, or the value, that it was refused for."""

    value: Any
    error: SpecError
    call: Any


def refusal(call: Any, key: str) -> Refusal | None:
    """The refusal of a field, while the call is the one that it was refused for."""
    refused = st.session_state.get("form.refused", {}).get(key)
    return refused if refused and refused.call == call else None


def forget_refusals(key: str = "") -> None:
    """Drop the refusals of a call, or all: what they were about has gone."""
    refused = st.session_state.get("form.refused", {})
    for name in [name for name in refused if not key or name.startswith(f"{key}.")]:
        del refused[name]


def label(param: Param) -> str:
    return param.name + (f" ({param.unit})" if param.unit else "")


def number_field(field: Field) -> None:
    """The form of the value, where it may be chosen, and its numbers."""
    param, forms = field.param, variants(field.param)
    if param.name in together(field.call):
        names = [f"{label(param)} {name}" for name in named(param, len(field.value))]
        _row(field, names, _(param.help))
        return
    shape = variant(param, field.value)
    place = st.container()
    if len(forms) > 1:
        widget = f"{field.key}.form"
        st.session_state[widget] = shape
        choice, place = (
            st.columns(2, gap="xsmall", vertical_alignment="bottom", wrap=False) if shape in SHORT else (place, place)
        )
        choice.selectbox(
            label(param),
            forms,
            key=widget,
            help=_(param.help),
            format_func=lambda form: form_name(param, form),
            on_change=heard(widget, forms, lambda form: field.set(reshaped(param, field.value, form))),
        )
    if shape not in (NONE, WORD):
        with place:
            INPUTS.get(shape, _elements)(field, shape)


def together(call: Call) -> tuple[str, ...]:
    """The parameters that presets set, whose forms are chosen together."""
    return tuple(dict.fromkeys(name for preset in call.spec.presets.values() for name in preset))


def named(param: Param, length: int) -> list[str]:
    """What the elements of a value are called, where the row says it."""
    return [_(name) for name in param.labels.get(length, ())]


def form_name(param: Param, form: str | int) -> str:
    names = {
        NONE: _("none"),
        WORD: ", ".join(param.options),
        COLOUR: _("a colour"),
        LIST: _("a list"),
        SCALAR: _("one number"),
        1: _("one number"),
    }
    if form in names:
        return names[form]
    return ", ".join(named(param, form)) or _("{count} numbers").format(count=form)


def _elements(field: Field, length: int) -> None:
    """Number inputs, one per element, side by side; the label stands above them where no choice of form does."""
    param, count = field.param, max(length, 1)
    alone = len(variants(param)) == 1
    values = field.value if isinstance(field.value, tuple) else (field.value,)
    if param.widget == "padding" and length != SCALAR:
        _padding_drawing(values)
    if alone and count > 1:
        st.markdown(label(param), help=_(param.help))
    changed = partial(_element_changed, field, values, length)
    drawn(field)

    if count == 1:
        _number(
            param,
            f"{field.key}.0",
            values[0],
            label(param),
            param.bounds(length),
            partial(changed, 0),
            hidden=not alone,
            help=_(param.help) if alone else None,
        )
        return
    if count == 3:
        _row(field, named(param, length))
        return
    columns = st.columns(2, gap="small", wrap=False)
    for index, name in enumerate(named(param, length)):
        with columns[index % 2]:
            key, bounds = f"{field.key}.{index}", param.bounds(length)
            _number(param, key, values[index], name, bounds, partial(changed, index))


def _row(field: Field, names: list[str], help: str | None = None) -> None:
    """All elements in one row, narrower than columns can be; `help` stands at the first."""
    param, values = field.param, field.value
    drawn(field)
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="bottom", wrap=False):
        for index, name in enumerate(names):
            changed = partial(_element_changed, field, values, len(values), index)
            key, bounds = f"{field.key}.{index}", param.bounds(len(values))
            _number(param, key, values[index], name, bounds, changed, help=None if index else help)


def _element_changed(field: Field, values: tuple, length: int, index: int) -> None:
    numbers = elements(field, values, index)
    if field.param.widget != "color" or length != 3:  # whole numbers there would be a colour again
        numbers = tuple(tidy(field.param, number) for number in numbers)
    field.set(numbers[0] if length == SCALAR else numbers)


def elements(field: Field, values: tuple, index: int) -> tuple:
    """The elements of a value one of whose widgets has changed, among those that were drawn.

    The other widgets are not asked: a client need not send them. What changed with them in the same run is remembered.
    """
    pending = st.session_state.setdefault("form.pending", {})
    numbers = list(pending.get(field.key, values))
    numbers[index] = st.session_state[f"{field.key}.{index}"]
    pending[field.key] = tuple(numbers)
    return tuple(numbers)


def drawn(field: Field) -> None:
    """The widgets of a value's elements are drawn anew, and say all that had changed."""
    st.session_state.get("form.pending", {}).pop(field.key, None)


def _number(
    param: Param,
    key: str,
    value: float,
    title: str,
    bounds: tuple[float | None, float | None],
    changed: Callable[[], None],
    hidden: bool = False,
    help: str | None = None,
) -> None:
    """A slider keeps within its bounds; what was typed beyond them is refused by the call, with both, and stays there."""
    whole = param.type is int
    kind = int if whole else float
    shown = {"label_visibility": "collapsed" if hidden else "visible", "help": help, "on_change": changed, "key": key}
    low, high = (None if bound is None else kind(bound) for bound in bounds)
    st.session_state[key] = kind(value)
    if not whole and (low, high) == (0.0, 1.0):
        st.session_state[key] = min(max(kind(value), low), high)
        st.slider(title, low, high, step=param.step or 0.01, **shown)
    else:
        step = kind(param.step or (1 if whole or (high or 0) - (low or 0) > 20 else 0.05))
        st.number_input(title, step=step, format="%d" if whole else "%.4g", **shown)


def _colour(field: Field, _form: str | int) -> None:
    red, green, blue = field.value
    st.session_state[field.key] = f"#{red:02x}{green:02x}{blue:02x}"

    def changed() -> None:
        text = st.session_state[field.key]
        if len(text) == len("#rrggbb"):
            field.set(tuple(int(text[index : index + 2], 16) for index in (1, 3, 5)))

    st.color_picker(label(field.param), key=field.key, label_visibility="collapsed", on_change=changed)


def _list(field: Field, _form: str | int) -> None:
    """Numbers separated by commas."""
    value = field.value
    st.session_state[field.key] = value if isinstance(value, str) else ", ".join(f"{number:g}" for number in value)

    def changed() -> None:
        numbers = parsed_numbers(st.session_state[field.key], field.param.type is int)
        field.set(numbers)

    st.text_input(
        label(field.param),
        key=field.key,
        max_chars=limits.LIST_CHARACTERS,
        label_visibility="collapsed",
        on_change=changed,
    )


def weights_field(field: Field, count: int) -> None:
    """One weight per step inside, or equal chances."""
    widget = f"{field.key}.form"
    switch(widget, field.value is not None)
    st.toggle(
        _("Weigh the steps"),
        key=widget,
        help=_(field.param.help),
        disabled=not count,
        on_change=lambda: field.set((1.0,) * count if st.session_state[widget] else None),
    )
    if field.value is None:
        return

    drawn(field)
    columns = st.columns(2, wrap=False)
    for index, weight in enumerate(field.value):
        with columns[index % 2]:
            _number(
                field.param,
                f"{field.key}.{index}",
                weight,
                _("step {number}").format(number=index + 1),
                field.param.bounds(count),
                lambda index=index: field.set(elements(field, field.value, index)),
            )


def _padding_drawing(values: tuple[int, ...]) -> None:
    """The picture with the padding of each side written where it goes."""
    left, top, right, bottom = values if len(values) == 4 else (*values, *values)
    alt = _("left {left}, top {top}, right {right}, bottom {bottom}").format(
        left=left, top=top, right=right, bottom=bottom
    )
    sides = ((22, 44, left), (100, 15, top), (178, 44, right), (100, 74, bottom))
    text = '<text x="{}" y="{}" text-anchor="middle" font-family="monospace" font-size="12" fill="#7F8A96">{}</text>'
    st.image(
        '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="80" viewBox="0 0 200 80">'
        '<rect x="1" y="1" width="198" height="78" fill="none" stroke="#7F8A96" stroke-dasharray="3 3"/>'
        f'<rect x="45" y="22" width="110" height="36" fill="{SKY}"/>'
        + "".join(text.format(*side) for side in sides)
        + "</svg>",
        alt=alt,
    )


INPUTS: Mapping[str | int, Callable[[Field, str | int], None]] = {COLOUR: _colour, LIST: _list}
