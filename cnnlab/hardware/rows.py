"""Rows of system.jsonl, read by metric."""

from collections.abc import Mapping, Sequence
from typing import Any

from .metrics import Metric

Row = Mapping[str, Any]


def part_of(row: Row, part: str, uuid: str = "") -> Row:
    """What a row says of the host, of the run, or of the GPU with this UUID; nothing where it is silent."""
    if part == "gpu":
        return next((gpu for gpu in row.get("gpus", ()) if gpu["uuid"] == uuid), {})
    return row.get(part, {})


def series(rows: Sequence[Row], metric: Metric, uuid: str = "") -> tuple[list[float], list[Any]]:
    """When and what: times in seconds since 1970, and values, None where there is none."""
    return [row["t"] for row in rows], [part_of(row, metric.part, uuid).get(metric.name) for row in rows]


def latest(row: Row, metric: Metric, uuid: str = "") -> tuple[Any, float | None]:
    """The value of a row, and the limit that it stands under."""
    said = part_of(row, metric.part, uuid)
    limit = said.get(metric.limit) if isinstance(metric.limit, str) else metric.limit
    return said.get(metric.name), limit


def why(row: Row, metric: Metric, uuid: str = "") -> str:
    """Why a row has no value of a metric, by the name of the refusal; empty where it has one."""
    said = part_of(row, metric.part, uuid)
    return said.get("why", {}).get(metric.name, "")
