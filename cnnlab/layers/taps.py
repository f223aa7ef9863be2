"""Which input places one output place reads along one side, by rules of plain numbers, as torch counts. No torch."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from math import ceil, floor
from struct import pack, unpack
from typing import NamedTuple

NOWHERE = -1


@dataclass(frozen=True)
class Axis:
    """One side of a layer with windows, from its point of view as torch counts it; plain data, sent as JSON.

    `taps[o][k]` is the input place that tap k of output place o reads, NOWHERE where it reads padding or nothing.
    `places[o][k]` is where that tap lies, counted in the input: below 0 or from `size` on in the padding; None where a
    transposed layer writes nothing there. Windows of adaptive pools and of interpolations have unequal numbers of taps.
    `before` and `after` are the places of padding drawn around the input, and `shows[p]` is the input place whose value
    padded place p (counted from −before) holds, NOWHERE for zeros; a window that ceil_mode lets over the end reaches
    beyond. `shares[o][k]` is what the tap is multiplied with besides a weight (interpolation), () where all are 1;
    `counted[o]` is by how many places a mean divides along this side, () where nothing is divided.
    """

    size: int
    out: int
    taps: tuple[tuple[int, ...], ...]
    places: tuple[tuple[int | None, ...], ...]
    before: int = 0
    after: int = 0
    shows: tuple[int, ...] = ()
    shares: tuple[tuple[float, ...], ...] = ()
    counted: tuple[int, ...] = ()


class Tap(NamedTuple):
    """The input place that is read, NOWHERE for none; where the tap lies; what it is multiplied with."""

    input: int
    place: int | None
    share: float = 1.0


@dataclass(frozen=True)
class Side:
    """The rule of an Axis: `row(o)` are the taps of output place o, `counted(o)` its part of a mean's divisor.

    `shows(p)` is the input place whose value the padded input holds at place p, counted in the input; `readers(p)` the
    output places that read input place p, and maybe some beyond the output, where that is quicker told than found.
    """

    size: int
    out: int
    row: Callable[[int], tuple[Tap, ...]]
    before: int = 0
    after: int = 0
    shows: Callable[[int], int] | None = None
    counted: Callable[[int], int] | None = None
    readers: Callable[[int], Iterable[int]] | None = None

    def fed(self, place: int) -> list[int]:
        """The output places that read an input place."""
        if self.readers:
            return sorted({o for o in self.readers(place) if 0 <= o < self.out})
        return [o for o in range(self.out) if any(tap.input == place for tap in self.row(o))]

    def axis(self) -> Axis:
        rows = [self.row(place) for place in range(self.out)]
        padded = range(-self.before, self.size + self.after) if self.before or self.after else ()
        return Axis(
            self.size,
            self.out,
            tuple(tuple(tap.input for tap in row) for row in rows),
            tuple(tuple(tap.place for tap in row) for row in rows),
            self.before,
            self.after,
            tuple(map(self.shows, padded)) if self.shows else (),
            tuple(tuple(tap.share for tap in row) for row in rows)
            if any(tap.share != 1 for row in rows for tap in row)
            else (),
            tuple(map(self.counted, range(self.out))) if self.counted else (),
        )


def shown(place: int, size: int, mode: str) -> int:
    """The input place whose value a place of the padded input holds.

    >>> [shown(place, 4, "reflect") for place in range(-2, 6)]
    [2, 1, 0, 1, 2, 3, 2, 1]
    """
    if 0 <= place < size:
        return place
    if mode == "reflect":
        return -place if place < 0 else 2 * (size - 1) - place
    return {"replicate": min(max(place, 0), size - 1), "circular": place % size}.get(mode, NOWHERE)


def sliding(
    size: int, out: int, kernel: int, stride: int = 1, padding: tuple[int, int] = (0, 0), dilation: int = 1,
    mode: str = "zeros", counted: Callable[[int], int] | None = None,
) -> Side:  # fmt: skip
    def row(o: int) -> tuple[Tap, ...]:
        places = range(first := o * stride - padding[0], first + kernel * dilation, dilation)
        return tuple(Tap(shows(place), place) for place in places)

    def readers(place: int) -> Iterator[int]:
        padded = range(-padding[0], size + padding[1])
        for shower in [place] if mode == "zeros" else [each for each in padded if shows(each) == place]:
            starts = (shower + padding[0] - k * dilation for k in range(kernel))
            yield from (start // stride for start in starts if start % stride == 0)

    shows = partial(shown, size=size, mode=mode)
    return Side(size, out, row, *padding, shows, counted, readers)


def mean(
    size: int, out: int, kernel: int, stride: int, padding: int, include: bool, divisor: int | None = None
) -> Side:
    """A window divided by its length as far as it lies in the input, or in the padding too if that is to `include`."""

    def counted(o: int) -> int:
        if divisor is not None:
            return divisor
        first = o * stride - padding
        end = min(first + kernel, size + padding)
        return end - first if include else min(end, size) - max(first, 0)

    return sliding(size, out, kernel, stride, (padding, padding), counted=counted)


def transposed(size: int, out: int, kernel: int, stride: int, padding: int, dilation: int) -> Side:
    def tap(position: int) -> Tap:
        place, rest = divmod(position, stride)
        return Tap(NOWHERE, None) if rest else Tap(shown(place, size, "zeros"), place)

    def row(o: int) -> tuple[Tap, ...]:
        return tuple(tap(o + padding - k * dilation) for k in range(kernel))

    def readers(place: int) -> range:
        first = place * stride - padding
        return range(first, first + dilation * kernel, dilation)

    return Side(size, out, row, readers=readers)


def adaptive(size: int, out: int, mean: bool = False) -> Side:
    def window(o: int) -> range:
        return range(o * size // out, -(-(o + 1) * size // out))

    return Side(size, out, lambda o: at(window(o)), counted=(lambda o: len(window(o))) if mean else None)


def fractional(size: int, out: int, kernel: int, sample: float = 0.5) -> Side:
    """Windows at uneven distances, which depend on the number from 0 to 1 that chance gives each side."""

    def row(o: int) -> tuple[Tap, ...]:
        if o == out - 1:
            first = size - kernel
        else:
            step = single((size - kernel) / (out - 1))
            first = int(single(single(o + sample) * step)) - int(single(sample * step))
        return at(range(first, first + kernel))

    return Side(size, out, row)


def padded(size: int, out: int, before: int, after: int, mode: str) -> Side:
    """A side with places added, or cut off where there are less than none: a circle closes over what is left."""
    start, end = (max(-before, 0), size - max(-after, 0)) if mode == "circular" else (0, size)

    def row(o: int) -> tuple[Tap, ...]:
        return (Tap(shows(o - before), o - before),)

    def shows(place: int) -> int:
        return start + shown(place - start, end - start, mode)

    return Side(size, out, row, max(before, 0), max(after, 0), shows)


def at(places: Iterable[int]) -> tuple[Tap, ...]:
    return tuple(Tap(place, place) for place in places)


def single(value: float) -> float:
    """The nearest number of 4 bytes: torch looks up places in them, and rounds where they do.

    >>> single(0.1)
    0.10000000149011612
    """
    return unpack("f", pack("f", value))[0]


def interpolated(size: int, out: int, mode: str, corners: bool = False, scale: float | None = None) -> Side:
    """The places that an interpolation reads, with what each counts; `scale` where the factor was given itself."""
    if mode == "area":
        return adaptive(size, out, mean=True)
    step = single((size - 1) / max(out - 1, 1) if corners else 1 / scale if scale else size / out)

    def nearest(o: int) -> tuple[Tap, ...]:
        place = floor(single(single(o + 0.5) * step if mode == "nearest-exact" else o * step))
        return at((min(place, size - 1),))

    def linear(o: int) -> tuple[Tap, ...]:
        place = o if out == size else min(max(source(o), 0), size - 1)  # torch copies then, whatever the factor
        return shares((floor(place), 1 - place % 1), (ceil(place), place % 1))

    def cubic(o: int) -> tuple[Tap, ...]:
        place = source(o)
        return shares(*((floor(place) + k, keys(abs(place % 1 - k))) for k in range(-1, 3)))

    def source(o: int) -> float:
        return single(o * step) if corners else single(single(step * single(o + 0.5)) - 0.5)

    def shares(*weighted: tuple[int, float]) -> tuple[Tap, ...]:
        summed: dict[int, float] = {}
        for place, share in weighted:
            place = min(max(place, 0), size - 1)
            summed[place] = summed.get(place, 0) + share
        return tuple(Tap(place, place, share) for place, share in summed.items() if share)

    return Side(size, out, {"nearest": nearest, "nearest-exact": nearest, "bicubic": cubic}.get(mode, linear))


def keys(distance: float) -> float:
    """The cubic convolution of Keys (1981) with a = −0.75, as torch has it."""
    a = -0.75
    if distance <= 1:
        return ((a + 2) * distance - (a + 3)) * distance * distance + 1
    return ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a if distance < 2 else 0.0
