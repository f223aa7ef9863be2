"""torchvision's pretrained weights as data: where each file is, where it lies, and how it is fetched and checked."""

import hashlib
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from cnnlab import limits
from cnnlab.replacing import replaced
from cnnlab.specs import SpecError

from .zoo import SAID

Progress = Callable[[int, int | None], None]  # bytes so far, bytes in all if the server said so
HASH = re.compile(r"-([0-9a-f]{8,64})\.")  # in the file's name; torch.hub's convention
CHUNK = 1 << 18
TIMEOUT_S = 20


@dataclass(frozen=True)
class Weights:
    """An entry of a torchvision Weights enum, by its full name, such as "ResNet18_Weights.IMAGENET1K_V1".

    `gmacs` and `params` are the figures that torchvision publishes for its model; `mb` is the size of the file.
    """

    name: str
    url: str
    mb: float | None = None
    gmacs: float | None = None
    params: int | None = None

    def __str__(self):
        return self.name


WEIGHTS: Mapping[str, Weights] = {name: Weights(name, **said) for name, said in SAID["weights"].items()}


def find_weights(name: str) -> Weights:
    """The row of a name; SpecError where there is none."""
    if name in WEIGHTS:
        return WEIGHTS[name]
    raise SpecError("torchvision has no weights {name}: take one that the model's row lists.", name=repr(name)[:80])


def cache_folder() -> Path:
    """Where torch.hub keeps what it fetched, by its own rule: under TORCH_HOME, else XDG_CACHE_HOME, else ~/.cache."""
    usual = os.path.join(os.environ.get("XDG_CACHE_HOME", "~/.cache"), "torch")
    return Path(os.environ.get("TORCH_HOME", usual)).expanduser() / "hub" / "checkpoints"


def cached(weights: Weights) -> Path:
    """Where the file lies, or will lie, on the machine that runs cnnlab: torch.hub's own cache."""
    return cache_folder() / weights.url.rpartition("/")[2]


def fetch(weights: Weights, progress: Progress | None = None) -> Path:
    """The checked file in the cache, downloaded if it is not there or is damaged.

    torch.hub downloads too, but without a callback or a time limit, and trusts whatever lies in the cache.
    """
    path = cached(weights)
    published = HASH.search(path.name)
    digest = published.group(1) if published else ""
    try:
        if path.is_file() and _digest(path).startswith(digest):
            return path
        path.parent.mkdir(parents=True, exist_ok=True)
        _refuse_full(path.parent, weights)
        _download(weights.url, path, digest, progress or (lambda done, total: None))
    except HTTPError as error:
        with error:  # it is the answer itself, with a socket of its own
            raise SpecError(
                "The server answered {code} ({reason}) for {url}: try again later, or other weights.",
                code=error.code,
                reason=error.reason,
                url=weights.url,
            ) from error
    except (URLError, HTTPException, TimeoutError, ConnectionError) as error:
        reason = getattr(error, "reason", None) or error
        raise SpecError(
            "{url} cannot be reached ({reason}): weights need the internet once; go on without, or "
            "put the file at {path}.",
            url=weights.url,
            reason=reason,
            path=path,
        ) from error
    except OSError as error:
        raise SpecError(
            "The weights cannot be kept at {path} ({reason}): make room, or let TORCH_HOME name another folder.",
            path=path,
            reason=error.strerror or error,
        ) from error
    return path


def _refuse_full(folder: Path, weights: Weights) -> None:
    """What is fetched for visitors is bounded together, whoever put the files there."""
    held = sum(file.stat().st_size for file in folder.iterdir() if file.is_file())
    if held + (weights.mb or 0) * 10**6 > limits.WEIGHTS_BYTES:
        raise SpecError(
            "All weights together may take {limit} MB here, and {held} MB are taken: ask whoever runs this page.",
            limit=limits.WEIGHTS_BYTES // 10**6,
            held=held // 10**6,
        )


def _download(url: str, path: Path, wanted: str, progress: Progress) -> None:
    with replaced(path) as file, urlopen(Request(url), timeout=TIMEOUT_S) as response:
        total = response.length
        digest, received = hashlib.sha256(), 0
        while chunk := response.read(CHUNK):
            file.write(chunk)
            digest.update(chunk)
            received += len(chunk)
            progress(received, total)
        if total is not None and received != total:
            raise SpecError(
                "The download of {url} broke off after {done} of {total} bytes: try again.",
                url=url,
                done=received,
                total=total,
            )
        if not digest.hexdigest().startswith(wanted):
            raise SpecError(
                "What {url} sent is not the published file: its hash begins with {got} instead of "
                "{wanted}. Nothing was kept.",
                url=url,
                got=digest.hexdigest()[:8],
                wanted=wanted,
            )


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
