"""The chosen pictures as tensors: in the network's channels and size, in three parts, with their mean and deviation."""

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Protocol

import torch
from torchvision.transforms.v2 import functional as F

from cnnlab import limits
from cnnlab.images import decode
from cnnlab.specs import Call, SpecError

from .keeping import data_folder, refuse_damaged, source_of
from .parts import Places, parts_of
from .selection import Selection
from .sources import Source
from .splits import kept_classes

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
    source, side = source_of(selection.data), selection.side or side
    refuse_pixel(side)
    read = _reader(selection.data, source, channels, side)
    parts = {
        name: Part(
            _held(read(places)),
            torch.from_numpy(places.labels),
            torch.from_numpy(places.indices),
            name == "train",
            places.own_test,
        )
        for name, places in parts_of(selection, source).items()
    }
    train = parts["train"].pictures
    mean, std = statistics(train, every=isinstance(train, torch.Tensor))
    chosen = kept_classes(source.labels, selection.classes)
    classes = tuple(source.classes[label] for label in chosen)
    return Data(classes, **parts, mean=mean, std=std, normalise=selection.normalise)


def refuse_pixel(side: int) -> None:
    """SpecError for a side that torch's resize of bytes fails at."""
    if side == 1:
        raise SpecError("side=1 leaves a single pixel of each picture: use 2 or more.")


def _reader(call: Call, source: Source, channels: int, side: int) -> Callable[[Places], "Fitted | Files"]:
    """What gives the pictures of a part in the network's channels and size."""
    if source.paths:
        return lambda places: Files(
            [source.paths[index] for index in places.indices],
            channels or 3,
            side,
            [source.called(index) for index in places.indices],
        )
    if source.read:
        whole = cache(lambda own_test: torch.from_numpy(source.read()))
    else:
        refuse_damaged(call)
        whole = cache(partial(_published, call))
    return lambda places: Fitted(whole(places.own_test)[torch.from_numpy(places.indices)], channels, side)


def _published(call: Call, own: bool) -> torch.Tensor:
    """torchvision's pictures of a downloaded dataset, with their channels first, whichever way it holds them."""
    pictures = torch.as_tensor(call.build()(data_folder(), **call.spec.parts[own]).data)
    if pictures.ndim == 3:
        return pictures[:, None]
    return (pictures if pictures.shape[1] == call.spec.shape[0] else pictures.movedim(-1, 1)).contiguous()


def _held(pictures: "Fitted | Files") -> Pictures:
    """The pictures as a tensor where there is room for it, else as they are."""
    return pictures[torch.arange(len(pictures))] if has_room(pictures) else pictures


def has_room(pictures: Pictures) -> bool:
    """Whether training holds them in memory."""
    return not len(pictures) or math.prod(pictures[torch.tensor([0])].shape) * len(pictures) <= limits.DATA_BYTES


@dataclass(frozen=True, eq=False)
class Fitted:
    """Pictures (N, C, H, W) that are brought into other channels and another size when they are asked for."""

    pictures: torch.Tensor
    channels: int
    side: int

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, places: torch.Tensor) -> torch.Tensor:
        return torch.cat([fitted(self.pictures[some], self.channels, self.side) for some in places.split(CHUNK)])


@dataclass(frozen=True, eq=False)
class Files:
    """Pictures in files, which are read when they are asked for: upright, 8 bits a value, nothing see-through.

    `names` are what a person calls them, where their paths do not say it.
    """

    paths: Sequence[Path]
    channels: int
    side: int
    names: Sequence[str] = ()

    def __post_init__(self):
        if not self.side:
            raise SpecError("The pictures of a folder have many sizes: say the side that the network is to get.")

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, places: torch.Tensor) -> torch.Tensor:
        made = torch.empty((len(places), self.channels, self.side, self.side), dtype=torch.uint8)
        with ThreadPoolExecutor(torch.get_num_threads()) as threads:
            for row, picture in enumerate(threads.map(self._read, places.tolist())):
                made[row] = picture
        return made

    def _read(self, place: int) -> torch.Tensor:
        path = self.paths[place]
        name = self.names[place] if self.names else "/".join(path.parts[-2:])
        try:
            data = path.read_bytes()
        except OSError as error:
            raise SpecError(
                "{file} cannot be read any more ({reason}): put it back, or start anew.",
                file=name,
                reason=error.strerror,
            ) from error
        picture = F.pil_to_tensor(decode(data, name).image)
        return fitted(picture, self.channels, self.side)


def scaled(pictures: torch.Tensor) -> torch.Tensor:
    """Bytes as float32 from 0 to 1, in torchvision's arithmetic: a division would round otherwise."""
    return pictures.float().mul_(1 / 255)


def fitted(pictures: torch.Tensor, channels: int, side: int) -> torch.Tensor:
    """Pictures (…, C, H, W) with so many channels, and of such a side: resized by the shorter one, then the middle."""
    fewest = min(channels, pictures.shape[-3])  # which are the least work to resize
    return with_channels(_resized(with_channels(pictures, fewest), side), channels)


def _resized(pictures: torch.Tensor, side: int) -> torch.Tensor:
    if not side or tuple(pictures.shape[-2:]) == (side, side):
        return pictures
    if not len(pictures):
        return pictures.new_empty((*pictures.shape[:-2], side, side))
    return F.center_crop(F.resize(pictures, [side], antialias=True), [side, side])


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


def statistics(pictures: Pictures, every: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and standard deviation of each channel, of values 0 to 1, from whole counts: the same on every machine.

    Where not `every` picture is looked at, those of some, which are spread evenly over all. A channel that has one value
    alone is divided by 1.
    """
    count = len(pictures) if every else min(len(pictures), limits.STATISTICS)
    places = torch.linspace(0, len(pictures) - 1, count, dtype=torch.float64).round().long()
    counts: torch.Tensor | int = 0
    for some in places.split(CHUNK):
        channels = pictures[some].transpose(0, 1).flatten(1)
        counts = counts + torch.stack([torch.bincount(channel, minlength=256) for channel in channels])
    values, often = torch.arange(256, dtype=torch.float64), counts / counts.sum(1, keepdim=True, dtype=torch.float64)
    mean = (often * values).sum(1)
    deviation = (often * (values - mean[:, None]) ** 2).sum(1).sqrt()
    return mean / 255, torch.where(deviation > 0, deviation / 255, 1.0)
