"""A Dataset as people write one by hand, on the chosen pictures: one sample step by step, and its batch for real."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import cached_property, lru_cache, partial
from typing import Any

import numpy as np
import PIL.Image
import torch
import torch.nn.functional as F
from torch.utils.data import default_collate
from torchvision.transforms.v2 import functional as TF

from cnnlab import limits
from cnnlab.augmentation import AUGMENTATIONS, Pipeline
from cnnlab.augmentation.budget import Budget
from cnnlab.augmentation.dice import plan
from cnnlab.augmentation.running import Trace, run
from cnnlab.chance import generator
from cnnlab.images import decode, sample
from cnnlab.specs import Call, SpecError

from .augmenting import as_pipelines_take, normalises, sample_number
from .gallery.originals import arrays
from .keeping import source_of
from .padding import padded
from .parts import Places, parts_of
from .reading import fitted, has_room, refuse_pixel, statistics
from .samples import LEFT, OTHER, SIZES, TO_FLOAT, Neighbours, Trouble
from .selection import Selection
from .sources import Source
from .splits import kept_classes
from .targets import TARGETS
from .view import View

PAIR = (("chelsea", (100, 200)), ("coffee", (150, 170)))  # photos with the heights and widths of the course's
CHOOSING = {field.name for field in fields(Selection)}


def one_hot(label: int, classes: int) -> torch.Tensor:
    return F.one_hot(torch.tensor(label), classes).float()


def halves(label: int, classes: int) -> int:
    return int(2 * label >= classes)


@dataclass(frozen=True, eq=False)
class Picked:
    """Pictures of a part in training's size, read out of all when they are asked for."""

    opened: "Opened"
    part: Places

    def __len__(self) -> int:
        return len(self.part.indices)

    def __getitem__(self, places: torch.Tensor) -> torch.Tensor:
        selection, source = self.opened.selection, self.opened.source
        some = arrays(selection.data, source, self.part.indices[places.numpy()], self.part.own_test)
        return fitted(torch.from_numpy(np.ascontiguousarray(some)), 0, selection.side)


@dataclass(frozen=True, eq=False)
class Opened:
    """A selection whose pictures can be looked at one by one: as training reads them, files of their own size as they are."""

    selection: Selection
    source: Source
    places: dict[str, Places]

    @property
    def of_files(self) -> bool:
        return bool(self.source.paths)

    @cached_property
    def classes(self) -> tuple[str, ...]:
        chosen = kept_classes(self.source.labels, self.selection.classes, self.source.classes)
        return tuple(self.source.classes[label] for label in chosen)

    @cached_property
    def statistics(self) -> tuple[list[float], list[float]] | None:
        """Mean and std of the training pictures, by which training normalises; None where it would take long to know."""
        if self.of_files or not self.selection.normalise:
            return None
        pictures = Picked(self, self.places["train"])
        every = has_room(pictures)
        if every and pictures[torch.tensor([0])].numel() * len(pictures) > limits.AVERAGED_BYTES:
            return None
        mean, std = statistics(pictures, every)
        return mean.tolist(), std.tolist()

    def picture(self, part: str, place: int) -> PIL.Image.Image:
        if self.of_files:
            return self._file(int(self.places[part].indices[place]))
        return as_pipelines_take(Picked(self, self.places[part])[torch.tensor([place])][0])

    def _file(self, index: int) -> PIL.Image.Image:
        path, side = self.source.paths[index], self.selection.side
        try:
            data = path.read_bytes()
        except OSError as error:
            raise SpecError(
                "{file} cannot be read any more ({reason}): put it back, or choose another picture.",
                file=path.name,
                reason=error.strerror,
            ) from error
        picture = decode(data, f"{path.parent.name}/{path.name}").image.convert("RGB")
        return as_pipelines_take(fitted(TF.pil_to_tensor(picture), 3, side)) if side else picture


@lru_cache(1)
def _opened(query: tuple[tuple[str, str], ...]) -> Opened:
    selection = View.from_query(dict(query))
    refuse_pixel(selection.side)
    source = source_of(selection.data)
    return Opened(selection, source, parts_of(selection, source))


def opened(view: View) -> Opened:
    """The pictures of a view; SpecError where they are not here, or cannot be divided so. The last are kept at hand."""
    query = view.to_query()
    kept = _opened(tuple((name, query[name]) for name in query if name in CHOOSING))
    if kept.of_files:
        _opened.cache_clear()  # they may come and go
    return kept


@dataclass(frozen=True, eq=False)
class Steps:
    """What became of a picture: the stages, of which the last `added` are training's own, and the steps that ran.

    `seconds` are what they were foreseen to take.
    """

    trace: Trace
    added: int
    calls: tuple[Call, ...]
    seconds: float

    @property
    def result(self) -> Any:
        if self.trace.failure:
            raise self.trace.failure.error
        return self.trace.stages[-1].image


@dataclass(frozen=True, eq=False)
class ByHand:
    """The pictures of a view's part as a Dataset: `len(it)`, and `it[place]` is a picture after all steps with its target.

    Its steps draw what they draw in training, in the view's epoch.
    """

    view: View
    opened: Opened

    @cached_property
    def pipeline(self) -> Pipeline:
        return getattr(self.view, self.view.steps)

    @cached_property
    def places(self) -> Places:
        return self.opened.places[self.view.part]

    @cached_property
    def target_transform(self) -> Callable[[int], Any] | None:
        return TARGETS[self.view.target].of(len(self.opened.classes))

    def __len__(self) -> int:
        return len(self.places.labels)

    def __getitem__(self, place: int) -> tuple[Any, Any]:
        return self.at(place).result, self.target(place)

    def at(self, place: int) -> Steps:
        return self.steps(self.opened.picture(self.view.part, place), int(self.places.indices[place]))

    def target(self, place: int) -> Any:
        label = int(self.places.labels[place])
        return self.target_transform(label) if self.target_transform else label

    def steps(self, picture: PIL.Image.Image, index: int) -> Steps:
        """What becomes of the picture with this index in the dataset."""
        epoch = self.view.epoch if self.view.part == "train" else 0
        number, budget = sample_number(epoch, index), Budget()
        with generator() as seed_generator:
            planned = plan(self.pipeline.active, self.view.seed, number)
            first = run(planned, picture, self.pipeline.runners, seed_generator, budget)
            if first.failure or not self.view.tensors:
                return Steps(first, 0, self.pipeline.calls, budget.seconds)
            left = first.stages[-1].sample
            ending = self.ending(left)
            rest = run(plan(ending.active, 0, 0), left, ending.runners, seed_generator, budget)
        trace = Trace((*first.stages, *rest.stages[1:]), rest.failure)
        return Steps(trace, len(rest.stages) - 1, (*self.pipeline.calls, *ending.calls), budget.seconds)

    def ending(self, left: Any) -> Pipeline:
        """What training adds by itself to what the steps left: it makes floats from 0 to 1 of it, and normalises them."""
        one = several(left)[0]
        if isinstance(one, PIL.Image.Image):
            kind, channels = TO_FLOAT, len(one.getbands())
        else:
            kind, channels = () if one.is_floating_point() else TO_FLOAT[1:], one.shape[-3]
        mean, std = self._statistics or ([], [])
        return Pipeline((*kind, AUGMENTATIONS["Normalize"](mean=mean, std=std)) if len(mean) == channels else kind)

    @cached_property
    def _statistics(self) -> tuple[list[float], list[float]] | None:
        return None if normalises(self.pipeline) else self.opened.statistics

    def near(self, index: int) -> int:
        """The place of the picture with this index in the dataset, or of the next one of this part."""
        if not len(self):
            raise SpecError("This part has no picture: choose another, or give it a share.")
        return min(int(np.searchsorted(self.places.indices, index)), len(self) - 1)

    def neighbours(self, place: int) -> Neighbours:
        """Where one can go from a picture, round and round."""
        indices = self.places.indices
        ahead = np.roll(np.arange(len(self)), -place - 1)  # the next first, this one last
        labels, first = np.unique(self.places.labels[ahead], return_index=True)
        of_class = np.full(len(self.opened.classes), -1)
        of_class[labels] = indices[ahead[first]]
        before, after = indices[place - 1], indices[(place + 1) % len(self)]
        return Neighbours(int(before), int(after), tuple(of_class.tolist()))

    def samples(self, place: int) -> list[tuple[Steps, Any]]:
        """Those of the batch that begins at a place, or as many of them as are quickly made; or those of the pair."""
        if self.view.pair:
            return [(self.steps(photo(name, *size), number), number) for number, (name, size) in enumerate(PAIR)]
        first = self.at(place)
        numbers = sum(math.prod(_shape(part)) for part in several(first.result))
        quickly = int(limits.COLLATED_SECONDS / max(first.seconds, 1e-3))
        most = min(limits.COLLATED, quickly, limits.COLLATED_NUMBERS // max(numbers, 1))
        places = [(place + step) % len(self) for step in range(min(self.asked, max(most, 2)))]
        return [(first, self.target(place)), *((self.at(other), self.target(other)) for other in places[1:])]

    @property
    def asked(self) -> int:
        """How many pictures the batch of a loader has."""
        return len(PAIR) if self.view.pair else min(self.view.batch_size, len(self))


def several(result: Any) -> Sequence[Any]:
    """The pictures that steps left: one, or those that FiveCrop makes."""
    return result if isinstance(result, (list, tuple)) else (result,)


def _shape(picture: Any) -> tuple[int, ...]:
    return tuple(picture.shape) if isinstance(picture, torch.Tensor) else (len(picture.getbands()), *picture.size[::-1])


def photo(name: str, height: int, width: int) -> PIL.Image.Image:
    """The middle of a sample photo."""
    return TF.center_crop(TF.resize(sample(name).convert("RGB"), [max(height, width)]), [height, width])


def collated(samples: list[tuple[Any, Any]], view: View) -> Any:
    """What the view's collate makes of samples; it raises what it raises. SpecError where that would be too large."""
    _refuse_large([picture for picture, _ in samples], view)
    return (partial(padded, multiple=view.multiple) if view.collate == "padded" else default_collate)(samples)


def _refuse_large(pictures: list[Any], view: View) -> None:
    shapes = [picture.shape for picture in pictures if isinstance(picture, torch.Tensor)]
    if not shapes or view.collate != "padded":
        return
    longest = (max(shape[side] for shape in shapes) for side in (-2, -1))
    sides = [math.ceil(length / view.multiple) * view.multiple for length in longest]
    numbers = len(shapes) * shapes[0][0] * math.prod(sides)
    if numbers > limits.COLLATED_NUMBERS:
        raise SpecError(
            "The padded batch would hold {count} numbers; here {limit} are allowed: use a smaller batch_size, or resize "
            "the pictures first.",
            count=f"{numbers:,}",
            limit=f"{limits.COLLATED_NUMBERS:,}",
        )


def trouble_of(samples: list[tuple[Any, Any]], error: Exception, before: str) -> Trouble:
    """Why there is no batch, judged by the samples; the words are those of the error."""
    pictures = [picture for picture, _ in samples]
    parts = [part for picture in pictures for part in several(picture)]
    words = f"{type(error).__name__}: {str(error).strip().splitlines()[0][:300] if str(error).strip() else ''}"
    sizes = [TF.get_size(part) for part in parts]
    side = min(min(size) for size in sizes)
    if any(isinstance(part, PIL.Image.Image) for part in parts):
        return Trouble(LEFT, words, side, before)
    alike = len({tuple(size) for size in sizes}) == 1
    return Trouble(OTHER if alike else SIZES, words, side, before)
