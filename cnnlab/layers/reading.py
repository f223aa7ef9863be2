"""Pasted nn.Sequential as a stack of layers on offer; the text is read, never run."""

from collections.abc import Iterator
from typing import Any

from cnnlab import limits
from cnnlab.models import read_source
from cnnlab.models.layer import Layer
from cnnlab.models.names import CONTAINERS
from cnnlab.reading import Note, at, reading
from cnnlab.specs import N_, Call, SpecError

from .answers import Stack
from .catalogue import LAYERS

LEFT_OUT = N_("nn.{name} is not among the layers that can be looked at here, and was left out.")
AS_IS = ("device", "dtype")  # arguments that are no matter here


def read(text: str) -> Stack:
    """The layers that source describes, in the order in which they run; SpecError where there are none, or too many."""
    root = read_source(text).root
    with reading():
        layers = list(leaves(root))
        calls = [(layer, call(layer)) for layer in layers if layer.name in LAYERS]
        if not calls:
            with at(root.line):
                names = ", ".join(dict.fromkeys(f"nn.{layer.name}" for layer in layers)) or f"nn.{root.name}"
                raise SpecError("None of these layers can be looked at here: {names}.", names=names[: limits.LINK_NAME])
        if len(calls) > limits.STACK:
            with at(calls[limits.STACK][0].line):
                raise SpecError(
                    "this comes to {count} layers: at most {most} in a row are looked at.",
                    count=len(calls),
                    most=limits.STACK,
                )
    gone = {(layer.line, layer.name): None for layer in layers if layer.name not in LAYERS}
    notes = tuple(Note(line, LEFT_OUT, {"name": name}).sentence for line, name in gone)
    return Stack(tuple(call.to_dict() for _layer, call in calls), notes)


def leaves(layer: Layer) -> Iterator[Layer]:
    """Layers without others in them, in the order in which nn.Sequential runs them."""
    if layer.name == "Sequential":
        for child in layer.inside.values():
            yield from leaves(child)
    elif layer.name in CONTAINERS:
        with at(layer.line):
            raise SpecError(
                "nn.{name} says nothing of the order in which its layers run: use nn.Sequential.", name=layer.name
            )
    else:
        yield layer


def call(layer: Layer) -> Call:
    """The layer with its arguments, checked by its row."""
    spec = LAYERS[layer.name]
    with at(layer.line):
        given = {name: plain(value) for name, value in layer.arguments.items() if name not in AS_IS}
        return spec(**{param.name: given.pop(param.name) for param in spec.params if param.name in given}, **given)


def plain(value: Any) -> Any:
    """Lists as tuples."""
    return tuple(map(plain, value)) if isinstance(value, list) else value
