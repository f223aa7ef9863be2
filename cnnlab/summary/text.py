"""A summary as a table of plain text."""

from cnnlab.quantities import binary

from .rows import Report, Row, shape_text

HEAD = ("Layer (type)", "Input", "Output", "Params", "MACs", "Calls", "Notes")


def cells(row: Row) -> tuple[str, ...]:
    """The row in words: indented name, shapes, counts, marks."""
    name = row.label if row.label == row.type else f"{row.label} ({row.type})"
    branch = "  " * max(row.depth - 1, 0) + ("└ " if row.depth else "")
    return (
        branch + name,
        shape_text(row.input_shape),
        shape_text(row.output_shape),
        f"{row.params:,}" if row.params else "",
        f"{row.macs:,}" if row.macs else "",
        str(row.calls) if row.calls > 1 else "",
        ", ".join(row.marks),
    )


def table(report: Report) -> str:
    """Rows, totals, what was not counted, and where it stopped if it did."""
    lines = [HEAD, *(cells(row) for row in report.rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    rule = "─" * (sum(widths) + 2 * len(widths) - 2)
    body = [_line(line, widths) for line in lines]
    return "\n".join([rule, body[0], rule, *body[1:], rule, *totals(report), rule])


def _line(line: tuple[str, ...], widths: list[int]) -> str:
    right = (False, False, False, True, True, True, False)
    return "  ".join(
        cell.rjust(width) if to_right else cell.ljust(width)
        for cell, width, to_right in zip(line, widths, right, strict=True)
    ).rstrip()


def totals(report: Report) -> list[str]:
    lines = [
        f"Parameters: {report.params:,} ({report.trainable:,} trainable, {report.frozen:,} frozen), "
        f"{binary(report.parameter_bytes)}",
        f"Buffers: {report.buffers:,}",
        f"MACs: {report.macs:,} (FLOPs = 2 × MACs = {report.flops:,}), batch {report.batch}",
    ]
    if report.uncounted:
        listed = ", ".join(f"{name} × {count}" for name, count in sorted(report.uncounted.items()))
        lines.append(f"Not counted: {listed}")
    if report.unused_parameters:
        lines.append(f"Parameters never read: {', '.join(report.unused_parameters)}")
    lines.append(f"{report.rung}: {report.rung.about}" + (f" ({report.rung.reason})" if report.rung.reason else ""))
    lines += [str(note) for note in report.notes]
    if report.failure:
        lines += [f"Stopped: {report.failure.error}", *(f"  Fix: {fix.message}" for fix in report.failure.fixes)]
    return lines
