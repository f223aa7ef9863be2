"""Feature maps with their numbers, one of them enlarged beside the picture it is of; drawn by the browser alone."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from cnnlab.links import Linked
from cnnlab.summary.answers import Maps
from cnnlab.workshop import Kind
from pages.serving.answers import address, rows_address
from pages.shared.component import component
from pages.shared.histograms import histograms
from pages.shared.language import _

HTML = """
<div class="maps">
  <div class="grid" role="listbox" tabindex="0"></div>
  <div class="pane">
    <div class="which"><button type="button" class="back">‹</button>
      <label><span></span> <input type="number" min="0" step="1"></label><span class="of"></span>
      <button type="button" class="on">›</button><span class="state"></span></div>
    <div class="pair">
      <figure class="one"><canvas role="img"></canvas><figcaption></figcaption></figure>
      <figure class="photo"><canvas role="img"></canvas><figcaption></figcaption></figure>
    </div>
    <figure class="kernel"><div class="strip"></div><figcaption></figcaption></figure>
  </div>
  <p class="lost" role="alert" hidden></p>
</div>
"""
SHEET, PHOTO, KERNELS = range(3)  # of the answer's pictures
_component = component("maps", HTML, Path(__file__).parent)


def maps_view(
    key: str, kind: Kind, recipe: Linked, maps: Maps, photo: str, picked: int, on_pick: Callable[[int], None]
) -> None:
    """Draw the maps that the answer of this kind to the recipe has, one of them enlarged; `photo` is said below the picture."""
    data = {
        "rows": rows_address(kind, recipe),
        "pictures": [address(kind, recipe, index) for index in range(len(maps.pictures))],
        "picked": picked,
        "words": _words(maps, photo),
    }

    def picked_changed() -> None:
        picked = st.session_state[key].get("picked")
        at = picked.get("at") if isinstance(picked, dict) else None
        if type(at) in (int, float) and at in range(maps.shown):
            on_pick(int(at))

    _component(key=key, data=data, default={"picked": None}, on_picked_change=picked_changed, width="stretch")


def _words(maps: Maps, photo: str) -> dict[str, Any]:
    return {
        "label": _("{count} feature maps of {layer}").format(count=maps.shown, layer=maps.path),
        "map": _("Map"),
        "of": _("of 0 to {last}").format(last=maps.shown - 1),
        "back": _("The map before"),
        "on": _("The next map"),
        "dead": _("dead: zero everywhere"),
        "constant": _("one value everywhere"),
        "values": _("Black is {low}, white {high}; {mean} on average."),
        "photo": photo,
        "colours": _("in colours"),
        "channels": [_("red"), _("green"), _("blue")],
        "kernel": _("Its kernel, {height} × {width}: orange adds, blue takes away, white is zero."),
        "lost": _("This could not be fetched: reload the page."),
    }


def seen(maps: Maps) -> str:
    """What is seen, and how much of it."""
    words = [_("What this layer puts out for the picture, each map on its own scale from black to white.")]
    if maps.count > maps.shown:
        words.append(_("The first {shown} of {count} maps.").format(shown=maps.shown, count=maps.count))
    if maps.reduced > 1:
        words.append(_("Each is drawn {factor} times smaller than it is.").format(factor=maps.reduced))
    return " ".join(words)


def maps_numbers(key: str, maps: Maps) -> None:
    """How many maps there are, and the values of all as a histogram."""
    left, right = st.columns([1, 3], vertical_alignment="center")
    with left:
        st.metric(_("Maps"), maps.count, width="content")
        st.metric(_("Dead maps"), maps.dead, width="content", help=_("Zero everywhere for this picture."))
        st.metric(_("Constant maps"), maps.constant, width="content")
    with right:
        panel = (_("Values of all maps"), maps.edges, [maps.counts], ("gray",))
        histograms(f"{key}.values", _("Histogram of the values of all maps"), [panel], {"gray": _("all maps")})
