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


def interpolated(corners: bool) -> Callable:
    """Linear interpolation: the one or two elements with a weight that is not zero; `corners` is align_corners."""

    def table(length: int, out: int) -> torch.Tensor:
        index = torch.arange(out, dtype=torch.float64)
        at = index * (length - 1) / max(out - 1, 1) if corners else ((index + 0.5) * length / out - 0.5).clamp(min=0)
        low = at.floor()
        high = torch.where(at > low, low + 1, low)
        return torch.stack([low, high.clamp(max=length - 1)], 1).long()

    return table
