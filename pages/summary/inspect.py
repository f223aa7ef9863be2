"""A module looked at closely: what it puts out for a picture, and what it sees of it."""

import hashlib
from dataclasses import replace

import numpy as np
import streamlit as st
import torch
from PIL import Image

from cnnlab import images
from cnnlab.figures import histograms
from cnnlab.specs import SpecError
from cnnlab.summary import FeatureMaps, ReceptiveField, Report, feature_maps, receptive_field
from cnnlab.summary.pictures import fitted, painted, pictured, refuse_costly
from cnnlab.summary.view import View
from pages.shared.history import History
from pages.shared.language import _
from pages.shared.upload import OWN, upload

MAPS, SIDE = 64, 700


@st.cache_resource(max_entries=2, show_spinner=False)
def _real(key: str, _view: View) -> torch.nn.Module:
    return _view.real()


@st.cache_resource(max_entries=16, show_spinner=False)
def _maps(key: str, path: str, digest: str, shape: tuple[int, ...], _view: View, _photo: Image.Image) -> FeatureMaps:
    return feature_maps(_real(key, _view), path, pictured(_photo, shape))


def layer_choice(history: History, report: Report, key: str) -> str:
    """The module to look at: the chosen row where it puts out maps, else the first that does."""
    names = [row.name for row in report.modules if row.output_shape and len(row.output_shape) == 4 and row.name]
    if not names:
        raise SpecError("No layer of this model puts out maps of height and width.")
    chosen = history.now.row if history.now.row in names else names[0]
    st.session_state[key] = chosen
    st.selectbox(
        _("Layer"),
        names,
        key=key,
        format_func=lambda name: f"{name} ({report.row(name).type})",
        on_change=lambda: history.update(keep=False, row=st.session_state[key]),
    )
    return chosen


def photo_choice(history: History, key: str) -> Image.Image:
    """The photo to look at it with: a sample, or the visitor's own."""
    own = upload(key, _("Look at it with"), lambda name: history.update(keep=False, image=name))
    names = [*([OWN] if own else []), *images.SAMPLES]
    st.session_state[key] = history.now.image if history.now.image in names else names[0]
    chosen = st.selectbox(
        _("Picture"),
        names,
        key=key,
        label_visibility="collapsed",
        format_func=lambda name: _(images.SAMPLES[name].title) if name in images.SAMPLES else _("Your picture"),
        on_change=lambda: history.update(keep=False, image=st.session_state[key]),
    )
    return own if own and chosen == OWN else images.sample(chosen)


def feature_map_panel(history: History, report: Report) -> None:
    """The maps that the chosen module puts out for a picture."""
    view: View = history.now
    left, right = st.columns(2)
    with left:
        path = layer_choice(history, report, "summary.maps.layer")
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
    refuse_costly(report)
    with st.spinner(_("Running the model …"), show_time=True):
        digest = hashlib.sha256(photo.tobytes() + repr((photo.size, photo.mode)).encode()).hexdigest()
        layer = _maps(view.values_key, path, digest, view.shapes[0], view, photo)
    shown = min(len(layer.maps), MAPS)
    columns = int(np.ceil(np.sqrt(shown)))
    st.image(
        images.png(images.montage(layer.pixels(MAPS), columns, gap=1, ground=0), SIDE),
        width="content",
        alt=_("{count} feature maps of {layer}").format(count=shown, layer=path),
    )
    if len(layer.maps) > MAPS:
        st.caption(_("The first {shown} of {count} maps.").format(shown=MAPS, count=len(layer.maps)))
    with st.container(horizontal=True, gap="large"):
        st.metric(_("Maps"), len(layer.maps), width="content")
        st.metric(_("Dead maps"), len(layer.dead), width="content", help=_("Zero everywhere for this picture."))
        st.metric(_("Constant maps"), len(layer.constant), width="content")
    left, right = st.columns(2)
    with left:
        if len(layer.maps) > 1:
            index = st.number_input(_("One map, enlarged"), 0, len(layer.maps) - 1, key="summary.maps.channel")
        else:
            index = 0
        st.image(images.png(layer.channel(index), 320), alt=_("Feature map {index}").format(index=index))
    with right:
        figure = histograms(
            [(_("Values of all maps"), layer.edges, [layer.counts], ("gray",))], {"gray": _("all maps")}
        )
        st.plotly_chart(
            figure,
            key="summary.maps.values",
            config={"displayModeBar": False},
            alt=_("Histogram of the values of all maps"),
        )


@st.cache_resource(max_entries=32, show_spinner=False)
def _field(
    key: str, path: str, shape: tuple[int, ...], unit: tuple[int, ...], gradient: bool, _view: View
) -> ReceptiveField:
    # Its values do not matter, for all become one: no weights need be at hand.
    model = replace(_view, weights="").real() if gradient else _view.meta
    return receptive_field(model, path, shape, unit, gradient)


def receptive_panel(history: History, report: Report) -> None:
    """What one unit of the chosen module sees of the picture."""
    view: View = history.now
    shape = view.shapes[0]
    left, right = st.columns(2)
    with left:
        path = layer_choice(history, report, "summary.field.layer")
    with right:
        photo = photo_choice(history, "summary.field.image")
    tall, wide = report.row(path).output_shape[-2:]
    unit = tuple(
        _place(f"summary.field.{path}.{axis}", title, most)
        for axis, title, most in (("row", _("Row of the unit"), tall), ("column", _("Column of the unit"), wide))
    )
    gradient = st.toggle(
        _("Also by gradient"),
        key="summary.field.gradient",
        help=_("Runs a copy whose weights are all one, and asks which pixels its output depends on."),
    )
    if gradient:
        refuse_costly(report)
    with st.spinner(_("Following the layers …"), show_time=True):
        field = _field(view.model_key, path, shape, unit, gradient, view)
    st.caption(_field_words(field))
    st.image(images.png(painted(fitted(photo, shape), field, SIDE), SIDE), alt=_field_words(field))


def _place(key: str, title: str, most: int) -> int:
    return st.slider(title, 0, most - 1, most // 2, key=key) if most > 1 else 0


def _field_words(field: ReceptiveField) -> str:
    size = _("the whole picture") if field.size is None else f"{field.size[0]} × {field.size[1]}"
    words = (
        _(
            "Receptive field of this layer: {size}; this unit sees rows {top} to {bottom} and columns {left} to {right}."
        ).format(
            size=size, top=field.box.top, bottom=field.box.bottom - 1, left=field.box.left, right=field.box.right - 1
        )
        if field.box
        else _("A unit of this layer depends on no pixel.")
    )
    if field.guessed:
        words += " " + _("Assumed to see the whole input: {operations}.").format(operations=", ".join(field.guessed))
    return words
