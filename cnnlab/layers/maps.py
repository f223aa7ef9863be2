"""A layer on a photo: its feature maps, as the model summary has those of a model's modules."""

import math
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cnnlab import limits
from cnnlab.chance import generator
from cnnlab.quantities import GIB
from cnnlab.specs import N_, Call, Message, SpecError
from cnnlab.summary.ladder import summarize
from cnnlab.summary.maps import FeatureMaps, feature_maps, kernels_of
from cnnlab.summary.pictures import Given, framed, given, picture_of, refuse_costly
from cnnlab.summary.rows import shape_text
from cnnlab.summary.walking import module_at

from .drawn import Drawn
from .jobs import Asked
from .presets import MODEL
from .rows import Shape
from .sizes import out_shape
from .weights import model_of, weighted
from .windows import DRAW

SIDE, LEAST = 224, 32  # of the photo, where the layer's own input would be too small to show one
BYTES = 4  # of a number
INPUT, OUTPUT, WEIGHTS, ALL = N_("The input"), N_("The output"), N_("The weights"), N_("Input, weights and output")


@dataclass(frozen=True, eq=False)
class OnPhoto:
    """Maps of a photo that was made to fit."""

    maps: FeatureMaps
    photo: Given


class Shown(nn.Module):
    """A layer as it works on pictures alone, in the mode it was put in: an unpooling goes by the maxima of a pooling."""

    def __init__(self, layer: nn.Module, call: Call, seed: int):
        super().__init__()
        self.layer, self._call, self._seed, self._mode = layer, call, seed, layer.training

    def train(self, mode: bool = True) -> "Shown":
        super().train(mode)
        self.layer.train(self._mode)
        return self

    def forward(self, x: Tensor) -> Tensor:
        with generator() as set_seed:
            set_seed(self._seed)
            y = self.layer(*self._inputs(x))
        return y[0] if isinstance(y, tuple) else y

    def _inputs(self, x: Tensor) -> tuple[Any, ...]:
        call, sides = self._call, x.dim() - 2
        if hasattr(self.layer, "_random_samples"):
            self.layer._random_samples = torch.full((1, x.shape[1], sides), DRAW, dtype=x.dtype)
        if call.spec.family != "unpool":
            return (x,)
        pool = getattr(F, f"max_pool{sides}d")
        x, indices = pool(x, call["kernel_size"], call["stride"], call["padding"], return_indices=True)
        return x, indices, None


def on_photo(asked: Asked) -> OnPhoto:
    """The layer of a question with its chosen weights, of the photo; of a model's layer, of what reaches it there."""
    photo, x = reaching(asked) if asked.kernel == MODEL else (None, None)
    arrives = photo_shape(asked.call, asked.first_shape) if photo is None else tuple(x.shape)
    refuse_large(asked.call, arrives)
    layer = weighted(asked, Drawn(asked.call, arrives)).train(asked.training)
    shown = Shown(layer, asked.call, asked.seed)
    refuse_costly(summarize(shown, arrives, fixes=False))
    photo = photo or framed(picture_of(asked.image), arrives)
    maps = feature_maps(shown, "", photo.x if x is None else x)
    return OnPhoto(replace(maps, path=asked.row or asked.call.name, kernels=kernels_of(layer)), photo)


def photo_shape(call: Call, shape: Shape) -> Shape:
    """The shape of the photo: the layer's own input where that shows one, else larger if the layer takes that."""
    if len(shape) != 3:
        raise SpecError(
            "This layer takes {shape}, and not a picture: feature maps are of layers that take channels × height × width.",
            shape=shape_text(shape),
        )
    if min(shape[1:]) >= LEAST:
        return shape
    larger = (shape[0], SIDE, SIDE)
    try:
        out_shape(call, larger)
    except SpecError:  # sizes are part of what the layer is
        return shape
    return larger


def reaching(asked: Asked) -> tuple[Given, Tensor]:
    """What the model is given, and what then reaches the chosen module (C, H, W)."""
    about = model_of(asked)
    photo = given(replace(about, view=replace(about.view, image=asked.image)))
    refuse_costly(summarize(about.meta, *about.inputs, fixes=False))
    model = about.real()
    module = module_at(model, asked.row)
    if not asked.row:
        return photo, photo.x
    above, _, name = asked.row.rpartition(".")
    model.get_submodule(above).register_module(name, nn.Sequential(nn.Identity(), module))
    maps = feature_maps(model, f"{asked.row}.0", photo.x)
    if len(maps.shape) != 4:
        raise SpecError(
            "What reaches {path} is {shape}, and not pictures: choose a layer before.",
            path=asked.row,
            shape=shape_text(maps.shape[1:]),
        )
    return photo, torch.from_numpy(maps.maps)


def refuse_large(call: Call, shape: Shape) -> None:
    """Numbers that would take too much memory, or too long to describe and draw, before any is made."""
    with torch.device("meta"):
        weights = sum(tensor.numel() for tensor in call.build().state_dict().values())
    sizes = {WEIGHTS: weights, INPUT: math.prod(shape), OUTPUT: math.prod(out_shape(call, shape))}
    sizes[ALL] = sum(sizes.values())  # each is copied once on the way
    for what, count in sizes.items():
        if count * BYTES > limits.REAL_RESULT_BYTES:
            raise SpecError(
                "{what} would take {count} bytes, {size:.1f} GiB; here {limit:.1f} GiB are allowed: make it smaller.",
                what=Message(what),
                count=f"{count * BYTES:,}",
                size=count * BYTES / GIB,
                limit=limits.REAL_RESULT_BYTES / GIB,
            )
    if sizes[OUTPUT] > limits.MAPS_NUMBERS:
        raise SpecError(
            "The output would have {count} numbers, and maps of {limit} at most are shown: make it smaller.",
            count=f"{sizes[OUTPUT]:,}",
            limit=f"{limits.MAPS_NUMBERS:,}",
        )
