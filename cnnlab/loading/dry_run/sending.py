"""Whether a loader can send its Dataset and its transforms to workers, and how long they take to begin."""

import multiprocessing
import os
import re
import time
from multiprocessing.reduction import ForkingPickler

import torch
from torchvision.transforms import v2

from cnnlab import limits
from cnnlab.augmentation import Pipeline
from cnnlab.augmentation.calls import walk
from cnnlab.loading.feeding import Shelf

from .answers import Sent
from .loaders import Leash, checked, loader, said
from .subject import repeated

COUNT = 4
METHODS = tuple(
    method for method in ("fork", "spawn", "forkserver") if method in multiprocessing.get_all_start_methods()
)


class Quiet(Leash):
    """Worker processes that began by importing torch, and whose libraries count what they leak when they end."""

    def __call__(self, worker: int) -> None:
        super().__call__(worker)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def sent(shelf: Shelf, method: str, patience_s: float) -> Sent:
    """A worker started so, on a few samples, and waited for no longer: what it is given is small."""
    few = repeated(shelf, COUNT)
    if words := refusal(few):
        return Sent(method, failure=words)
    more = {"multiprocessing_context": method, "timeout": patience_s}
    if method != "fork":
        more["worker_init_fn"] = Quiet(os.getpid(), limits.HEAVY_BYTES)
    began = time.perf_counter()
    try:
        for batch in loader(few, [torch.arange(COUNT)], 1, **more):
            checked(batch)
    except RuntimeError as error:
        return Sent(method) if time.perf_counter() - began >= patience_s else Sent(method, failure=said(error))
    return Sent(method, time.perf_counter() - began)


def unsendable(pipeline: Pipeline) -> tuple[tuple[str, str], ...]:
    """The steps whose transforms cannot be pickled, as a Dataset that holds them is, each with Python's words."""
    steps = [(call.name, call.build()) for call in walk(pipeline.active) if not call.spec.nested]
    return tuple((name, words) for name, step in steps if (words := refusal(step)))


def refusal(thing: object) -> str:
    """Python's words where it cannot be pickled, "" where it can."""
    try:
        ForkingPickler.dumps(thing)
    except Exception as error:  # what cannot be pickled raises nearly anything
        return re.sub(r" at 0x[0-9a-f]+", "", said(error))
    return ""


def lambda_words() -> str:
    """What becomes of a transform with a lambda in it."""
    return refusal(v2.Lambda(lambda picture: picture))
