"""torchvision's pretrained weights: fetched when asked for, checked, and loaded into a model."""

import hashlib
import os
import re
import tempfile
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from pickle import UnpicklingError
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import torch
from torch import nn
from torchvision.models import WeightsEnum, get_model, get_weight

from cnnlab.chance import generator
from cnnlab.specs import SpecError

from .matching import match

Progress = Callable[[int, int | None], None]  # bytes so far, bytes in all if the server said so
HASH = re.compile(r"-([0-9a-f]{8,64})\.")  # in the file's name; torch.hub's convention
CHUNK = 1 << 18
TIMEOUT_S = 20


def find_weights(name: str) -> WeightsEnum:
    """The entry of torchvision's enum: `find_weights("ResNet18_Weights.IMAGENET1K_V1")`."""
    try:
        return get_weight(name)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SpecError(
            "torchvision has no weights {name}: take one that the model's row lists.", name=repr(name)[:80]
        ) from error


def cached(weights: WeightsEnum) -> Path:
    """Where the file lies, or will lie, on the machine that runs cnnlab: torch.hub's own cache."""
    return Path(torch.hub.get_dir(), "checkpoints", weights.url.rpartition("/")[2])


def fetch(weights: WeightsEnum, progress: Progress | None = None) -> Path:
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
        _download(weights.url, path, digest, progress or (lambda done, total: None))
    except HTTPError as error:
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


def _download(url: str, path: Path, wanted: str, progress: Progress) -> None:
    """Into a file of its own first, so that a broken download never passes for the weights."""
    handle, partial = tempfile.mkstemp(prefix=path.name, suffix=".partial", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file, urlopen(Request(url), timeout=TIMEOUT_S) as response:
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
        os.replace(partial, path)
    finally:
        Path(partial).unlink(missing_ok=True)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def load_weights(model: nn.Module, weights: str | WeightsEnum, progress: Progress | None = None) -> nn.Module:
    """The same model with the pretrained values in it; SpecError where they do not fit."""
    chosen = find_weights(weights) if isinstance(weights, str) else weights
    fetch(chosen, progress)
    try:
        state = chosen.get_state_dict(progress=False, check_hash=True, map_location="cpu", weights_only=True)
    except (UnpicklingError, RuntimeError) as error:
        raise SpecError(
            "{weights} hold more than tensors, or are no file of torch.save: build the model with them instead.",
            weights=chosen,
        ) from error
    comparison = match(state, model)
    if not comparison.fits:
        raise SpecError("{weights} do not fit this model. {why}", weights=chosen, why=comparison.sentence)
    model.load_state_dict(state)
    if hasattr(model, "transform_input"):
        model.transform_input = True  # as torchvision's builders do: these weights expect other means
    return model


def pretrained(name: str, weights: str | WeightsEnum, progress: Progress | None = None) -> nn.Module:
    """A torchvision model as its own builder makes it for these weights, in evaluation mode.

    Some builders change the model with the weights (detectors freeze their normalisation, vision transformers
    take another size), which `load_weights` into a plain model cannot do.
    """
    chosen = find_weights(weights) if isinstance(weights, str) else weights
    fetch(chosen, progress)
    with generator():
        try:
            return get_model(name, weights=chosen, progress=False).eval()
        except (TypeError, ValueError) as error:
            raise SpecError(
                "{weights} are not for {name}: take one that the model's row lists.", weights=chosen, name=name
            ) from error
