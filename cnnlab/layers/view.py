"""All that the layer inspector shows, as one plain value that a URL can carry."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, ClassVar, Self

from cnnlab import limits
from cnnlab.links import Field, Linked, choice, flag, numbered, packed, sides, text, whole
from cnnlab.specs import N_, Call, Message, SpecError
from cnnlab.summary.view import MOST_SIDES, parse_shape
from cnnlab.summary.view import understood as read_shape

from .catalogue import LAYERS
from .linked import Numbers, listed, read_element, read_goal, read_numbers, read_origin, read_others, read_stack
from .presets import FILLS, KERNELS, MODEL
from .rows import LayerSpec, Shape, first_input
from .sizes import out_shape

START = {"in_channels": 1, "out_channels": 1, "kernel_size": 3, "padding": 1}
AS_ALONE = N_("{typed} is read as {shape}: what stands before height and width is as this layer takes it.")


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
    "w", "b"; `others` has those of other layers by place. With kernel "model" they are those of the module `row` of the
    model that `origin`, a link of the summary, is about. `seed` draws what is drawn. `look` is the tab, "" for the first;
    `element` a place of the output (channel first), `channel` an enlarged map or a group, `goal` two lengths to get from
    and to, `step` how many batches came before, `training` the mode.
    """

    layers: tuple[Call, ...] = field(default_factory=lambda: (LAYERS["Conv2d"](**START),))
    place: int = 0
    shape: Shape | None = None
    fill: str = "digit"
    kernel: str = "sobel"
    numbers: Numbers = field(default_factory=dict)
    others: Mapping[int, Numbers] = field(default_factory=dict)
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
            "layers",
            lambda view: [call.to_dict() for call in view.layers],
            lambda data, view: read_stack(data),
            "layers",
        ),
        numbered("place", limits.STACK),
        sides("shape", partial(parse_shape, largest=limits.LAYER_SIDE)),
        choice("fill", lambda view: FILLS),
        choice("kernel", lambda view: KERNELS),
        packed("numbers", lambda view: listed(view.numbers), lambda data, view: read_numbers(data), "numbers"),
        packed(
            "others",
            lambda view: {place: listed(numbers) for place, numbers in view.others.items()},
            lambda data, view: read_others(data),
            "others",
        ),
        packed("origin", lambda view: dict(view.origin), lambda data, view: read_origin(data), "origin"),
        text("row", limits.LINK_NAME),
        whole("seed", 0, limits.SEED),
        text("image", limits.LINK_NAME),
        text("look", limits.LINK_NAME),
        sides("element", read_element),
        whole("channel", 0, limits.MAPS),
        sides("goal", read_goal),
        whole("step", 0, limits.BATCHES_BEFORE),
        flag("training"),
    )

    @property
    def index(self) -> int:
        """The place that is looked at: the last where a link names one beyond it."""
        return min(self.place, len(self.layers) - 1)

    @property
    def call(self) -> Call:
        """The layer that is looked at."""
        return self.layers[self.index]

    @property
    def here(self) -> Place:
        """The layer that is looked at, with what reaches it."""
        return self.places()[self.index]

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

    @property
    def typed(self) -> tuple[Numbers, ...]:
        """What was typed for each layer of the stack."""
        return tuple(
            self.numbers if place == self.index else self.others.get(place, {}) for place in range(len(self.layers))
        )

    def of(self, *layers: Call, shape: Shape | None = None) -> Self:
        """The view of other layers: what belonged to those before goes."""
        return replace(self, layers=layers, shape=shape, place=0, numbers={}, others={}, **_own(self))

    def at(self, place: int) -> Self:
        """The view of another layer of the stack: a chosen element and a model's weights are those of one, and so are
        typed numbers, which are there again when one comes back."""
        return self if place == self.index else replace(self, **_own(self), **_looked_at(self.typed, place))

    def exchanged(self, call: Call) -> Self:
        """Another layer in the place that is looked at, with nothing of the one before."""
        return replace(self.with_call(call), numbers={}, **_own(self))

    def with_call(self, call: Call) -> Self:
        """Another call at the place that is looked at; what was typed and chosen stays with the layer."""
        return replace(self, layers=_put(self.layers, self.index, call), place=self.index)

    def added(self, *calls: Call) -> Self:
        """The view of the first of these layers, put behind the one that is looked at."""
        behind = self.index + 1
        layers = _bounded((*self.layers[:behind], *calls, *self.layers[behind:]))
        typed = (*self.typed[:behind], *({} for _ in calls), *self.typed[behind:])
        shape = _carried(self.first_shape)
        return replace(self, layers=layers, shape=shape, **_own(self), **_looked_at(typed, behind))

    def read(self, layers: tuple[Call, ...]) -> Self:
        """The view of a pasted stack, on the same input where its first layer takes that."""
        view = self.of(*_bounded(layers), shape=self.first_shape)
        return replace(view, shape=None) if view.here.error else view

    def alone(self) -> Self:
        """The view of the layer that is looked at without its neighbours, on the input that reaches it."""
        return replace(self, layers=(self.call,), place=0, shape=_carried(self.here.input), others={})

    def without(self) -> Self:
        """The view without the layer that is looked at, which shows the one before it; the last one stays."""
        if len(self.layers) == 1:
            return self
        layers, typed = (_out(each, self.index) for each in (self.layers, self.typed))
        shape = self.shape if self.index else _carried(self.places()[1].input)
        return replace(self, layers=layers, shape=shape, **_own(self), **_looked_at(typed, max(self.index - 1, 0)))

    def moved(self, by: int) -> Self:
        """The layer that is looked at, so many places later."""
        to = self.index + by
        if not 0 <= to < len(self.layers):
            return self
        layers, typed = (
            (*rest[:to], each[self.index], *rest[to:])
            for each in (self.layers, self.typed)
            for rest in (_out(each, self.index),)
        )
        return replace(self, layers=layers, shape=_carried(self.first_shape), **_looked_at(typed, to))


def _bounded(layers: tuple[Call, ...]) -> tuple[Call, ...]:
    if not 1 <= len(layers) <= limits.STACK:
        raise SpecError(
            "A stack has 1 to {limit} layers, and this would have {count}.", limit=limits.STACK, count=len(layers)
        )
    return layers


def in_bounds(shape: Shape) -> bool:
    """Whether a link can carry it: what reaches a later layer may be longer."""
    return len(shape) <= MOST_SIDES and max(shape) <= limits.LAYER_SIDE


def _carried(shape: Shape | None) -> Shape | None:
    return shape if shape and in_bounds(shape) else None


def _put(layers: tuple[Call, ...], place: int, call: Call) -> tuple[Call, ...]:
    return (*layers[:place], call, *layers[place + 1 :])


def _out(items: tuple, place: int) -> tuple:
    return (*items[:place], *items[place + 1 :])


def _looked_at(typed: tuple[Numbers, ...], place: int) -> dict[str, Any]:
    """A place of a stack, with what was typed for the layer there and, as far as a link has room, for those nearest."""
    others, room = {}, limits.TYPED_NUMBERS
    for other in sorted(range(len(typed)), key=lambda other: abs(other - place)):
        room -= sum(map(len, typed[other].values())) if other != place else 0
        if typed[other] and other != place and room >= 0:
            others[other] = typed[other]
    return {"place": place, "numbers": typed[place], "others": others}


def _own(view: View) -> dict[str, Any]:
    """What belongs to one layer alone, at its default; typed numbers are kept by place."""
    names = ("origin", "row", "element", "channel", "step", "goal")
    fresh = View()
    gone = {name: getattr(fresh, name) for name in names}
    return {**gone, "kernel": fresh.kernel} if view.kernel == MODEL else gone


def fitted(spec: LayerSpec, shape: Shape | None) -> Call:
    """The layer of a row as it begins, its channels those of the input that reaches it."""
    call = spec.example()
    if shape is None or len(shape) != len(spec.input):
        return call
    try:
        return call.replace(
            **{name: side for name, side in zip(spec.input, shape, strict=True) if isinstance(name, str)}
        )
    except SpecError:
        return call


def understood(text: str, natural: Shape) -> tuple[Shape, Message | None]:
    """The shape that a person means who typed the text for a layer that begins with `natural`, and what was added.

    >>> understood("28", (3, 8, 8))[0], understood("(1, 3, 32, 32)", (3, 8, 8))[0]
    ((3, 28, 28), (3, 32, 32))
    """
    return read_shape(text, natural, limits.LAYER_SIDE, AS_ALONE)
