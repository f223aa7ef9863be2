"""Where a layer came from: the row of a model, and the way back to it."""

import streamlit as st

from cnnlab.layers.presets import MODEL
from cnnlab.layers.view import View
from cnnlab.summary.view import View as Origin
from pages.layers.choosing import PAGE
from pages.shared.language import _, language_query, plain
from pages.shared.own import may_run, own_gate


def way_back(view: View) -> None:
    """A link to the row of the summary, where the layer came from one."""
    if not view.origin:
        return
    origin = Origin.from_query(view.origin)
    st.page_link(
        "summary/page.py",
        label=_("Back to {row} of {model}").format(row=plain(view.row or origin.row), model=plain(origin.name)),
        icon=":material/arrow_back:",
        query_params={**view.origin, **language_query()},
    )


def untrained(view: View) -> int | None:
    """The seed that drew the weights of the model which the layer came from; None where they may be trained ones."""
    origin = Origin.from_query(view.origin)
    return None if origin.weights or origin.learnt or origin.own else origin.seed


def allowed(view: View) -> bool:
    """Whether the layer's weights may be looked at; for those of a class of one's own a gate is drawn in their place."""
    own = Origin.from_query(view.origin).own if view.kernel == MODEL and view.origin else ""
    if may_run(own):
        return True
    own_gate(PAGE, own)
    return False
