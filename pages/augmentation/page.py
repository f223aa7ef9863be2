"""The augmentation playground."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from cnnlab import limits
from cnnlab.augmentation import AUGMENTATIONS, Pipeline
from cnnlab.augmentation.calls import walk
from cnnlab.augmentation.catalogue import Normalisation
from cnnlab.augmentation.jobs import EXACT, SAMPLE_KIND, STEPS_KIND, Failed, looked_at, sample_of
from cnnlab.augmentation.presets import PRESETS
from cnnlab.augmentation.reading import Note, read_code
from cnnlab.augmentation.view import View, counts, preset
from cnnlab.loading.view import View as Loaded
from cnnlab.specs import Call, SpecError
from cnnlab.training.handover import augmented
from pages.augmentation import sheet
from pages.augmentation.picker import picker
from pages.augmentation.pipeline import Edit, Slots, editor, open_step
from pages.shared.history import History
from pages.shared.language import _, language_query, plain, say
from pages.shared.numbers import forget_refusals
from pages.shared.piece import piece
from pages.shared.popover import close, popover
from pages.shared.problem import problem, refusals
from pages.shared.sent import heard
from pages.shared.take import code_box, link_box, paste_box
from pages.shared.upload import OWN
from pages.shared.work import Asked, alone, asking, done

PAGE = "augmentation"
STYLE = f"<style>{(Path(__file__).parent / 'page.css').read_text(encoding='utf-8')}</style>"
PASTING, READ = "augmentation.pasting", "augmentation.read"
STEPS, LOOKS = "augmentation.steps", "augmentation.looks"  # pieces: the narrow column and the wide one
STOPS = "augmentation.stops"  # whether the row of a step says that it fails


@dataclass(frozen=True)
class Pasted:
    """What was read of a pasted text, and what was translated on the way."""

    pipeline: Pipeline
    notes: tuple[Note, ...]


def main() -> None:
    history = History(PAGE, View)
    st.html(STYLE)
    view: View = history.now
    picture = picker(PAGE, view.image, lambda name: history.update(image=name))
    with st.container(key=f"{PAGE}.bench"):
        left, right = st.columns([5, 9], gap="medium")
    below = st.container()
    with asking():
        with left:
            slots = piece(STEPS, lambda: settings(history))
        with right:
            failure = piece(LOOKS, lambda: looks(history, picture))
        st.session_state[STOPS] = failure is not None
        if failure:
            with slots[failure.step]:
                wrong(history, failure)
        with below:
            st.divider()
            history.foot(lambda: take_away(history, picture))


def settings(history: History) -> Slots:
    """The narrow column: presets, pasted code, undo, the steps. Gives the place in each step's row for what is wrong."""
    if alone() and st.session_state.get(STOPS):
        st.rerun()  # what is wrong there is known when the steps have run
    pipeline = history.now.pipeline
    with st.container(horizontal=True, gap="xsmall", wrap=False):
        current = next((name for name in PRESETS if preset(name) == pipeline), None)
        st.session_state["augmentation.preset"] = current
        st.selectbox(
            _("Preset"),
            list(PRESETS),
            key="augmentation.preset",
            label_visibility="collapsed",
            format_func=lambda name: _(PRESETS[name].title),
            placeholder=_("Custom steps"),
            on_change=heard("augmentation.preset", PRESETS, lambda name: load_preset(history, name)),
        )
        with popover(PASTING, _("Paste code"), ":material/content_paste:"):
            pasting_box(history)
    pasted = st.session_state.get(READ)
    pasted = pasted if pasted and pasted.pipeline == pipeline else None
    with st.container(key=f"{PAGE}.about", horizontal=True, vertical_alignment="center", gap="xsmall", wrap=False):
        st.caption(_about(pipeline, current, pasted), width="stretch")
        history.buttons()

    def change(edit: Edit) -> None:
        history.update(pieces=(STEPS, LOOKS), pipeline=edit(history.now.pipeline))

    slots = editor(PAGE, pipeline, change)
    st.page_link(
        "training/page.py",
        label=_("Train with this pipeline"),
        icon=":material/model_training:",
        query_params={**augmented(history.now).to_query(), **language_query()},
    )
    st.page_link(
        "loading/page.py",
        label=_("See it on batches of a dataset"),
        icon=":material/view_module:",
        query_params={**Loaded(augmentation=history.now.pipeline).to_query(), **language_query()},
    )
    if pasted and pasted.notes:  # below the steps, which so keep their place when it goes
        st.info("\n\n".join(say(note.sentence, plain) for note in pasted.notes), icon=":material/translate:")
    return slots


def _about(pipeline: Pipeline, current: str | None, pasted: Pasted | None) -> str:
    """Where the steps come from: a pasted text, a preset, or the visitor."""
    steps = list(walk(pipeline.calls))
    if pasted:
        told = _("Steps read: {count}.").format(count=len(steps))
        if pasted.notes:
            told += " " + _("Translated: {count}, see below the steps.").format(count=len(pasted.notes))
        return f":material/check: {told}"
    if current:
        return _(PRESETS[current].about)
    on = sum(call.enabled for call in steps)
    return _("Custom steps: {count}, of which {on} are switched on.").format(count=len(steps), on=on) if steps else ""


def load_preset(history: History, name: str) -> None:
    image = history.now.image if history.now.image == OWN else PRESETS[name].image
    forget_refusals()
    history.update(pipeline=preset(name), image=image)


def looks(history: History, picture: str) -> Failed | None:
    """The wide column: chance, one sample closely, the contact sheet, histograms. Gives the step that failed, if one did."""
    with asking() as asked, refusals():
        return seen(history, picture, asked)


def seen(history: History, picture: str, asked: Asked) -> Failed | None:
    view: View = history.now
    chance(history)
    recipe = looked_at(view, picture)
    recipes = [] if recipe.count else [sample_of(view, picture, place) for place in range(view.count)]
    with st.container(key=f"{PAGE}.busy", gap=None):
        asked.ahead(STEPS_KIND, [recipe])
        asked.ahead(SAMPLE_KIND, recipes)
        steps = done(STEPS_KIND, recipe, _("Running the steps …"))
    if alone() and (steps.failure or st.session_state.get(STOPS)):
        st.rerun()  # a step's row says so
    if note := sheet.special(recipe, steps):
        st.caption(note)
    heading = _("The batch") if recipe.count else _("Sample {number}").format(number=recipe.sample + 1)
    sheet.film(PAGE, heading, recipe, steps)
    if recipe.count:
        sheet.batch_sheet(PAGE, recipe, steps)
    else:
        with st.container(key=f"{PAGE}.busy.samples", gap=None):
            answers = asked.so_far(SAMPLE_KIND, recipes, _("Drawing the samples …"))
        sheet.contact_sheet(PAGE, view, recipes, answers, lambda place: look_at(history, place=place))
        refused = next((answer for answer in answers if isinstance(answer, SpecError)), None)
        if refused:
            problem(refused)
    sheet.histogram_panels(PAGE, steps)
    return steps.failure


def look_at(history: History, **fields: Any) -> None:
    """In a callback: show other samples of the same pipeline and picture."""
    history.update("place" not in fields, (LOOKS,), **fields)


def wrong(history: History, failure: Failed) -> None:
    """Why the step fails, and the steps that would help, one press away."""
    problem(failure.error)
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
    view: View = history.now
    with st.container(key=f"{PAGE}.chance", horizontal=True, vertical_alignment="center", gap="small"):
        st.number_input(_("Seed"), width=150, **history.number("seed", pieces=(LOOKS,)))
        st.button(
            _("Roll all"),
            icon=":material/casino:",
            key="augmentation.roll",
            type="primary",
            help=_(
                "Another seed. The same seed gives the same pictures, here, in exported code and in another browser."
            ),
            on_click=lambda: look_at(history, seed=history.now.seed % limits.SEED + 1, rolls={}),
        )
        if not view.pipeline.mixes:
            st.button(
                _("Roll this one"),
                icon=":material/casino:",
                key="augmentation.roll_one",
                help=_("Another sample in the place of number {number}; the others stay.").format(
                    number=view.sample(view.place) + 1
                ),
                on_click=lambda: look_at(history, rolls=history.now.rolled(history.now.place).rolls),
            )
        st.segmented_control(
            _("Samples"), counts(view), required=True, **history.choice("count", counts(view), (LOOKS,))
        )
        if any(call.spec.normalisation is Normalisation.BEGINS for call in view.pipeline.active):
            st.toggle(
                _("Raw values"),
                **history.bound("raw", keep=False, pieces=(LOOKS,)),
                help=_(
                    "Show normalised values as a network gets them, cut off at 0 and 1, instead of undoing Normalize."
                ),
            )
        if view.image == "scene":
            st.toggle(
                _("Boxes, mask, key points"),
                **history.bound("targets", pieces=(LOOKS,)),
                help=_("Move them along with the picture."),
            )


def take_away(history: History, picture: str) -> None:
    """The bar below: source, JSON, link."""
    boxes = {_("Python"): python_box, _("This sample, exactly"): exact_box, "JSON": json_box, _("Link"): address_box}
    tabs = st.tabs(list(boxes), key="augmentation.take", on_change="rerun")
    for tab, box in zip(tabs, boxes.values(), strict=True):
        if tab.open:
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
        st.caption(
            _("Gives exactly the pixels of sample {number}, on the same picture.").format(
                number=view.sample(view.place) + 1
            )
        )
    code_box("augmentation.exact", done(EXACT, looked_at(view, picture)), file, "text/x-python")


def json_box(history: History, picture: str) -> None:
    text = json.dumps(history.now.pipeline.to_dict(), indent=2, ensure_ascii=False)
    code_box("augmentation.json", text, "pipeline.json", "application/json", "json")


def address_box(history: History, picture: str) -> None:
    if history.now.image == OWN:
        st.caption(_("Whoever opens this address sees the same steps, seed and chosen sample."))
    else:
        st.caption(_("Whoever opens this address sees this page: the same picture, steps, seed and chosen sample."))
    link_box("augmentation", history.query())


def pasting_box(history: History) -> None:
    paste_box(
        "augmentation.paste",
        _("A Compose or JSON to read; nothing of it is executed."),
        "transforms.Compose([\n    transforms.RandomHorizontalFlip(),\n    transforms.ToTensor(),\n])",
        lambda text: read(history, text),
    )


def read(history: History, text: str) -> None:
    """Replace the steps by what a pasted text describes, and remember what was translated."""
    st.session_state.pop(READ, None)
    if not text.strip():
        raise SpecError("There is nothing to read: paste code or JSON first.")
    if text.lstrip().startswith("{"):
        pasted = Pasted(Pipeline.from_json(text), ())
    else:
        reading = read_code(text)
        pasted = Pasted(Pipeline(reading.calls), tuple(reading.notes))
    forget_refusals()
    open_step(PAGE, "")  # else the notes may lie far below
    history.update(pipeline=pasted.pipeline)
    st.session_state[READ] = pasted
    close(PASTING)


main()
