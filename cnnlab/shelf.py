"""Files of visitors by the hash of what they hold, in a private folder that server and workers both reach."""

import hashlib
import os
import re
import secrets
import shutil
import tempfile
import threading
from collections import Counter
from functools import cache
from pathlib import Path
from typing import BinaryIO

from cnnlab import limits
from cnnlab.messages import Passing, SpecError
from cnnlab.replacing import replaced

VARIABLE = "CNNLAB_SHELF"
DIGEST = re.compile(r"[0-9a-f]{64}")
UNPACKED = ".unpacked"  # ends the name of the folder of what a file held
SIZE = "bytes"  # the file in it that says how many bytes the others have
CHUNK = 1 << 20
_LOCK = threading.RLock()  # garbage may be collected at any moment, and release what it held in the thread that keeps


@cache
def folder() -> Path:
    """The folder that the variable names; without it a private one of this process, removed when it ends."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else Path(_private().name)


@cache
def _private() -> tempfile.TemporaryDirectory:
    return tempfile.TemporaryDirectory(prefix=f"cnnlab-{secrets.token_hex(16)}-")


@cache
def _holders() -> Counter[str]:
    return Counter()


def keep(data: bytes) -> str:
    """The hash under which the bytes are found until as many `release` it as have kept it; SpecError on a full shelf."""
    digest = hashlib.sha256(data).hexdigest()
    with _LOCK:
        _holders()[digest] += 1
        try:
            _write(folder() / digest, data)
        except SpecError:
            release(digest)
            raise
    return digest


def keep_file(file: BinaryIO, size: int) -> str:
    """The same for a file of so many bytes, which is copied and never held."""
    digest, partial = hashlib.sha256(), folder() / f"{secrets.token_hex(16)}.partial"
    with _LOCK:
        refuse_full(size)
    try:
        with partial.open("wb") as out:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
                out.write(chunk)
        name = digest.hexdigest()
        with _LOCK:
            _holders()[name] += 1
            try:
                partial.replace(folder() / name)
            except OSError:
                release(name)
                raise
    except OSError as error:
        raise _unkept(error) from error
    finally:
        partial.unlink(missing_ok=True)
    return name


def refuse_full(size: int) -> None:
    """SpecError where so many bytes more do not fit."""
    with _LOCK:
        there = list(folder().iterdir())
        held = sum(map(_size, there))
        _sweep(there)
    if held + size > limits.SHELF_BYTES:
        raise SpecError(
            "All visitors' files together take {held} MB, and {limit} MB are kept here: try again later.",
            held=held // 10**6,
            limit=limits.SHELF_BYTES // 10**6,
        )


def _size(file: Path) -> int:
    """The bytes of a file, or those that a folder of what one held says of itself."""
    try:
        return int((file / SIZE).read_text()) if file.is_dir() else file.stat().st_size
    except (FileNotFoundError, ValueError):  # let go since the folder was listed, or just begun
        return 0


def _sweep(there: list[Path]) -> None:
    """Remove what was unpacked of files that are gone, as a worker leaves it that is ended together with its session."""
    for inner in there:
        if not inner.with_name(inner.name.partition(".")[0]).exists() and inner.is_dir():
            _remove(inner)


def _remove(inner: Path) -> None:
    """Take a folder out of sight at once, and remove it in a thread of its own: it may hold many files."""
    gone = folder() / f"{secrets.token_hex(16)}.gone"
    try:
        inner.rename(gone)
    except OSError:  # somebody else did
        return
    threading.Thread(target=shutil.rmtree, args=(gone, True), daemon=True).start()


def _unkept(error: OSError) -> SpecError:
    return SpecError("The file cannot be kept here ({reason}): try again later.", reason=error.strerror or str(error))


def _write(path: Path, data: bytes) -> None:
    """Write a file that is not there yet; SpecError where it does not fit."""
    if path.exists():
        return
    refuse_full(len(data))
    try:
        with replaced(path) as file:
            file.write(data)
    except OSError as error:
        raise _unkept(error) from error


def release(digest: str) -> None:
    """One holder less; what nobody holds is removed."""
    with _LOCK:
        _holders()[digest] -= 1
        if _holders()[digest] <= 0:
            del _holders()[digest]
            (folder() / digest).unlink(missing_ok=True)
            if (folder() / f"{digest}{UNPACKED}").is_dir():
                _remove(folder() / f"{digest}{UNPACKED}")


def is_digest(name: str) -> bool:
    return bool(DIGEST.fullmatch(name))


def path(digest: str) -> Path:
    """The file that is kept under the hash, or SpecError."""
    file = folder() / digest
    if not is_digest(digest) or not file.is_file():
        raise Passing("The file that was uploaded is no longer here: upload it again.")
    return file


def read(digest: str) -> bytes:
    """What was kept under the hash, or SpecError."""
    return path(digest).read_bytes()


def opened(digest: str) -> BinaryIO:
    """The file that was kept under the hash, to be read in parts and closed; or SpecError."""
    return path(digest).open("rb")
