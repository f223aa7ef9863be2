"""What the queue knows of a run, out of its folder; what a visitor has taken already."""

import hashlib
import json

from cnnlab.hosting import Host
from cnnlab.training.config import TrainConfig
from cnnlab.training.folder import METRICS, opened
from cnnlab.training.lines import parsed
from cnnlab.training.refusing import Usage
from cnnlab.training.run import Run

from .keeping import free
from .places import Root
from .queue import WAITING, Entry, Queue

SURE = 10  # steps after which a run's speed is known
ROW_BYTES = 4096
ALIKE = ("data", "classes", "samples", "batch_size", "side", "model", "source", "own", "frozen", "device", "precision")


def entry_of(run: Run, visitor: str, created: float, launcher: str = "here", address: str = "") -> Entry:
    """SpecError where the folder describes no run."""
    config = run.config
    return Entry(
        run=run.folder.name,
        visitor=visitor,
        address=address,
        created=created,
        asked=created,
        alike=alike(config),
        epochs=config.epochs,
        cpus=config.threads + config.workers,
        device=config.device,
        launcher=launcher,
    )


def alike(config: TrainConfig) -> str:
    """The same for runs whose epochs should take equally long."""
    query = config.to_query()
    said = json.dumps({name: query[name] for name in ALIKE if name in query})
    return hashlib.sha256(said.encode()).hexdigest()


def usage(root: Root, queue: Queue, visitor: str, address: str, cached: bool = False) -> Usage:
    """What stands against a new run of a visitor, by the digests of their token and of their network address."""
    active = queue.active()
    return Usage(
        active=sum(entry.visitor == visitor for entry in active),
        waiting=sum(entry.state == WAITING for entry in active),
        address_active=sum(entry.address == address for entry in active),
        disk_mib=queue.bytes_of(visitor) >> 20,
        address_mib=queue.bytes_at(address) >> 20,
        free_mib=free(root) >> 20,
        cached=cached,
    )


def length_s(queue: Queue, entry: Entry, host: Host) -> float:
    """Seconds that a run is expected to take in all: as runs like it took, else the limit; infinite without either."""
    limit = float("inf") if host.minutes is None else host.minutes * 60
    return min(limit, queue.seconds(entry.alike, entry.epochs) or limit)


def remaining_s(entry: Entry, run: Run, whole_s: float, now: float) -> float:
    """Seconds that a running run is expected to go on: by its own speed since it began, else by what such runs take."""
    limited = max(0.0, whole_s - entry.seconds(now))
    status = run.status()
    step, total = status.get("step"), status.get("total")
    if entry.attempt or not isinstance(step, int) or not isinstance(total, int) or not SURE <= step <= total:
        return limited
    return min((now - (_began(run) or entry.started)) * (total - step) / step, limited)


def _began(run: Run) -> float | None:
    """When its first row was written: loading torch took its time before."""
    file = opened(run.folder, METRICS)
    if file is None:
        return None
    with file:
        row = parsed(file.read(ROW_BYTES).partition(b"\n")[0]) or {}
    return row["t"] if isinstance(row.get("t"), float) else None
