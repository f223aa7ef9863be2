"""A summary as a table of plain text."""

from collections.abc import Sequence

from cnnlab.quantities import binary

from .columns import BRANCH, COLUMNS, TEXT, Column, shown
from .rows import CALL, Row, Summary


def table(report: Summary, columns: Sequence[Column] = COLUMNS) -> str:
    """Rows, totals, what was not counted, and where it stopped if it did."""
    columns = shown(columns, TEXT)
    head = [column.head or column.title for column in columns]
    lines = [head, *([_cell(column, report, row) for column in columns] for row in report.outline)]
    widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
    rule = "─" * (sum(widths) + 2 * len(widths) - 2)
    body = [_line(line, widths, columns) for line in lines]
    return "\n".join([rule, body[0], rule, *body[1:], rule, *totals(report), rule])


def _cell(column: Column, report: Summary, row: Row) -> str:
    text = column.brief(report, row)
    if column.kind != BRANCH:
        return text
    return "  " * max(row.depth - 1, 0) + ("└ " if row.depth else "") + text


def _line(cells: Sequence[str], widths: Sequence[int], columns: Sequence[Column]) -> str:
    return "  ".join(
        cell.rjust(width) if column.right else cell.ljust(width)
        for cell, width, column in zip(cells, widths, columns, strict=True)
    ).rstrip()


def totals(report: Summary) -> list[str]:
    lines = [
        f"Parameters: {report.params:,} ({report.trainable:,} trainable, {report.frozen:,} frozen), "
        f"{binary(report.parameter_bytes)}",
        f"Buffers: {report.buffers:,}",
        f"MACs: {'≥ ' if report.failure else ''}{report.macs:,} (FLOPs = 2 × MACs = {report.flops:,}), batch {report.batch}",
    ]
    if report.uncounted:
        counts = ", ".join(f"{name} × {count}" for name, count in sorted(report.uncounted.items()))
        lines.append(f"Not counted: {counts}")
    if any(row.kind == CALL for row in report.rows):
        lines.append("A module called again has its parameters at its first call.")
    if report.unused_parameters:
        lines.append(f"Parameters never read: {', '.join(report.unused_parameters)}")
    lines.append(f"{report.rung}: {report.rung.about}" + (f" ({report.rung.reason})" if report.rung.reason else ""))
    lines += [str(note) for note in report.notes]
    if report.failure:
        lines += [f"Stopped: {report.failure.error}", *(f"  Fix: {fix.message}" for fix in report.failure.fixes)]
    return lines
