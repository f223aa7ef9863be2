"""torchvision's pretrained weights, loaded into a model: fetched first, and checked."""

import warnings
from pickle import UnpicklingError

import torch
from torch import nn
from torchvision.models import get_model, get_weight

from cnnlab.chance import generator
from cnnlab.specs import SpecError

from .matching import match
from .published import Progress, Weights, fetch, find_weights


def load_weights(model: nn.Module, weights: str | Weights, progress: Progress | None = None) -> nn.Module:
    """The same model with the pretrained values in it; SpecError where they do not fit."""
    chosen = find_weights(weights) if isinstance(weights, str) else weights
    try:
        state = torch.load(fetch(chosen, progress), map_location="cpu", weights_only=True)
    except (UnpicklingError, RuntimeError) as error:
        raise SpecError(
            "{weights} hold more than tensors, or are no file of torch.save: build the model with them instead.",
            weights=chosen,
        ) from error
    if getattr(model, "aux_logits", None) is False:  # the files have the auxiliary heads
        state = {name: value for name, value in state.items() if not name.lower().startswith("aux")}
    comparison = match(state, model)
    if not comparison.fits:
        raise SpecError("{weights} do not fit this model. {why}", weights=chosen, why=comparison.sentence)
    model.load_state_dict(state)
    if hasattr(model, "transform_input"):
        model.transform_input = True  # as torchvision's builders do: these weights expect other means
    return model


def pretrained(name: str, weights: str | Weights, progress: Progress | None = None, **arguments: bool) -> nn.Module:
    """A torchvision model as its own builder makes it for these weights and arguments, in evaluation mode.

    Some builders change the model with the weights (detectors freeze their normalisation, vision transformers
    take another size), which `load_weights` into a plain model cannot do.
    """
    chosen = find_weights(weights) if isinstance(weights, str) else weights
    fetch(chosen, progress)
    with generator(), warnings.catch_warnings(action="ignore"):  # that auxiliary heads are not pretrained
        try:
            return get_model(name, weights=get_weight(chosen.name), progress=False, **arguments).eval()
        except (TypeError, ValueError) as error:
            raise SpecError(
                "{weights} are not for {name}: take one that the model's row lists.", weights=chosen, name=name
            ) from error
