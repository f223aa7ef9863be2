"""Index tables: which elements along one side make each element of the result, for layers with windows.

A table is a LongTensor (out, k); -1 names no element. A maker of tables takes the length of the side and of the result.
"""

from collections.abc import Callable

import torch

INF = float("inf")


def compact(values: torch.Tensor) -> torch.Tensor:
    """Sides along which nothing varies cut to length 1."""
    for dim, stride in enumerate(values.stride()):
        if stride == 0 and values.shape[dim] > 1:
            values = values.narrow(dim, 0, 1)
    return values


def gathered(values: torch.Tensor, dim: int, table: torch.Tensor) -> torch.Tensor:
    """The smallest of the elements that each row of the table (out, k) names; −1 names none."""
    none = torch.full_like(values.narrow(dim, 0, 1), INF)
    padded = torch.cat([values, none], dim)
    table = torch.where(table < 0, values.shape[dim], table)
    return padded.index_select(dim, table.flatten()).unflatten(dim, tuple(table.shape)).amin(dim + 1)


def _valid(table: torch.Tensor, length: int) -> torch.Tensor:
    return torch.where((table >= 0) & (table < length), table, -1)


def sliding(kernel: int, stride: int, padding: int, dilation: int) -> Callable:
    def table(length: int, out: int) -> torch.Tensor:
        return _valid(torch.arange(out)[:, None] * stride - padding + torch.arange(kernel) * dilation, length)

    return table


def transposed(kernel: int, stride: int, padding: int, dilation: int) -> Callable:
    def table(length: int, out: int) -> torch.Tensor:
        position = torch.arange(out)[:, None] + padding - torch.arange(kernel) * dilation
        return _valid(torch.where(position % stride == 0, position // stride, -1), length)

    return table


def adaptive(length: int, out: int) -> torch.Tensor:
    index = torch.arange(out)[:, None]
    first, end = index * length // out, -(-(index + 1) * length // out)
    table = first + torch.arange(int((end - first).max()))
    return torch.where(table < end, table, -1)


def _places(length: int, out: int, corners: bool, scale: float | None) -> torch.Tensor:
    """Where each element of the result lies among those of the side; `corners` is align_corners."""
    index = torch.arange(out, dtype=torch.float64)
    if corners:
        return index * (length - 1) / max(out - 1, 1)
    return (index + 0.5) * (1 / scale if scale else length / out) - 0.5


def linear(corners: bool, scale: float | None = None) -> Callable:
    """Linear interpolation: the one or two elements with a weight that is not zero; `scale` if it was given as such."""

    def table(length: int, out: int) -> torch.Tensor:
        place = _places(length, out, corners, scale).clamp(0, length - 1)
        return torch.stack([place.floor(), place.ceil()], 1).long()

    return table


def cubic(corners: bool, scale: float | None = None) -> Callable:
    """Cubic interpolation: the element itself where one lies at the place, else two on either side of it."""

    def table(length: int, out: int) -> torch.Tensor:
        place = _places(length, out, corners, scale)[:, None]
        around = torch.where(place == place.floor(), place, place.floor() + torch.arange(-1, 3))
        return around.clamp(0, length - 1).long()

    return table
