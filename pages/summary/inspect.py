"""A module looked at closely: what it puts out for a picture, and what it sees of it."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import streamlit as st

from cnnlab import images
from cnnlab.figures import histograms
from cnnlab.specs import SpecError
from cnnlab.summary import Report
from cnnlab.summary.answers import Maps, Pictures, Sight, Summarised
from cnnlab.summary.jobs import MAPS, ONE_MAP, SIGHT, SLOPE, asked
from cnnlab.summary.view import View
from pages.serving.answers import address
from pages.shared.history import History
from pages.shared.language import _, plain
from pages.shared.picture import picture
from pages.shared.problem import refusals
from pages.shared.sent import chosen, kept
from pages.shared.upload import OWN, upload
from pages.shared.work import done


def layer_choice(history: History, report: Report, key: str) -> str:
    """The module to look at: the chosen row where it puts out maps, else the first that does."""
    names = [row.name for row in report.modules if row.output_shape and len(row.output_shape) == 4 and row.name]
    if not names:
        raise SpecError("No layer of this model puts out maps of height and width.")
    row = report.path(history.now.row)
    now = row if row in names else names[0]
    st.session_state[key] = now

    def picked() -> None:
        if name := chosen(key, names):
            history.update(keep=False, row=name)

    st.selectbox(
        _("Layer"), names, key=key, format_func=lambda name: f"{name} ({report.row(name).type})", on_change=picked
    )
    return now


def photo_choice(history: History, key: str) -> str:
    """The photo to look at it with: the name of a sample, or the hash of the visitor's own."""
    own = upload(key, _("Look at it with"), lambda name: history.update(keep=False, image=name))
    names = [*([OWN] if own else []), *images.SAMPLES]
    now = st.session_state[key] = history.now.image if history.now.image in names else names[0]

    def picked() -> None:
        if name := chosen(key, names):
            history.update(keep=False, image=name)

    st.selectbox(
        _("Picture"),
        names,
        key=key,
        label_visibility="collapsed",
        format_func=lambda name: _(images.SAMPLES[name].title) if name in images.SAMPLES else _("Your picture"),
        on_change=picked,
    )
    return own if now == OWN else now


def feature_map_panel(history: History, about: Summarised) -> None:
    """The maps that the chosen module puts out for a picture."""
    view: View = history.now
    left, right = st.columns(2)
    with left:
        path = layer_choice(history, about.report, "summary.maps.layer")
    with right:
        photo = photo_choice(history, "summary.maps.image")
    st.caption(
        _("What this layer puts out for the picture, each map on its own scale from black to white.")
        + (
            " " + _("The weights are starting values: these are the eyes of an untrained network.")
            if not view.weights
            else ""
        )
    )
    recipe = asked(view, row=path, image=photo)
    maps: Maps = done(MAPS, recipe, _("Running the model …"))
    alt = _("{count} feature maps of {layer}").format(count=maps.shown, layer=path)
    picture(address(MAPS, recipe), alt, images.png_size(maps.pictures[0]))
    if maps.count > maps.shown:
        st.caption(_("The first {shown} of {count} maps.").format(shown=maps.shown, count=maps.count))
    with st.container(horizontal=True, gap="large"):
        st.metric(_("Maps"), maps.count, width="content")
        st.metric(_("Dead maps"), maps.dead, width="content", help=_("Zero everywhere for this picture."))
        st.metric(_("Constant maps"), maps.constant, width="content")
    left, right = st.columns(2)
    with right:
        st.plotly_chart(
            _values(maps.edges, maps.counts, _("Values of all maps"), _("all maps")),
            key="summary.maps.values",
            config={"displayModeBar": False},
            alt=_("Histogram of the values of all maps"),
        )
    with left:
        one_map(view, path, photo, maps.count)


@lru_cache(maxsize=64)
def _values(edges: Sequence[float], counts: Sequence[int], title: str, name: str) -> Any:
    return histograms([(title, edges, [counts], ("gray",))], {"gray": name})


@st.fragment
def one_map(view: View, path: str, photo: str, count: int) -> None:
    """One of the maps, as large as it is drawn anywhere; which one changes nothing else on the page."""
    key = "summary.maps.channel"
    kept(key, range(count), 0)
    index = st.number_input(_("One map, enlarged"), 0, count - 1, key=key) if count > 1 else 0
    with refusals():
        recipe = asked(view, row=path, image=photo, channel=int(index or 0))
        shown: Pictures = done(ONE_MAP, recipe, _("Running the model …"))
        alt = _("Feature map {index}").format(index=index)
        picture(address(ONE_MAP, recipe), alt, images.png_size(shown.pictures[0]))


def receptive_panel(history: History, about: Summarised) -> None:
    """What one unit of the chosen module sees of the picture."""
    left, right = st.columns(2)
    with left:
        path = layer_choice(history, about.report, "summary.field.layer")
    with right:
        photo = photo_choice(history, "summary.field.image")
    sight(history.now, path, photo, about.report.row(path).output_shape[-2:])


@st.fragment
def sight(view: View, path: str, photo: str, sides: tuple[int, int]) -> None:
    """A unit, and what it sees; which one changes nothing else on the page."""
    tall, wide = sides
    unit = tuple(
        _place(f"summary.field.{path}.{axis}", title, most)
        for axis, title, most in (("row", _("Row of the unit"), tall), ("column", _("Column of the unit"), wide))
    )
    gradient = st.toggle(
        _("Also by gradient"),
        key="summary.field.gradient",
        help=_("Runs a copy whose weights are all one, and asks which pixels its output depends on."),
    )
    with refusals():
        kind, recipe = SLOPE if gradient else SIGHT, asked(view, row=path, image=photo, unit=unit)
        field: Sight = done(kind, recipe, _("Following the layers …"))
        st.caption(plain(_field_words(field)))
        picture(address(kind, recipe), _field_words(field), images.png_size(field.pictures[0]))


def _place(key: str, title: str, most: int) -> int:
    if most < 2:
        return 0
    kept(key, range(most), most // 2)
    return int(st.slider(title, 0, most - 1, key=key))


def _field_words(field: Sight) -> str:
    size = _("the whole picture") if field.size is None else f"{field.size[0]} × {field.size[1]}"
    words = _("A unit of this layer depends on no pixel.")
    if field.box:
        top, left, bottom, right = field.box
        words = _(
            "Receptive field of this layer: {size}; this unit sees rows {top} to {bottom} and columns {left} to {right}."
        ).format(size=size, top=top, bottom=bottom - 1, left=left, right=right - 1)
    if field.guessed:
        words += " " + _("Assumed to see the whole input: {operations}.").format(operations=", ".join(field.guessed))
    return words
