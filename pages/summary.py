"""The model summary: what every layer makes of its input, and what it costs."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from cnnlab.figures import along_depth, memory_bar
from cnnlab.models import MODELS
from cnnlab.models.zoo import ZooSpec
from cnnlab.specs import SpecError
from cnnlab.summary import (
    OPTIMIZERS,
    PRECISIONS,
    Report,
    agreement,
    compare,
    graph,
    hand_over,
    memory,
    shape_text,
    summarize,
    walks,
)  # fmt: skip
from cnnlab.summary.view import MAX_BATCH, MAX_GIB, SCHEMES, View
from pages.widgets.graph import graph_view
from pages.widgets.history import History
from pages.widgets.inspect import feature_map_panel, receptive_panel
from pages.widgets.language import _, say
from pages.widgets.model import PAGE, chooser, parameters
from pages.widgets.problem import problem
from pages.widgets.state_file import state_panel
from pages.widgets.take import code_box, link_box
from pages.widgets.tree import tree

UNITS = ("", "k", "M", "G", "T")
SCHEME_NAMES = {"torch": "torch's own", "course": "the course's"}


def main() -> None:
    history = History(PAGE, View.from_query, View)
    st.caption(_("Every layer of a model with its shapes, its parameters and its cost, from one pass without weights."))
    chooser(history.now, history.change)
    view: View = history.now
    try:
        report = reported(view)
    except SpecError as error:
        problem(error)
        history.write_url()
        return
    totals(view, report)
    if report.failure:
        failure(history, report)
    left, right = st.columns([5, 14], gap="large")
    with right:
        looks(history, report)
    with left:
        settings(history, report)
    st.divider()
    take_away(history, report)
    history.write_url()


@st.cache_resource(max_entries=32, show_spinner=False)
def _report(key: str, _view: View) -> Report:
    return summarize(_view.meta, *_view.inputs, batch=_view.batch)


def reported(view: View) -> Report:
    """The summary of a view's model; shared by all visitors, as it is frozen."""
    with st.spinner(_("Running the model …"), show_time=True):
        return _report(repr((view.source or view.model.to_dict(), view.shapes, view.batch)), view)


def short(number: float) -> str:
    """A number with an SI prefix and three digits."""
    size = 0
    while abs(number) >= 1000 and size < len(UNITS) - 1:
        number, size = number / 1000, size + 1
    return f"{number:.3g} {UNITS[size]}".rstrip() if size else f"{number:,.0f}"


def totals(view: View, report: Report) -> None:
    """Parameters, MACs and memory in one row, and who agrees."""
    with st.container(horizontal=True, gap="large"):
        st.metric(_("Parameters"), short(report.params), help=f"{report.params:,}", width="content")
        st.metric(_("Trainable"), short(report.trainable), help=f"{report.trainable:,}", width="content")
        st.metric(_("MACs"), short(report.macs), width="content",
                  help=_("{macs} multiply-accumulates for a batch of {batch}; FLOPs are twice as many.").format(
                      macs=f"{report.macs:,}", batch=report.batch))  # fmt: skip
        st.metric(_("Layers and operations"), f"{len(report.rows):,}", width="content")
        st.metric(_("Output"), shape_text(report.sample(report.rows[0].output_shape)) or "–", width="content")
    st.caption(" ".join(agreement_lines(view, report)))


def agreement_lines(view: View, report: Report) -> list[str]:
    """Who counts the same, what was not counted, and how the numbers came about."""
    found = _agreement(repr((view.source or view.model.to_dict(), view.shapes, view.batch)), view, report)
    lines = []
    if found.with_torch is not None:
        lines.append(_("✓ torch's FlopCounterMode counts the same.") if found.with_torch
                     else _("✗ torch's FlopCounterMode counts {macs}.").format(macs=f"{found.torch_macs:,}"))  # fmt: skip
    if found.beyond:
        lines.append(_("It has no formula for {operations}, counted here.").format(operations=", ".join(found.beyond)))
    if found.published_gmacs is not None:
        same = found.with_published
        lines.append((_("✓ torchvision publishes {gmacs} GMACs.") if same else _("✗ torchvision publishes {gmacs} GMACs."))
                     .format(gmacs=found.published_gmacs))  # fmt: skip
    if report.uncounted:
        most = sorted(report.uncounted.items(), key=lambda item: -item[1])[:6]
        lines.append(_("Not counted: {operations}.").format(
            operations=", ".join(f"{name} ×{count}" for name, count in most)))  # fmt: skip
    return [*lines, _(report.rung.about), *(say(note) for note in report.notes)]


@st.cache_resource(max_entries=32, show_spinner=False)
def _agreement(key: str, _view: View, _report: Report) -> Any:
    return agreement(_report, _view.meta, published(_view))


def published(view: View) -> Any:
    """torchvision's own figures for this very model and input, None where it gives none."""
    spec = view.model.spec
    if view.source or not isinstance(spec, ZooSpec) or view.model.changed() or view.batch != 1 or view.shape:
        return None
    return next((weights for weights in spec.weights if "_ops" in weights.meta), None)


def failure(history: History, report: Report) -> None:
    """Where the model stopped, why, and the changes that were tried and work."""
    found = report.failure
    problem(found.error)
    for number, fix in enumerate(found.fixes):
        if fix.inputs and hasattr(fix.inputs[0], "shape"):
            shape = tuple(fix.inputs[0].shape[1:])
            st.button(say(fix.message), key=f"summary.fix.{number}", icon=":material/healing:",
                      on_click=lambda shape=shape: history.change(replace(history.now, shape=shape)))  # fmt: skip
        else:
            st.info(say(fix.message), icon=":material/healing:")


def settings(history: History, report: Report) -> None:
    """The narrow column: the model's parameters, what it runs on, how it starts."""
    view = history.now
    with st.container(horizontal=True, horizontal_alignment="right", gap="xsmall"):
        st.subheader(view.name, anchor=False, width="stretch")
        history.buttons()
    if not view.source:
        st.caption(_(view.model.spec.about))
    parameters(view, history.change)
    with st.expander(_("Batch, memory, starting values"), key="summary.more"):
        st.number_input(_("Batch"), 1, MAX_BATCH, **bound(history, "batch"))
        st.selectbox(_("Precision"), list(PRECISIONS), **bound(history, "precision"))
        st.selectbox(_("Optimizer"), list(OPTIMIZERS), **bound(history, "optimizer"))
        st.number_input(_("Memory at hand (GiB)"), 1, MAX_GIB, **bound(history, "gib"))
        st.selectbox(_("Starting values"), SCHEMES, **bound(history, "scheme"),
                     format_func=lambda scheme: {"torch": _("torch's own"), "course": _("the course's")}[scheme],
                     help=_("The course starts convolutions with Xavier-normal values "
                            "and linear layers with normal(0, 0.1)."))  # fmt: skip
    row_card(history, report)


def bound(history: History, name: str) -> dict[str, Any]:
    """The key and callback that tie a widget to a field of the view."""
    key = f"summary.{name}"
    st.session_state[key] = getattr(history.now, name)
    return {"key": key, "on_change": lambda: history.change(replace(history.now, **{name: st.session_state[key]}))}


def row_card(history: History, report: Report) -> None:
    """The chosen row, all of it."""
    names = {row.name for row in report.rows}
    row = report.row(history.now.row if history.now.row in names else "")
    with st.container(border=True):
        st.markdown(f"**{row.label}** `{row.type}`")
        facts = {
            _("input"): shape_text(report.sample(row.input_shape)), _("output"): shape_text(report.sample(row.output_shape)),
            _("parameters"): f"{row.params:,}", _("MACs"): f"{row.macs:,}", _("calls"): str(row.calls),
            **{name: str(value) for name, value in row.settings.items()},
        }  # fmt: skip
        st.markdown("  \n".join(f":small[{name}] `{value}`" for name, value in facts.items() if value))
        try:
            st.download_button(_("This layer as JSON"), lambda: _json(hand_over(row)), f"{row.label}.json",
                               "application/json", key="summary.layer", icon=":material/download:",
                               disabled=not row.leaf or row.input_shape is None, on_click="ignore")  # fmt: skip
        except SpecError as error:
            problem(error)


def _json(data: Any) -> str:
    import json

    return json.dumps(data, indent=2)


def looks(history: History, report: Report) -> None:
    """The wide column: one look at a time."""
    view = history.now
    pick = lambda name: history.change(replace(history.now, row=name), keep=False)  # noqa: E731 handed on twice
    names = [_("Layers"), _("Graph"), _("Along the depth"), _("Memory"), _("Feature maps"), _("Receptive field"),
             _("Ways to walk"), _("Compare"), _("State dict")]  # fmt: skip
    tabs = st.tabs(names, key="summary.look", on_change="rerun")
    drawers = (
        lambda: tree("summary.tree", report, view.row, pick),
        lambda: graph_view("summary.graph", graph(report), view.row, pick),
        lambda: depth_panel(report),
        lambda: memory_panel(view, report),
        lambda: feature_map_panel(history),
        lambda: receptive_panel(history),
        lambda: walk_panel(view),
        lambda: compare_panel(history, report),
        lambda: state_panel(view),
    )
    for tab, draw in zip(tabs, drawers, strict=True):
        if tab.open:
            with tab:
                try:
                    draw()
                except SpecError as error:
                    problem(error)


def depth_panel(report: Report) -> None:
    st.caption(_("Each bar is one layer, from the input on the left to the output on the right. In most networks the early "
                 "layers cost the arithmetic and the memory, the late ones hold the parameters."))  # fmt: skip
    leaves = [row for row in report.rows if row.leaf and row.calls]
    figure = along_depth([(row.name, row.own_params, row.macs, row.activation_bytes) for row in leaves],
                         {"params": _("Parameters"), "macs": _("MACs"), "activations": _("Activations")})  # fmt: skip
    st.plotly_chart(figure, key="summary.depth", config={"displayModeBar": False},
                    alt=_("Where parameters, MACs and activations sit along {count} layers").format(count=len(leaves)))  # fmt: skip


@st.cache_resource(max_entries=32, show_spinner=False)
def _memory(key: str, _view: View) -> Any:
    return memory(_view.meta, *_view.shapes, batch=_view.batch, precision=_view.precision, optimizer=_view.optimizer)


def memory_panel(view: View, report: Report) -> None:
    key = repr((view.source or view.model.to_dict(), view.shapes, view.batch, view.precision, view.optimizer))
    found = _memory(key, view)
    limit = view.gib << 30
    parts = [(_("parameters"), found.parameters + found.copies), (_("buffers"), found.buffers), (_("gradients"), found.gradients),
             (_("optimizer state"), found.optimizer_state), (_("activations for backward"), found.activations)]  # fmt: skip
    told = _("What training takes for a batch of {batch} in {precision} with {optimizer}: tensors alone, "
             "a driver and its libraries come on top.")  # fmt: skip
    st.caption(told.format(batch=view.batch, precision=view.precision, optimizer=view.optimizer))
    with st.container(horizontal=True, gap="large"):
        st.metric(_("Training"), size_text(found.training), width="content")
        st.metric(_("Inference"), size_text(found.inference), width="content")
        largest = found.largest_batch(view.gib)
        st.metric(
            _("Largest batch in {gib} GiB").format(gib=view.gib),
            "–" if largest is None else f"{largest:,}",
            width="content",
        )
    st.plotly_chart(memory_bar(parts, limit), key="summary.memory", config={"displayModeBar": False},
                    alt=", ".join(f"{name} {size_text(size)}" for name, size in parts))  # fmt: skip
    if found.note:
        st.caption(_(found.note))
    layers = [layer for layer in found.layers if layer.at(view.batch)]
    st.dataframe(
        {_("Layer"): [layer.name or view.name for layer in layers], _("Type"): [layer.type for layer in layers],
         _("Saved for backward (MiB)"): [round(layer.at(view.batch) / 2**20, 3) for layer in layers]},
        key="summary.saved", hide_index=True, height=280,
    )  # fmt: skip


def size_text(size: float) -> str:
    return f"{size / 2**30:.2f} GiB" if size >= 2**30 else f"{size / 2**20:.1f} MiB"


def walk_panel(view: View) -> None:
    """What modules() and its relatives yield for this model."""
    found = {walk.name: walk for walk in walks(view.meta)}
    name = st.segmented_control(_("Way to walk"), list(found), default="named_modules", key="summary.walk", required=True,
                                format_func=lambda name: f"{name}()", label_visibility="collapsed")  # fmt: skip
    walk = found[name]
    st.caption(_(walk.about))
    st.code(walk.code, language="python")
    items = walk.items
    columns: dict[str, Sequence[Any]] = {"#": list(range(len(items)))}
    if any(item.name is not None for item in items):
        columns[_("Name")] = [item.name if item.name else "''" for item in items]
    columns[_("Type")] = [item.type for item in items]
    if any(item.shape is not None for item in items):
        columns[_("Shape")] = [shape_text(item.shape) for item in items]
    st.dataframe(columns, key="summary.walked", hide_index=True, height=360)


def compare_panel(history: History, report: Report) -> None:
    """Two models row by row."""
    view = history.now
    st.session_state["summary.against"] = view.against.name if view.against else None

    def picked() -> None:
        name = st.session_state["summary.against"]
        history.change(replace(history.now, against=MODELS[name].example() if name else None))

    st.selectbox(
        _("Compare with"), list(MODELS), key="summary.against", placeholder=_("Choose a second model"), on_change=picked
    )
    if view.against is None:
        st.info(
            _("Choose a second model: rows that have the same name are laid side by side."),
            icon=":material/compare_arrows:",
        )
        return
    other = reported(replace(view, model=view.against, source="", shape=None))
    rows = compare(report, other)
    st.dataframe(comparison(rows, view.name, view.against.name), key="summary.compared", hide_index=True, height=460)


def comparison(rows: Sequence[Any], left: str, right: str) -> Mapping[str, Sequence[Any]]:
    """Columns of a table: name, and type, output, parameters and MACs on both sides."""
    sides = ((left, [row.left for row in rows]), (right, [row.right for row in rows]))
    columns: dict[str, Sequence[Any]] = {_("Layer"): [row.name or "''" for row in rows]}
    for field, title in (
        ("type", _("Type")),
        ("output_shape", _("Output")),
        ("params", _("Parameters")),
        ("macs", _("MACs")),
    ):
        for place, (name, side) in enumerate(sides):
            values = [None if row is None else getattr(row, field) for row in side]
            told = [shape_text(value) for value in values] if field == "output_shape" else values
            columns[f"{title} · {name}" + " " * place] = told
    return columns


def take_away(history: History, report: Report) -> None:
    names = {"CSV": ("csv", report.to_csv, "text/csv"), "JSON": ("json", report.to_json, "application/json"),
             "Markdown": ("md", report.to_markdown, "text/markdown"), _("Text"): ("txt", report.to_text, "text/plain")}  # fmt: skip
    tabs = st.tabs([*names, _("Python"), _("Link")], key="summary.take", on_change="rerun")
    for tab, (ending, write, mime) in zip(tabs, names.values(), strict=False):
        if tab.open:
            with tab:
                code_box(
                    f"summary.{ending}",
                    write(),
                    f"{history.now.name}.{ending}",
                    mime,
                    ending if ending == "json" else "text",
                )
    if tabs[-2].open:
        with tabs[-2]:
            code_box("summary.python", source(history.now), "model.py", "text/x-python")
    if tabs[-1].open:
        with tabs[-1]:
            st.caption(_("Opens this page as it is now, in any browser."))
            link_box(PAGE, history.query())


def source(view: View) -> str:
    """Python that makes the model on the screen and summarises it."""
    if view.source:
        return f"from torch import nn\n\nmodel = {view.source.strip()}\n"
    from cnnlab.specs import Target

    target = Target(view.model.spec.target)
    imported = (
        f"from {target.module} import {target.name.split('.')[0]}\n"
        if target.own
        else "from torchvision import models\n"
    )
    return f"{imported}\nmodel = {view.model.code()}\n"


main()
