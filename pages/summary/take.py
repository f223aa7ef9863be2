"""What can be taken away of a model: its source, its rows as a table, a link."""

from collections.abc import Callable, Mapping

import streamlit as st

from cnnlab.summary import Report
from cnnlab.summary.jobs import CODE, asked, report_of
from cnnlab.summary.view import View
from cnnlab.workshop import Job
from pages.shared.history import History
from pages.shared.language import _, plain
from pages.shared.problem import refusals
from pages.shared.take import code_box, link_box
from pages.shared.work import done
from pages.summary.model import PAGE


def take_away(history: History, report: Report) -> None:
    """The bar below: source, tables, link."""
    view = history.now
    tables = {
        _("Text"): ("txt", "text/plain"),
        "Markdown": ("md", "text/markdown"),
        "CSV": ("csv", "text/csv"),
        "JSON": ("json", "application/json"),
    }
    python, *middle, link = st.tabs([_("Python"), *tables, _("Link")], key="summary.take", on_change="rerun")
    if python.open:
        with python, refusals():
            code_box("summary.python", done(CODE, asked(view)), "model.py", "text/x-python")
    for tab, (ending, mime) in zip(middle, tables.values(), strict=True):
        if tab.open:
            with tab:
                text = _written(report_of(view).job(asked(view)), ending, report)
                code_box(
                    f"summary.{ending}", text, f"{view.name}.{ending}", mime, "json" if ending == "json" else "text"
                )
    if link.open:
        with link:
            st.caption(link_words(view))
            link_box(PAGE, history.query())


def link_words(view: View) -> str:
    """What the link carries, and what it cannot."""
    carries = _(
        "Carries the model, its input, settings and starting values, the open tab, "
        "and what is chosen in it: a row, a map, a unit, a second model."
    )
    if view.source:
        carries = _(
            "Carries the pasted text of the model, its input and settings, the open tab, "
            "and what is chosen in it: a row, a map, a unit, a second model."
        )
    lines = [
        carries,
        _("Left out: files of your own (pictures, weights), and what is folded or searched in the tables."),
    ]
    if view.own:
        lines.append(
            _(
                "The class itself is not in it: whoever opens the link needs {name} in the folder of models there."
            ).format(name=plain(view.own))
        )
    return " ".join(lines)


WRITERS: Mapping[str, Callable[[Report], str]] = {
    "txt": Report.to_text,
    "md": Report.to_markdown,
    "csv": Report.to_csv,
    "json": Report.to_json,
}


@st.cache_resource(max_entries=16, show_spinner=False)
def _written(job: Job, ending: str, _report: Report) -> str:
    """A table of the report that a job gave, kept for all."""
    return WRITERS[ending](_report)
