"""The chosen pictures as tensors: in the network's channels and size, in three parts, with their mean and deviation."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import torch
from torchvision.transforms.v2 import functional as F

from cnnlab import limits
from cnnlab.specs import Call, SpecError

from .selection import Selection
from .sources import Source
from .splits import kept_classes, renumbered, split

CHUNK = 256  # pictures that are worked on at once


class Pictures(Protocol):
    """uint8 pictures of one shape by their places: a tensor (N, C, H, W), or what reads them when they are asked for."""

    def __len__(self) -> int: ...

    def __getitem__(self, places: torch.Tensor) -> torch.Tensor: ...


@dataclass(frozen=True, eq=False)
class Part:
    """Pictures with their labels (int64, as the network counts classes) and their `indices` in the dataset.

    Those of `own_test` were kept for testing by the dataset itself, and are counted apart from its others.
    """

    pictures: Pictures
    labels: torch.Tensor
    indices: torch.Tensor
    training: bool = False
    own_test: bool = False

    def __len__(self) -> int:
        return len(self.labels)

    def picture(self, index: int) -> torch.Tensor:
        """The picture (C, H, W) of an index in the dataset."""
        place = int(torch.searchsorted(self.indices, index))
        return self.pictures[torch.tensor([place])][0]

    @cached_property
    def plain_labels(self) -> np.ndarray:
        return self.labels.numpy()


@dataclass(frozen=True, eq=False)
class Data:
    """A dataset as a network takes it. `mean` and `std` (C) are those of the training pictures, of values 0 to 1.

    Where they are not `normalise`d, batches have values 0 to 1. A part that was not asked for has no pictures.
    """

    classes: tuple[str, ...]
    train: Part
    validation: Part
    test: Part
    mean: torch.Tensor
    std: torch.Tensor
    normalise: bool = True

    @property
    def shape(self) -> tuple[int, int, int]:
        return tuple(self.train.pictures[torch.tensor([0])].shape[1:])

    @property
    def counts(self) -> dict[str, tuple[int, ...]]:
        """How many pictures of each class there are, by part."""
        parts = {"train": self.train, "validation": self.validation, "test": self.test}
        kinds = len(self.classes)
        return {name: tuple(torch.bincount(part.labels, minlength=kinds).tolist()) for name, part in parts.items()}

    def normalised(self, floats: torch.Tensor) -> torch.Tensor:
        """float32 of values 0 to 1, changed in place: as torchvision's Normalize does it."""
        if not self.normalise:
            return floats
        return floats.sub_(self._columns[0]).div_(self._columns[1])

    @cached_property
    def _columns(self) -> tuple[torch.Tensor, torch.Tensor]:
        return self.mean.float()[:, None, None], self.std.float()[:, None, None]

    @cached_property
    def _floats(self) -> dict[Part, torch.Tensor]:
        return {}

    def floats(self, part: Part, places: torch.Tensor) -> torch.Tensor:
        """The pictures at these places of a part, as a network takes them without augmentation."""
        pictures = part.pictures
        if not isinstance(pictures, torch.Tensor):
            return self.normalised(scaled(pictures[places]))
        if 4 * pictures.numel() > limits.FLOAT_BYTES:
            return self.normalised(scaled(pictures.index_select(0, places)))
        if part not in self._floats:
            self._floats[part] = self.normalised(scaled(pictures))
        return self._floats[part].index_select(0, places)


def prepare(selection: Selection, channels: int = 0, side: int = 0) -> Data:
    """The pictures of a selection for a network of so many channels and such a side, 0 for those of the data.

    The selection's own `side` comes first. SpecError where the data cannot give that.
    """
    source = source_of(selection.data)
    chosen = kept_classes(source.labels, selection.classes, source.classes)
    parts = parts_of(selection, source)
    side = selection.side or side
    made = {
        name: _part(selection.data, source, places, chosen, channels, side, name, own)
        for name, (places, own) in parts.items()
    }
    mean, std = _statistics(made["train"].pictures)
    classes = tuple(source.classes[label] for label in chosen)
    return Data(classes, **made, mean=mean, std=std, normalise=selection.normalise)


def source_of(call: Call) -> Source:
    return call.build()


def parts_of(selection: Selection, source: Source) -> dict[str, tuple[np.ndarray, bool]]:
    """The places of each part's pictures, and whether these are among those that the dataset keeps for testing."""
    parts = split(
        source.labels,
        selection.classes,
        selection.samples,
        selection.validation,
        selection.test,
        selection.split_seed,
        source.classes,
    )
    own = not selection.test and len(source.own_test) > 0
    chosen = kept_classes(source.labels, selection.classes, source.classes)
    tested = np.flatnonzero(np.isin(source.own_test, chosen)) if own else parts.test
    return {"train": (parts.train, False), "validation": (parts.validation, False), "test": (tested, own)}


def _part(
    call: Call,
    source: Source,
    places: np.ndarray,
    chosen: Sequence[int],
    channels: int,
    side: int,
    name: str,
    own: bool,
) -> Part:
    labels = renumbered((source.own_test if own else source.labels)[places], chosen)
    pictures = torch.from_numpy(source.read()[places])
    fit = Fitted(pictures, channels or pictures.shape[1], side)
    nbytes = len(fit) * fit.numbers
    held = fit[torch.arange(len(fit))] if nbytes <= limits.DATA_BYTES else fit
    return Part(held, torch.from_numpy(labels), torch.from_numpy(places), name == "train", own)


@dataclass(frozen=True, eq=False)
class Fitted:
    """Pictures (N, C, H, W) that are brought into other channels and another size when they are asked for."""

    pictures: torch.Tensor
    channels: int
    side: int

    def __len__(self) -> int:
        return len(self.pictures)

    @property
    def numbers(self) -> int:
        """Of one picture."""
        height, width = (self.side, self.side) if self.side else self.pictures.shape[2:]
        return self.channels * height * width

    def __getitem__(self, places: torch.Tensor) -> torch.Tensor:
        chunks = [fitted(self.pictures[some], self.channels, self.side) for some in places.split(CHUNK)]
        return torch.cat(chunks) if chunks else fitted(self.pictures[places], self.channels, self.side)


def scaled(pictures: torch.Tensor) -> torch.Tensor:
    """Bytes as float32 from 0 to 1, in torchvision's arithmetic: a division would round otherwise."""
    return pictures.float().mul_(1 / 255)


def fitted(pictures: torch.Tensor, channels: int, side: int) -> torch.Tensor:
    """Pictures (…, C, H, W) with so many channels, and of such a side: resized by the shorter one, then the middle."""
    pictures = with_channels(pictures, channels)
    if side and tuple(pictures.shape[-2:]) != (side, side) and pictures.numel():
        pictures = F.center_crop(F.resize(pictures, [side], antialias=True), [side, side])
    elif side and not pictures.numel():
        pictures = pictures.new_empty((*pictures.shape[:-2], side, side))
    return pictures


def with_channels(pictures: torch.Tensor, channels: int) -> torch.Tensor:
    there = pictures.shape[-3]
    if channels in (0, there):
        return pictures
    if there == 1:
        return pictures.expand(*pictures.shape[:-3], channels, *pictures.shape[-2:]).contiguous()
    if (there, channels) == (3, 1):
        return F.rgb_to_grayscale(pictures)
    raise SpecError(
        "The network takes {channels} channels, and the pictures have {there}: gray ones can be given as colours, "
        "and colours as gray ones, but nothing else.",
        channels=channels,
        there=there,
    )


def _statistics(pictures: Pictures) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and standard deviation of each channel, of values 0 to 1, from whole sums: the same on every machine.

    Where pictures are not held in memory, those of some, which are spread evenly over all. A channel that has one value
    alone is divided by 1.
    """
    count = len(pictures) if isinstance(pictures, torch.Tensor) else min(len(pictures), limits.STATISTICS)
    places = torch.linspace(0, len(pictures) - 1, count, dtype=torch.float64).round().long()
    number = total = squares = 0
    for some in places.split(CHUNK):
        values = pictures[some].transpose(0, 1).flatten(1).int()
        number += values.shape[1]
        total = total + values.sum(1, dtype=torch.int64)
        squares = squares + values.square_().sum(1, dtype=torch.int64)
    mean = total.double() / number
    deviation = ((squares - total.double() * mean) / number).clamp(min=0).sqrt()
    return mean / 255, torch.where(deviation > 1e-6, deviation / 255, 1.0)
