"""A model's row: besides what every Spec says, the inputs it is made for and the weights there are."""

from dataclasses import dataclass

from cnnlab.specs import Call, Spec


@dataclass(frozen=True)
class ModelSpec(Spec):
    """A model that a person may choose.

    `inputs` are the shapes it is made for, without the batch; a side may be the name of the parameter that sets it.
    One that `takes_list`, a detector, is called with one list of pictures. `weights` name the pretrained values.
    """

    inputs: tuple[tuple[int | str, ...], ...] = ()
    takes_list: bool = False
    weights: tuple[str, ...] = ()


def input_shapes(call: Call) -> tuple[tuple[int, ...], ...]:
    """The shapes without the batch that a catalogue model was made for, one for each of its inputs.

    >>> from cnnlab.models import MODELS
    >>> input_shapes(MODELS["LeNet"]()), input_shapes(MODELS["raft_small"]())
    (((3, 32, 32),), ((3, 520, 960), (3, 520, 960)))
    """
    return tuple(tuple(call[side] if isinstance(side, str) else side for side in shape) for shape in call.spec.inputs)
