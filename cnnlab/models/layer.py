"""One layer that was read from source: its class, its arguments and what stands inside it."""

import ast
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

from cnnlab import limits
from cnnlab.reading import at
from cnnlab.specs import SpecError

from .names import CONTAINERS, LAYERS, NESTING, REPEATS, signature


class Name(str):
    """A dotted name that stands for something of torch's: "torch.nn", "torch.nn.Conv2d"."""

    __slots__ = ()


class Table(dict):
    """What OrderedDict or {...} holds: layers by name."""


@dataclass(eq=False, frozen=True)
class Layer:
    """A call of a torch.nn class. `count` is how many layers it comes to, one used twice counting twice.

    `places` are where the text says what its arguments are; empty where it unpacks a list into them.
    """

    name: str
    arguments: Mapping[str, Any]
    inside: Mapping[str, "Layer"] = field(default_factory=dict)
    line: int = 1
    count: int = 1
    depth: int = 1
    places: Mapping[str, ast.expr] = field(default_factory=dict)

    @property
    def own(self) -> int:
        """How many layers making it adds to those that stand inside it."""
        return self.count - sum(child.count for child in self.inside.values())

    def build(self, built: dict[int, nn.Module]) -> nn.Module:
        """The module; a layer that was named and is used twice is one module, as in Python."""
        if id(self) not in built:
            inside = {key: child.build(built) for key, child in self.inside.items()}
            with at(self.line):
                built[id(self)] = self._build(inside)
        return built[id(self)]

    def _build(self, inside: dict[str, nn.Module]) -> nn.Module:
        try:
            if self.name in CONTAINERS:
                container = LAYERS[self.name]()
                for key, child in inside.items():
                    container.add_module(key, child)
                return container
            bound = signature(self.name).bind_partial()
            bound.arguments.update({**self.arguments, **inside})
            return LAYERS[self.name](*bound.args, **bound.kwargs)
        except Exception as error:  # each class has its own way to refuse arguments
            raise SpecError(
                "nn.{name} does not take these arguments ({reason}).", name=self.name, reason=_reason(error)
            ) from error


def _reason(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:160]


def layer(name: str, args: list, keywords: dict[str, Any], node: ast.Call) -> Layer:
    """The call, checked against the signature of the installed class."""
    if name in CONTAINERS:
        inside, arguments = _contained(name, args, keywords), {}
    else:
        try:
            arguments = dict(signature(name).bind(*args, **keywords).arguments)
        except TypeError as error:
            raise SpecError("nn.{name} does not take these arguments ({reason}).", name=name, reason=error) from error
        inside = {key: value for key, value in arguments.items() if isinstance(value, Layer)}
        arguments = {key: value for key, value in arguments.items() if key not in inside}
        _check(name, arguments, inside)
    repeats = sum(arguments.get(key) or 0 for key in REPEATS) or 1
    count = 1 + repeats * (sum(child.count for child in inside.values()) or 1) if inside else repeats
    depth = 1 + max((child.depth for child in inside.values()), default=0)
    refuse_many(count, depth)
    return Layer(name, arguments, inside, node.lineno, count, depth, _places(name, node))


def _places(name: str, node: ast.Call) -> dict[str, ast.expr]:
    if name in CONTAINERS or any(isinstance(argument, ast.Starred) for argument in node.args):
        return {}
    return dict(signature(name).bind(*node.args, **{word.arg: word.value for word in node.keywords}).arguments)


def refuse_many(count: int, depth: int = 1) -> None:
    """More layers than are made of one text are refused, those that its model does not use among them."""
    if count > limits.LAYERS or depth > limits.LAYER_DEPTH:
        raise SpecError(
            "this comes to {count} layers, {depth} deep: at most {most} layers, {deepest} deep, are read.",
            count=count,
            depth=depth,
            most=limits.LAYERS,
            deepest=limits.LAYER_DEPTH,
        )


def _contained(name: str, args: list, keywords: dict[str, Any]) -> dict[str, Layer]:
    """The children of a container by name."""
    only = args[0] if len(args) == 1 else None
    listed = (
        only if name == "ModuleList" and isinstance(only, (list, tuple)) else args if name == "Sequential" else None
    )
    if isinstance(only, Table) and name != "ModuleList" and not keywords:
        return dict(only)
    if listed is not None and not keywords and all(isinstance(item, Layer) for item in listed):
        return {str(index): item for index, item in enumerate(listed)}
    if not args and not keywords:
        return {}
    forms = {
        "Sequential": "nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU())",
        "ModuleList": "nn.ModuleList([nn.Conv2d(3, 8, 3)])",
        "ModuleDict": 'nn.ModuleDict({"conv": nn.Conv2d(3, 8, 3)})',
    }
    raise SpecError(
        "nn.{name} holds layers only, made with brackets: write it like {form}.", name=name, form=forms[name]
    )


def _check(name: str, arguments: Mapping[str, Any], inside: Mapping[str, Layer]) -> None:
    for key, child in inside.items():
        if NESTING.get(name, {}).get(key) != child.name:
            raise SpecError("nn.{name} takes no layer as {argument}.", name=name, argument=key)
    for key, value in arguments.items():
        if (key == "device" and value is not None) or key.startswith("_"):
            raise SpecError(
                "leave {argument}={value} out: models are built where this page needs them.",
                argument=key,
                value=repr(value)[:40],
            )
        if not _plain(value):
            raise SpecError(
                "{argument} of nn.{name} must be a number, a word, True, False, None or a few of these.",
                argument=key,
                name=name,
            )
        most = limits.LAYER_REPEATS if key in REPEATS else limits.LAZY_SIZE if name.startswith("Lazy") else math.inf
        if any(isinstance(item, (int, float)) and item > most for item in _flat(value)):
            raise SpecError(
                "{argument} of nn.{name} is too large here: use {limit} or less.",
                argument=key,
                name=name,
                limit=f"{most:,}",
            )
        if key in REPEATS and type(value) is not int:
            raise SpecError("{argument} of nn.{name} must be a whole number.", argument=key, name=name)


def _flat(value: Any) -> tuple:
    return tuple(value) if isinstance(value, (list, tuple)) else (value,)


def _plain(value: Any) -> bool:
    """A scalar, a number type, or a list of scalars, which may hold further short ones."""
    if isinstance(value, (list, tuple)):
        return all(_plain(item) for item in value)
    if isinstance(value, dict):  # **kwargs of nn.Identity
        return type(value) is dict and all(_plain(item) for item in value.values())
    return value is None or type(value) in (bool, int, float, str) or isinstance(value, torch.dtype)
