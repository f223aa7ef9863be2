"""One sample and its batch as a page is told of them: in numbers, in pictures, in torch's words."""

import math
from typing import Any

import numpy as np
import torch

from cnnlab.augmentation.calls import walk
from cnnlab.augmentation.looks import Undo, normalisation, pixels
from cnnlab.augmentation.runner import Stage, contract
from cnnlab.augmentation.work import failure_of, filmed
from cnnlab.images import montage, webp
from cnnlab.specs import SpecError

from .by_hand import PAIR, ByHand, Steps, collated, opened, several, trouble_of
from .samples import Batch, Entry, Sample, Value
from .view import View

SHOWN, SIDE = 8, 192  # pictures of a batch that are drawn, and their longest side
SQUARES, LIGHT, DARK = 24, 215, 165  # of the pattern that stands for padding: along the longest side, and their grays
GROUND = 127  # between several pictures of one sample
SPELLED = 60  # characters of a target


def sample_of(view: View) -> Sample:
    """The sample that a view names, or the next one of its part, as far as it came."""
    data = ByHand(view, opened(view))
    place = data.near(view.picture)
    index = int(data.places.indices[place])
    steps = data.steps(data.opened.picture(view.part, place), index)
    calls = {call.id: call for call in walk(steps.calls)}
    stills, pictures = filmed(steps.trace.stages, lambda seen: normalisation(seen, calls))
    target = data.target(place)
    return Sample(
        index,
        place,
        len(data),
        int(data.places.labels[place]),
        data.opened.classes,
        data.neighbours(place),
        stills,
        steps.added,
        failure_of(steps.trace.failure) if steps.trace.failure else None,
        value_of(target),
        _spelled(target),
        view.normalise and data.opened.statistics is None,
        pictures,
    )


def batch_of(view: View) -> Batch:
    """The batch that begins with the sample that a view names; SpecError where a step fails."""
    data = ByHand(view, opened(view))
    place = data.near(view.picture)
    made = data.samples(place)
    samples, first = [(steps.result, target) for steps, target in made], made[0][0]
    values, trouble, rows, padding = (), None, [picture for picture, _ in samples], None
    try:
        images, *between, labels = collated(samples, view)
    except SpecError:
        raise
    except Exception as error:  # whatever collating raises is told in its own words
        trouble = trouble_of(samples, error, _first_tensor(first))
    else:
        padding = between[0] if between else None
        named = (("images", images), *([("padding", padding)] if between else ()), ("labels", labels))
        values = tuple((name, value_of(part)) for name, part in named)
        rows = list(zip(*images, strict=True)) if isinstance(images, (list, tuple)) else list(images)
    undo = normalisation(first.trace.stages, {call.id: call for call in walk(first.calls)})
    drawn = [_drawn(row, undo, None if padding is None else padding[at]) for at, row in enumerate(rows[:SHOWN])]
    entries = tuple(
        Entry(_name(data, place, at), contract(row).shape, shown.shape[1::-1])
        for at, (row, shown) in enumerate(zip(rows, drawn, strict=False))
    )
    return Batch(data.asked, len(samples), values, trouble, entries, tuple(webp(shown, SIDE) for shown in drawn))


def _name(data: ByHand, place: int, at: int) -> str:
    """The class of a picture of the batch, or which photo of the pair it is."""
    if data.view.pair:
        return PAIR[at][0]
    return data.opened.classes[data.places.labels[(place + at) % len(data)]]


def _drawn(row: Any, undo: Undo | None, padding: torch.Tensor | None) -> np.ndarray:
    """A picture of a batch, or several, as uint8 (H, W, 3); what is padding as squares."""
    shown = montage([pixels(Stage("", one), undo) for one in several(row)], gap=1, ground=GROUND)
    if padding is not None:
        rows, columns = np.indices(shown.shape[:2]) // math.ceil(max(shown.shape) / SQUARES)
        squares = np.where((rows + columns) % 2, LIGHT, DARK).astype(np.uint8)
        shown = np.where(padding.numpy()[:, :, None], squares[:, :, None], shown)
    return shown


def _first_tensor(steps: Steps) -> str:
    """The id of the first step that leaves no PIL picture; "" where that is one that training adds."""
    own = steps.trace.stages[1 : len(steps.trace.stages) - steps.added]
    return next((stage.id for stage in own if isinstance(several(stage.image)[0], torch.Tensor)), "")


def value_of(part: Any) -> Value:
    """What a label, a tensor or a list of tensors is."""
    if isinstance(part, int):
        return Value("int", "", (), part, part)
    several = len(part) if isinstance(part, (list, tuple)) else 0
    one = contract(part[0] if several else part)
    return Value(one.type, one.dtype, one.shape, float(one.low), float(one.high), several)


def _spelled(target: Any) -> str:
    """A target as Python prints it, cut off where it is long."""
    text = " ".join(str(target).split())
    return text if len(text) <= SPELLED else text[: SPELLED - 1] + "…"
