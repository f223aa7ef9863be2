"""A summary as CSV, JSON and Markdown, and a row as the value that another page takes."""

import csv
import io
import json
from dataclasses import asdict, replace
from typing import Any

from cnnlab.specs import SpecError

from .rows import MODULE, Report, Row, shape_text
from .text import totals

COLUMNS = (
    "name",
    "type",
    "kind",
    "depth",
    "input_shape",
    "output_shape",
    "params",
    "own_params",
    "trainable",
    "frozen",
    "buffers",
    "macs",
    "own_macs",
    "calls",
    "activation_bytes",
    "settings",
    "marks",
)


def to_csv(report: Report) -> str:
    """One line for each row, lists and settings as JSON; cells that a spreadsheet would run as a formula are quoted."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in report.rows:
        writer.writerow([_cell(getattr(row, column)) for column in COLUMNS])
    return file.getvalue()


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, (tuple, dict)):
        return json.dumps(value, ensure_ascii=False)
    return "'" + value if isinstance(value, str) and value.startswith(("=", "+", "-", "@")) else value


def to_json(report: Report) -> str:
    """Everything in the report."""
    return json.dumps(_plain(report), ensure_ascii=False, indent=1, default=str)


def _plain(report: Report) -> dict[str, Any]:
    data = asdict(replace(report, failure=None, notes=()))
    data["params"], data["flops"] = report.params, report.flops
    data["notes"] = [str(note) for note in report.notes]
    if failure := report.failure:
        data["failure"] = {
            "path": failure.path,
            "type": failure.type,
            "operation": failure.operation,
            "came": failure.came,
            "error": str(failure.error),
            "detail": failure.detail,
            "fixes": [str(fix.message) for fix in failure.fixes],
        }
    return data


def to_markdown(report: Report) -> str:
    """A table for a README, the totals below it."""
    lines = ["| Layer | Type | Input | Output | Params | MACs | Calls |", "|:--|:--|:--|:--|--:|--:|--:|"]
    for row in report.rows:
        indent = "&nbsp;" * 2 * row.depth
        name = f"{indent}`{row.label}`"
        cells = (name, row.type, shape_text(row.input_shape), shape_text(row.output_shape))
        lines.append("| " + " | ".join((*cells, f"{row.params:,}", f"{row.macs:,}", str(row.calls))) + " |")
    return "\n".join([*lines, "", *(f"- {line}" for line in totals(report))]) + "\n"


def hand_over(row: Row) -> dict[str, Any]:
    """The layer of a row as plain JSON data: name, params (the constructor's arguments), input_shape without batch.

    SpecError for a row that is not a leaf module, or that was never called and so has no input shape.
    """
    if row.kind != MODULE or not row.leaf:
        raise SpecError("{name} is not a single layer: choose a row without rows below it.", name=row.label)
    if row.input_shape is None:
        raise SpecError("{name} was not called, so the shape of its input is not known.", name=row.label)
    params = {name: list(value) if isinstance(value, tuple) else value for name, value in row.settings.items()}
    return {"name": row.type, "params": params, "input_shape": list(row.input_shape[1:]), "path": row.name}
