"""What the workshop does for the playground: recipes in, plain answers out."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from cnnlab.images import channel_histograms, png, webp
from cnnlab.messages import Message
from cnnlab.specs import Call

from .batch import code
from .calls import walk
from .explain import Failure
from .jobs import SHEET_SIDE, STRIP_SIDE, Counted, Drawn, Failed, Mixed, Recipe, Steps, Still, photo, still_side
from .looks import Undo, fitting, normalisation, pixels, thumbnail
from .runner import Stage, contract
from .subject import Subject, subject, traced
from .words import words

CARD_SIDE = 900


def drawn(recipe: Recipe) -> Drawn:
    """One sample, never a batch, as far as it came."""
    trace = traced(recipe, subject(replace(recipe, count=0)))
    failed = recipe.pipeline.find(trace.failure.step).name if trace.failure else ""
    parts = tuple((stage.name, said) for stage in _all(trace.stages) if (said := words(stage)))
    shown = pixels(trace.stages[-1], _undo(recipe, trace.stages))
    return Drawn(parts, failed, _small(shown, recipe.side), (webp(shown, recipe.side),))


def closely(recipe: Recipe) -> Steps:
    """One sample step by step, or a batch."""
    whole = subject(recipe)
    trace = traced(recipe, whole)
    stills, pictures = filmed(trace.stages, partial(_undo, recipe), partial(photo, recipe))
    mixed = _mixed(recipe, whole, trace.stages) if whole.batch and not trace.failure else []
    return Steps(
        stills,
        failure_of(trace.failure) if trace.failure else None,
        (_counted(trace.stages[0]), _counted(trace.stages[-1])),
        tuple(picture for picture, _png in mixed),
        (*pictures, *(drawing for _picture, drawing in mixed)),
    )


def filmed(
    stages: Sequence[Stage],
    undo_of: Callable[[Sequence[Stage]], Undo | None],
    leave_out: Callable[[tuple[int, int]], Any] | None = None,
) -> tuple[tuple[Still, ...], tuple[bytes, ...]]:
    """Each stage in numbers and as a picture, for which is taken back what `undo_of` says of the stages so far.

    The first picture is empty where `leave_out` says so of its height and width.
    """
    stills, pictures, seen = [], [], []
    for stage, above, said in _flat(stages):
        seen.append(stage)
        undo = undo_of(seen)
        shown = pixels(stage, undo)
        stills.append(_still(stage, above, said, shown, undo))
        apart = leave_out is not None and not pictures and leave_out(shown.shape[:2])
        pictures.append(b"" if apart else webp(shown, still_side(shown.shape[:2])))
    return tuple(stills), tuple(pictures)


def exact(recipe: Recipe) -> str:
    """Source that gives exactly this sample, or this batch."""
    if recipe.count:
        return code(recipe.pipeline, recipe.count, recipe.seed, recipe.sample)
    return recipe.pipeline.code(recipe.seed, recipe.sample)


def card(nothing: Any) -> Drawn:
    """What the home page shows of the playground."""
    return Drawn((), "", False, (png(thumbnail(), CARD_SIDE),))


def _all(stages: Sequence[Stage]) -> Iterator[Stage]:
    for stage in stages:
        yield stage
        yield from _all(stage.inner)


def _flat(stages: Sequence[Stage], above: tuple = (), said: tuple = ()) -> Iterator[tuple[Stage, tuple, tuple]]:
    """The stages one by one, with the names of the containers around them and, at the first, what these drew."""
    for stage in stages:
        said = (*said, *words(stage))
        if stage.inner:
            yield from _flat(stage.inner, (*above, stage.name), said)
        else:
            yield stage, above, said
        said = ()


def _undo(recipe: Recipe, stages: Sequence[Stage]) -> Any:
    """What is taken back before values are shown as a picture."""
    calls: dict[str, Call] = {call.id: call for call in walk(recipe.pipeline.calls)}
    return None if recipe.raw else normalisation(stages, calls)


def _small(shown: np.ndarray, side: int) -> bool:
    return max(shown.shape) <= side // 2


def _still(
    stage: Stage, above: tuple[str, ...], said: tuple[Message, ...], shown: np.ndarray, undo: Undo | None
) -> Still:
    numbers, several = contract(stage.image), _several(stage.image)
    return Still(
        stage.id,
        stage.name,
        above,
        said,
        stage.untouched,
        numbers.type,
        numbers.dtype,
        numbers.shape,
        float(numbers.low),
        float(numbers.high),
        _small(shown, STRIP_SIDE),
        len(stage.image) if several else 0,
        fitting(stage.image[0] if several else stage.image, undo) is not None,
    )


def _several(image: Any) -> bool:
    """True for crops and batches."""
    return isinstance(image, (list, tuple)) or getattr(image, "ndim", 3) == 4


def failure_of(failure: Failure) -> Failed:
    return Failed(failure.step, failure.error, tuple(call.to_dict() for call in failure.remedy))


def _counted(stage: Stage) -> Counted:
    image = stage.image
    counted = channel_histograms(image[0] if _several(image) else image)
    counts = tuple(tuple(channel) for channel in counted.counts.tolist())
    return Counted(tuple(counted.edges.tolist()), counts, counted.names)


def _mixed(recipe: Recipe, whole: Subject, stages: Sequence[Stage]) -> list[tuple[Mixed, bytes]]:
    """Every picture of the batch with the shares of its label."""
    batch, labels = stages[-1].sample
    undo, rows = _undo(recipe, stages), []
    for picture, label in zip(batch, labels, strict=True):
        shown = pixels(Stage(stages[-1].name, picture), undo)
        shares = [1.0 if place == int(label) else 0.0 for place in range(len(whole.names))] if not label.ndim else label
        pairs = sorted(((float(share), place) for place, share in enumerate(shares) if share > 0), reverse=True)
        named = tuple((share, whole.names[place]) for share, place in pairs)
        rows.append((Mixed(named, _small(shown, SHEET_SIDE)), webp(shown, SHEET_SIDE)))
    return rows
