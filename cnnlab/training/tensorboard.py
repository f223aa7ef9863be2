"""A run's records as TensorBoard's event files: an export, never read back by us."""

import io
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from tensorboardX import SummaryWriter

NAMES = ("kind", "v", "attempt", "seq", "t", "step")  # of a record that are no figures


def tensorboard_files(rows: Iterable[Mapping[str, Any]], folder: Path | str) -> int:
    """Write records into `folder` as an event file, each figure under its name, NaN and infinity too; how many figures.

    A record of an epoch stands at its last step. Means over an epoch are called epoch/train/loss, for train/loss is that
    of a batch. Histograms of layers become TensorBoard's.
    """
    count = 0
    with SummaryWriter(str(folder), write_to_disk=True) as writer:
        for row in rows:
            step, when = row["step"], row.get("t")
            if row["kind"] == "histograms":
                _histograms(writer, row, step, when)
                continue
            before = "epoch/" if row["kind"] == "epoch" else ""
            for name, value in row.items():
                if name not in NAMES and isinstance(value, (int, float)) and not isinstance(value, bool):
                    tag = before + name if name.startswith("train/") else name
                    writer.add_scalar(tag, float(value), step, walltime=when)
                    count += 1
    return count


def _histograms(writer: SummaryWriter, row: Mapping[str, Any], step: int, when: float | None) -> None:
    for layer, kinds in row["layers"].items():
        for kind, spread in kinds.items():
            if spread is None or not np.isfinite([spread["low"], spread["high"]]).all():
                continue
            counts = np.asarray(spread["counts"], dtype=np.float64)
            edges = np.linspace(spread["low"], spread["high"], len(counts) + 1)
            middles = (edges[:-1] + edges[1:]) / 2
            writer.add_histogram_raw(
                f"{kind}/{layer}",
                min=spread["low"],
                max=spread["high"],
                num=int(counts.sum()),
                sum=float(counts @ middles),
                sum_squares=float(counts @ middles**2),
                bucket_limits=edges[1:].tolist(),
                bucket_counts=counts.tolist(),
                global_step=step,
                walltime=when,
            )


def tensorboard_zip(rows: Iterable[Mapping[str, Any]], name: str) -> bytes:
    """The event file as a zip with a folder of this name, which `tensorboard --logdir` opens once it is unpacked."""
    out = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        tensorboard_files(rows, folder)
        for file in sorted(Path(folder).iterdir()):
            archive.write(file, f"{name}/{file.name}")
    return out.getvalue()
