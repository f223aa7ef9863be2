"""Checkpoints written and read: torch.save, with a note of which step it is, whole or not at all."""

import json
import os
import pickle
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import torch

from cnnlab import limits
from cnnlab.replacing import replaced
from cnnlab.specs import SpecError

from .checkpoints import NOTE, Checkpoint, affordable, listed, spread
from .folder import CHECKPOINTS
from .named import no_checkpoint


class Folder:
    """The checkpoints of a run's folder, as their one writer."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.place = folder / CHECKPOINTS

    def save(self, state: Mapping[str, Any], note: Mapping[str, Any], names: tuple[str, ...]) -> None:
        """Replaces the checkpoints of these names, or as many as there is room for; OSError leaves them as they were."""
        names = affordable(self.folder, names, size_of(state))
        *others, first = (self.place / name for name in names)
        with replaced(first, sync=True) as file:
            write(state, file)
            with zipfile.ZipFile(file, "a") as archive:
                archive.writestr(NOTE, json.dumps(note))
        for path in reversed(others):  # the last checkpoint is the last: whoever goes on from it finds the others there
            link(first, path)
        self._prune()

    def _prune(self) -> None:
        """The timeline within its number of files and of bytes."""
        marks = {one.step: one for one in listed(self.folder) if one.name.startswith("step_")}
        largest = max((one.bytes for one in marks.values()), default=1)
        most = min(limits.CHECKPOINTS, limits.CHECKPOINT_BYTES // max(1, largest))
        for step in spread(sorted(marks), most):
            marks[step].path.unlink(missing_ok=True)


def size_of(state: Any) -> int:
    """Bytes of all that tensors hold anywhere in a state, each storage once."""
    return sum({storage.data_ptr(): storage.nbytes() for storage in _storages(state)}.values())


def _storages(state: Any) -> Iterator[torch.UntypedStorage]:
    if isinstance(state, torch.Tensor):
        yield state.untyped_storage()
    inner = state.values() if isinstance(state, Mapping) else state if isinstance(state, (list, tuple)) else ()
    for part in inner:
        yield from _storages(part)


def write(state: Mapping[str, Any], file: BinaryIO) -> None:
    """torch.save, which says RuntimeError of a full disk: OSError."""
    try:
        torch.save(state, file)
    except RuntimeError as error:
        while error is not None and not isinstance(error, OSError):
            error = error.__context__
        if error is None:
            raise
        raise OSError(error.errno, error.strerror) from error


def link(source: Path, to: Path) -> None:
    """Another name for a file, in place of what has it now; a copy where the disk knows no links."""
    beside = to.with_name(f".{to.name}")
    beside.unlink(missing_ok=True)  # which somebody who was killed left behind
    try:
        os.link(source, beside)
    except OSError:
        with source.open("rb") as whole, replaced(to) as file:
            shutil.copyfileobj(whole, file)
        return
    os.replace(beside, to)


def load(checkpoint: Checkpoint, mmap: bool = False) -> dict[str, Any] | None:
    """The state of a checkpoint on the CPU, None where it is damaged; with `mmap`, tensors are read when they are used."""
    if not checkpoint.whole():
        return None
    try:
        return torch.load(checkpoint.path, map_location="cpu", weights_only=True, mmap=mmap)
    except (OSError, RuntimeError, pickle.UnpicklingError):  # gone since, no file of torch's, more than tensors in it
        return None


def state_of(checkpoint: Checkpoint, mmap: bool = False) -> dict[str, Any]:
    """What `load` gives; SpecError where that is damaged, or another has taken its name since it was listed."""
    state = load(checkpoint, mmap)
    if state is None:
        raise SpecError("The checkpoint {name} is damaged: choose another.", name=checkpoint.name)
    if state.get("step") != checkpoint.step:
        raise no_checkpoint()
    return state
