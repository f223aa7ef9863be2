"""A pipeline as a list of rows: switch, open, move, duplicate, remove, and add steps, inside containers too."""

from collections.abc import Callable, Iterator, Mapping

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cnnlab import limits
from cnnlab.augmentation import AUGMENTATIONS, GROUPS, Pipeline
from cnnlab.augmentation.calls import walk
from cnnlab.specs import Call
from pages.shared.choice import Option, choice
from pages.shared.form import form
from pages.shared.language import _, coded
from pages.shared.problem import refusals
from pages.shared.sent import switch
from pages.shared.tools import tools

Edit = Callable[[Pipeline], Pipeline]
Change = Callable[[Edit], None]
ROOM = 24  # characters that fit beside a name
Slots = Mapping[str, DeltaGenerator]


def editor(key: str, pipeline: Pipeline, change: Change) -> Slots:
    """Rows for all steps and the box that adds one. Gives a place in each step's row, by its id, for what is wrong there.

    `change` takes an edit of whatever pipeline there is by then: several may come before the page is drawn again.
    """
    if not pipeline.calls:
        st.info(
            _("No steps yet, so the picture passes through as it is. Add the first one below."), icon=":material/add:"
        )
    with st.container(key=f"{key}.steps", gap="xxsmall"):
        slots = dict(_rows(key, pipeline, pipeline.calls, change, depth=1))
    _adder(key, pipeline, change)
    return slots


def open_step(key: str, id: str) -> None:
    """Unfold one step's parameters; the others fold."""
    st.session_state[f"{key}.open"] = id


def _rows(
    key: str, pipeline: Pipeline, calls: tuple[Call, ...], change: Change, depth: int
) -> Iterator[tuple[str, DeltaGenerator]]:
    for index, call in enumerate(calls):
        name, opened = f"{key}.{call.id}", st.session_state.get(f"{key}.open")
        with st.container(border=True, key=f"{name}.card", gap=None):
            _header(key, call, change, opened == call.id)
            slot = st.container(key=f"{name}.wrong", gap="xsmall")
            if opened == call.id:
                ends = (not index and depth == 1, index == len(calls) - 1 and depth == 1)
                with st.container(key=f"{name}.body", gap="small"):
                    _tools(name, call, change, *ends)
                    form(call, name, lambda values, id=call.id: change(lambda now: now.changed(id, **values)))
            yield call.id, slot
            if call.spec.nested:
                with st.container(key=f"{name}.inside", gap="xxsmall"):
                    yield from _rows(key, pipeline, call.children, change, depth + 1)
                    if not call.children or opened in {inner.id for inner in walk((call,))}:
                        _adder(key, pipeline, change, into=call.id, depth=depth + 1)


def _header(key: str, call: Call, change: Change, opened: bool) -> None:
    """One line: the switch, and a button that opens the step, with its name and what was changed of it."""
    name, values = f"{key}.{call.id}", changed_values(call)
    with st.container(key=f"{name}.row", horizontal=True, vertical_alignment="center", gap="xsmall", wrap=False):
        switch(f"{name}.on", call.enabled)
        st.toggle(
            _("{step} is on").format(step=call.name),
            key=f"{name}.on",
            label_visibility="collapsed",
            on_change=_try,
            # What the switch says, not the opposite of what is: a click may be heard twice.
            args=(change, lambda now: now.switched(call.id, bool(st.session_state[f"{name}.on"]))),
        )
        parts = [
            "".join(f"{value}, " for value in values[:-1]),
            *values[-1:],
        ]  # the browser shortens the first of the two
        whole = ", ".join(values)
        title = f"**{call.name}**" if call.enabled else f":gray[{call.name}]"
        st.button(
            " ".join((title, *(coded(part) for part in parts if part))),
            key=f"{name}.title",
            type="tertiary",
            icon=f":material/expand_{'less' if opened else 'more'}:",
            icon_position="right",
            width="stretch",
            help=coded(whole) if len(whole) > ROOM else None,
            wrap=False,
            on_click=open_step,
            args=(key, "" if opened else call.id),
        )


def changed_values(call: Call) -> list[str]:
    """What a call was given beside its defaults, as its code has it: ["degrees=15"]."""
    params = {name: call.spec.param(name) for name in call.changed()}
    return [f"{name}={param.code(call[name])}" for name, param in params.items() if param.type is not Call]


def _tools(name: str, call: Call, change: Change, at_top: bool, at_end: bool) -> None:
    """What the step does, and buttons to move, copy and remove it."""
    with st.container(horizontal=True, gap="xsmall", wrap=False):
        st.caption(_(call.spec.about), width="stretch")
        with tools(name):
            for act, icon, title, edit, disabled in (
                ("up", "arrow_upward", _("Move {step} up"), lambda now: now.moved(call.id, -1), at_top),
                ("down", "arrow_downward", _("Move {step} down"), lambda now: now.moved(call.id, 1), at_end),
                ("copy", "content_copy", _("Duplicate {step}"), lambda now: now.duplicated(call.id), False),
                ("remove", "delete", _("Remove {step}"), lambda now: now.removed(call.id), False),
            ):
                title = title.format(step=call.name)
                st.button(
                    title,
                    key=f"{name}.{act}",
                    icon=f":material/{icon}:",
                    type="tertiary",
                    help=title,
                    disabled=disabled,
                    on_click=_try,
                    args=(change, edit),
                )


def _adder(key: str, pipeline: Pipeline, change: Change, into: str = "", depth: int = 1) -> None:
    """The searchable list of all transforms, kind by kind; picking one adds it and unfolds it."""

    def add(name: str) -> None:
        with refusals():
            _add(key, pipeline, change, name, into)

    choice(
        f"{key}.{into}.add",
        _("Add a step inside {container}").format(container=pipeline.find(into).name) if into else _("Add a step"),
        offered,
        add,
        placeholder=_("Add a step inside …") if into else _("Add a step …"),
        names=None if depth < limits.STEP_DEPTH else [name for name, spec in AUGMENTATIONS.items() if not spec.nested],
        labelled=False,
    )


def offered() -> list[Option]:
    rows = sorted(AUGMENTATIONS.items(), key=lambda item: GROUPS.index(item[1].group))
    return [Option(name, spec.group, spec.about) for name, spec in rows]


def _add(key: str, pipeline: Pipeline, change: Change, name: str, into: str) -> None:
    known = {call.id for call in walk(pipeline.calls)}

    def edit(now: Pipeline) -> Pipeline:
        longer = now.added(AUGMENTATIONS[name].example(), into=into)
        open_step(key, next(call.id for call in walk(longer.calls) if call.id not in known and call.name == name))
        return longer

    change(edit)


def _try(change: Change, edit: Edit) -> None:
    """An edit that may be refused, such as a step too many, or come too late for its step."""
    with refusals():
        change(edit)
