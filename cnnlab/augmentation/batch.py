"""Whole batches: prepare each picture by its own dice, then mix them."""

from collections.abc import Sequence
from typing import Any

import torch

from cnnlab.chance import generator
from cnnlab.specs import Call, SpecError

from .budget import Budget
from .catalogue import AUGMENTATIONS, is_mixing
from .dice import plan
from .explain import TO_FLOAT, Failure
from .export import replay_batch
from .pipeline import Pipeline
from .runner import Stage
from .running import Trace, run


def mix(pipeline: Pipeline, images: Sequence[Any], seed: int = 0, sample: int = 0) -> Trace:
    """The stages of a batch of pictures, whose labels are their places 0, 1, 2, ….

    The steps before the first that mixes run on picture i as on sample `sample` + i; from there on a stage's
    sample is (images (N, C, H, W), labels (N,) or (N, num_classes)), and one draw serves the whole batch.
    """
    calls, cut = pipeline.active, _cut(pipeline)
    pictures, budget = [], Budget()
    with generator() as seed_generator:
        for place, image in enumerate(images):
            trace = run(plan(calls[:cut], seed, sample + place), image, pipeline.runners, seed_generator, budget)
            if trace.failure:
                return trace
            pictures.append(trace.stages[-1].image)
        unfit = _unfit(calls[cut], pictures) if cut < len(calls) else None
        if unfit:
            return Trace((Stage("input", images[0]),), unfit)
        batch = (torch.stack(pictures), torch.arange(len(pictures)))
        trace = run(plan(calls[cut:], seed, sample), batch, pipeline.runners, seed_generator, budget)
    return Trace((Stage("batch", batch), *trace.stages[1:]), trace.failure)


def code(pipeline: Pipeline, count: int, seed: int, sample: int = 0) -> str:
    """Source whose `transform(images)` gives exactly the images and labels of `mix` for `count` pictures."""
    calls, cut = pipeline.active, _cut(pipeline)
    with generator():
        prepare = [plan(calls[:cut], seed, sample + place) for place in range(count)]
        return replay_batch(prepare, plan(calls[cut:], seed, sample), seed, sample)


def _cut(pipeline: Pipeline) -> int:
    """The place of the first step that mixes."""
    calls = pipeline.active
    return next((index for index, call in enumerate(calls) if is_mixing(call)), len(calls))


def _unfit(call: Call, images: list[Any]) -> Failure | None:
    """Why pictures cannot be collated into the batch that a step mixes, as a DataLoader would find."""
    if not all(isinstance(image, torch.Tensor) for image in images):
        refusal = SpecError(
            "A batch is made of tensors, and the steps before it leave PIL pictures: "
            "put ToImage and ToDtype(float32, scale=True) before the step that mixes."
        )
        return Failure(call.id, refusal, TO_FLOAT)
    shapes = {tuple(image.shape) for image in images}
    if len(shapes) > 1:
        refusal = SpecError(
            "The pictures of a batch must have one shape, and these have {shapes}: "
            "put Resize((160, 160)) or a crop before the step that mixes.",
            shapes=", ".join(" × ".join(map(str, shape)) for shape in sorted(shapes)[:3]),
        )
        return Failure(call.id, refusal, (AUGMENTATIONS["Resize"](size=(160, 160)),))
    return None
