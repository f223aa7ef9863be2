"""A layer's row: besides what every Spec says, the arithmetic that it does, along how many sides, on what input."""

from dataclasses import dataclass

from cnnlab.specs import Call, Spec

Shape = tuple[int, ...]

SIDE_NAMES = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}


@dataclass(frozen=True)
class LayerSpec(Spec):
    """A layer of torch.nn.

    `family` names the arithmetic that it does: a key of SIZES, COSTS and WINDOWS. `sides` is along how many of the last
    sides it works, None where that is no matter. `input` is the shape without the batch that it is first shown with; a
    side may be the name of the parameter that sets it.
    """

    family: str = ""
    sides: int | None = None
    input: tuple[int | str, ...] = ()


def first_input(call: Call) -> Shape:
    """The shape without the batch that a layer is first shown with."""
    return tuple(call[side] if isinstance(side, str) else side for side in call.spec.input)
