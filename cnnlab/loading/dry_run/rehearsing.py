"""A dry run from beginning to end, within its seconds."""

import os
import time
from collections.abc import Callable

from cnnlab import limits
from cnnlab.loading.selection import Feeding, Selection
from cnnlab.specs import SpecError

from .answers import Effects, Rehearsed, Sent, Speed, tried_workers
from .collating import collated
from .drawing import CODE, classic, ours
from .effects import effects
from .loaders import may_have_children, said
from .sending import METHODS, lambda_words, sent, unsendable
from .subject import Subject, subject
from .timing import speeds
from .traps import traps

Tell = Callable[[int, int], None]
TIMED_UNTIL, TUNED_UNTIL = 0.5, 0.65  # of the seconds: no round begins later
LEAST_START_S = 2  # that must be left for a start to be tried
READ, DRAWN, TIMED, TUNED, WHOLE = 10, 25, 70, 85, 100  # how far it is once that is done


def rehearse(selection: Selection, feeding: Feeding, most_workers: int, tell: Tell) -> Rehearsed:
    """SpecError where a training run would be refused for its data too."""
    began = time.monotonic()
    tell(0, WHOLE)
    try:
        with may_have_children():
            return _rehearsed(subject(selection, feeding), selection, feeding, most_workers, began, tell)
    except (RuntimeError, OSError) as error:  # torch's words of a worker that has died
        raise SpecError(
            "The processes that load ended before they had a batch ({words}): try smaller batches, or fewer steps.",
            words=said(error),
        ) from error


def _rehearsed(
    chosen: Subject, selection: Selection, feeding: Feeding, most_workers: int, began: float, tell: Tell
) -> Rehearsed:
    cores = cores_here()
    tell(READ, WHOLE)
    own, own_picture, stand_in = ours(chosen.shelf)
    anew, anew_picture = classic(chosen.shelf, persistent=False)
    kept, kept_picture = classic(chosen.shelf, persistent=True)
    tuning = began + TUNED_UNTIL * limits.DRY_RUN_SECONDS
    measured = speeds(
        chosen,
        tried_workers(cores, most_workers),
        began + TIMED_UNTIL * limits.DRY_RUN_SECONDS,
        tuning,
        _between(DRAWN, TIMED, tell),
    )
    effect = tuned_by(chosen, measured, tuning, _between(TIMED, TUNED, tell))
    starts = _starts(chosen, began + limits.DRY_RUN_SECONDS, _between(TUNED, WHOLE, tell))
    return Rehearsed(
        total=chosen.total,
        samples=len(chosen.shelf.part),
        batch_size=chosen.batch_size,
        cores=cores,
        here=chosen.shelf.at_hand,
        sample_seconds=chosen.sample_seconds,
        collated=collated(chosen),
        traps=traps(chosen, selection, feeding),
        own=own,
        stand_in=stand_in,
        classic=anew,
        persistent=kept,
        classic_code=CODE,
        sent=starts,
        unsendable=unsendable(feeding.augmentation),
        lambda_words=lambda_words(),
        speeds=measured,
        effects=effect,
        pictures=(own_picture, anew_picture, kept_picture),
    )


def _between(low: int, high: int, tell: Tell) -> Tell:
    """How far a part of the whole is."""
    return lambda done, total: tell(low + (high - low) * done // total, WHOLE)


def _starts(chosen: Subject, deadline: float, tell: Tell) -> tuple[Sent, ...]:
    starts = []
    for place, method in enumerate(METHODS):
        tell(place, len(METHODS))
        left = deadline - time.monotonic()
        starts.append(sent(chosen.shelf, method, left) if left > LEAST_START_S else Sent(method))
    return tuple(starts)


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
