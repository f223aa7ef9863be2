"""The pictures of a visitor's zip as a dataset: where they lie, and what a link says of them."""

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from cnnlab import shelf
from cnnlab.messages import Message, Passing, SpecError
from cnnlab.specs import Call

from .archive import read_index, unpack
from .folder import Paths, alike, traps
from .sources import Source

_PLACES: ContextVar[tuple[Path, ...]] = ContextVar("places", default=())


@dataclass(frozen=True)
class Unpacked:
    """What a zip holds: its classes, how many pictures, and what was left out."""

    classes: tuple[str, ...]
    pictures: int
    notes: tuple[Message, ...] = ()


def Upload(digest: str = "") -> Source:
    """The pictures of the zip of a hash; SpecError where it is not here, or makes no dataset."""
    folder = unpacked(digest)
    classes, rows, notes = read_index(folder)
    paths, names = Paths([f"{folder}/{path}" for _, path, _ in rows]), tuple(name for *_, name in rows)
    return Source(
        classes,
        np.array([label for label, *_ in rows]),
        paths=paths,
        names=names,
        notes=(*alike(classes), *notes),
        traps=partial(traps, paths, names.__getitem__),
    )


def unpacked(digest: str, name: str = "", tell: Callable[[int, int | None], None] = lambda done, total: None) -> Path:
    """The folder of the pictures of a zip, which is unpacked where that was not done yet."""
    if not digest:
        raise SpecError(
            "No zip of yours is here, and a link does not carry its sender's: choose one, or another dataset."
        )
    zipped = zip_of(digest)
    folder = zipped.with_name(digest + shelf.UNPACKED)
    if not folder.is_dir():
        _unpack(zipped, name, folder, tell)
    return folder


def told(folder: Path) -> Unpacked:
    """What a zip holds that was unpacked into a folder."""
    classes, rows, notes = read_index(folder)
    return Unpacked(classes, len(rows), notes)


def zip_of(digest: str) -> Path:
    """The zip that was uploaded, or SpecError."""
    if shelf.is_digest(digest):
        for place in _PLACES.get():
            if (place / digest).is_file():
                return place / digest
    try:
        return shelf.path(digest)
    except Passing as error:
        raise Passing("The zip of pictures is no longer here: choose it again.") from error


@contextmanager
def kept_in(folder: Path) -> Iterator[None]:
    """Zips are looked for in this folder before the shelf: a run has its own."""
    token = _PLACES.set((folder, *_PLACES.get()))
    try:
        yield
    finally:
        _PLACES.reset(token)


def take(data: Call, folder: Path) -> None:
    """A copy of what a visitor sent for this dataset, so that it outlives their session; nothing for other datasets."""
    if not data.spec.own:
        return
    zipped = zip_of(data["digest"])
    folder.mkdir(mode=0o700)
    try:
        os.link(zipped, folder / zipped.name, follow_symlinks=False)  # nobody writes into it
    except OSError:  # another disk
        shutil.copyfile(zipped, folder / zipped.name, follow_symlinks=False)
    os.chmod(folder / zipped.name, 0o400)


def unnamed(view: Any) -> Any:
    """A view as a link may carry it: who has the hash of a zip has its pictures."""
    return naming(view, "")


def naming(view: Any, digest: str) -> Any:
    """A view of a visitor's own files with this zip in their place; other views as they are."""
    return replace(view, data=view.data.replace(digest=digest)) if view.data.spec.own else view


def _unpack(zipped: Path, name: str, folder: Path, tell: Callable[[int, int | None], None]) -> None:
    partial = folder.with_name(f"{zipped.name}.{secrets.token_hex(8)}.partial")
    partial.mkdir(mode=0o700)
    try:
        on_shelf = zipped.parent == shelf.folder()
        unpack(zipped, name or "The zip", partial, tell, shelf.refuse_full if on_shelf else lambda size: None)
        try:
            partial.rename(folder)
        except OSError:
            if not folder.is_dir():  # else another job was as quick
                raise
        if not zipped.exists():  # let go meanwhile
            shutil.rmtree(folder, ignore_errors=True)
            raise Passing("The zip of pictures is no longer here: choose it again.")
    except OSError as error:
        raise SpecError(
            "The pictures cannot be unpacked here ({reason}): try again later.", reason=error.strerror or str(error)
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
