"""Datasets downloaded on request: every file is checked before anything reads it, and nothing half done is left."""

import gzip
import hashlib
import os
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Mapping
from http.client import HTTPException, HTTPResponse
from pathlib import Path, PurePosixPath
from ssl import SSLError
from typing import BinaryIO
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import numpy as np

from cnnlab import limits
from cnnlab.replacing import replaced
from cnnlab.specs import Call, SpecError

from .keeping import data_folder, fetched, note
from .rows import Remote

Progress = Callable[[int, int], None]  # bytes so far, and in all
CHUNK = 1 << 18
TIMEOUT_S = 20


def fetch(call: Call, progress: Progress = lambda done, total: None) -> None:
    """Have all that a dataset needs in the data folder, or SpecError.

    Files that an earlier attempt brought whole are not brought again.
    """
    if fetched(call):
        return
    root = data_folder()
    try:
        root.mkdir(parents=True, exist_ok=True)
        ahead, done = call.spec.nbytes, 0
        for remote in call.spec.files:
            ahead -= remote.nbytes
            done += _brought(
                root, remote, lambda here, whole, done=done, ahead=ahead: progress(done + here, done + whole + ahead)
            )
        files = [path for remote in call.spec.files for path in _unpacked(root, remote)]
        note(call, files, *(labels(call, number) for number in (0, 1)))
        for remote in call.spec.files:
            if remote.unpack:
                (root / remote.path).unlink(missing_ok=True)
    except OSError as error:
        raise SpecError(
            "The data cannot be kept in {folder} ({reason}): make room, or let CNNLAB_DATA name another folder.",
            folder=root,
            reason=error.strerror or error,
        ) from error


def labels(call: Call, number: int) -> np.ndarray:
    """Those of torchvision's dataset: of the training pictures (0) or of those for testing (1)."""
    dataset = call.build()(data_folder(), **call.spec.parts[number])
    return np.asarray(dataset.targets if hasattr(dataset, "targets") else dataset.labels, np.int64)


def _brought(root: Path, remote: Remote, progress: Progress) -> int:
    """Its bytes, once the whole file lies in the folder."""
    path = root / remote.path
    path.parent.mkdir(parents=True, exist_ok=True)
    if not (path.is_file() and _md5(path) == remote.md5):
        for place, url in enumerate(remote.mirrors, 1):
            try:
                _download(url, path, remote, progress)
                break
            except SpecError:
                if place == len(remote.mirrors):
                    raise
    return path.stat().st_size


def _download(url: str, path: Path, remote: Remote, progress: Progress) -> None:
    try:
        with replaced(path) as file, urlopen(url, timeout=TIMEOUT_S) as response:
            _received(url, response, file, remote, progress)
    except HTTPError as error:
        with error:  # it is the answer itself, with a socket of its own
            raise SpecError(
                "The server answered {code} ({reason}) for {url}: try again later, or take other data.",
                code=error.code,
                reason=error.reason,
                url=url,
            ) from error
    except (URLError, HTTPException, TimeoutError, ConnectionError, SSLError) as error:
        raise SpecError(
            "{url} cannot be reached ({reason}): downloading needs the internet once; the digits need none.",
            url=url,
            reason=getattr(error, "reason", None) or error,
        ) from error


def _received(url: str, response: HTTPResponse, file: BinaryIO, remote: Remote, progress: Progress) -> None:
    """The answer written down; SpecError where it is not the file that was published."""
    total, received, digest = response.length, 0, hashlib.md5(usedforsecurity=False)
    while received <= (most := 2 * remote.nbytes) and (chunk := response.read(CHUNK)):
        file.write(chunk)
        digest.update(chunk)
        received += len(chunk)
        progress(received, total or remote.nbytes)
    if received < (total or 0) <= most:
        raise SpecError(
            "The download of {url} broke off after {done} of {total} bytes: try again.",
            url=url,
            done=received,
            total=total,
        )
    if digest.hexdigest() != remote.md5:
        raise SpecError(
            "What {url} sent is not the published file: its MD5 is {got} instead of {wanted}. Nothing was kept.",
            url=url,
            got=digest.hexdigest(),
            wanted=remote.md5,
        )


def _unpacked(root: Path, remote: Remote) -> list[Path]:
    """The files that a download is, or holds."""
    path = root / remote.path
    try:
        return UNPACKED[remote.unpack](root, path)
    except (EOFError, gzip.BadGzipFile, zlib.error, tarfile.TarError) as error:
        raise SpecError("{file} is damaged and cannot be unpacked: {reason}.", file=path.name, reason=error) from error


def _as_it_is(root: Path, path: Path) -> list[Path]:
    return [path]


def _gunzipped(root: Path, path: Path) -> list[Path]:
    plain = path.with_suffix("")
    with gzip.open(path) as packed, replaced(plain) as file:
        _copied(packed, file, limits.UNPACKED_BYTES, path.name)
    return [plain]


def _untarred(root: Path, path: Path) -> list[Path]:
    """The plain files of an archive, which must all lie in one folder; that replaces the folder of its name."""
    room = limits.UNPACKED_BYTES
    with tempfile.TemporaryDirectory(dir=root, prefix=path.name) as aside, tarfile.open(path) as archive:
        names = []
        for member in archive:
            name = PurePosixPath(member.name)
            if name.is_absolute() or ".." in name.parts or not (member.isdir() or member.isfile()):
                raise _hostile(path.name, member.name)
            if member.isfile():
                target = Path(aside, name)
                target.parent.mkdir(parents=True, exist_ok=True)
                with target.open("wb") as file:
                    room -= _copied(archive.extractfile(member), file, room, path.name)
                names.append(name)
        tops = {name.parts[0] for name in names if len(name.parts) > 1}
        if len(tops) != 1 or any(len(name.parts) == 1 for name in names):
            raise _hostile(path.name, names[0] if names else "")
        (top,) = tops
        shutil.rmtree(root / top, ignore_errors=True)
        os.replace(Path(aside, top), root / top)
    return [root / name for name in names]


UNPACKED: Mapping[str, Callable[[Path, Path], list[Path]]] = {"": _as_it_is, "gz": _gunzipped, "tar": _untarred}


def _hostile(archive: str, name: str) -> SpecError:
    return SpecError(
        "{archive} holds {name}, which is no plain file in a folder of its own: nothing of it was unpacked.",
        archive=archive,
        name=repr(str(name))[:80],
    )


def _copied(source: BinaryIO, target: BinaryIO, room: int, name: str) -> int:
    """How many bytes were copied; SpecError where there is no room for more."""
    copied = 0
    while chunk := source.read(CHUNK):
        copied += len(chunk)
        if copied > room:
            raise SpecError(
                "{file} unpacks to more than {limit} MiB, which no dataset here does: nothing of it was unpacked.",
                file=name,
                limit=limits.UNPACKED_BYTES >> 20,
            )
        target.write(chunk)
    return copied


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
