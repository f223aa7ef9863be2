"""Padding, enlarging, and layers that only move values to other places."""

from collections.abc import Mapping
from typing import Any

from cnnlab.layers.rows import LayerSpec
from cnnlab.specs import N_, REQUIRED, SCALAR, Param

from .params import BORDERS, CHANNELS, FACTOR, FEATURES, KERNEL, NN, ORDER, PADDING, SIZE, STRIDE, along, kernel

PADS, RESIZING, MOVING = N_("Padding"), N_("Resizing"), N_("Rearranging")
UPSAMPLING = ("nearest", "linear", "bilinear", "bicubic", "trilinear", "area", "nearest-exact")
SIZES = {2: ("height", "width"), 3: ("depth", "height", "width")}


def pad(sides: int, kind: str, fixed: Mapping[str, Any], about: str) -> LayerSpec:
    constant = Param("value", float, start=0.0, low=-FACTOR, high=FACTOR, help=N_("The number that the added places hold."))
    return LayerSpec(f"{NN}{kind}Pad{sides}d", (
        Param("padding", int, start=1, low=-PADDING, high=PADDING, lengths=(SCALAR, 2 * sides),
              labels={2 * sides: BORDERS[2 * sides]},
              help=N_("How many places are added at each border; a negative number cuts off.")),
        *([constant] if kind == "Constant" else []),
    ), about, PADS, family="pad", sides=sides, input=(1, *(4,) * sides), fixed=fixed)


def pads(kind: str, mode: str, about: str, **fixed: Any) -> tuple[LayerSpec, ...]:
    return tuple(pad(sides, kind, {"mode": mode, **fixed}, about) for sides in (1, 2, 3))


def size(sides: tuple[int, ...], **more: Any) -> Param:
    return Param("size", int, default=None, optional=True, on=8, low=1, high=SIZE, lengths=(SCALAR, *sides),
                 labels={each: SIZES[each] for each in sides if each > 1},
                 help=N_("The size of the output; give this or scale_factor."), **more)


def scale(sides: tuple[int, ...]) -> Param:
    return Param("scale_factor", float, default=None, optional=True, start=2.0, on=2.0, low=0.01, high=256,
                 lengths=(SCALAR, *sides), labels={each: SIZES[each] for each in sides if each > 1},
                 help=N_("How many times larger each side becomes; give this or size."))


UPSAMPLE = LayerSpec(f"{NN}Upsample", (
    size((1, 2, 3)),
    scale((1, 2, 3)),
    Param("mode", str, default="nearest", options=UPSAMPLING,
          help=N_("How new values come about: the nearest one copied, or a mixture of neighbours.")),
    Param("align_corners", bool, default=None, optional=True,
          help=N_("Whether the corner values stay exactly where they are; only for the modes that mix neighbours.")),
    Param("recompute_scale_factor", bool, default=None, optional=True, advanced=True,
          help=N_("Whether the scale is taken anew from the rounded output size.")),
), N_("Enlarges or shrinks by copying or mixing neighbours; it learns nothing."), RESIZING,
    family="upsample", input=(1, 4, 4))


def window(start: int = 2) -> tuple[Param, ...]:
    return (
        kernel(2, N_("Length of the window along each side."), start=start),
        along("dilation", 2, 1, KERNEL, N_("Distance between the places that a window reads."), default=1),
        along("padding", 2, 0, PADDING, N_("Zeros added around the picture."), default=0),
        along("stride", 2, 1, STRIDE, N_("How far the window moves at each step."), default=1),
    )


def dimension(name: str, default: Any, help: str, **more: Any) -> Param:
    return Param(name, int, default=default, low=-8, high=8, help=help, **more)


DIMENSION = N_("Which dimension, counted with the batch: 1 is that of the channels, −1 the last.")

RESHAPING = (
    *pads("Zero", "constant", N_("Adds zeros around the input."), value=0.0),
    *pads("Constant", "constant", N_("Adds one number around the input.")),
    *pads("Reflection", "reflect", N_("Adds a mirror image of the input around it.")),
    *pads("Replication", "replicate", N_("Repeats the values at the border outwards.")),
    *pads("Circular", "circular", N_("Adds what stands at the opposite border, as if the input were a ring.")),
    UPSAMPLE,
    LayerSpec(f"{NN}UpsamplingNearest2d", (size((2,)), scale((2,))),
              N_("Enlarges a picture by copying each pixel."), RESIZING, family="upsample", sides=2, input=(1, 4, 4),
              fixed={"mode": "nearest", "align_corners": None, "recompute_scale_factor": None}),
    LayerSpec(f"{NN}UpsamplingBilinear2d", (size((2,)), scale((2,))),
              N_("Enlarges a picture by mixing neighbours, with the corners kept."), RESIZING, family="upsample", sides=2,
              input=(1, 4, 4), fixed={"mode": "bilinear", "align_corners": True, "recompute_scale_factor": None}),
    LayerSpec(f"{NN}Unfold", window(), N_("Writes each window of a picture as a column of a matrix (im2col)."), MOVING,
              family="unfold", sides=2, input=(1, 4, 4)),
    LayerSpec(f"{NN}Fold", (
        along("output_size", 2, 1, SIZE, N_("The size of the picture that is put together."), start=4), *window(),
    ), N_("Adds columns of windows back into a picture, where they overlap too (col2im)."), MOVING,
        family="fold", sides=2, input=(4, 9)),
    LayerSpec(f"{NN}PixelShuffle", (
        Param("upscale_factor", int, start=2, low=1, high=256, help=N_("How many times larger each side becomes.")),
    ), N_("Turns groups of channels into blocks of pixels: fewer channels, more pixels."), MOVING,
        family="shuffle", sides=2, input=(4, 3, 3)),
    LayerSpec(f"{NN}PixelUnshuffle", (
        Param("downscale_factor", int, start=2, low=1, high=256, help=N_("How many times smaller each side becomes.")),
    ), N_("Turns blocks of pixels into channels: more channels, fewer pixels."), MOVING,
        family="unshuffle", sides=2, input=(1, 6, 6)),
    LayerSpec(f"{NN}ChannelShuffle", (
        Param("groups", int, start=2, low=1, high=CHANNELS, help=N_("How many groups the channels are dealt from in turn.")),
    ), N_("Mixes the channels of groups, like shuffling cards."), MOVING, family="channel_shuffle", input=(4, 2, 2)),
    LayerSpec(f"{NN}Flatten", (
        dimension("start_dim", 1, N_("The first dimension that is joined, counted with the batch.")),
        dimension("end_dim", -1, N_("The last dimension that is joined, counted with the batch.")),
    ), N_("Writes channels, rows and columns one after the other as one list."), MOVING, family="flatten", input=(2, 3, 3)),
    LayerSpec(f"{NN}Unflatten", (
        dimension("dim", REQUIRED, DIMENSION, start=1),
        Param("unflattened_size", int, start=(2, 3, 3), low=-1, high=FEATURES, lengths=(1, 2, 3, 4),
              labels={count: ORDER[:count] for count in (1, 2, 3, 4)},
              help=N_("The lengths that one dimension is split into; −1 stands for what is left.")),
    ), N_("Splits one dimension into several, as a list back into a picture."), MOVING, family="unflatten", input=(18,)),
    LayerSpec(f"{NN}Identity", (), N_("Hands its input on unchanged."), MOVING, family="identity", input=(1, 4, 4)),
)
