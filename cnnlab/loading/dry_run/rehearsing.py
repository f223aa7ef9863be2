"""A dry run from beginning to end, within its seconds."""

import os
import time
from collections.abc import Callable

from cnnlab import limits
from cnnlab.loading.selection import Feeding, Selection

from .answers import Effects, Rehearsed, Sent, Speed, tried_workers
from .collating import collated
from .drawing import CODE, classic, ours
from .effects import effects
from .loaders import may_have_children
from .sending import METHODS, lambda_words, sent, unsendable
from .subject import Subject, subject
from .timing import speeds
from .traps import traps

Tell = Callable[[int, int], None]
TIMED_UNTIL, TUNED_UNTIL, LEAST_START_S = 0.5, 0.65, 2  # of the seconds: no round begins later; for a start to be tried
PARTS = (10, 25, 75, 90, 100)  # of a hundred, done when data, draws, speeds, effects and starts are


def rehearse(selection: Selection, feeding: Feeding, most_workers: int, tell: Tell) -> Rehearsed:
    """SpecError where a training run would be refused for its data too."""
    began, (data, drawn, timed, tuned, whole) = time.monotonic(), PARTS
    tell(0, whole)
    with may_have_children():
        chosen = subject(selection, feeding)
        cores = cores_here()
        tell(data, whole)
        own, own_picture, stand_in = ours(chosen.shelf)
        anew, anew_picture = classic(chosen.shelf, persistent=False)
        kept, kept_picture = classic(chosen.shelf, persistent=True)
        tell(drawn, whole)
        measured = speeds(
            chosen,
            tried_workers(cores, feeding.workers, most_workers),
            began + TIMED_UNTIL * limits.DRY_RUN_SECONDS,
            lambda done, total: tell(drawn + (timed - drawn) * done // total, whole),
        )
        effect = tuned_by(
            chosen,
            measured,
            began + TUNED_UNTIL * limits.DRY_RUN_SECONDS,
            lambda done, total: tell(timed + (tuned - timed) * done // total, whole),
        )
        starts = []
        for place, method in enumerate(METHODS):
            tell(tuned + (whole - tuned) * place // len(METHODS), whole)
            left = began + limits.DRY_RUN_SECONDS - time.monotonic()
            starts.append(sent(chosen.shelf, method, left) if left > LEAST_START_S else Sent(method))
    return Rehearsed(
        total=chosen.total,
        samples=len(chosen.shelf.part),
        batch_size=chosen.batch_size,
        cores=cores,
        here=chosen.shelf.at_hand,
        sample_seconds=chosen.sample_seconds,
        collated=collated(chosen),
        traps=traps(chosen, selection, feeding, cores),
        own=own,
        stand_in=stand_in,
        classic=anew,
        persistent=kept,
        classic_code=CODE,
        sent=tuple(starts),
        unsendable=unsendable(feeding.augmentation),
        lambda_words=lambda_words(),
        speeds=measured,
        effects=effect,
        pictures=(own_picture, anew_picture, kept_picture),
    )


def tuned_by(chosen: Subject, measured: tuple[Speed, ...], deadline: float, tell: Tell) -> Effects | None:
    """The effects with the fastest number of workers above none; None where no worker gave a batch, or no time is left."""
    working = [speed for speed in measured if speed.workers and speed.rate]
    if not working or time.monotonic() > deadline:
        return None
    fastest = max(working, key=lambda speed: speed.rate.median)
    return effects(chosen, fastest.workers, fastest.rate.median, deadline, tell)


def cores_here() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
