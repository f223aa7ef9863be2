"""What a run lends to the pages where networks are looked at: its weights, and pictures as its network is given them."""

from dataclasses import replace
from typing import NamedTuple

import torch
from PIL import Image
from torch import Tensor, nn
from torchvision.transforms.v2 import functional as F

from cnnlab import limits
from cnnlab.hosting import refuse_hidden
from cnnlab.loading import Data, Part, batches, prepare
from cnnlab.loading.reading import fitted
from cnnlab.models import match
from cnnlab.specs import SpecError
from cnnlab.summary.learnt import Element
from cnnlab.summary.view import View

from .config import TrainConfig
from .handover import same_network
from .keeping import state_of
from .named import checkpoint_of, run_of
from .network import wanted


class Given(NamedTuple):
    """A picture as a run judges its network by it, float32 (C, H, W), and its bytes (C, H, W) before that."""

    x: Tensor
    pixels: Tensor


def taught(model: nn.Module, view: View) -> nn.Module:
    """The view's model with the weights that it names, in evaluation mode.

    SpecError where these are gone, are damaged, or are those of another network.
    """
    learnt = view.learnt
    run, checkpoint = checkpoint_of(learnt.run, f"{learnt.which}.pt", learnt.step)
    if checkpoint.bytes > limits.CHECKPOINT_BYTES:
        raise SpecError(
            "This checkpoint has {count} bytes, and {limit} are read here: load it where the run lies.",
            count=f"{checkpoint.bytes:,}",
            limit=f"{limits.CHECKPOINT_BYTES:,}",
        )
    state = state_of(checkpoint, mmap=True)
    if not same_network(run.config, view) or not match(state["model"], model).fits:
        raise SpecError(
            "These weights are of another network than {model}: look at them from their run.", model=view.name
        )
    model.load_state_dict(state["model"])
    if hasattr(model, "transform_input"):
        model.transform_input = bool(run.config.weights)  # as it was trained: load_weights
    return model.eval()


def element(named: Element) -> Given:
    """A picture of a run's data; SpecError where the run has no such picture."""
    config, data = _data(named.run)
    for part in (data.train, data.validation, data.test):
        places = torch.nonzero(part.indices == named.index).flatten()
        if part.own_test == named.own_test and len(places):
            return _given(config, data, part.pictures[places], named.index)
    raise SpecError("This run has no picture {index} in its data: choose one on its page.", index=named.index)


def photo(picture: Image.Image, run: str) -> Given:
    """Any other picture as the network of a run would be given it."""
    config, data = _data(run)
    channels, side, _ = data.shape
    pixels = F.pil_to_tensor(picture.convert("RGB"))[None]
    return _given(config, data, fitted(pixels, channels, side), 0)


def _data(name: str) -> tuple[TrainConfig, Data]:
    config = run_of(name).config
    refuse_hidden(config.data)
    asked = wanted(config)
    return config, prepare(config, asked.channels, asked.side)


def _given(config: TrainConfig, data: Data, pixels: Tensor, index: int) -> Given:
    """What one picture (1, C, H, W) becomes in a batch for judging, by the dice of its index."""
    alone = Part(pixels, torch.zeros(1, dtype=torch.int64), torch.tensor([index]))
    ((x, _, _),) = batches(data, alone, replace(config, workers=0), 0)
    return Given(x[0], pixels[0])
