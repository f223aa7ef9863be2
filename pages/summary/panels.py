"""Looks at a summary: along the depth, memory, ways to walk."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import streamlit as st

from cnnlab.figures import along_depth, memory_bar
from cnnlab.quantities import GIB, MIB, binary
from cnnlab.summary import OPTIMIZERS, PRECISIONS, Item, Memory, Report, Walk, shape_text
from cnnlab.summary.jobs import MEMORY, MEMORY_AT, WALKS, asked
from cnnlab.summary.needs import OPTIMIZER_HELP, PRECISION_HELP
from cnnlab.summary.rows import REST
from cnnlab.summary.view import View
from pages.shared.history import History
from pages.shared.language import _
from pages.shared.sent import kept
from pages.shared.work import done
from pages.summary.model import CARD, LOOK


def depth_panel(report: Report) -> None:
    """Where parameters, MACs and activations sit."""
    st.caption(
        _(
            "Each bar is one layer, from the input on the left to the output on the right. In most networks the early "
            "layers cost the arithmetic and the memory, the late ones hold the parameters."
        )
    )
    leaves = [row for row in report.rows if row.calls and (row.leaf or (row.kind == REST and row.activation_bytes))]
    titles = (("params", _("Parameters")), ("macs", _("MACs")), ("activations", _("Activations")))
    figure = _depth(tuple((row.name, row.own_params, row.own_macs, row.activation_bytes) for row in leaves), titles)
    alt = _("Where parameters, MACs and activations sit along {count} layers").format(count=len(leaves))
    st.plotly_chart(figure, key="summary.depth", config={"displayModeBar": False}, alt=alt)


@lru_cache(maxsize=32)
def _depth(rows: Sequence[tuple[str, int, int, int]], titles: Sequence[tuple[str, str]]) -> Any:
    return along_depth(rows, dict(titles))


@lru_cache(maxsize=64)
def _memory_bar(parts: Sequence[tuple[str, int]], gib: int) -> Any:
    return memory_bar(parts, gib * GIB, limit_title=f"{gib} GiB")


def memory_panel(history: History) -> None:
    """What training and inference take, and the largest batch that fits."""
    memory_knobs(history)
    view: View = history.now
    needs: Memory | None = done(MEMORY, asked(view), _("Measuring the memory …"))
    if needs is None:
        needs = done(MEMORY_AT, asked(view), _("Measuring the memory …"))
        st.caption(
            _("The memory of this model does not grow evenly with the batch: it is measured for this batch alone.")
        )
    needs = replace(needs, batch=view.batch, optimizer=view.optimizer)
    parts = (
        (_("parameters"), needs.parameters + needs.copies),
        (_("buffers"), needs.buffers),
        (_("gradients"), needs.gradients),
        (_("optimizer state"), needs.optimizer_state),
        (_("activations for backward"), needs.activations),
    )
    with st.container(horizontal=True, gap="large"):
        st.metric(_("Training"), binary(needs.training), width="content")
        st.metric(_("Inference"), binary(needs.inference), width="content")
        largest = needs.largest_batch(view.gib)
        title = _("Largest batch in {gib} GiB").format(gib=view.gib)
        st.metric(title, "–" if largest is None else f"{largest:,}", width="content")
    alt = ", ".join(f"{name} {binary(size)}" for name, size in parts)
    st.plotly_chart(_memory_bar(parts, view.gib), key="summary.memory", config={"displayModeBar": False}, alt=alt)
    words = [
        _("What training takes: tensors alone, a driver and its libraries come on top."),
        _("Activations grow with the batch; what belongs to the parameters stays."),
    ]
    st.caption(" ".join([*words, *([_(needs.note)] if needs.note else [])]))
    layers = [layer for layer in needs.layers if layer.at(view.batch)]
    st.dataframe(
        {
            _("Layer"): [layer.name or view.name for layer in layers],
            _("Type"): [layer.type for layer in layers],
            _("Saved for backward (MiB)"): [round(layer.at(view.batch) / MIB, 3) for layer in layers],
        },
        key="summary.saved",
        hide_index=True,
        height=280,
    )


def memory_knobs(history: History) -> None:
    """What it is asked for: the open look shows it, and the chosen row has it in its links."""
    batch, precision, optimizer, gib = st.columns(4)
    batch.number_input(
        _("Batch"), help=_("Samples that go through the model at once."), **history.number("batch", pieces=(CARD, LOOK))
    )
    precision.selectbox(
        _("Precision"),
        list(PRECISIONS),
        help=_(PRECISION_HELP),
        **history.choice("precision", PRECISIONS, (CARD, LOOK)),
    )
    optimizer.selectbox(
        _("Optimizer"),
        list(OPTIMIZERS),
        help=_(OPTIMIZER_HELP),
        **history.choice("optimizer", OPTIMIZERS, (CARD, LOOK)),
    )
    gib.number_input(
        _("Available memory (GiB)"),
        help=_("What your GPU has: the largest batch that fits is worked out for it."),
        **history.number("gib", pieces=(CARD, LOOK)),
    )


def walk_panel(view: View) -> None:
    """What modules() and its relatives yield for this model, side by side, and one of them explained."""
    answer: tuple[Walk, ...] = done(WALKS, asked(view), _("Walking through the model …"))
    ways = {walk.name: walk for walk in answer}
    longest = max(len(walk.items) for walk in ways.values())
    columns: dict[str, Sequence[Any]] = {"#": list(range(longest))}
    for walk in ways.values():
        texts = [_item_text(item) for item in walk.items]
        columns[f"{walk.name}()"] = [*texts, *[""] * (longest - len(texts))]
    st.dataframe(columns, key="summary.walked", hide_index=True, height=360)
    explained(ways)


@st.fragment
def explained(ways: Mapping[str, Walk]) -> None:
    """One of the ways in words and as code; which one changes nothing else on the page."""
    kept("summary.walk", ways, "named_modules")
    name = st.segmented_control(
        _("Way to walk"),
        list(ways),
        key="summary.walk",
        required=True,
        format_func=lambda name: f"{name}()",
        label_visibility="collapsed",
    )
    walk = ways[name]
    st.caption(_(walk.about) + " " + _("Here: {count}.").format(count=len(walk.items)))
    st.code(walk.code, language="python")


def _item_text(item: Item) -> str:
    """One thing that a walk yields, as Python would show it in short."""
    shape = f" {shape_text(item.shape)}" if item.shape is not None else ""
    return f"{item.type}{shape}" if item.name is None else f"{item.name or repr('')}: {item.type}{shape}"
