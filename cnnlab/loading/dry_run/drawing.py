"""Whether workers and epochs repeat what chance draws: for ours, and for a Dataset that keeps its own generator."""

import inspect
from collections import Counter
from dataclasses import replace

import numpy as np
import torch
from PIL import Image
from torch.utils.data import Dataset
from torchvision.transforms.v2 import functional as F

from cnnlab.augmentation import Pipeline
from cnnlab.augmentation.calls import walk
from cnnlab.augmentation.dice import plan
from cnnlab.augmentation.looks import fitting, normalisation
from cnnlab.chance import generator
from cnnlab.colours import CLASSES, GRAY, rgb
from cnnlab.images import montage, png, to_pixels
from cnnlab.loading.augmenting import as_network_takes, as_pipelines_take, normalises, sample_number
from cnnlab.loading.feeding import Shelf, unpacked

from .answers import Draws
from .loaders import checked, loader
from .subject import repeated

COUNT, WORKERS = 8, 2
STAND_IN = Pipeline.from_code("[v2.RandomRotation(30)]")
SIDE, FRAME = 64, 4
HUES = CLASSES[:COUNT]  # for at most so many pairs of twins in two epochs
LONE = rgb(GRAY)  # of the frame of a picture that is there once

Epochs = list[list[torch.Tensor]]
Keys = list[list]  # of each picture of each epoch: equal where it is drawn alike


class Turned(Dataset):
    def __init__(self, pictures, seed):
        self.pictures = pictures
        self.chance = np.random.default_rng(seed)  # each worker has a copy of it, and of where it stands

    def __len__(self):
        return len(self.pictures)

    def __getitem__(self, index):
        return F.rotate(F.to_image(self.pictures[index]), self.chance.uniform(-30, 30))


CODE = inspect.getsource(Turned)


def ours(shelf: Shelf) -> tuple[Draws, bytes, bool]:
    """The draws of the shelf's pipeline with two workers, a sheet of them, and whether a stand-in was drawn instead."""
    epochs = drawn(shelf, WORKERS)
    stand_in = len({key for epoch in keys(epochs) for key in epoch}) == 1
    if stand_in:
        shelf = replace(shelf, link=STAND_IN.link)
        epochs = drawn(shelf, WORKERS)
    same, thrown = keys(epochs) == keys(played(shelf)), dice(shelf)
    pictures = [[shown(shelf, one) for one in epoch] for epoch in epochs]
    return replace(draws(thrown), same=same), sheet(pictures, thrown), stand_in


def drawn(shelf: Shelf, workers: int) -> Epochs:
    """The shelf's first picture under eight indices, in two epochs, as float32 (C, H, W)."""
    eight = repeated(shelf, COUNT)
    rows = list(torch.arange(COUNT).split(1))
    return [
        [checked(batch)[0][0].clone() for batch in loader(replace(eight, epoch=epoch), rows, workers)]
        for epoch in (0, 1)
    ]


def played(shelf: Shelf) -> Epochs:
    """The same as the playground draws it, sample by sample: what the dice stand for."""
    pipeline, picture, (channels, *sides) = unpacked(shelf.link), first(shelf), shelf.data.shape

    def one(epoch: int, index: int) -> torch.Tensor:
        last = pipeline.stages(picture, shelf.seed, sample_number(epoch, index))[-1].image
        made = as_network_takes(last, channels, min(sides))
        return made if normalises(pipeline) else shelf.data.normalised(made)

    indices = repeated(shelf, COUNT).part.indices.tolist()
    return [[one(epoch, index) for index in indices] for epoch in (0, 1)]


def classic(shelf: Shelf, persistent: bool) -> tuple[Draws, bytes]:
    """The same of a Dataset that keeps its own generator; workers are made anew for each epoch, or kept."""
    picture = first(shelf)
    size = (SIDE * 2, SIDE * 2)  # or small pictures turned a little look alike
    pictures = [
        picture.resize(size, Image.Resampling.NEAREST if max(picture.size) < SIDE else Image.Resampling.BILINEAR)
    ]
    batches = loader(Turned(pictures * COUNT, shelf.seed), None, WORKERS, batch_size=1, persistent_workers=persistent)
    epochs = [[batch[0].clone() for batch in batches] for _ in range(2)]
    return draws(keys(epochs)), sheet([[to_pixels(one) for one in epoch] for epoch in epochs], keys(epochs))


def dice(shelf: Shelf) -> Keys:
    """What decides all that the steps draw: the seeds of a sample's steps. (Small pictures may be alike all the same.)"""
    indices, calls = repeated(shelf, COUNT).part.indices.tolist(), unpacked(shelf.link).active
    with generator():
        return [
            [str([one.seed for one in plan(calls, shelf.seed, sample_number(epoch, index))]) for index in indices]
            for epoch in (0, 1)
        ]


def keys(epochs: Epochs) -> Keys:
    return [[picture.numpy().tobytes() for picture in epoch] for epoch in epochs]


def draws(epochs: Keys) -> Draws:
    first, second = epochs
    return Draws(len(first), len(set(first)), sum(one == other for one, other in zip(first, second, strict=True)))


def first(shelf: Shelf) -> Image.Image:
    """Its first picture."""
    return as_pipelines_take(shelf.part.pictures[torch.tensor([0])][0])


def shown(shelf: Shelf, floats: torch.Tensor) -> np.ndarray:
    """What a network gets as pixels: its normalisation is undone."""
    pipeline: Pipeline = unpacked(shelf.link)
    if not normalises(pipeline):
        normal = shelf.data.normalise
        return to_pixels(floats * shelf.data.std[:, None, None] + shelf.data.mean[:, None, None] if normal else floats)
    picture = first(shelf)
    stages = pipeline.stages(picture, shelf.seed, sample_number(0, int(shelf.part.indices[0])))
    undo = normalisation(stages, {call.id: call for call in walk(pipeline.active)})
    return to_pixels(floats, *(fitting(floats, undo) or (None, None)))


def sheet(epochs: list[list[np.ndarray]], names: Keys) -> bytes:
    """A PNG (RGBA) with a row for each epoch; pictures whose name occurs more than once have frames of one colour."""
    often = Counter(name for epoch in names for name in epoch)
    twins = [name for name, count in often.items() if count > 1]
    hues = {name: rgb(hue) for name, hue in zip(twins, HUES, strict=False)}
    tiles = [
        framed(picture, hues.get(name, LONE))
        for pictures, own in zip(epochs, names, strict=True)
        for picture, name in zip(pictures, own, strict=True)
    ]
    return png(montage(tiles, len(epochs[0]), gap=4, ground=0))


def framed(picture: np.ndarray, hue: tuple[int, int, int]) -> np.ndarray:
    """uint8 (H, W, 4), for what lies between such pictures is see-through."""
    image = Image.fromarray(picture)
    image = image.resize((SIDE, SIDE), Image.Resampling.NEAREST if max(image.size) <= SIDE else Image.Resampling.BOX)
    frame = np.full((SIDE + 2 * FRAME, SIDE + 2 * FRAME, 4), (*hue, 255), np.uint8)
    frame[FRAME:-FRAME, FRAME:-FRAME, :3] = np.asarray(image)
    return frame
