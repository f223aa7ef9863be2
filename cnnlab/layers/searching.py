"""“I need 14 → 28”: all settings of a layer that make one length of another."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cnnlab import limits
from cnnlab.specs import Call, SpecError

from .catalogue import LAYERS
from .checkerboard import unequal
from .lengths import pooled, scaled, span, transposed, unpooled
from .rows import LayerSpec

CHECKED = ("kernel_size", "stride", "padding", "output_padding", "dilation")


@dataclass(frozen=True)
class Setting:
    """Values that make the wanted length; `checkerboard` where neighbours of the output get unequal numbers of products."""

    values: Mapping[str, Any]
    checkerboard: bool = False

    def call(self, spec: LayerSpec) -> Call:
        """The layer, with one channel where it has any."""
        start = {param.name: 1 for param in spec.params if param.name in ("in_channels", "out_channels")}
        others = {param.name: param.first for param in spec.params if param.required and param.name not in start}
        return spec(**{**others, **start, **self.values})


Search = Callable[[LayerSpec, int, int], Iterator[Setting]]


def settings(spec: LayerSpec, size: int, goal: int) -> tuple[Setting, ...]:
    """Every setting within limits.SEARCH_… that makes a side of `goal` out of one of `size`, the plainest first.

    At most limits.SEARCH_ROWS of them; () for a layer whose sides are not set so. ceil_mode stays off.

    >>> from cnnlab.layers import LAYERS
    >>> [each.values for each in settings(LAYERS["ConvTranspose2d"], 14, 28)][:2]
    [{'kernel_size': 2, 'stride': 2}, {'kernel_size': 4, 'stride': 2, 'padding': 1}]
    """
    if not 1 <= size <= limits.SIDE or not 1 <= goal <= limits.SIDE:
        raise SpecError("A side must have from 1 to {most} places.", most=limits.SIDE)
    return _settings(spec.name, size, goal)


@lru_cache(maxsize=256)
def _settings(name: str, size: int, goal: int) -> tuple[Setting, ...]:
    spec = LAYERS[name]
    search = SEARCHES.get(spec.family)
    found = sorted(search(spec, size, goal), key=plainness) if search else []
    return tuple(found[: limits.SEARCH_ROWS])


def plainness(setting: Setting) -> tuple:
    """What people would reach for comes first: no gaps, even writing, all of the input read, a small window."""
    full = {"stride": 1, "padding": 0, "output_padding": 0, "dilation": 1} | dict(setting.values)
    k, s, p, op, d = (full.get(name, 1) for name in CHECKED)
    return (d, op, setting.checkerboard, k < s, p > k // 2, s == 1 and k % 2 == 0, k, p, s)


def _shown(k: int, s: int, p: int, op: int, d: int) -> dict[str, int]:
    """What differs from the defaults."""
    more = {"padding": (p, 0), "output_padding": (op, 0), "dilation": (d, 1)}
    return {"kernel_size": k, "stride": s} | {
        name: value for name, (value, default) in more.items() if value != default
    }


def windows(most_padding: Callable[[int, int], int], dilated: bool, bare: bool = False) -> Search:
    """Layers whose window slides, with at most so much padding for a kernel_size and dilation.

    `bare` ones compare it with the input alone where they work along three sides.
    """

    def search(spec: LayerSpec, size: int, goal: int) -> Iterator[Setting]:
        for k, d in _kernels(limits.SEARCH_DILATION if dilated else 1):
            if bare and spec.sides == 3 and k > size:
                continue
            for p in range(most_padding(k, d) + 1):
                for s in range(1, limits.SEARCH_STRIDE + 1):
                    if pooled(size, k, s, p, d) == goal:
                        yield Setting(_shown(k, s, p, 0, d))

    return search


def _kernels(most_dilation: int) -> Iterator[tuple[int, int]]:
    """Every kernel_size with every dilation; of a single place it is no matter."""
    for k in range(1, limits.SEARCH_KERNEL + 1):
        for d in range(1, most_dilation + 1 if k > 1 else 2):
            yield k, d


def written(spec: LayerSpec, size: int, goal: int) -> Iterator[Setting]:
    """Transposed convolutions: each stride leaves one output_padding that can do."""
    for k, d in _kernels(limits.SEARCH_DILATION):
        for s in range(1, limits.SEARCH_STRIDE + 1):
            for p in range(span(k, d)):
                op = goal - transposed(size, k, s, p, 0, d)
                if 0 <= op < max(s, d):
                    yield Setting(_shown(k, s, p, op, d), unequal(k, s, d))


def undone(spec: LayerSpec, size: int, goal: int) -> Iterator[Setting]:
    """Unpooling undoes a pooling: its output_size may differ from the formula by less than the stride."""
    for k in range(1, limits.SEARCH_KERNEL + 1):
        for s in range(1, limits.SEARCH_STRIDE + 1):
            for p in range(k // 2 + 1):
                plain = unpooled(size, k, s, p)
                if plain == goal or (plain > 0 and abs(goal - plain) < s and pooled(goal, k, s, p) == size):
                    values = _shown(k, s, p, 0, 1)
                    yield Setting(values if plain == goal else values | {"output_size": goal})


def enlarged(spec: LayerSpec, size: int, goal: int) -> Iterator[Setting]:
    """By size, and by the factor where it is a plain one."""
    factor = goal / size
    if scaled(size, factor) == goal and 0.01 <= factor <= 256 and factor == round(factor, 3):
        yield Setting({"scale_factor": factor})
    yield Setting({"size": goal})


def asked(spec: LayerSpec, size: int, goal: int) -> Iterator[Setting]:
    yield Setting({"output_size": goal})


SEARCHES: Mapping[str, Search] = {
    "convolution": windows(lambda k, d: span(k, d) - 1, dilated=True),
    "transposed": written,
    "max_pool": windows(lambda k, d: k // 2, dilated=True),
    "avg_pool": windows(lambda k, d: k // 2, dilated=False, bare=True),
    "lp_pool": windows(lambda k, d: 0, dilated=False, bare=True),
    "unpool": undone,
    "upsample": enlarged,
    "adaptive_avg": asked,
    "adaptive_max": asked,
}
