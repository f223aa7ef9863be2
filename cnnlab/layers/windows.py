"""Which input places each output place reads along each side, for every family of layers with windows. No torch."""

from dataclasses import dataclass

NOWHERE = -1


@dataclass(frozen=True)
class Axis:
    """One side of a layer with windows, from its point of view as torch counts it.

    `taps[o][k]` is the input place that tap k of output place o reads, NOWHERE where it reads padding or nothing.
    `places[o][k]` is where that tap lies, counted in the input: below 0 or from `size` on in the padding; None where a
    transposed layer writes nothing there. `before` and `after` are the places of padding drawn around the input, and
    `shows[p]` is the input place whose value padded place p (counted from −before) holds, NOWHERE for zeros.
    `shares[o][k]` is what the tap is multiplied with besides a weight (interpolation), () where all are 1;
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
