"""The augmentation playground."""

import json

import streamlit as st

from cnnlab import limits
from cnnlab.augmentation import AUGMENTATIONS, Pipeline
from cnnlab.augmentation.catalogue import Normalisation
from cnnlab.augmentation.jobs import EXACT, STEPS_KIND, Failed, looked_at
from cnnlab.augmentation.presets import PRESETS
from cnnlab.augmentation.reading import read_code
from cnnlab.augmentation.view import View, preset
from cnnlab.specs import Call, SpecError
from pages.augmentation import sheet
from pages.augmentation.picker import picker
from pages.augmentation.pipeline import editor
from pages.shared.history import History
from pages.shared.language import _, plain, say
from pages.shared.numbers import forget_refusals
from pages.shared.problem import problem, refusals
from pages.shared.sent import heard
from pages.shared.take import code_box, link_box, paste_box
from pages.shared.upload import OWN
from pages.shared.work import done

PAGE = "augmentation"


def main() -> None:
    history = History(PAGE, View)
    view: View = history.now
    intro = _(
        "What random crops, flips and colours do to a picture before a network sees it. "
        "Pick a picture, change the steps, and look."
    )
    picture = picker(PAGE, intro, view.image, lambda name: history.update(image=name))
    left, right = st.columns([5, 9], gap="large")
    with right:
        seen = st.container()
    with left:
        steps = st.container()
    failed = ""
    with seen, refusals():
        failed = looks(history, picture)
    with steps:
        settings(history, failed)
    st.divider()
    take_away(history, picture)
    history.write_url()


def settings(history: History, failed: str) -> None:
    """The narrow column: presets, undo, the steps."""
    view = history.now
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall", wrap=False):
        current = next((name for name in PRESETS if preset(name) == view.pipeline), None)
        st.session_state["augmentation.preset"] = current
        st.selectbox(
            _("Preset"),
            list(PRESETS),
            key="augmentation.preset",
            format_func=lambda name: _(PRESETS[name].title),
            placeholder=_("Steps of one's own"),
            on_change=heard("augmentation.preset", PRESETS, lambda name: load_preset(history, name)),
            help=_("Pipelines that everybody meets. Loading one replaces the steps; undo brings them back."),
        )
        history.buttons()
    if current:
        st.caption(_(PRESETS[current].about))
    editor(PAGE, view.pipeline, lambda edit: history.update(pipeline=edit(history.now.pipeline)), failed)


def load_preset(history: History, name: str) -> None:
    image = history.now.image if history.now.image == OWN else PRESETS[name].image
    forget_refusals()
    history.update(pipeline=preset(name), image=image)


def looks(history: History, picture: str) -> str:
    """The wide column: seed, contact sheet, film strip, histograms. Returns the id of the step that failed, if one did."""
    view = history.now
    chance(history)
    if not view.pipeline.mixes:
        sheet.contact_sheet(PAGE, view, picture, lambda place: history.update(place=place, keep=False))
    recipe = looked_at(view, picture)
    steps = done(STEPS_KIND, recipe, _("Running the steps …"))
    sheet.batch_sheet(PAGE, recipe, steps)
    heading, again = st.columns([3, 1], vertical_alignment="bottom")
    heading.subheader(_("Sample {number}, step by step").format(number=view.place + 1), anchor=False)
    again.button(
        _("Roll this one"),
        icon=":material/casino:",
        key="augmentation.roll_one",
        width="stretch",
        help=_("Other dice for this sample; the others stay."),
        on_click=lambda: history.change(history.now.rolled(history.now.place)),
    )
    sheet.film_strip(PAGE, recipe, steps)
    if steps.failure:
        problem(steps.failure.error)
        remedy(history, steps.failure)
    sheet.histogram_panels(PAGE, steps)
    return steps.failure.step if steps.failure else ""


def remedy(history: History, failure: Failed) -> None:
    """The steps that would help, one press away."""
    if not failure.remedy:
        return
    calls = [Call.from_dict(step, AUGMENTATIONS) for step in failure.remedy]

    def mend() -> None:
        with refusals():
            history.update(pipeline=history.now.pipeline.added(*calls, before=failure.step))

    names = ", ".join(call.name for call in calls)
    st.button(
        _("Put {steps} before it").format(steps=names),
        icon=":material/healing:",
        key="augmentation.remedy",
        on_click=mend,
    )


def chance(history: History) -> None:
    """Seed, number of samples, and how values and targets are shown."""
    view = history.now
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.number_input(
            _("Seed"),
            width=130,
            **history.number("seed"),
            help=_("The same seed gives the same pictures, here, in exported code and in another browser."),
        )
        st.button(
            _("Roll all"),
            icon=":material/casino:",
            key="augmentation.roll",
            type="primary",
            on_click=lambda: history.update(seed=history.now.seed % limits.SEED + 1, rolls={}),
        )
        st.slider(_("Samples"), width=200, **history.number("count", keep=False))
        if any(call.spec.normalisation is Normalisation.BEGINS for call in view.pipeline.active):
            st.toggle(
                _("Raw values"),
                **history.bound("raw", keep=False),
                help=_(
                    "Show normalised values as a network gets them, cut off at 0 and 1, instead of undoing Normalize."
                ),
            )
        if view.image == "scene":
            st.toggle(
                _("Boxes, mask, key points"), **history.bound("targets"), help=_("Move them along with the picture.")
            )


def take_away(history: History, picture: str) -> None:
    """The bar below: source, JSON, link, and the way back in."""
    boxes = {
        _("Python"): python_box,
        _("This sample, exactly"): exact_box,
        "JSON": json_box,
        _("Link"): address_box,
        _("Paste code"): pasting_box,
    }
    tabs = st.tabs(list(boxes), key="augmentation.take", on_change="rerun")
    for tab, box in zip(tabs, boxes.values(), strict=True):
        if tab.open or box is pasting_box:  # a form's text is the browser's, and goes with the form
            with tab, refusals():
                box(history, picture)


def python_box(history: History, picture: str) -> None:
    st.caption(_("The pipeline as everybody writes it: the same chances, other dice."))
    code_box("augmentation.python", history.now.pipeline.code(), "transform.py", "text/x-python")


def exact_box(history: History, picture: str) -> None:
    view: View = history.now
    if view.pipeline.mixes:
        file = "batch.py"
        st.caption(_("Gives exactly this batch and its labels, from the same pictures in the same order."))
    else:
        file = "sample.py"
        st.caption(_("Gives exactly the pixels of sample {number}, on the same picture.").format(number=view.place + 1))
    code_box("augmentation.exact", done(EXACT, looked_at(view, picture)), file, "text/x-python")


def json_box(history: History, picture: str) -> None:
    text = json.dumps(history.now.pipeline.to_dict(), indent=2, ensure_ascii=False)
    code_box("augmentation.json", text, "pipeline.json", "application/json", "json")


def address_box(history: History, picture: str) -> None:
    st.caption(
        _("Opens this page as it is now, in any browser: picture, steps, seed. Your own picture is not part of it.")
    )
    link_box("augmentation", history.query())


def pasting_box(history: History, picture: str) -> None:
    paste_box(
        "augmentation.paste",
        _("A Compose or JSON to read; nothing of it is executed."),
        "transforms.Compose([\n    transforms.RandomHorizontalFlip(),\n    transforms.ToTensor(),\n])",
        lambda text: read(history, text),
    )
    read_pipeline, notes = st.session_state.get("augmentation.notes", (None, ()))
    for note in notes if read_pipeline == history.now.pipeline else ():
        st.info(say(note.sentence, plain), icon=":material/translate:")


def read(history: History, text: str) -> None:
    """Replace the steps by what a pasted text describes, and tell what was translated."""
    st.session_state.pop("augmentation.notes", None)
    if not text.strip():
        raise SpecError("There is nothing to read: paste code or JSON first.")
    if text.lstrip().startswith("{"):
        pipeline, notes = Pipeline.from_json(text), ()
    else:
        reading = read_code(text)
        pipeline, notes = Pipeline(reading.calls), reading.notes
    forget_refusals()
    history.update(pipeline=pipeline)
    st.session_state["augmentation.notes"] = (pipeline, notes)


main()
