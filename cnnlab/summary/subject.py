"""The model that a view is about: made on the meta device or with values, and the inputs it takes."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import nn

from cnnlab import limits
from cnnlab.chance import generator
from cnnlab.messages import Passing
from cnnlab.models import (
    Source,
    Weights,
    build,
    cached,
    find_weights,
    from_folder,
    initialise,
    input_shapes,
    load_weights,
    pretrained,
    read_source,
)
from cnnlab.models.initialisations import Scheme
from cnnlab.training.lending import taught

from .rows import Shape
from .view import View

PLAIN_SHAPE = (3, 32, 32)


@dataclass(frozen=True)
class Subject:
    """The model of a view: out of the catalogue, read from pasted text, or a class of one's own, which is run."""

    view: View

    @cached_property
    def meta(self) -> nn.Module:
        """The model with shapes but no values; one's own as it builds itself, and as its file is at the first look."""
        if self.view.own:
            return from_folder(self.view.own)
        return self.pasted.build("meta") if self.view.source else build(self.view.model)

    @cached_property
    def pasted(self) -> Source:
        """What the pasted text describes, read once."""
        return read_source(self.view.source)

    def real(self) -> nn.Module:
        """The model with values, in evaluation mode; SpecError if there are too many, or if weights are not at hand."""
        view = self.view
        if view.learnt:
            return taught(self._started({}), view)
        if view.weights and view.listed:
            return self._pretrained()
        return self._started(view.scheme)

    def _started(self, scheme: Scheme) -> nn.Module:
        view = self.view
        if view.own:
            with generator() as set_seed:
                set_seed(view.seed)
                model = from_folder(view.own).eval()
        elif view.source:
            model = self.pasted.build("cpu", view.seed)
        else:
            model = build(view.model, "cpu", view.seed, limits.VALUES)
        return initialise(model, scheme, view.seed) if scheme else model

    def _pretrained(self) -> nn.Module:
        view, weights = self.view, find_weights(self.view.weights)
        if not cached(weights).exists():
            raise Passing("{weights} are not on this machine yet: fetch them under Starting values.", weights=weights)
        heads = kept_heads(view)
        if heads is not None:
            return pretrained(view.model.name, weights, **heads)
        return load_weights(build(view.model, "cpu", limit=limits.VALUES), weights)

    @cached_property
    def natural(self) -> tuple[Shape, ...]:
        """The shapes of all inputs that the model was made for, without the batch."""
        return input_shapes(self.view.model) if self.view.listed else (first_shape(self.meta),)

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """The shapes of all inputs, without the batch."""
        return tuple(self.view.shape or shape for shape in self.natural)

    @property
    def inputs(self) -> tuple[Any, ...]:
        """What `summarize` is given: shapes, or for a detector a list of one picture."""
        if self.view.takes_list:
            return ([torch.empty(self.shapes[0], device="meta")],)
        return self.shapes

    @property
    def published(self) -> Weights | None:
        """The weights whose description has torchvision's figures for this very model and input; None without one."""
        view = self.view
        if not view.listed or self.shapes != self.natural:
            return None
        # Those of the segmentation models are for both heads.
        heads = {"aux_loss": True} if "aux_loss" in view.model.values else {}
        if not view.made_as(**heads):
            return None
        entries = (find_weights(name) for name in view.model.spec.weights)
        return next((weights for weights in entries if weights.gmacs is not None), None)


def kept_heads(view: View) -> dict[str, bool] | None:
    """What torchvision's builder is told besides the weights, so that its model is the one on the screen.

    With weights it drops the auxiliary heads unless it is asked to keep them. None for a model that it does not make.
    """
    if "aux_logits" in view.model.values:
        return {"aux_logits": True} if view.made_as(aux_logits=True) else None
    return {} if view.made_as() else None


def first_shape(model: nn.Module) -> tuple[int, ...]:
    """An input that suits the first layer that says what it takes.

    >>> first_shape(nn.Sequential(nn.Flatten(), nn.Linear(784, 10)))
    (784,)
    """
    for module in model.modules():
        if isinstance(module, nn.Linear):
            return (module.in_features,)
        for kind, sides in ((nn.Conv1d, 1), (nn.Conv2d, 2), (nn.Conv3d, 3)):
            if isinstance(module, kind):
                return (module.in_channels, *(32,) * sides)
    return PLAIN_SHAPE
