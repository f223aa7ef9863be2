"""Files of a run's folder: whole or absent, written by replacing, read without following links. Needs no torch."""

import errno
import json
import os
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from cnnlab.replacing import replaced

SPEC, STATUS, CONTROL, EXIT = "spec.json", "status.json", "control.json", "exit_code"
FINISHED, FAILED, LEFT, SUPERSEDED = 0, 1, 75, 76  # codes that a trainer leaves with, and writes into EXIT
ENDS = {FINISHED: "finished", FAILED: "failed", LEFT: "stopped"}
METRICS, SYSTEM, EVENTS, STDOUT = "metrics.jsonl", "system.jsonl", "events.jsonl", "stdout.log"
ALLOWED = "allowed.json"  # the "bytes" on disk that the folder may take, as the supervisor counts them
RESERVE, RESERVE_BYTES = "reserve", 1 << 18  # given up on a full disk, for what must still be said
ATTEMPTS, CHECKPOINTS = "attempts", "checkpoints"
UPLOADS = "uploads"  # what its starter sent for it
PRIVATE = 0o700
FILES = 100_000  # of one run that are counted
LEFT_S = 60  # after which a file that was never finished is nobody's
JSON_BYTES = 4 << 20  # of one such file, many times what ours take
INSIDE = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC


def opened(folder: Path, name: str) -> BinaryIO | None:
    """The regular file of that name ("checkpoints/last.pt") inside the folder, unbuffered; None for anything else.

    No link is followed below the folder, and nothing is waited for, as a pipe would have it.
    """
    *folders, last = name.split("/")
    try:
        place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for part in folders:
                inner = os.open(part, INSIDE | os.O_DIRECTORY, dir_fd=place)
                os.close(place)
                place = inner
            file = os.open(last, INSIDE | os.O_NONBLOCK, dir_fd=place)
        finally:
            os.close(place)
    except OSError:
        return None
    if stat.S_ISREG(os.fstat(file).st_mode):
        return os.fdopen(file, "rb", buffering=0)
    os.close(file)
    return None


def holds(folder: Path, name: str) -> bool:
    """True where there is a regular file of that name."""
    file = opened(folder, name)
    if file is not None:
        file.close()
    return file is not None


def read_json(folder: Path, name: str) -> dict[str, Any]:
    """What a JSON file of the folder says, empty where there is none that can be read."""
    file = opened(folder, name)
    if file is None:
        return {}
    with file:
        try:
            data = file.read(JSON_BYTES + 1)
            value = json.loads(data) if len(data) <= JSON_BYTES else None
        except (OSError, ValueError, RecursionError):
            return {}
    return value if isinstance(value, dict) else {}


def write_json(folder: Path, name: str, value: Mapping[str, Any]) -> None:
    """The file replaced as a whole and made to last, or left as it was and OSError."""
    write_bytes(folder / name, (json.dumps(value, default=str) + "\n").encode())


def write_bytes(path: Path, data: bytes) -> None:
    with replaced(path, sync=True) as file:
        file.write(data)


def reserve(folder: Path) -> None:
    """Room on the disk for a last word, where there is any."""
    if not holds(folder, RESERVE):
        with suppress(OSError):
            write_bytes(folder / RESERVE, bytes(RESERVE_BYTES))


def write_essential(folder: Path, name: str, value: Mapping[str, Any]) -> None:
    """`write_json` that takes the reserve where the disk is full."""
    try:
        write_json(folder, name, value)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT) or not holds(folder, RESERVE):
            raise
        os.unlink(folder / RESERVE)
        write_json(folder, name, value)


def size(folder: Path) -> int:
    """Bytes on disk of all files below a folder, each once under how many names it may stand; a link counts as itself."""
    return sum(dict(islice(_blocks(folder), FILES)).values())


def _blocks(folder: Path) -> Iterator[tuple[tuple[int, int], int]]:
    for where, _folders, files in os.walk(folder):
        for name in (*files, ""):
            with suppress(OSError):  # gone since
                status = os.lstat(os.path.join(where, name))
                yield (status.st_dev, status.st_ino), status.st_blocks * 512


def ended(code: int | None) -> str:
    """How a run whose trainer left with a code stands; None where it could not say."""
    return "lost" if code is None else ENDS.get(code, ENDS[FAILED])


def sweep(folder: Path) -> None:
    """Removes what a killed writer left half written."""
    for path in (*folder.glob(".*"), *(folder / CHECKPOINTS).glob(".*")):
        with suppress(OSError):
            if time.time() - path.lstat().st_mtime > LEFT_S:
                path.unlink()
