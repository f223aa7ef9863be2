"""Where a model stopped, and what would mend it: every change is carried out by a press, or is a line to copy."""

import streamlit as st

from cnnlab.summary.rows import Failure, Fix, TensorSize
from cnnlab.summary.view import View
from pages.shared.history import History
from pages.shared.language import _, plain, say
from pages.shared.problem import problem


def failure(history: History, stopped: Failure, key: str) -> None:
    """The sentence, and below it the changes that were tried and work; widgets' keys begin with `key`."""
    problem(stopped.error)
    for number, fix in enumerate(stopped.fixes):
        change = _change(history.now, fix)
        title = say(fix.message, plain)
        if change:
            st.button(
                title,
                key=f"{key}.fix.{number}",
                icon=":material/healing:",
                on_click=lambda change=change: history.update(**change),
            )
        elif fix.code:
            st.caption(title + " " + (_("At the end of __init__:") if history.now.own else _("In code:")))
            st.code(fix.code, language="python", wrap_lines=True)
        else:
            st.info(title, icon=":material/healing:")


def _change(view: View, fix: Fix) -> dict[str, object]:
    """The fields of the view that the fix changes, with their new values; none where the page has no such field."""
    if fix.params:
        return {"model": view.model.replace(**fix.params)}
    if fix.source:
        return {"source": fix.source}
    sizes = [size for size in fix.inputs if isinstance(size, TensorSize)]
    return {"shape": sizes[0].shape[1:]} if sizes and sizes[0].dtype.startswith("float") else {}
