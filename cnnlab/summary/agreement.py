"""The same numbers from others: torch's FlopCounterMode, and the figures that torchvision publishes."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from .clone import cloned, on_meta
from .counting import OWN
from .passes import empties
from .report import Report

BEYOND = {packet.__name__ for packet in OWN}


@dataclass(frozen=True)
class Agreement:
    """Ours beside theirs; None where there is nothing to compare with.

    `beyond` are our MACs by operation that torch's counter has no formula for. `published_gmacs` is what torchvision
    labels GFLOPS: it counts multiply-accumulates, to three decimals.
    """

    macs: int
    torch_macs: int | None
    beyond: dict[str, int]
    params: int
    published_params: int | None = None
    published_gmacs: float | None = None

    @property
    def with_torch(self) -> bool | None:
        return None if self.torch_macs is None else self.macs - sum(self.beyond.values()) == self.torch_macs

    @property
    def with_published(self) -> bool | None:
        if self.published_gmacs is None:
            return None
        return round(self.macs / 1e9, 3) == self.published_gmacs and self.params == self.published_params


def agreement(report: Report, model: nn.Module, weights: Any = None) -> Agreement:
    """Our MACs held against a second pass under FlopCounterMode and, with torchvision's `weights`, its own figures.

    `weights` is an entry of a torchvision Weights enum; its meta data is read, nothing is fetched. A report that
    stopped, or that depends on the values of its input, is not counted again. Published figures are of one picture: for
    larger batches there are none.
    """
    published = weights.meta if weights is not None and report.batch == 1 else {}
    theirs = None
    if report.failure is None and report.rung.name != "cpu":
        theirs = torch_macs(model, report)
    beyond = {name: macs for name, macs in report.counted.items() if name in BEYOND}
    return Agreement(report.macs, theirs, beyond, report.params, published.get("num_params"), published.get("_ops"))


def torch_macs(model: nn.Module, report: Report) -> int:
    """What FlopCounterMode counts for a copy on meta and the report's inputs, halved."""
    clone = cloned(model, on_meta).train(report.training)
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), torch.device("meta"), counter:
        clone(*empties(report.inputs), **empties(dict(report.keywords)))
    return counter.get_total_flops() // 2
