"""The augmentation playground."""

import json
from dataclasses import dataclass
from pathlib import Path

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
from pages.augmentation.pipeline import Slots, editor, open_step
from pages.shared.history import History
from pages.shared.language import _, language_query, plain, say
from pages.shared.numbers import forget_refusals
from pages.shared.popover import close, popover
from pages.shared.problem import problem, refusals
from pages.shared.sent import heard
from pages.shared.take import code_box, link_box, paste_box
from pages.shared.upload import OWN
from pages.shared.work import Asked, asking, done

PAGE = "augmentation"
STYLE = f"<style>{(Path(__file__).parent / 'page.css').read_text(encoding='utf-8')}</style>"
PASTING, READ = "augmentation.pasting", "augmentation.read"


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
    with asking() as asked:
        with left:
            slots = settings(history)
        with right:
            looks(history, picture, slots, asked)
        st.divider()
        take_away(history, picture)
        history.write_url()


def settings(history: History) -> Slots:
    """The narrow column: presets, pasted code, undo, the steps. Gives the place in each step's row for what is wrong."""
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
    slots = editor(PAGE, pipeline, lambda edit: history.update(pipeline=edit(history.now.pipeline)))
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


def looks(history: History, picture: str, slots: Slots, asked: Asked) -> None:
    """The wide column: chance, one sample closely, the contact sheet, histograms."""
    view: View = history.now
    chance(history)
    recipe = looked_at(view, picture)
    recipes = [] if recipe.count else [sample_of(view, picture, place) for place in range(view.count)]
    with refusals():
        with st.container(key=f"{PAGE}.busy", gap=None):
            asked.ahead(STEPS_KIND, [recipe])
            asked.ahead(SAMPLE_KIND, recipes)
            steps = done(STEPS_KIND, recipe, _("Running the steps …"))
        if note := sheet.special(recipe, steps):
            st.caption(note)
        heading = _("The batch") if recipe.count else _("Sample {number}").format(number=recipe.sample + 1)
        sheet.film(PAGE, heading, recipe, steps)
        if steps.failure:
            with slots[steps.failure.step]:
                wrong(history, steps.failure)
        if recipe.count:
            sheet.batch_sheet(PAGE, recipe, steps)
        else:
            with st.container(key=f"{PAGE}.busy.samples", gap=None):
                answers = asked.so_far(SAMPLE_KIND, recipes, _("Drawing the samples …"))
            sheet.contact_sheet(PAGE, view, recipes, answers, lambda place: history.update(place=place, keep=False))
            refused = next((answer for answer in answers if isinstance(answer, SpecError)), None)
            if refused:
                problem(refused)
        sheet.histogram_panels(PAGE, steps)


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
        st.number_input(_("Seed"), width=150, **history.number("seed"))
        st.button(
            _("Roll all"),
            icon=":material/casino:",
            key="augmentation.roll",
            type="primary",
            help=_(
                "Another seed. The same seed gives the same pictures, here, in exported code and in another browser."
            ),
            on_click=lambda: history.update(seed=history.now.seed % limits.SEED + 1, rolls={}),
        )
        if not view.pipeline.mixes:
            st.button(
                _("Roll this one"),
                icon=":material/casino:",
                key="augmentation.roll_one",
                help=_("Another sample in the place of number {number}; the others stay.").format(
                    number=view.sample(view.place) + 1
                ),
                on_click=lambda: history.change(history.now.rolled(history.now.place)),
            )
        st.segmented_control(_("Samples"), counts(view), required=True, **history.choice("count", counts(view)))
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
