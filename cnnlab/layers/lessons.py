"""Views that teach something, each with one sentence on what to look at; its numbers are worked out, not written down."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from cnnlab.specs import N_, Call, Message
from cnnlab.summary.rows import shape_text

from .catalogue import LAYERS
from .rows import Shape
from .sizes import out_shape
from .view import View

COURSE, MISTAKES, ARITHMETIC = N_("Worked examples"), N_("Often got wrong"), N_("Padding in four pictures")


@dataclass(frozen=True)
class Lesson:
    """A view under a title, in a group. `about` is filled with what its `numbers` are.

    `beside` is another layer for the same input, and `values` what the layer puts out for the typed numbers of the view.
    """

    group: str
    title: str
    about: str
    view: View
    beside: Call | None = None
    values: tuple[float, ...] = ()

    def told(self) -> Message:
        return Message(self.about, self.numbers())

    def numbers(self) -> Mapping[str, Any]:
        """What the sentence may say: shapes of the layer looked at, how many numbers they have, and those of `beside`."""
        place = self.view.here
        numbers = {
            "input": shape_text(place.input),
            "inputs": f"{math.prod(place.input):,}",
            "channels": place.input[0],
            "values": ", ".join(f"{value:g}" for value in self.values),
        }
        if place.output is not None:
            numbers |= {"output": shape_text(place.output), "outputs": f"{math.prod(place.output):,}"}
        if self.beside:
            numbers["other"] = shape_text(out_shape(self.beside, place.input))
        return numbers

    def kept(self, view: View) -> View:
        """The lesson's view for a visitor, whose picture stays."""
        return replace(self.view, image=view.image)

    def shows(self, view: View) -> bool:
        """True while a view is the lesson's, whatever is looked at in it."""
        loose = {
            name: getattr(self.view, name)
            for name in ("look", "element", "channel", "step", "image", "seed", "training")
        }
        return replace(view, **loose) == self.view


def _layer(name: str, **values: Any) -> Call:
    return LAYERS[name](**values)


def _conv(channels: int, kernels: int, size: int, **values: Any) -> Call:
    return _layer("Conv2d", in_channels=channels, out_channels=kernels, kernel_size=size, **values)


def _up(size: int, **values: Any) -> Call:
    return _layer("ConvTranspose2d", in_channels=1, out_channels=1, kernel_size=size, **values)


def _view(call: Call, shape: Shape, **more: Any) -> View:
    return View(layers=(call,), shape=shape, **more)


def _stack(place: int, shape: Shape, *calls: Call, **more: Any) -> View:
    return View(layers=calls, shape=shape, place=place, **more)


POOLED = (0, 4, 4, 3, 3, 3, 1, 1, 4, 2, 3, 4, 1, 3, 3, 0)
ROWS = tuple(row for row in (1, 2, 3, 4) for _ in range(3))
LENET = (
    _conv(3, 6, 5), _layer("ReLU"), _layer("MaxPool2d", kernel_size=2), _conv(6, 16, 5), _layer("ReLU"),
    _layer("MaxPool2d", kernel_size=2), _layer("Flatten"), _layer("Linear", in_features=400, out_features=120),
)  # fmt: skip

LESSONS = (
    Lesson(COURSE, N_("A convolution is a matrix"),
           N_("A 3 × 3 kernel has {outputs} places in a picture of {input}: written as a matrix, {outputs} rows for the "
              "outputs and {inputs} columns for the inputs, with the same nine weights in each row."),
           _view(_conv(1, 1, 3, bias=False), (1, 4, 4), fill="counting", kernel="counting", look="matrix")),
    Lesson(COURSE, N_("A transposed one has the transposed matrix"),
           N_("{inputs} inputs, {outputs} outputs: the shape of the picture is back, and its values are not, "
              "because a transposed matrix is no inverse."),
           _view(_up(3, bias=False), (1, 2, 2), fill="counting", kernel="counting", look="matrix")),
    Lesson(COURSE, N_("The largest of each window"),
           N_("Each 2 × 2 window keeps its largest number, {values}, and where it stood; of two equal ones it would be the first."),
           _view(_layer("MaxPool2d", kernel_size=2), (1, 4, 4), numbers={"x": POOLED}), values=(4, 4, 4, 4)),
    Lesson(COURSE, N_("Unpooling puts values back"),
           N_("{inputs} values go back to the places where the largest had stood, and all other places of {output} are zero."),
           _stack(1, (1, 4, 4), _layer("MaxPool2d", kernel_size=2), _layer("MaxUnpool2d", kernel_size=2), fill="course")),
    Lesson(COURSE, N_("Linear: y = xWᵀ + b"),
           N_("Each output is the sum of inputs times one row of weights, plus 0.5: {values}."),
           _view(_layer("Linear", in_features=3, out_features=4), (3,),
                 numbers={"x": (1, 2, 3), "w": ROWS, "b": (0.5,) * 4}), values=(6.5, 12.5, 18.5, 24.5)),
    Lesson(COURSE, N_("Where a sigmoid learns nothing"),
           N_("Its slope is 0.25 in the middle and next to zero on both sides: there hardly any gradient comes through."),
           _view(_layer("Sigmoid"), (1, 4, 4), look="curve")),
    Lesson(COURSE, N_("Batch normalisation by hand"),
           N_("Each of the {channels} channels has one mean and one variance, over the batch and both sides; "
              "in evaluation the running ones take their place."),
           _view(_layer("BatchNorm2d", num_features=2), (2, 4, 4), look="normalised")),
    Lesson(COURSE, N_("Dropout in training and after"),
           N_("In training each number is either zero or doubled, as chance will have it; in evaluation all pass unchanged."),
           _view(_layer("Dropout", p=0.5), (1, 8, 8), look="dropout")),
    Lesson(COURSE, N_("LeNet, layer by layer"),
           N_("Flatten makes {outputs} numbers of {input}: that is why the next layer is Linear(400, 120)."),
           _stack(6, (3, 32, 32), *LENET, look="shape")),
    Lesson(COURSE, N_("AlexNet's first layer"),
           N_("An 11 × 11 kernel in steps of 4 turns {input} into {output}: the last row and column are not read."),
           _view(_conv(1, 96, 11, stride=4), (1, 224, 224), look="shape")),
    Lesson(MISTAKES, N_("Without padding the picture shrinks"),
           N_("{input} becomes {output}: the middle of a 3 × 3 kernel never stands on the border. padding=1 gives {other}."),
           _view(_conv(3, 16, 3), (3, 32, 32), look="shape"), _conv(3, 16, 3, padding=1)),
    Lesson(MISTAKES, N_("A stride that does not divide"),
           N_("{input} becomes {output}, rounded down: the last row and column are never read."),
           _view(_conv(1, 1, 3, stride=2), (1, 8, 8))),
    Lesson(MISTAKES, N_("One pixel short when doubling"),
           N_("{input} becomes {output} and not twice the size; output_padding=1 gives {other}. "
              "Below stands every setting that doubles."),
           _view(_up(3, stride=2, padding=1), (1, 14, 14), goal=(14, 28), look="shape"),
           _up(3, stride=2, padding=1, output_padding=1)),
    Lesson(MISTAKES, N_("A checkerboard in the output"),
           N_("Because 3 is not a multiple of the stride 2, some pixels of {output} are written more often than their "
              "neighbours; a kernel of 4 writes evenly."),
           _view(_up(3, stride=2), (1, 6, 6), kernel="ones", look="checkerboard")),
    Lesson(MISTAKES, N_("Rounding up with ceil_mode"),
           N_("{input} becomes {output}; with ceil_mode=True a last window that is cut off counts too, and there are {other}."),
           _view(_layer("MaxPool2d", kernel_size=3, stride=2), (1, 8, 8)),
           _layer("MaxPool2d", kernel_size=3, stride=2, ceil_mode=True)),
    Lesson(MISTAKES, N_("Means that count the padding"),
           N_("All numbers are one, and yet the corners of {output} are 4/9: padded zeros count, unless "
              "count_include_pad=False."),
           _view(_layer("AvgPool2d", kernel_size=3, stride=1, padding=1), (1, 5, 5), fill="ones")),
    Lesson(MISTAKES, N_("How many numbers reach Linear"),
           N_("After Flatten there are {inputs} numbers, and in_features says 400: it must say how many arrive."),
           _stack(2, (3, 32, 32), _conv(3, 16, 5), _layer("Flatten"),
                  _layer("Linear", in_features=400, out_features=10), look="shape")),
    Lesson(MISTAKES, N_("Dilation needs more padding"),
           N_("With dilation=2 three weights span five places, so padding=1 gives {output} for {input}; padding=2 gives {other}."),
           _view(_conv(1, 1, 3, padding=1, dilation=2), (1, 8, 8)), _conv(1, 1, 3, padding=2, dilation=2)),
    Lesson(MISTAKES, N_("Groups that share nothing"),
           N_("With groups={channels} each of the {channels} channels has one kernel of its own and sees no other channel."),
           _view(_conv(4, 4, 3, padding=1, groups=4), (4, 6, 6))),
    Lesson(MISTAKES, N_("num_features is the number of channels"),
           N_("{input} has {channels} channels, and num_features=32 is the length of a side."),
           _view(_layer("BatchNorm2d", num_features=32), (16, 32, 32), look="shape")),
    Lesson(MISTAKES, N_("Unpooling an odd size"),
           N_("Pooling has forgotten that the side was 5: unpooling {input} would give {output}, where the places that "
              "the pool remembered no longer match; with output_size=5 it is {other}."),
           _stack(1, (1, 5, 5), _layer("MaxPool2d", kernel_size=2), _layer("MaxUnpool2d", kernel_size=2)),
           _layer("MaxUnpool2d", kernel_size=2, output_size=5)),
    Lesson(MISTAKES, N_("Channels come first"),
           N_("{input} is how NumPy and PIL store a picture; torch takes it for {channels} channels. "
              "permute(2, 0, 1) puts the channels first."),
           _view(_conv(3, 8, 3), (32, 32, 3), look="shape")),
    Lesson(ARITHMETIC, N_("No padding"),
           N_("{input} becomes {output}: the kernel has only so many places inside."),
           _view(_conv(1, 1, 3), (1, 4, 4))),
    Lesson(ARITHMETIC, N_("Any padding"),
           N_("With two rings of padding around it {input} becomes {output}."),
           _view(_conv(1, 1, 4, padding=2), (1, 5, 5))),
    Lesson(ARITHMETIC, N_("Half padding"),
           N_("{input} stays {output}: padding is half the kernel, rounded down, which needs an odd kernel."),
           _view(_conv(1, 1, 3, padding=1), (1, 5, 5))),
    Lesson(ARITHMETIC, N_("Full padding"),
           N_("{input} grows to {output}: every place where kernel and picture share one pixel counts."),
           _view(_conv(1, 1, 3, padding=2), (1, 5, 5))),
)  # fmt: skip
