"""A pipeline at work for a training run: the last picture alone, drawn by the very dice of the playground.

Pipelines are given PIL pictures, as in the playground and by torchvision's datasets: of small pictures PIL also turns
and colours several times as many in a second as torch does.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import PIL.Image
import torch
from torchvision.transforms.v2 import functional as F

from cnnlab.augmentation import Pipeline
from cnnlab.augmentation.calls import walk
from cnnlab.augmentation.catalogue import Normalisation, is_mixing
from cnnlab.augmentation.dice import plan
from cnnlab.specs import SpecError

from .reading import fitted

EPOCH = 10**9  # samples between two epochs: more than any dataset has
LARGEST = 16  # of floats that were meant to lie between 0 and 1, whatever was added


def sample_number(epoch: int, index: int) -> int:
    """The playground's number of what a picture, by its index in the dataset, becomes in an epoch.

    >>> sample_number(epoch=3, index=17)
    3000000017
    """
    return epoch * EPOCH + index


def as_pipelines_take(picture: torch.Tensor) -> PIL.Image.Image:
    """Bytes (C, H, W) as a picture."""
    values = picture.numpy()
    return PIL.Image.fromarray(values[0] if len(values) == 1 else np.ascontiguousarray(values.transpose(1, 2, 0)))


def augmented(pipeline: Pipeline, picture: PIL.Image.Image, seed: int, sample: int, seed_generator: Callable) -> Any:
    """What `pipeline.stages(picture, seed, sample)[-1].image` is. The caller holds `generator()`.

    SpecError where a step fails.
    """
    result: Any = picture
    try:
        for planned in plan(pipeline.active, seed, sample):
            for leaf in planned.leaves():
                seed_generator(leaf.seed)
                result = pipeline.runners[leaf.call.id].transform(result)
    except Exception:
        pipeline.stages(picture, seed, sample)  # it fails there too, and says why and what would help
        raise
    return result


def as_network_takes(result: Any, channels: int, side: int) -> torch.Tensor:
    """What a pipeline left as float32 (C, H, W): bytes and other whole numbers from 0 to 1, floats as they are."""
    if isinstance(result, PIL.Image.Image):
        values = np.array(result)
        result = torch.from_numpy(values[None] if values.ndim == 2 else values.transpose(2, 0, 1))
    if not isinstance(result, torch.Tensor) or result.ndim != 3:
        raise SpecError(
            "The last step of the augmentation leaves several pictures of each, and a network is trained on one: "
            "switch the step off."
        )
    return F.to_dtype(fitted(result.as_subclass(torch.Tensor), channels, side), torch.float32, scale=True)


def normalises(pipeline: Pipeline) -> bool:
    """Whether a step of its own does so."""
    return any(call.spec.normalisation is Normalisation.BEGINS for call in walk(pipeline.active))


def refuse_unfit(pipeline: Pipeline, picture: PIL.Image.Image, seed: int) -> None:
    """SpecError for what no training run can use, found by trying it on a picture within the limits of a page."""
    mixing = next((call.name for call in walk(pipeline.active) if is_mixing(call)), None)
    if mixing:
        raise SpecError(
            "{step} mixes the pictures and labels of whole batches, and a run is trained on pictures of one class each: "
            "switch the step off.",
            step=mixing,
        )
    left = as_network_takes(pipeline.stages(picture, seed)[-1].image, len(picture.getbands()), min(picture.size))
    if not normalises(pipeline) and left.max() > LARGEST:
        raise SpecError(
            "The augmentation leaves values up to {high:.0f}, and a network is given values from 0 to 1: "
            "use ToDtype with scale=True, or leave that step out.",
            high=left.max().item(),
        )
