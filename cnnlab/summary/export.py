"""A summary as CSV, JSON and Markdown, and a row as the value that another page takes."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from cnnlab.specs import SpecError

from .columns import BRANCH, COLUMNS, CSV, JSON, MARKDOWN, Column, shown
from .rows import CALL, MODULE, Row, Summary
from .text import totals


def to_csv(report: Summary, columns: Sequence[Column] = COLUMNS) -> str:
    """One line for each row, lists and settings as JSON; cells that a spreadsheet would run as a formula are quoted."""
    columns = shown(columns, CSV)
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(column.name for column in columns)
    for row in report.rows:
        writer.writerow(_csv_cell(column.of(report, row)) for column in columns)
    return file.getvalue()


def _csv_cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, (tuple, dict)):
        return json.dumps(value, ensure_ascii=False)
    return "'" + value if isinstance(value, str) and value.startswith(("=", "+", "-", "@")) else value


def to_json(report: Summary, columns: Sequence[Column] = COLUMNS) -> str:
    """Everything in the report."""
    return json.dumps(_plain(report, shown(columns, JSON)), ensure_ascii=False, indent=1, default=str)


def _plain(report: Summary, columns: Sequence[Column]) -> dict[str, Any]:
    data = asdict(replace(report, rows=(), failure=None, notes=()))
    data["rows"] = [{column.name: column.of(report, row) for column in columns} for row in report.rows]
    data["params"], data["flops"] = report.params, report.flops
    data["notes"] = [str(note) for note in report.notes]
    if failure := report.failure:
        data["failure"] = {
            "path": failure.path,
            "type": failure.type,
            "operation": failure.operation,
            "arrived": failure.arrived,
            "error": str(failure.error),
            "detail": failure.detail,
            "fixes": [str(fix.message) for fix in failure.fixes],
        }
    return data


def to_markdown(report: Summary, columns: Sequence[Column] = COLUMNS) -> str:
    """A table for a README, the totals below it."""
    columns = shown(columns, MARKDOWN)
    lines = [
        _markdown_line(column.head or column.title for column in columns),
        "|" + "|".join("--:" if column.right else ":--" for column in columns) + "|",
        *(_markdown_line(_markdown_cell(column, report, row) for column in columns) for row in report.outline),
    ]
    return "\n".join([*lines, "", *(f"- {line}" for line in totals(report))]) + "\n"


def _markdown_line(cells) -> str:
    return f"| {' | '.join(cells)} |"


def _markdown_cell(column: Column, report: Summary, row: Row) -> str:
    text = column.written(report, row)
    return "&nbsp;" * 2 * row.depth + f"`{text}`" if column.kind == BRANCH else text


def hand_over(row: Row) -> dict[str, Any]:
    """The layer of a row as plain JSON data: name, params (the constructor's arguments), input_shape without batch.

    SpecError for a row that is not a leaf module, or that was never called and so has no input shape.
    """
    if row.kind not in (MODULE, CALL) or not row.leaf:
        raise SpecError("{name} is not a single layer: choose a row without rows below it.", name=row.label)
    if row.input_shape is None:
        raise SpecError("{name} was not called, so the shape of its input is not known.", name=row.label)
    params = {name: list(value) if isinstance(value, tuple) else value for name, value in row.settings.items()}
    return {"name": row.type, "params": params, "input_shape": list(row.input_shape[1:]), "path": row.path}
