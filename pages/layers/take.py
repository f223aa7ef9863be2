"""What can be taken away of a layer: the code that shows the same, and the link."""

import streamlit as st

from cnnlab.layers.jobs import CODE, asked, suited
from cnnlab.layers.view import Place, View
from pages.layers.choosing import PAGE
from pages.shared.history import History
from pages.shared.language import _
from pages.shared.problem import refusals
from pages.shared.take import code_box, link_box
from pages.shared.work import done


def take_away(history: History, place: Place) -> None:
    """The bar below: source of what works, and the link."""
    view: View = history.now
    titles = [_("Python")] if place.output is not None else []
    *sources, link = st.tabs([*titles, _("Link")], key="layers.take", on_change="rerun")
    for tab in sources:
        if tab.open:
            with tab, refusals():
                source = done(suited(CODE, view), asked(view))
                code_box("layers.python", source, "layer.py", "text/x-python")
    if link.open:
        with link:
            st.caption(link_words(view))
            link_box(PAGE, history.query())


def link_words(view: View) -> str:
    """What the link carries, and what it cannot."""
    lines = [
        _(
            "Carries the layers, the input's shape, typed numbers, the open tab, and what is chosen in it: "
            "an element, a map, a step."
        )
    ]
    if view.origin:
        lines.append(_("The model that the layer came from is in it too, as in a link of the summary."))
    lines.append(_("Left out: files of your own (pictures, weights)."))
    return " ".join(lines)
