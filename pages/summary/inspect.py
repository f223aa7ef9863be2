"""A module looked at closely: what it puts out for a picture, and what it sees of it."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import streamlit as st

from cnnlab import images
from cnnlab.figures import histograms
from cnnlab.specs import SpecError
from cnnlab.summary import Report
from cnnlab.summary.answers import Framed, Maps, Sight, Summarised
from cnnlab.summary.jobs import MAPS, SIGHT, SLOPE, asked
from cnnlab.summary.view import View
from pages.serving.answers import address
from pages.shared.history import History
from pages.shared.language import _, plain
from pages.shared.picture import picture
from pages.shared.sent import chosen, heard
from pages.shared.upload import OWN, instead, upload
from pages.shared.work import done
from pages.summary.maps import maps_view


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
            history.change(history.now.at(name), keep=False)

    st.selectbox(
        _("Layer"), names, key=key, format_func=lambda name: f"{name} ({report.row(name).type})", on_change=picked
    )
    return now


def photo_choice(history: History, key: str) -> str:
    """The photo to look at it with: the name of a sample, or the hash of the visitor's own."""
    now = history.now.image

    def show(name: str) -> None:
        history.update(keep=False, image=name)

    own = upload(key, _("Look at it with"), show, now)
    names = [*([OWN] if own else []), *images.SAMPLES]
    if now not in names:
        now = instead(now)
    st.session_state[key] = now

    def picked() -> None:
        if name := chosen(key, names):
            show(name)

    st.selectbox(
        _("Picture"),
        names,
        key=key,
        label_visibility="collapsed",
        format_func=lambda name: _(images.SAMPLES[name].title) if name in images.SAMPLES else _("Your picture"),
        on_change=picked,
    )
    return own if now == OWN else now


def framed_words(photo: Framed) -> str:
    """How the photo came to fit."""
    height, width = photo.crop
    words = [
        _("The picture as the network gets it: its shorter side resized to {side}, the middle {crop} cut out.").format(
            side=photo.side, crop=f"{height} × {width}"
        )
    ]
    if photo.like:
        words.append(_("These are the sizes that {weights} names.").format(weights=photo.like))
    if photo.gray:
        words.append(_("Converted to gray."))
    return " ".join(words)


def feature_map_panel(history: History, about: Summarised) -> None:
    """The maps that the chosen module puts out for a picture."""
    view: View = history.now
    left, right = st.columns(2, vertical_alignment="bottom")
    with left:
        path = layer_choice(history, about.report, "summary.maps.layer")
    with right:
        photo = photo_choice(history, "summary.maps.image")
    recipe = asked(view, row=path, image=photo)
    maps: Maps = done(MAPS, recipe, _("Running the model …"))
    st.caption(_maps_words(maps, view))
    maps_view(
        "summary.maps",
        recipe,
        maps,
        framed_words(maps.photo),
        min(view.channel, maps.shown - 1),
        lambda channel: history.change(replace(history.now.at(path), channel=channel), keep=False),
    )
    left, right = st.columns([1, 3], vertical_alignment="center")
    with left:
        st.metric(_("Maps"), maps.count, width="content")
        st.metric(_("Dead maps"), maps.dead, width="content", help=_("Zero everywhere for this picture."))
        st.metric(_("Constant maps"), maps.constant, width="content")
    with right:
        st.plotly_chart(
            _values(maps.edges, maps.counts, _("Values of all maps"), _("all maps")),
            key="summary.maps.values",
            config={"displayModeBar": False},
            alt=_("Histogram of the values of all maps"),
        )


def _maps_words(maps: Maps, view: View) -> str:
    """What is seen, and what is not."""
    words = [_("What this layer puts out for the picture, each map on its own scale from black to white.")]
    if maps.count > maps.shown:
        words.append(_("The first {shown} of {count} maps.").format(shown=maps.shown, count=maps.count))
    if maps.reduced > 1:
        words.append(_("Each is drawn {factor} times smaller than it is.").format(factor=maps.reduced))
    if not view.weights:
        words.append(_("The weights are starting values: these are the eyes of an untrained network."))
    return " ".join(words)


@lru_cache(maxsize=64)
def _values(edges: Sequence[float], counts: Sequence[int], title: str, name: str) -> Any:
    return histograms([(title, edges, [counts], ("gray",))], {"gray": name})


def receptive_panel(history: History, about: Summarised) -> None:
    """What one unit of the chosen module sees of the picture."""
    view: View = history.now
    left, right = st.columns(2, vertical_alignment="bottom")
    with left:
        path = layer_choice(history, about.report, "summary.field.layer")
    with right:
        photo = photo_choice(history, "summary.field.image")
    unit = unit_choice(history, path, about.report.row(path).output_shape[-2:])
    gradient = st.toggle(
        _("Also by gradient"),
        key="summary.field.gradient",
        help=_("Runs a copy whose weights are all one, and asks which pixels its output depends on."),
    )
    kind, recipe = SLOPE if gradient else SIGHT, asked(view, row=path, image=photo, unit=unit)
    field: Sight = done(kind, recipe, _("Following the layers …"))
    st.caption(plain(f"{_field_words(field)} {framed_words(field.photo)}"))
    picture(address(kind, recipe), _field_words(field), images.png_size(field.pictures[0]))


def unit_choice(history: History, path: str, sides: tuple[int, int]) -> tuple[int, int]:
    """A row and a column of what the module puts out: those of the view where there are such, else in the middle."""
    unit = history.now.unit or ()
    if len(unit) != len(sides) or not all(place < side for place, side in zip(unit, sides, strict=True)):
        unit = tuple(side // 2 for side in sides)
    for axis, (title, side) in enumerate(zip((_("Row of the unit"), _("Column of the unit")), sides, strict=True)):
        if side < 2:
            continue
        key = f"summary.field.{path}.{axis}"
        st.session_state[key] = unit[axis]

        def moved(place: int, axis: int = axis) -> None:
            history.change(replace(history.now.at(path), unit=(*unit[:axis], place, *unit[axis + 1 :])), keep=False)

        st.slider(title, 0, side - 1, key=key, on_change=heard(key, range(side), moved))
    return unit


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
