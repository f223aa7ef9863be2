"""A module looked at closely: what it puts out for a picture, and what it sees of it."""

from dataclasses import replace

import streamlit as st

from cnnlab import images
from cnnlab.specs import SpecError
from cnnlab.summary import Report
from cnnlab.summary.answers import Maps, Sight, Summarised
from cnnlab.summary.jobs import MAPS, SIGHT, SLOPE, asked
from cnnlab.summary.view import View
from pages.serving.answers import address
from pages.shared.history import History
from pages.shared.language import _, plain
from pages.shared.maps import maps_numbers, maps_view, seen
from pages.shared.photo import framed_words, photo_choice
from pages.shared.picture import picture
from pages.shared.sent import chosen, heard
from pages.shared.work import done
from pages.summary.model import look_at
from pages.summary.start import learnt_words


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
            look_at(history, history.now.at(name))

    st.selectbox(
        _("Layer"), names, key=key, format_func=lambda name: f"{name} ({report.row(name).type})", on_change=picked
    )
    return now


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
        MAPS,
        recipe,
        maps,
        framed_words(maps.photo),
        min(view.channel, maps.shown - 1),
        lambda channel: look_at(history, replace(history.now.at(path), channel=channel)),
    )
    maps_numbers("summary.maps", maps)


def _maps_words(maps: Maps, view: View) -> str:
    """What is seen, and what is not."""
    words = [seen(maps)]
    if view.learnt:
        words.append(learnt_words(view.learnt))
    elif not view.weights:
        words.append(_("The weights are starting values: these are the eyes of an untrained network."))
    return " ".join(words)


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
            look_at(history, replace(history.now.at(path), unit=(*unit[:axis], place, *unit[axis + 1 :])))

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
