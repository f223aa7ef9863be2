"""A pipeline as a list of cards: switch, open, move, duplicate, remove, and add steps, inside containers too."""

from collections.abc import Callable

import streamlit as st

from cnnlab import limits
from cnnlab.augmentation import AUGMENTATIONS, GROUPS, Pipeline
from cnnlab.augmentation.calls import walk
from cnnlab.specs import Call
from pages.shared.choice import Option, choice
from pages.shared.form import form
from pages.shared.language import _
from pages.shared.problem import refusals
from pages.shared.tools import tools

Edit = Callable[[Pipeline], Pipeline]
Change = Callable[[Edit], None]
SUMMARY = 90


def editor(key: str, pipeline: Pipeline, change: Change, failed: str = "") -> None:
    """Cards for all steps and the box that adds one; `failed` is the step that failed.

    `change` takes an edit of whatever pipeline there is by then: several may come before the page is drawn again.
    """
    if not pipeline.calls:
        st.info(
            _("No steps yet, so the picture passes through as it is. Add the first one below."), icon=":material/add:"
        )
    _cards(key, pipeline, pipeline.calls, change, failed, depth=1)
    _adder(key, pipeline, change)


def open_step(key: str, id: str) -> None:
    """Unfold one step's parameters; the others fold."""
    st.session_state[f"{key}.open"] = id


def _cards(key: str, pipeline: Pipeline, calls: tuple[Call, ...], change: Change, failed: str, depth: int) -> None:
    for index, call in enumerate(calls):
        with st.container(border=True, key=f"{key}.{call.id}.card", gap="xsmall"):
            _header(key, call, change, failed, at_top=not index, at_end=index == len(calls) - 1, depth=depth)
            if st.session_state.get(f"{key}.open") == call.id:
                st.caption(_(call.spec.about))
                form(call, f"{key}.{call.id}", lambda values, id=call.id: change(lambda now: now.changed(id, **values)))
            if call.spec.nested:
                _cards(key, pipeline, call.children, change, failed, depth + 1)
                _adder(key, pipeline, change, into=call.id, depth=depth + 1)


def _header(key: str, call: Call, change: Change, failed: str, *, at_top: bool, at_end: bool, depth: int) -> None:
    name, opened = f"{key}.{call.id}", st.session_state.get(f"{key}.open") == call.id
    with st.container(horizontal=True, vertical_alignment="center", gap="xxsmall", wrap=False):
        st.session_state[f"{name}.on"] = call.enabled
        st.toggle(
            _("{step} is on").format(step=call.name),
            key=f"{name}.on",
            label_visibility="collapsed",
            on_change=_try,
            args=(change, lambda now: now.toggled(call.id)),
        )
        mark = ":red[:material/error:] " if call.id == failed else ""
        st.button(
            mark + call.name,
            key=f"{name}.title",
            type="tertiary",
            help=_(call.spec.about),
            wrap=False,
            on_click=open_step,
            args=(key, "" if opened else call.id),
        )
        st.space("stretch")
        with tools(name):
            for act, icon, title, edit, disabled in (
                ("up", "arrow_upward", _("Move up"), lambda now: now.moved(call.id, -1), at_top and depth == 1),
                ("down", "arrow_downward", _("Move down"), lambda now: now.moved(call.id, 1), at_end and depth == 1),
                ("copy", "content_copy", _("Duplicate"), lambda now: now.duplicated(call.id), False),
                ("remove", "delete", _("Remove"), lambda now: now.removed(call.id), False),
            ):
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
    if not opened:
        summary = ", ".join(
            f"{name}={call.spec.param(name).code(value)}"
            for name, value in call.changed().items()
            if call.spec.param(name).type is not Call
        )
        if summary:
            st.markdown(f":small[`{summary if len(summary) <= SUMMARY else summary[: SUMMARY - 1] + '…'}`]")


def _adder(key: str, pipeline: Pipeline, change: Change, into: str = "", depth: int = 1) -> None:
    """The searchable list of all transforms; picking one adds it and unfolds it."""
    names = [name for name, spec in AUGMENTATIONS.items() if not spec.nested or depth < limits.STEP_DEPTH]

    def add(name: str) -> None:
        with refusals():
            _add(key, pipeline, change, name, into)

    choice(
        f"{key}.{into}.add",
        _("Add a step inside {container}").format(container=pipeline.find(into).name) if into else _("Add a step"),
        _offered,
        add,
        placeholder=_("Add a step inside …") if into else _("Add a step …"),
        names=names,
        labelled=False,
    )


def _offered() -> list[Option]:
    """All transforms, kind by kind."""
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
