"""Whether samples become a batch, and what would help where torch's default_collate cannot stack them."""

import torch
from torch.utils.data import default_collate

from cnnlab.augmentation import AUGMENTATIONS, Pipeline
from cnnlab.augmentation.runner import contract
from cnnlab.loading.augmenting import as_pipelines_take, sample_number
from cnnlab.loading.feeding import unpacked

from .answers import Collated
from .loaders import said
from .subject import Subject

COUNT = 4  # samples that are stacked
TO_TENSOR = (AUGMENTATIONS["ToImage"](), AUGMENTATIONS["ToDtype"](dtype="float32", scale=True))


def collated(subject: Subject) -> Collated:
    """A batch as the loader gives it, and what default_collate says to the results of the pipeline as they are."""
    x, y, _ = subject.shelf.batch(subject.rows[0])
    pipeline = unpacked(subject.shelf.link)
    left, words = stacked(subject, pipeline)
    mended = next((one.link for one in helped(subject, pipeline) if not stacked(subject, one)[1]), "") if words else ""
    low, high = (float(value) for value in torch.aminmax(x))
    return Collated(tuple(x.shape), _name(x), low, high, _name(y), left, words, mended)


def stacked(subject: Subject, pipeline: Pipeline) -> tuple[str, str]:
    """What the pipeline leaves of a sample, and torch's words where some of them make no batch."""
    samples = [result(subject, pipeline, place) for place in range(min(COUNT, len(subject.shelf.part)))]
    try:
        default_collate([(picture, 0) for picture in samples])
    except (TypeError, RuntimeError) as error:
        return str(contract(samples[0])), said(error)
    return str(contract(samples[0])), ""


def result(subject: Subject, pipeline: Pipeline, place: int) -> object:
    part = subject.shelf.part
    picture = as_pipelines_take(part.pictures[torch.tensor([place])][0])
    return pipeline.stages(picture, subject.shelf.seed, sample_number(0, int(part.indices[place])))[-1].image


def helped(subject: Subject, pipeline: Pipeline) -> list[Pipeline]:
    """Pipelines to try: ended by tensors, by one size, by both."""
    side = int(min(subject.data.shape[1:]))
    cut = (AUGMENTATIONS["CenterCrop"](size=(side, side)),)
    return [pipeline.added(*more) for more in (TO_TENSOR, cut, (*cut, *TO_TENSOR))]


def _name(tensor: torch.Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")
