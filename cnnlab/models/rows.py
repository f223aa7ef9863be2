"""A model's row: besides what every Spec says, the inputs it is made for and the weights there are."""

from dataclasses import dataclass

from cnnlab.specs import Spec


@dataclass(frozen=True)
class ModelSpec(Spec):
    """A model that a person may choose.

    `inputs` are the shapes it is made for, without the batch; a side may be the name of the parameter that sets it.
    One that `takes_list`, a detector, is called with one list of pictures. `weights` name the pretrained values.
    """

    inputs: tuple[tuple[int | str, ...], ...] = ()
    takes_list: bool = False
    weights: tuple[str, ...] = ()
