"""All that the layer inspector shows, as one plain value that a URL can carry."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

from cnnlab import limits
from cnnlab.links import Field, Linked, choice, damaged, flag, numbered, packed, text, whole
from cnnlab.specs import Call, SpecError
from cnnlab.summary.view import View as Origin
from cnnlab.summary.view import parse_shape

from .catalogue import LAYERS
from .presets import FILLS, KERNELS
from .rows import Shape, first_input
from .sizes import out_shape

START = {"in_channels": 1, "out_channels": 1, "kernel_size": 3, "padding": 1}
TYPED = ("x", "w", "b")  # input, weights and bias as a visitor typed them, each a flat list


@dataclass(frozen=True)
class Place:
    """One layer of the stack: what reaches it, what leaves it, and why nothing does; what follows a refusal gets no input."""

    call: Call
    input: Shape | None
    output: Shape | None = None
    error: SpecError | None = None


@dataclass(frozen=True)
class View(Linked):
    """A stack of layers, of which the one at `place` is looked at; `shape` is the input of the first without the batch.

    `fill` and `kernel` say which numbers the drawn sample of the layer has, unless `numbers` says them: flat lists "x",
    "w", "b". With kernel "model" they are those of the module `row` of the model that `origin`, a link of the summary,
    is about. `seed` draws what is drawn. `look` is the tab, "" for the first; `element` a place of the output (channel
    first), `channel` an enlarged map, `goal` two lengths to get from and to, `step` a step of a lesson, `training` the mode.
    """

    layers: tuple[Call, ...] = field(default_factory=lambda: (LAYERS["Conv2d"](**START),))
    place: int = 0
    shape: Shape | None = None
    fill: str = "digit"
    kernel: str = "sobel"
    numbers: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    origin: Mapping[str, str] = field(default_factory=dict)
    row: str = ""
    seed: int = 0
    image: str = "chelsea"
    look: str = ""
    element: Shape | None = None
    channel: int = 0
    goal: tuple[int, int] | None = None
    step: int = 0
    training: bool = True

    FIELDS: ClassVar[tuple[Field, ...]] = (
        packed(
            "layers", lambda view: [call.to_dict() for call in view.layers], lambda data, view: _stack(data), "layers"
        ),
        numbered("place", limits.STACK),
        Field(
            "shape",
            lambda view: "x".join(map(str, view.shape)) if view.shape else None,
            lambda text, view: parse_shape(text),
            "shape",
        ),
        choice("fill", lambda view: FILLS),
        choice("kernel", lambda view: KERNELS),
        packed(
            "numbers",
            lambda view: {name: list(values) for name, values in view.numbers.items()},
            lambda data, view: _numbers(data),
            "numbers",
        ),
        packed("origin", lambda view: dict(view.origin), lambda data, view: _origin(data), "origin"),
        text("row", limits.LINK_NAME),
        whole("seed", 0, limits.SEED),
        text("image", limits.LINK_NAME),
        text("look", limits.LINK_NAME),
        Field(
            "element",
            lambda view: "x".join(map(str, view.element)) if view.element else None,
            lambda text, view: _element(text),
            "element",
        ),
        whole("channel", 0, limits.MAPS),
        Field(
            "goal",
            lambda view: "x".join(map(str, view.goal)) if view.goal else None,
            lambda text, view: _goal(text),
            "goal",
        ),
        whole("step", 0, limits.LESSON_STEPS),
        flag("training"),
    )

    @property
    def call(self) -> Call:
        """The layer that is looked at."""
        return self.layers[min(self.place, len(self.layers) - 1)]

    @property
    def first_shape(self) -> Shape:
        return self.shape or first_input(self.layers[0])

    def places(self) -> tuple[Place, ...]:
        """Every layer of the stack with the shapes handed on."""
        places, arrives = [], self.first_shape
        for call in self.layers:
            place = Place(call, arrives)
            if arrives is not None:
                try:
                    place = replace(place, output=out_shape(call, arrives))
                except SpecError as error:
                    place = replace(place, error=error)
            places.append(place)
            arrives = place.output
        return tuple(places)

    def of(self, *layers: Call, shape: Shape | None = None) -> Self:
        """The view of other layers: what belonged to those before goes."""
        fresh = View()
        return replace(fresh, layers=layers, shape=shape, image=self.image, seed=self.seed, training=self.training)

    def with_call(self, call: Call) -> Self:
        """Another call at the place that is looked at; typed numbers and the chosen element stay where they still fit."""
        layers = tuple(call if index == self.place else each for index, each in enumerate(self.layers))
        return replace(self, layers=layers)


def _stack(data: Any) -> tuple[Call, ...]:
    if not isinstance(data, list) or not 1 <= len(data) <= limits.STACK:
        raise damaged()
    return tuple(Call.from_dict(each, LAYERS) for each in data)


def _numbers(data: Any) -> dict[str, tuple[float, ...]]:
    if not isinstance(data, dict) or not set(data) <= set(TYPED):
        raise damaged()
    for values in data.values():
        if not isinstance(values, list) or len(values) > limits.TYPED_NUMBERS or not all(map(is_number, values)):
            raise damaged()
    return {name: tuple(values) for name, values in data.items()}


def is_number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value) and abs(value) <= limits.TYPED_NUMBER


def _origin(data: Any) -> dict[str, str]:
    """A link of the summary, read once, so that what it carries is as sound as there."""
    if not isinstance(data, dict) or not all(isinstance(each, str) for each in (*data, *data.values())):
        raise damaged()
    return Origin.from_query(data).to_query()


def _places(text: str, most: int) -> Shape:
    places = text.split("x")
    if len(places) > most or not all(place.isascii() and place.isdigit() and len(place) <= 6 for place in places):
        raise damaged()
    return tuple(map(int, places))


def _element(text: str) -> Shape:
    return _places(text, 4)


def _goal(text: str) -> tuple[int, int]:
    lengths = _places(text, 2)
    if len(lengths) != 2 or not all(1 <= length <= limits.SIDE for length in lengths):
        raise damaged()
    return lengths
