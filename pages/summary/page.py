"""The model summary: what every layer makes of its input, and what it costs."""

import json

import streamlit as st

from cnnlab.layers.handover import opened
from cnnlab.quantities import si
from cnnlab.specs import SpecError
from cnnlab.summary import Report, shape_text
from cnnlab.summary.answers import Summarised
from cnnlab.summary.rows import CALL, FUNCTION, MODULE, Row
from cnnlab.summary.settings import telling
from cnnlab.summary.view import View, handed_over
from cnnlab.training.handover import trained
from pages.shared.history import History
from pages.shared.language import _, coded, language_query, plain, say
from pages.shared.own import may_run, own_gate
from pages.shared.piece import piece
from pages.shared.problem import problem, refusals
from pages.shared.sent import heard
from pages.summary.failure import failure
from pages.summary.looks import LOOKS, Look
from pages.summary.model import CARD, LOOK, PAGE, TABS, Place, chooser, natural_shape, parameters, shape_field
from pages.summary.reported import reported
from pages.summary.start import starting_values
from pages.summary.take import take_away


def main() -> None:
    history = History(PAGE, View)
    st.caption(_("Every layer of a model with its shapes, its parameters and its cost, from one pass without weights."))
    place = chooser(history)
    about = summarised(history, place)
    if about:
        report = about.report
        totals(about)
        if report.failure:
            failure(history, report.failure, "summary")
        with st.container(key="summary.bench"):
            left, right = st.columns([4, 14], gap="medium")
        with right:
            looks(history, about)
        with left:
            settings(history, report)
        st.divider()
        history.foot(lambda: take_away(history, report))
    else:
        history.write_url()


def summarised(history: History, place: Place) -> Summarised | None:
    """The summary, and in its place the shape of the input; None where there is a reason instead, which is shown."""
    view: View = history.now
    natural = natural_shape(view)
    if view.shape or natural:
        shape_field(history, place, natural)
    if not may_run(view.own):
        own_gate(PAGE, view.own)
        return None
    try:
        about = reported(view)
    except SpecError as error:
        problem(error)
        if view.source:
            st.code(view.source, height=200)
        return None
    if not (view.shape or natural):
        shape_field(history, place, about.natural[0])
    return about


def totals(about: Summarised) -> None:
    """Parameters, MACs and memory in one row, and who agrees."""
    report = about.report
    bound = "≥ " if report.failure else ""  # what ran before it stopped is counted, no more
    with st.container(key="summary.totals", horizontal=True, gap="large"):
        st.metric(_("Parameters"), si(report.params), help=f"{report.params:,}", width="content")
        st.metric(_("Trainable"), si(report.trainable), help=f"{report.trainable:,}", width="content")
        st.metric(
            _("MACs"),
            bound + si(report.macs),
            width="content",
            help=_("{macs} multiply-accumulates for one sample; FLOPs are twice as many.").format(
                macs=f"{bound}{report.macs:,}"
            ),
        )
        st.metric(_("Layers and operations"), f"{bound}{report.leaves:,}", width="content", help=counted(report))
        st.metric(_("Output"), shape_text(report.sample(report.rows[0].output_shape)) or "–", width="content")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if lines := agreement_lines(about):
            st.caption(" ".join(lines), width="content")
        with st.popover(_("Method"), type="tertiary", icon=":material/help:", key="summary.method"):
            for line in method_lines(about):
                st.caption(line)


def counted(report: Report) -> str:
    """Which rows are layers and operations, and what the others in the table are."""
    holders = sum(not row.leaf for row in report.modules)
    return _(
        "{layers} layers that hold no others and {operations} operations between them, each once, however often it runs. "
        "The table has {rows} rows, with {holders} for modules that hold others and {rest} for further calls and for "
        "parameters of a module's own."
    ).format(
        layers=f"{sum(row.leaf for row in report.modules):,}",
        operations=f"{sum(row.leaf and row.kind == FUNCTION for row in report.rows):,}",
        rows=f"{len(report.rows):,}",
        holders=f"{holders:,}",
        rest=f"{len(report.rows) - report.leaves - holders:,}",
    )


def agreement_lines(about: Summarised) -> list[str]:
    """Who counts the same, and what is to be known before a number is believed."""
    verdict, report = about.agreement, about.report
    lines = []
    if verdict.with_torch is not None:
        lines.append(
            _("✓ torch's FlopCounterMode counts the same.")
            if verdict.with_torch
            else _("✗ torch's FlopCounterMode counts {macs}.").format(macs=f"{verdict.torch_macs:,}")
        )
    if verdict.published_gmacs is not None:
        same = verdict.with_published
        lines.append(
            (
                _("✓ torchvision publishes {gmacs} GMACs.") if same else _("✗ torchvision publishes {gmacs} GMACs.")
            ).format(gmacs=verdict.published_gmacs)
        )
    return [*lines, *(say(note, plain) for note in report.notes)]


def method_lines(about: Summarised) -> list[str]:
    """How the numbers came about, in torch's own names: for those who ask."""
    report, beyond = about.report, about.agreement.beyond
    lines = [_(report.rung.about)]
    if report.rung.name == "meta":
        lines.append(
            _("On the meta device tensors have a shape and a type but no numbers, so even a large model takes no time.")
        )
    if beyond:
        lines.append(
            _("FlopCounterMode has no formula for {operations}; they are counted here.").format(
                operations=plain(", ".join(beyond))
            )
        )
    if report.uncounted:
        runs = sorted(report.uncounted.items(), key=lambda item: -item[1])
        lines.append(
            _(
                "MACs are those of convolutions and matrix products. What else ran is small beside them, and not "
                "counted: {operations}."
            ).format(operations=plain(", ".join(f"{name} ×{count}" for name, count in runs)))
        )
    return lines


def settings(history: History, report: Report) -> None:
    """The narrow column: the model's parameters, how it starts."""
    view = history.now
    with st.container(horizontal=True, horizontal_alignment="right", gap="xsmall", wrap=False):
        name = _("Your {type}").format(type=report.rows[0].type) if view.source else view.name
        st.header(plain(name), anchor=False, width="stretch")
        history.buttons()
    if view.listed:
        st.caption(_(view.model.spec.about))
    parameters(history)
    with st.expander(_("Starting values"), key="summary.start"):
        starting_values(history)
    if training := trained(view):
        st.page_link(
            "training/page.py",
            label=_("Train this model"),
            icon=":material/model_training:",
            query_params={**training.to_query(), **language_query()},
        )
    piece(CARD, lambda: row_card(history, report))


def row_card(history: History, report: Report) -> None:
    """The chosen row, all of it."""
    names = {row.name for row in report.rows}
    row = report.row(history.now.row if history.now.row in names else "")
    with st.container(border=True):
        st.markdown(f"**{plain(row.label)}** {coded(row.type) if row.type else ''}")
        for line in row_lines(report, row):
            st.caption(line)
        counts = {
            _("parameters"): row.params,
            _("trainable"): row.trainable,
            _("frozen"): row.frozen,
            _("buffers"): row.buffers,
            _("MACs"): row.macs,
            _("MACs of all calls"): sum(call.macs for call in report.calls_of(row.path)) if row.calls > 1 else 0,
            _("calls"): row.calls if row.kind != CALL else 0,
        }
        facts = {
            _("path"): row.name if row.parent is not None else "",
            _("input"): shape_text(report.sample(row.input_shape)),
            _("output"): shape_text(report.sample(row.output_shape)),
            **{name: f"{count:,}" for name, count in counts.items() if count},
            **{name: str(value) for name, value in telling(row).items()},
        }
        st.markdown("  \n".join(f":small[{plain(name)}] {coded(value)}" for name, value in facts.items() if value))
        layer = row.kind in (MODULE, CALL) and row.leaf and row.input_shape is not None
        if layer:
            st.download_button(
                _("This layer as JSON"),
                lambda: json.dumps(handed_over(history.now, row), indent=2),
                f"{row.label}.json",
                "application/json",
                key="summary.layer",
                icon=":material/download:",
                on_click="ignore",
            )
            if view := opened(history.now, report, row):
                st.page_link(
                    "layers/page.py",
                    label=_("Open in the layer inspector"),
                    icon=":material/grid_on:",
                    query_params={**view.to_query(), **language_query()},
                )


def row_lines(report: Report, row: Row) -> list[str]:
    """Which call the row is, where the module is called again."""
    first = report.row(row.path)
    if row.kind == CALL and row.call:
        words = _("Call {call} of {calls} of {path}: the parameters are counted at the first.")
        return [words.format(call=row.call, calls=first.calls, path=plain(row.path or row.type))]
    if row.kind == MODULE and row.calls > 1:
        return [
            _("The first of {calls} calls; the others have rows of their own, without parameters.").format(
                calls=row.calls
            )
        ]
    return []


def looks(history: History, about: Summarised) -> None:
    """The wide column: one look at a time, the first where a link names none that there is."""
    piece(TABS, lambda: shown(history, about))


def shown(history: History, about: Summarised) -> None:
    key, titles = "summary.look", [_(look.title) for look in LOOKS]
    now = next((place for place, look in enumerate(LOOKS) if look.name == history.now.look), 0)
    st.session_state[key] = titles[now]

    def turned(title: str) -> None:
        place = titles.index(title)
        history.update(keep=False, pieces=(CARD, TABS), look=LOOKS[place].name if place else "")

    tabs = st.tabs(titles, key=key, on_change=heard(key, titles, turned))
    for tab, look in zip(tabs, LOOKS, strict=True):
        if tab.open:
            with tab:
                if look.runs and about.report.failure:
                    st.info(
                        _("The model stops before there is anything to see here: why, and what helps, stands above.")
                    )
                else:
                    piece(LOOK, lambda look=look: drawn(look, history, about))


def drawn(look: Look, history: History, about: Summarised) -> None:
    with refusals():
        look.draw(history, about)


main()
