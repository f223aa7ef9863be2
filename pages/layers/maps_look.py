"""The look at what a layer makes of a photo, its weights chosen."""

from dataclasses import replace

import streamlit as st

from cnnlab.layers.answers import Array
from cnnlab.layers.handover import opened
from cnnlab.layers.jobs import ARRAY, MAPS, Asked, asked
from cnnlab.layers.presets import MODEL
from cnnlab.layers.view import Place, View
from cnnlab.models import MODELS
from cnnlab.specs import SpecError
from cnnlab.summary import Report
from cnnlab.summary.answers import Maps
from cnnlab.summary.jobs import asked as summary_asked
from cnnlab.summary.jobs import report_of
from cnnlab.summary.view import View as Origin
from pages.layers.choices import choices
from pages.layers.origin import untrained
from pages.shared.choice import choice
from pages.shared.history import History
from pages.shared.language import _, plain
from pages.shared.maps import maps_numbers, maps_view, seen
from pages.shared.models import offered
from pages.shared.photo import framed_words, photo_choice
from pages.shared.popover import close, popover
from pages.shared.problem import refusals
from pages.shared.sent import heard
from pages.shared.work import done

LOOK = "maps"
MODELS_LAYER, MODEL_NAME = "layers.of_model", "layers.of_model.name"
POPOVER_PX = 420


def pictured(place: Place) -> bool:
    """True for a layer that makes pictures of one picture."""
    pictures = all(shape is not None and len(shape) == 3 for shape in (place.input, place.output))
    return pictures and place.call.spec.family != "bilinear"


def maps_look(history: History, place: Place) -> None:
    """All maps of the photo on one sheet, one of them enlarged; how their values lie; what to take away."""
    view: View = history.now
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.container(width=240):
            photo = photo_choice(history, "layers.maps.image")
        choices(history, place.call, filled=False)
        of_model = popover(MODELS_LAYER, _("A model's layer"), ":material/account_tree:")
        if of_model.open:
            with of_model, st.container(width=POPOVER_PX):
                _of_model(history)
    recipe = asked(replace(view, image=photo))
    maps: Maps = done(MAPS, recipe, _("Running the layer …"))
    st.caption(seen(maps))
    maps_view(
        "layers.maps",
        MAPS,
        recipe,
        maps,
        _photo_words(view, maps),
        min(view.channel, maps.shown - 1),
        lambda channel: history.update(keep=False, channel=channel),
    )
    maps_numbers("layers.maps", maps)
    _downloads(maps, recipe, place.call.name)


def _photo_words(view: View, maps: Maps) -> str:
    if view.kernel == MODEL:
        seed = untrained(view)
        drawn = (
            []
            if seed is None
            else [_("The kernels are untrained: drawn by chance, with seed {seed}.").format(seed=seed)]
        )
        return " ".join([*drawn, framed_words(maps.photo)])
    height, width = maps.photo.crop
    words = _("The picture as the layer gets it: {size}, its values centred on zero.").format(
        size=f"{height} × {width}"
    )
    return " ".join([words, *([_("Converted to gray.")] if maps.photo.gray else [])])


def _downloads(maps: Maps, recipe: Asked, name: str) -> None:
    """The sheet as it is seen, and the numbers behind it."""
    with st.container(horizontal=True):
        st.download_button(
            _("All maps as PNG"),
            maps.pictures[0],
            f"{name}.png",
            "image/png",
            key="layers.maps.png",
            icon=":material/download:",
            on_click="ignore",
        )
        if st.session_state.get("layers.maps.asked") == recipe:
            with refusals():
                array: Array = done(ARRAY, recipe, _("Running the layer …"))
                st.download_button(
                    _("Save {file}").format(file=f"{name}.npy"),
                    array.data,
                    f"{name}.npy",
                    "application/octet-stream",
                    key="layers.maps.npy",
                    icon=":material/download:",
                    on_click="ignore",
                )
        else:
            st.button(
                _("The numbers as .npy"),
                key="layers.maps.ask",
                icon=":material/data_array:",
                help=_("float32, channels × height × width, as numpy.load reads it."),
                on_click=lambda: st.session_state.update({"layers.maps.asked": recipe}),
            )


def _of_model(history: History) -> None:
    """Another layer in this one's place: a convolution of a model, with its weights and what reaches it there."""
    now: View = history.now
    shown = Origin.from_query(now.origin) if now.origin else None
    here = shown.model.name if shown and shown.listed else ""
    name = st.session_state.get(MODEL_NAME, here)
    choice(
        "layers.model",
        _("Model"),
        offered,
        lambda name: st.session_state.update({MODEL_NAME: name}),
        picked=name,
        placeholder=_("choose one"),
    )
    st.caption(
        _(
            "Its weights are untrained, as a training begins. "
            "For trained ones first choose Pretrained weights under Starting values in the model summary, and come here "
            "from one of its layers."
        )
    )
    if name in MODELS:
        with refusals():
            _layer_of(history, name, now.row if name == here else None)


def _layer_of(history: History, name: str, row: str | None) -> None:
    """Which layer of the model; `row` is the path of the one that is looked at, if it is of this model."""
    image = history.now.image
    origin = Origin(model=MODELS[name].example(), image=image)
    report: Report = done(report_of(origin), summary_asked(origin), _("Running the model …")).report
    paths = [each.name for each in report.modules if each.leaf and each.params and len(each.output_shape or ()) == 4]
    if not paths:
        raise SpecError("No layer of this model puts out maps of height and width.")
    key = "layers.of_model.row"
    st.session_state[key] = row if row in paths else None

    def picked(path: str) -> None:
        if view := opened(origin, report, report.row(path)):
            history.change(replace(view, look=LOOK, image=image))
            st.session_state.pop(MODEL_NAME, None)
            close(MODELS_LAYER)

    st.selectbox(
        _("Layer"),
        paths,
        key=key,
        format_func=lambda path: f"{plain(path)} ({report.row(path).type})",
        on_change=heard(key, paths, picked),
        placeholder=_("choose one"),
    )
