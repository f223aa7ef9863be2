"""The same numbers from others: torch's FlopCounterMode, and the figures that torchvision publishes."""

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from cnnlab.models import Weights

from .answers import Agreement
from .clone import cloned, on_meta
from .counting import OWN
from .passes import empties
from .report import Report

BEYOND = {packet.__name__ for packet in OWN}


def agreement(report: Report, model: nn.Module, weights: Weights | None = None) -> Agreement:
    """Our MACs held against a second pass under FlopCounterMode and, with torchvision's `weights`, its own figures.

    Nothing is fetched. A report that stopped, or that depends on the values of its input, is not counted again.
    Published figures are of one picture: for larger batches there are none.
    """
    published = weights if weights is not None and report.batch == 1 else Weights("", "")
    theirs = None
    if report.failure is None and report.rung.name != "cpu":
        theirs = torch_macs(model, report)
    beyond = {name: macs for name, macs in report.counted.items() if name in BEYOND}
    return Agreement(report.macs, theirs, beyond, report.params, published.params, published.gmacs)


def torch_macs(model: nn.Module, report: Report) -> int:
    """What FlopCounterMode counts for a copy on meta and the report's inputs, halved."""
    clone = cloned(model, on_meta).train(report.training)
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), torch.device("meta"), counter:
        clone(*empties(report.inputs), **empties(dict(report.keywords)))
    return counter.get_total_flops() // 2
