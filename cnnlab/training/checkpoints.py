"""The checkpoints of a run's folder: which there are, whether they are whole, which may go. Needs no torch.

A checkpoint is what torch.save writes, a zip with a checksum for each part, and one part more: `NOTE`, JSON that says of
which step it is.
"""

import errno
import json
import os
import re
import shutil
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from .folder import ALLOWED, CHECKPOINTS, opened, read_json, size

NOTE = "archive/cnnlab.json"  # torch asks for all parts in one folder
NOTE_BYTES = 1 << 16
LAST, BEST, START = "last.pt", "best.pt", "start.pt"  # START is what a fork begins with
NAMES = re.compile(r"(last|best|start|step_[0-9]{6,12})\.pt", re.ASCII)
MOST = 1000  # files that are looked at


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint by its file: of `step`, with `epoch` epochs and `place` steps of the next behind it, written at `t`.

    `weights` is the SHA-256 of its weights where the run ended with it; `figures` are those of the newest epoch.
    """

    path: Path
    step: int
    epoch: int
    place: int
    t: float
    bytes: int
    weights: str | None = None
    figures: tuple[tuple[str, float], ...] = ()

    @property
    def name(self) -> str:
        return self.path.name

    def whole(self) -> bool:
        """True where every byte is as it was written."""
        file = opened(self.path.parents[1], f"{CHECKPOINTS}/{self.name}")
        if file is None:
            return False
        try:
            with file, zipfile.ZipFile(file) as archive:
                stored = all(part.compress_type == zipfile.ZIP_STORED for part in archive.infolist())
                return stored and archive.testzip() is None
        except (OSError, ValueError, EOFError, NotImplementedError, zipfile.BadZipFile):
            return False

    def copy(self, folder: Path) -> None:
        """To the folder of another run, as what it begins with."""
        to = folder / CHECKPOINTS / START
        try:
            os.link(self.path, to, follow_symlinks=False)  # nobody writes into a checkpoint
        except OSError:  # another disk
            shutil.copyfile(self.path, to, follow_symlinks=False)


def listed(folder: Path) -> tuple[Checkpoint, ...]:
    """The checkpoints of a run that say what they are, the newest first; of the same step, the last before the best."""
    try:
        with os.scandir(folder / CHECKPOINTS) as entries:
            names = [entry.name for entry, _ in zip(entries, range(MOST), strict=False) if NAMES.fullmatch(entry.name)]
    except OSError:
        return ()
    order = (LAST, BEST)
    names.sort(key=lambda name: order.index(name) if name in order else len(order))
    known = [checkpoint for name in names if (checkpoint := described(folder, name))]
    return tuple(sorted(known, key=lambda checkpoint: -checkpoint.step))


def described(folder: Path, name: str) -> Checkpoint | None:
    file = opened(folder, f"{CHECKPOINTS}/{name}")
    if file is None:
        return None
    with file:
        status = os.fstat(file.fileno())
    return _described(folder, name, (status.st_ino, status.st_mtime_ns, status.st_size))


@lru_cache(maxsize=2000)
def _described(folder: Path, name: str, identity: tuple[int, int, int]) -> Checkpoint | None:
    file = opened(folder, f"{CHECKPOINTS}/{name}")
    if file is None:
        return None
    try:
        with file, zipfile.ZipFile(file) as archive:
            part = archive.getinfo(NOTE)
            said = json.loads(archive.read(part)) if part.file_size <= NOTE_BYTES else {}
            return _checkpoint(folder / CHECKPOINTS / name, identity[2], said)
    except (OSError, ValueError, KeyError, TypeError, EOFError, NotImplementedError, zipfile.BadZipFile):
        return None


def _checkpoint(path: Path, size: int, said: dict[str, Any]) -> Checkpoint:
    figures = tuple((str(name), float(value)) for name, value in said.get("figures", {}).items())
    weights = said.get("weights")
    weights = weights if isinstance(weights, str) else None
    numbers = int(said["step"]), int(said["epoch"]), int(said["place"]), float(said["t"])
    return Checkpoint(path, *numbers, size, weights, figures)


def affordable(folder: Path, names: tuple[str, ...], nbytes: int) -> tuple[str, ...]:
    """Under which of the names a checkpoint of so many bytes is kept within the disk that the run may take: of the first
    alone where others would leave no room for the next one. OSError where there is no room for it.
    """
    allowed = read_json(folder, ALLOWED).get("bytes")
    if type(allowed) is not int:
        return names
    left = allowed - size(folder)
    for some, next_one in ((names, nbytes), (names[:1], 0), (names, 0)):
        if nbytes + next_one - _replaced(folder / CHECKPOINTS, some) <= left:
            return some
    raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))


def _replaced(place: Path, names: tuple[str, ...]) -> int:
    """Bytes on disk of those files that no other name keeps, once these names stand for another."""
    kept: dict[int, list[os.stat_result]] = {}
    for name in names:
        with suppress(OSError):  # not there yet
            status = os.lstat(place / name)
            kept.setdefault(status.st_ino, []).append(status)
    return sum(one[0].st_blocks * 512 for one in kept.values() if one[0].st_nlink == len(one))


def spread(steps: list[int], most: int) -> list[int]:
    """Those of ascending steps that may go so that at most so many stay, evenly spread, the first and the newest too.

    >>> spread([0, 10, 20, 30, 31, 40], 5)
    [31]
    """
    keep, gone = list(steps), []
    while len(keep) > max(most, 0):
        if len(keep) < 3:
            gone.append(keep.pop(0))
            continue
        place = min(range(1, len(keep) - 1), key=lambda place: keep[place + 1] - keep[place - 1])
        gone.append(keep.pop(place))
    return sorted(gone)
