"""What can be taken away of a layer: the code that shows the same, and the link."""

import gzip
import json
from math import prod

import streamlit as st

from cnnlab.layers import LAYERS
from cnnlab.layers.answers import Pixels
from cnnlab.layers.by_hand import BY_HAND, Numbers, by_hand
from cnnlab.layers.drawn import remarked
from cnnlab.layers.jobs import CODE, PIXELS, asked, suited
from cnnlab.layers.view import Place, View
from cnnlab.specs import Call
from pages.layers.choosing import PAGE
from pages.shared.history import History
from pages.shared.language import _
from pages.shared.problem import refusals
from pages.shared.take import code_box, link_box
from pages.shared.work import done


def take_away(history: History, place: Place) -> None:
    """The bar below: source of what works, with torch and by hand, and the link."""
    view: View = history.now
    sources = {}
    if place.output is not None:
        sources[_("Python")] = (_torch, "layer.py")
        if place.call.spec.family in BY_HAND:
            sources[_("By hand, in NumPy")] = (_numpy, "by_hand.py")
    *tabs, link = st.tabs([*sources, _("Link")], key="layers.take", on_change="rerun")
    for tab, (written, file) in zip(tabs, sources.values(), strict=True):
        if tab.open:
            with tab, refusals():
                code_box(f"layers.{file}", written(view), file, "text/x-python")
    if link.open:
        with link:
            st.caption(link_words(view))
            link_box(PAGE, history.query())


def _torch(view: View) -> str:
    return done(suited(CODE, view), asked(view))


def _numpy(view: View) -> str:
    return written_out(done(suited(PIXELS, view), asked(view)))


def written_out(pixels: Pixels) -> str:
    """The sums of the drawn numbers as loops that need numpy alone."""
    rows = json.loads(gzip.decompress(pixels.rows))
    numbers = {name: tuple(rows[name]["values"]) if rows[name] else () for name in ("input", "weight", "bias")}
    plane = prod(pixels.output[1:])  # by hand each channel is a list of its own
    indices = tuple(index % plane for index in rows["indices"] or ())
    call = Call.from_dict(pixels.call, LAYERS)
    source = by_hand(call, pixels.input, Numbers(numbers["input"], numbers["weight"], numbers["bias"], indices))
    return remarked(source, pixels.notes)


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
