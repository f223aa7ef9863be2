"""What people stumble over between files and batches, looked for in what is chosen, each with what mends it."""

from collections.abc import Callable, Iterator
from itertools import pairwise

import torch
from PIL import Image
from torch.nn import functional
from torchvision.transforms.v2 import functional as F

from cnnlab.augmentation.calls import walk
from cnnlab.augmentation.catalogue import Normalisation
from cnnlab.augmentation.runner import contract
from cnnlab.chance import generator
from cnnlab.loading.augmenting import as_pipelines_take
from cnnlab.loading.feeding import unpacked
from cnnlab.loading.selection import Feeding, Selection
from cnnlab.loading.splits import kept_classes
from cnnlab.messages import Message
from cnnlab.specs import N_, Call

from .answers import Trap
from .loaders import said
from .subject import Subject

TOSSES = 8  # of a step's coin
NAMED = 12  # classes that are listed

Looking = Callable[[Subject, Selection, Feeding], Iterator[Trap]]

GRAY = N_(
    "{step} has mean and std for {numbers} channels, and the pictures are gray: torchvision's v2 makes {numbers} channels "
    "of them without a word, {before} becomes {after}."
)
GRAY_FIX = N_("One number each for gray pictures: mean=({mean:.3g},), std=({std:.3g},).")
SECOND = N_(
    "Of two plain tensors in a sample, {step} takes the first for the picture: in {order} it changed “{name}” and left the "
    "picture as it was."
)
SECOND_FIX = N_("Make the picture a tv_tensors.Image: then plain tensors beside it are left alone.")
LABELS = N_(
    "The kept classes are {labels} in the dataset, and a network with {count} outputs takes labels from 0 to {last}: "
    "with {label} torch says “{words}”."
)
LABELS_FIX = N_("Here they are numbered anew; in a Dataset of your own say target_transform={table}.get.")
ALONE = N_(
    "The last batch has one picture ({samples} = {full} × {batch} + 1): BatchNorm cannot average over one value and stops, "
    "where nothing else is averaged with it."
)
ALONE_FIX = N_("Switch drop_last on, or take another batch size.")
CHANCE = N_("The evaluation pipeline draws by chance ({step}): two evaluations of the same network differ.")
CHANCE_FIX = N_("Leave what draws to the training pipeline.")


def traps(subject: Subject, selection: Selection, feeding: Feeding) -> tuple[Trap, ...]:
    """Those of the files first."""
    notes = (*subject.source.notes, *subject.source.traps())
    return (*map(Trap, notes), *(trap for look in LOOKS for trap in look(subject, selection, feeding)))


def _gray(subject: Subject, selection: Selection, feeding: Feeding) -> Iterator[Trap]:
    """A Normalize of several channels that gets a picture of one."""
    pipeline = unpacked(subject.shelf.link)
    picture = _picture(subject)
    stages = pipeline.stages(picture, feeding.seed)
    for before, stage in pairwise(stages):
        if not stage.id or pipeline.find(stage.id).spec.normalisation is not Normalisation.BEGINS:
            continue
        one, other = contract(before.image).shape, contract(stage.image).shape
        if one[-3] == 1 < other[-3]:
            mean, std = (float(value.mean()) for value in (subject.data.mean, subject.data.std))
            mended = pipeline.changed(stage.id, mean=(mean,), std=(std,))
            yield Trap(
                Message(
                    GRAY, {"step": stage.name, "numbers": other[-3], "before": _shape(one), "after": _shape(other)}
                ),
                Message(GRAY_FIX, {"mean": mean, "std": std}),
                mended.link,
            )


def _second(subject: Subject, selection: Selection, feeding: Feeding) -> Iterator[Trap]:
    """The first step that takes another plain tensor for the picture, tried with a sample of two."""
    picture = F.pil_to_tensor(_picture(subject))
    beside = torch.arange(picture.numel(), dtype=torch.uint8).reshape(picture.shape)
    for call in walk(unpacked(subject.shelf.link).active):
        if not call.spec.nested and not call.spec.needs and takes_the_first(call, picture, beside):
            values = {"step": call.name, "order": "{'depth': …, 'image': …}", "name": "depth"}
            yield Trap(Message(SECOND, values), Message(SECOND_FIX), own=True)
            return


def takes_the_first(call: Call, picture: torch.Tensor, beside: torch.Tensor) -> bool:
    """Whether a step changes what stands before the picture, and not the picture; a coin is tossed a few times."""
    step = call.build()
    with generator() as seed_generator:
        for seed in range(TOSSES):
            seed_generator(seed)
            try:
                sample = step({"depth": beside.clone(), "image": picture.clone()})
            except Exception:  # what it says to such tensors is told where it is run
                return False
            if not torch.equal(sample["image"], picture):
                return False
            if not torch.equal(sample["depth"], beside):
                return True
    return False


def _labels(subject: Subject, selection: Selection, feeding: Feeding) -> Iterator[Trap]:
    """Classes whose own numbers a network of so many outputs does not know."""
    kept = kept_classes(subject.source.labels, selection.classes)
    if kept == list(range(len(kept))):
        return
    try:
        functional.cross_entropy(torch.zeros(1, len(kept)), torch.tensor([kept[-1]]))
    except IndexError as error:
        words = said(error).rstrip(".")
    numbers = {
        "labels": ", ".join(map(str, kept[:NAMED])),
        "count": len(kept),
        "last": len(kept) - 1,
        "label": kept[-1],
    }
    table = {label: place for place, label in enumerate(kept[:NAMED])}
    yield Trap(Message(LABELS, {**numbers, "words": words}), Message(LABELS_FIX, {"table": str(table)}), own=True)


def _alone(subject: Subject, selection: Selection, feeding: Feeding) -> Iterator[Trap]:
    if subject.last == 1 < feeding.batch_size and not feeding.drop_last:
        full = subject.total // feeding.batch_size
        yield Trap(
            Message(ALONE, {"samples": subject.total, "full": full, "batch": feeding.batch_size}), Message(ALONE_FIX)
        )


def _chance(subject: Subject, selection: Selection, feeding: Feeding) -> Iterator[Trap]:
    """An evaluation that comes out otherwise for another sample number."""
    pipeline, picture = feeding.evaluation, _picture(subject)
    if not pipeline.active:
        return
    for stage in pipeline.stages(picture, feeding.seed)[1:]:
        if stage.draws:
            yield Trap(Message(CHANCE, {"step": stage.name}), Message(CHANCE_FIX))
            return


LOOKS: tuple[Looking, ...] = (_gray, _second, _labels, _alone, _chance)


def _picture(subject: Subject) -> Image.Image:
    return as_pipelines_take(subject.shelf.part.pictures[torch.tensor([0])][0])


def _shape(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape))
