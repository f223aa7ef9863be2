"""The look "sample": how one picture becomes a row of a batch, step by step."""

import re

import streamlit as st

from cnnlab.augmentation.jobs import Still
from cnnlab.loading.jobs import BY_HAND, SAMPLE, suited
from cnnlab.loading.parts import PARTS
from cnnlab.loading.samples import Sample
from cnnlab.loading.targets import TARGETS
from cnnlab.loading.view import View
from pages.loading.batch import the_batch
from pages.loading.pictures_look import TITLES
from pages.loading.strip import Figure, strip
from pages.loading.told import facts, told
from pages.serving.answers import address
from pages.shared.history import History
from pages.shared.language import _, listed, plain
from pages.shared.problem import problem
from pages.shared.sent import heard
from pages.shared.take import code_box
from pages.shared.tools import tools
from pages.shared.work import done

KEY = "loading.sample"


def sample_look(history: History) -> None:
    """One sample, its batch, and both as source."""
    go = st.container(horizontal=True, vertical_alignment="bottom", key=f"{KEY}.go")
    with go:
        _part(history)
    sample: Sample = done(suited(SAMPLE, history.now), history.now, _("Opening the picture …"))
    with go:
        _which(history, sample)
    _dataset(history, sample)
    if sample.failure:
        problem(sample.failure.error)
        return
    st.divider()
    the_batch(history, sample)
    st.divider()
    folded = st.expander(
        _("As a Dataset class of your own"), icon=":material/code:", key=f"{KEY}.code", on_change="rerun"
    )
    if folded.open:
        with folded:
            source = done(suited(BY_HAND, history.now), history.now, _("Writing it …"))
            st.caption(_("Runs without cnnlab. Random steps have the same chances there, and other dice."))
            code_box(KEY, source, "dataset.py", "text/x-python")


def _part(history: History) -> None:
    key = f"{KEY}.part"
    st.session_state[key] = history.now.part
    st.selectbox(
        _("Part"),
        PARTS,
        key=key,
        format_func=lambda part: _(TITLES[part]),
        on_change=heard(key, PARTS, lambda part: history.update(part=part)),
        width=130,
    )


def _which(history: History, sample: Sample) -> None:
    """The picture by its number, by its neighbours, and by its class; the epoch, on which its draws depend."""
    near, key = sample.neighbours, f"{KEY}.picture"
    st.session_state[key] = sample.index
    field = history.now.field("picture")
    st.number_input(
        _("Picture"),
        field.low,
        field.high,
        key=key,
        help=_("Its number in the data; one of another part leads to the next of this part."),
        on_change=lambda: history.update(keep=False, picture=st.session_state[key]),
        width=140,
    )
    with tools(f"{KEY}.near"):
        for name, icon, title, index in (
            ("before", "arrow_back", _("The picture before"), near.before),
            ("after", "arrow_forward", _("The next picture"), near.after),
        ):
            st.button(
                title,
                key=f"{KEY}.{name}",
                icon=f":material/{icon}:",
                help=title,
                on_click=lambda index=index: history.update(keep=False, picture=index),
            )
    _class(history, sample)
    if history.now.part == "train" and history.now.augmentation.active:
        st.number_input(
            _("Epoch"), **history.number("epoch", keep=False), width=130, help=_("Chance draws anew in each epoch.")
        )


def _class(history: History, sample: Sample) -> None:
    """The class of the picture; another one leads to the next picture of it."""
    key, there = f"{KEY}.class", [label for label, index in enumerate(sample.neighbours.of_class) if index >= 0]
    st.session_state[key] = sample.label
    goto = sample.neighbours.of_class
    st.selectbox(
        _("Class"),
        there,
        key=key,
        format_func=lambda label: sample.classes[label],
        help=_("Leads to the next picture of a class."),
        on_change=heard(key, there, lambda label: history.update(keep=False, picture=goto[label])),
        width=170,
    )


def _dataset(history: History, sample: Sample) -> None:
    """What `dataset[place]` does, step by step, to the picture and to its label."""
    view: View = history.now
    if view.picture and view.picture != sample.index:
        st.caption(
            _("Picture {asked} is not in this part, and {index} is shown in its place.").format(
                asked=f"{view.picture:,}", index=f"{sample.index:,}"
            )
        )
    st.markdown(
        _("`len(dataset)` is {count}. `dataset[{place}]` opens picture {index} and hands it to `transform`:").format(
            count=f"{sample.length:,}", place=sample.place, index=sample.index
        )
    )
    shown = [_step(view, sample, number, still) for number, still in enumerate(sample.stills)]
    strip(_("Step by step"), shown, "steps")
    st.toggle(
        _("End as training does"),
        **history.bound("tensors"),
        help=_(
            "Training makes floats from 0 to 1 of whatever the steps leave, and normalises them. Without it the steps "
            "stand alone, as in a Dataset of your own."
        ),
    )
    if note := _note(view, sample):
        st.caption(note)
    with st.container(horizontal=True, vertical_alignment="bottom", key=f"{KEY}.label"):
        key = f"{KEY}.target"
        st.session_state[key] = view.target
        st.selectbox(
            "target_transform",
            list(TARGETS),
            key=key,
            format_func=lambda name: _(TARGETS[name].title),
            on_change=heard(key, TARGETS, lambda name: history.update(target=name)),
            width=170,
        )
        with st.container(gap=None):
            words = _("Its class is {name}: the label `{label}`.")
            if TARGETS[view.target].expression:
                words = _("Its class is {name}: the label `{label}`, which `target_transform` makes `{text}` ({kind}).")
            name = plain(sample.classes[sample.label])
            st.markdown(words.format(name=name, label=sample.label, text=sample.text, kind=told(sample.target)))
            st.caption(_(TARGETS[view.target].about))


def _note(view: View, sample: Sample) -> str:
    """What training does besides, "" for nothing."""
    first, last = sample.stills[0], sample.stills[-1]
    if not view.tensors or sample.failure:
        return ""
    if last.several:
        return _("Training wants one picture of each, and refuses steps that make {count}.").format(count=last.several)
    notes = []
    if view.data.spec.of_files and not view.side:
        notes.append(
            _(
                "Training brings each file to the side that its network takes before the first step, so that unequal sizes "
                "do not stop it. Here a file keeps its own size until a side is chosen under “More settings”."
            )
        )
    elif last.shape != first.shape:
        shape = " × ".join(map(str, (first.shape[0], *[min(first.shape[1:])] * 2)))
        notes.append(
            _("Training then fits it to {shape} again, as large as what its network is given.").format(shape=shape)
        )
    if sample.unknown:
        notes.append(
            _(
                "Training also normalises by the mean and deviation of all its pictures, which are not read for this one."
            )
        )
    return " ".join(notes)


def _step(view: View, sample: Sample, number: int, still: Still) -> Figure:
    source = address(suited(SAMPLE, view), view, number)
    first = number == 0
    title = _("Opened") if first else " › ".join((*still.above, still.name))
    lines = [("code", fact) for fact in facts(still)]
    if still.drawn:
        lines.append(("chance", listed(still.drawn)))
    elif still.untouched:
        lines.append(("", _("left the picture as it was")))
    if number >= len(sample.stills) - sample.added:
        lines.append(("added", _("as training adds")))
    if still.undone:
        lines.append(("added", _("shown with Normalize undone")))
    alt = _("The picture as it was opened") if first else _("The picture after {step}").format(step=still.name)
    return Figure(source, alt, re.sub(r"(?<=[a-z])(?=[A-Z])", "\u200b", title), lines, small=still.small)
