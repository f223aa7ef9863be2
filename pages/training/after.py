"""The look at what came of a run: what its weights get right, class by class, and what they take for something else."""

from collections.abc import Mapping
from html import escape
from urllib.parse import urlencode

import streamlit as st

from cnnlab.figures.outcome import confused, laid_out
from cnnlab.images import png_size
from cnnlab.specs import N_, SpecError
from cnnlab.summary.learnt import Element, Learnt
from cnnlab.training.answers import Outcome
from cnnlab.training.checkpoints import BEST, LAST, Checkpoint
from cnnlab.training.handover import looked_at
from cnnlab.training.jobs import EXPORT, OUTCOME, PARTS_OF_DATA, SCRIPT, Exported, Looked
from cnnlab.training.run import Run
from pages.serving.answers import address
from pages.shared.fields import chosen_of
from pages.shared.history import History
from pages.shared.language import _, language_query
from pages.shared.problem import problem
from pages.shared.take import code_box
from pages.shared.work import done
from pages.training import office
from pages.training.made import made

KINDS = {BEST: N_("The best epoch"), LAST: N_("The end")}
PARTS = {"validation": N_("Validation"), "test": N_("Test"), "train": N_("Training")}
FORM_WORDS = {
    "pt": N_("A state_dict: model.load_state_dict(torch.load(file)) reads it."),
    "safetensors": N_("The same numbers in a form that runs no code when it is read, in any language."),
    "onnx": N_("The whole network as a graph, for other engines; it takes pictures normalised as in training."),
}
SIDE = 84  # pixels of a small picture on the screen
QUIET = {"displayModeBar": False}


def after(history: History, run: Run) -> None:
    """A checkpoint at work on a part of the data, once the run rests."""
    there = {one.name: one for one in run.checkpoints() if one.name in KINDS}
    if run.state == "running" or not there:
        st.info(
            _(
                "When the run has ended, or rests, this shows what its weights get right: which classes they take for "
                "which, the surest mistakes as pictures, and how the last layer sees the data."
            ),
            icon=":material/checklist:",
        )
        return
    checkpoint, part = _choices(history, there)
    looked = Looked(run.folder.name, checkpoint.name, checkpoint.step, part)
    outcome: Outcome = done(OUTCOME, looked, _("Looking at every picture …"))
    _totals(outcome)
    left, right = st.columns(2, gap="medium")
    with left:
        _confusion(outcome)
    with right:
        _classes(outcome)
    _mistakes(outcome, looked, run)
    _plane(outcome)
    _weights(looked, run)
    with st.expander(_("The same run as a script"), icon=":material/code:", key="training.after.script"):
        _script(run)


def _script(run: Run) -> None:
    """Plain PyTorch, where that can say all of the run."""
    try:
        source = done(SCRIPT, run.config, _("Writing it down …"))
    except SpecError as error:
        problem(error)
        return
    st.caption(
        _("Plain PyTorch with the same losses to the last bit, on the same kind of processor. It needs no cnnlab.")
    )
    code_box("training.script", source, "train.py", "text/x-python")


def _weights(looked: Looked, run: Run) -> None:
    """These weights as a file, made when it is asked for."""
    st.subheader(_("Take these weights along"), anchor=False)
    with st.container(horizontal=True):
        for form, says in FORM_WORDS.items():
            recipe = Exported(**vars(looked), form=form)
            name = f"{office.short(run)}-{looked.step}.{form}"
            made(f"training.after.{form}", f".{form}", _(says), EXPORT, recipe, name, "application/octet-stream")


def _choices(history: History, there: Mapping[str, Checkpoint]) -> tuple[Checkpoint, str]:
    help = _("The best epoch is the one with the lowest validation loss, or training loss where none is held back.")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = _choice(
            history, "checkpoint", _("Weights of"), {name: KINDS[name] for name in KINDS if name in there}, help
        )
        part = _choice(history, "part", _("Pictures for"), {name: PARTS[name] for name in PARTS_OF_DATA})
    return there[name], part


def _choice(history: History, field: str, label: str, titles: Mapping[str, str], help: str | None = None) -> str:
    """One of these, the first where the view names none of them."""
    names = list(titles)
    now = getattr(history.now, field)
    now = now if now in names else names[0]
    st.segmented_control(
        label,
        names,
        required=True,
        format_func=lambda name: _(titles[name]),
        help=help,
        **chosen_of(history, field, names, now),
    )
    return now


def _totals(outcome: Outcome) -> None:
    words = _("After step {step}: {correct} of {count} pictures are told right, {share}; the loss is {loss}.")
    st.markdown(
        words.format(
            step=f"{outcome.step:,}",
            correct=f"{outcome.correct:,}",
            count=f"{outcome.count:,}",
            share=f"**{outcome.correct / outcome.count:.1%}**",
            loss=f"{outcome.loss:.4f}",
        )
    )


def _confusion(outcome: Outcome) -> None:
    st.subheader(_("Confusion matrix"), anchor=False)
    words = {"true": _("is"), "answer": _("taken for"), "count": _("pictures")}
    st.plotly_chart(
        confused(outcome.table, outcome.classes, words),
        key="training.after.confusion",
        config=QUIET,
        alt=_("How many pictures of each class were taken for each"),
    )
    st.caption(_("A row is a class, and how its pictures were told; what is right stands on the diagonal."))


def _classes(outcome: Outcome) -> None:
    st.subheader(_("Class by class"), anchor=False)
    rows = outcome.figures
    st.dataframe(
        {
            _("Class"): [row.name for row in rows],
            _("precision"): [row.precision for row in rows],
            _("recall"): [row.recall for row in rows],
            "F1": [row.f1 for row in rows],
            _("Pictures"): [row.support for row in rows],
        },
        hide_index=True,
        key="training.after.classes",
        height=min(38 + 35 * len(rows), 420),
        column_config={
            _("precision"): st.column_config.NumberColumn(
                format="percent", help=_("Of what was taken for this class, the share that is of it.")
            ),
            _("recall"): st.column_config.NumberColumn(
                format="percent", help=_("Of what is of this class, the share that was taken for it.")
            ),
            "F1": st.column_config.NumberColumn(
                format="percent", help=_("The harmonic mean of both: high only where both are.")
            ),
        },
    )


def _mistakes(outcome: Outcome, looked: Looked, run: Run) -> None:
    st.subheader(_("The surest mistakes"), anchor=False)
    if outcome.mistakes:
        words = [
            _("Each opens in the model summary: what every layer of this network makes of it."),
            *_enlarged(outcome, run),
        ]
        st.caption(" ".join(words))
    else:
        st.caption(_("None: every one of these pictures is told right."))
    st.page_link(
        "summary/page.py",
        label=_("What the layers make of the first of these pictures"),
        icon=":material/grid_view:",
        query_params=_seen(outcome, looked, run, 0 if outcome.mistakes else -1),
    )
    figures = []
    for place, mistake in enumerate(outcome.mistakes):
        true, told = (outcome.classes[label] for label in (mistake.label, mistake.predicted))
        alt = _("Picture {number} of {true}").format(number=mistake.place + 1, true=true)
        says = _("{true} taken for {told}, {share} sure").format(
            true=true, told=told, share=f"{mistake.confidence:.0%}"
        )
        width, height = png_size(outcome.pictures[place])
        small = " class='small'" if max(width, height) < SIDE else ""
        figures.append(
            f"<figure><a href='summary?{escape(urlencode(_seen(outcome, looked, run, place)))}'>"
            f"<img src='{escape(address(OUTCOME, looked, place))}' alt='{escape(alt)}' width='{SIDE}'{small}>"
            f"<figcaption>{escape(says)}</figcaption></a></figure>"
        )
    if figures:
        st.html(f"<div class='mistakes'>{''.join(figures)}</div>")


def _enlarged(outcome: Outcome, run: Run) -> list[str]:
    """Why pictures look blurred that were small."""
    own, side = run.config.data.spec.shape, outcome.shape[1]
    if not own or own[1] >= side:
        return []
    return [
        _("They are {own} pixels, which are made {side} for this network: so they look blurred.").format(
            own=f"{own[1]} × {own[2]}", side=f"{side} × {side}"
        )
    ]


def _seen(outcome: Outcome, looked: Looked, run: Run, place: int) -> dict[str, str]:
    """The link to the feature maps of the network with these weights, of one of the outcome's elements."""
    learnt = Learnt(looked.run, looked.checkpoint.removesuffix(".pt"), looked.step)
    one = Element(looked.run, outcome.own_test, outcome.elements[place])
    view = looked_at(run.config, len(outcome.classes), outcome.shape, learnt, str(one))
    return {**view.to_query(), **language_query()}


def _plane(outcome: Outcome) -> None:
    st.subheader(_("As the last layer sees them"), anchor=False)
    if not outcome.points:
        st.caption(_("What the last layer of this network is given cannot be laid out on a plane."))
        return
    first, second = (f"{share:.0%}" for share in outcome.shares)
    words = {
        "first": _("first direction, {share} of what varies").format(share=first),
        "second": _("second direction, {share}").format(share=second),
        "taken": _("taken for {name}"),
        "wrong": _("told wrong"),
    }
    st.plotly_chart(
        laid_out(outcome.points, outcome.point_labels, outcome.point_answers, outcome.classes, words),
        key="training.after.plane",
        config=QUIET,
        alt=_("Pictures by what the last layer is given, on the two directions along which that varies most"),
    )
    st.caption(
        _(
            "Each point is a picture ({count} of {all}), placed by a principal component analysis of what the last layer "
            "is given; a red ring marks one that is told wrong. Classes that lie apart are easy to tell."
        ).format(count=f"{len(outcome.points):,}", all=f"{outcome.count:,}")
    )
