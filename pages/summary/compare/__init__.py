"""Two models beside each other: their totals, and the rows that differ, drawn by the browser alone."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from cnnlab.models import MODELS
from cnnlab.quantities import binary, si
from cnnlab.specs import N_
from cnnlab.summary import COLUMNS, shape_text
from cnnlab.summary.answers import Compared, Side, Summarised
from cnnlab.summary.columns import SIDES, shown
from cnnlab.summary.compare import CHANGED, LEFT, RIGHT, SAME
from cnnlab.summary.jobs import asked, compare_of
from cnnlab.summary.view import View
from pages.serving.answers import rows_address
from pages.shared.component import component
from pages.shared.form import form
from pages.shared.history import History
from pages.shared.language import _, language, plain, say
from pages.shared.sent import chosen
from pages.shared.work import done

HTML = """
<div class="compare">
  <table class="totals"><thead></thead><tbody></tbody></table>
  <div class="bar"><label><input type="checkbox"><span></span></label><span class="count" role="status"></span></div>
  <div class="sheet" role="table"></div>
</div>
"""
_component = component("compare", HTML, Path(__file__).parent)

# What is compared of the whole: its title, the number, and how a large one reads in short.
TOTALS: tuple[tuple[str, Callable[[Side], int], Callable[[float], str]], ...] = (
    (N_("Parameters"), lambda side: side.params, si),
    (N_("MACs"), lambda side: side.macs, si),
    (N_("Layers"), lambda side: side.layers, si),
    (N_("Activations in bytes"), lambda side: side.activation_bytes, binary),
)


def compare_panel(history: History, about: Summarised) -> None:
    """The choice of a second model, and how it differs."""
    view: View = history.now
    st.session_state["summary.against"] = view.against.name if view.against else None

    def choose() -> None:
        name = chosen("summary.against", MODELS)
        history.update(against=MODELS[name].example() if name else None)

    title = _("Compare with")
    st.selectbox(title, list(MODELS), key="summary.against", placeholder=_("Choose a second model"), on_change=choose)
    if view.against is None:
        st.info(
            _("Choose a second model: both are laid side by side, layer by layer."), icon=":material/compare_arrows:"
        )
        return
    if view.against.spec.params:
        with st.expander(_("Its settings"), key="summary.against.more"):
            form(
                view.against,
                f"summary.against.{view.against.name}",
                lambda values: history.update(against=view.against.replace(**values)),
            )
    kind, recipe = compare_of(view), asked(view)
    both: Compared = done(kind, recipe, _("Running both models …"))
    names = (view.name, view.against.name)
    for sentence in _inputs(both, names):
        st.caption(sentence)
    compared("summary.compared", both, names, rows_address(kind, recipe))


def _inputs(both: Compared, names: tuple[str, str]) -> list[str]:
    """What both were given, and where one of them stopped."""
    words = {
        "a": plain(names[0]),
        "b": plain(names[1]),
        "left": _shapes(both.left),
        "right": _shapes(both.right),
        "reason": say(both.refusal, plain) if both.refusal else "",
    }
    if both.refusal:
        lines = [_("A runs on {left}, B on its own {right}, as it does not take A's input: {reason}").format(**words)]
    elif both.left.shapes == both.right.shapes:
        lines = [_("Both run on {left}.").format(**words)]
    else:
        lines = [_("A runs on {left}, B on {right}.").format(**words)]
    for letter, side in (("A", both.left), ("B", both.right)):
        if side.failure:
            reason = say(side.failure, plain)
            lines.append(
                _("{letter} stopped, so these are its numbers up to there: {reason}").format(
                    letter=letter, reason=reason
                )
            )
    return lines


def _shapes(side: Side) -> str:
    return ", ".join(map(shape_text, side.shapes))


def compared(key: str, both: Compared, names: tuple[str, str], source: str, height: int = 560) -> None:
    """Draw the totals, and the rows that lie at the address `source` (see `side_by_side`)."""
    columns = [{"name": one.name, "title": _(one.title), "right": one.right} for one in shown(COLUMNS, SIDES)]
    data = {
        "source": source,
        "signature": f"{source} {language()}",
        "names": names,
        "totals": totals(both),
        "columns": columns,
        "words": _words(),
        "height": height,
    }
    _component(key=key, data=data, width="stretch")


def totals(both: Compared) -> list[dict[str, Any]]:
    """Lines of a table: a title, and a short and an exact text for A, for B, and for B − A."""
    lines = [
        {"title": _(title), "cells": _figures((value(both.left), value(both.right)), brief)}
        for title, value, brief in TOTALS
    ]
    outputs = [shape_text(side.output) or "–" for side in (both.left, both.right)]
    return [*lines, {"title": _("Output"), "cells": [{"text": text, "exact": ""} for text in (*outputs, "")]}]


def _figures(values: Sequence[int], brief: Callable[[float], str]) -> list[dict[str, str]]:
    difference = values[1] - values[0]
    sign = "+" if difference > 0 else "−" if difference else ""
    texts = [brief(value) for value in values] + [sign + brief(abs(difference))]
    exact = [f"{value:,}" for value in values] + [f"{sign}{abs(difference):,}"]
    return [{"text": text, "exact": whole if whole != text else ""} for text, whole in zip(texts, exact, strict=True)]


def _words() -> dict[str, Any]:
    return {
        "label": _("Rows of both models"),
        "totals": _("Totals"),
        "layer": _("Layer"),
        "all": _("Show equal rows too"),
        "equal": _("{count} equal rows"),
        "below": _("{count} rows below"),
        "states": {SAME: _("equal"), CHANGED: _("differs"), LEFT: _("only in A"), RIGHT: _("only in B")},
        "counts": {
            SAME: _("{count} equal"),
            CHANGED: _("{count} differ"),
            LEFT: _("{count} only in A"),
            RIGHT: _("{count} only in B"),
        },
        "lost": _("This could not be fetched: reload the page."),
    }
