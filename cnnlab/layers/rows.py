"""A layer's row: besides what every Spec says, the arithmetic that it does, along how many sides, on what input."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cnnlab.specs import N_, Call, Spec

Shape = tuple[int, ...]

ABSENT = {
    "stride": 1,
    "padding": 0,
    "output_padding": 0,
    "dilation": 1,
}  # what a layer does that has no parameter for it
SIDE_NAMES = {1: (N_("length"),), 2: (N_("height"), N_("width")), 3: (N_("depth"), N_("height"), N_("width"))}


@dataclass(frozen=True)
class LayerSpec(Spec):
    """A layer of torch.nn.

    `family` names the arithmetic that it does: a key of SIZES. `sides` is along how many of the last
    sides it works, None where that is no matter. `input` is the shape without the batch that it is first shown with; a
    side may be the name of the parameter that sets it. `fixed` is what the layer does without a parameter for it, by the
    names of the parameters that say so elsewhere.
    """

    family: str = ""
    sides: int | None = None
    input: tuple[int | str, ...] = ()
    fixed: Mapping[str, Any] = field(default_factory=dict)


def first_input(call: Call) -> Shape:
    """The shape without the batch that a layer is first shown with."""
    return tuple(call[side] if isinstance(side, str) else side for side in call.spec.input)


def setting(call: Call, name: str) -> Any:
    """What a layer does, whether a parameter says it or the layer's name; KeyError where neither does."""
    return call.values[name] if name in call.values else call.spec.fixed[name]


def per_side(value: Any, sides: int) -> tuple:
    """One value for each side, from one for all or one for each."""
    return (
        value
        if isinstance(value, tuple) and len(value) == sides
        else (value[0] if isinstance(value, tuple) else value,) * sides
    )


def each(call: Call, *names: str, sides: int = 0) -> tuple[tuple, ...]:
    """For each side its value of every parameter; a stride that is none is the window's length.

    >>> from cnnlab.layers import LAYERS
    >>> each(LAYERS["MaxPool2d"](kernel_size=(3, 2)), "kernel_size", "stride", "dilation")
    ((3, 3, 1), (2, 2, 1))
    """
    values = {name: call.values[name] if name in call.values else ABSENT[name] for name in names}
    if values.get("stride", 1) is None:
        values["stride"] = call["kernel_size"]
    return tuple(zip(*(per_side(value, sides or call.spec.sides) for value in values.values()), strict=True))


def call_arguments(call: Call) -> dict[str, Any]:
    """What the layer is given beside its input each time it runs, such as output_size; none of it when it is made.

    >>> from cnnlab.layers import LAYERS
    >>> call_arguments(LAYERS["MaxUnpool2d"](kernel_size=2, output_size=5))
    {'output_size': (5, 5)}
    """
    values = {param.name: call[param.name] for param in call.spec.params if param.forward}
    return {name: per_side(value, call.spec.sides or 1) for name, value in values.items() if value is not None}
