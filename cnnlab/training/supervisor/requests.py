"""Requests as files: whoever serves pages writes them, the supervisor reads each once."""

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cnnlab.training.folder import read_json, write_json

from .keys import DIGEST, RUN_ID, token
from .places import Root

VERBS = ("submit", "resume", "pause", "stop", "delete")
MOST = 1000  # that are read at once
LEFT_S = 60.0  # after which a file that was never finished is nobody's


@dataclass(frozen=True)
class Request:
    """A wish about a run: `key` is the digest of the key to it."""

    verb: str
    run: str
    key: str


def write(root: Root, request: Request) -> None:
    """Names sort by time."""
    write_json(root.requests, f"{time.time_ns():020d}-{token()}.json", asdict(request))


def read(root: Root) -> Iterator[Request]:
    """Each request, oldest first, which goes once it was dealt with; what is no request is thrown away."""
    names = sorted(path for path in root.requests.iterdir() if not path.name.startswith("."))
    for path in names[:MOST]:
        try:
            request = _request(read_json(root.requests, path.name))
            if request:
                yield request
        finally:  # also one that cannot be met, or it would be met with for ever
            _remove(root, path)


def _request(data: dict[str, Any]) -> Request | None:
    if set(data) != {"verb", "run", "key"} or not all(isinstance(word, str) for word in data.values()):
        return None
    if data["verb"] not in VERBS or not RUN_ID.fullmatch(data["run"]) or not DIGEST.fullmatch(data["key"]):
        return None
    return Request(**data)


def sweep(root: Root) -> None:
    """Remove what somebody who was killed left half written."""
    for path in root.requests.glob(".*"):
        with suppress(OSError):
            if time.time() - path.lstat().st_mtime > LEFT_S:
                path.unlink()


def _remove(root: Root, path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        path.rename(root.trash / token())
    else:
        path.unlink(missing_ok=True)
