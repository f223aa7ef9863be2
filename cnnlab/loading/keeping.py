"""What was downloaded: where it lies, which files belong to it, and their labels, which are read without torch."""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from cnnlab.messages import Passing
from cnnlab.specs import Call

from .sources import Source

NOTES = ".cnnlab"  # the folder of what we write beside torchvision's files


def data_folder() -> Path:
    """What CNNLAB_DATA names, else ~/.cache/cnnlab/data: a root for torchvision's own datasets too."""
    return Path(os.environ.get("CNNLAB_DATA", "~/.cache/cnnlab/data")).expanduser()


def fetched(call: Call) -> bool:
    """Whether all is there that the dataset needs; the files are not read."""
    if not call.spec.files:
        return True
    files = [(data_folder() / path, size) for path, (size, _) in _said(call).items()]
    return bool(files) and all(file.is_file() and file.stat().st_size == size for file, size in files)


def source_of(call: Call) -> Source:
    """The dataset's labels; SpecError where it must be downloaded first."""
    if not call.spec.files:
        return call.build()
    refuse_missing(call)
    with np.load(_labels(call)) as both:
        return Source(call.spec.classes, both["train"], both["test"])


def refuse_missing(call: Call) -> None:
    if not fetched(call):
        raise Passing(
            "{name} is not on this machine yet: download it first, which takes {size} MB.",
            name=call.name,
            size=round(call.spec.nbytes / 10**6),
        )


def refuse_damaged(call: Call) -> None:
    """SpecError where a file is no longer what was downloaded: of MNIST's torchvision only asks whether they are there."""
    for path, (_, digest) in _said(call).items():
        if _digest(data_folder() / path) != digest:
            _noted(call).unlink(missing_ok=True)  # so that it counts as missing
            raise Passing(
                "{file} has changed since it was downloaded: download {name} again.", file=path, name=call.name
            )


def note(call: Call, files: Sequence[Path], train: np.ndarray, test: np.ndarray) -> None:
    """Write down what belongs to the dataset: from then on it counts as fetched."""
    root = data_folder()
    (root / NOTES).mkdir(exist_ok=True)
    said = {path.relative_to(root).as_posix(): [path.stat().st_size, _digest(path)] for path in sorted(files)}
    for own_test in (False, True):
        pictures_file(call, own_test).unlink(missing_ok=True)  # those of files that were here before
    with replaced(_labels(call)) as place, place.open("wb") as file:
        np.savez_compressed(file, train=train, test=test)
    with replaced(_noted(call)) as place:
        place.write_text(json.dumps(said))


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """A place beside `path` to write to, put there when all is written, and removed when it is not."""
    handle, name = tempfile.mkstemp(prefix=path.name, suffix=".partial", dir=path.parent)
    os.close(handle)
    try:
        yield Path(name)
        os.replace(name, path)
    finally:
        Path(name).unlink(missing_ok=True)


def pictures_file(call: Call, own_test: bool) -> Path:
    """Where a dataset's pictures lie as one array, once somebody wanted to see some."""
    return data_folder() / NOTES / f"{call.name}-{'test' if own_test else 'train'}.npy"


def _noted(call: Call) -> Path:
    return data_folder() / NOTES / f"{call.name}.json"


def _labels(call: Call) -> Path:
    return data_folder() / NOTES / f"{call.name}.npz"


def _said(call: Call) -> dict[str, tuple[int, str]]:
    """The bytes and the hash of each file by its path, nothing where the dataset was not fetched."""
    try:
        return json.loads(_noted(call).read_text())
    except (OSError, ValueError):
        return {}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
