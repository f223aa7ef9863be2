"""The rows of a summary, out of what a pass wrote down."""

import inspect
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch
from torch import nn
from torch.nn.parameter import UninitializedTensorMixin

from .order import Order, Place
from .recording import UNWRITTEN, Called, Failed
from .rows import FUNCTION, MODULE, PARAMETER, REST, Row

_PLAIN = (bool, int, float, str, type(None))


def tree(
    clone: nn.Module, calls: Sequence[Called], used: set[int], lazy: set[str], failed: Failed | None
) -> tuple[tuple[Row, ...], list[str]]:
    """The rows in the order of execution, below each module with children its parameters; and the row of each call."""
    modules = dict(clone.named_modules(remove_duplicate=False))
    order = Order(list(modules), calls)
    told = _Tree(clone, modules, calls, used, lazy, failed)
    told.failed = order.of_call.get(failed.call.index) if failed else None
    told.add_up(order.root)
    return tuple(told.rows(order.root)), [order.of_call[call.index].name for call in calls]


@dataclass
class _Sum:
    """What a module and everything below it hold: sizes by the id of the tensor, so that each counts once."""

    trainable: dict[int, int]
    frozen: dict[int, int]
    buffers: dict[int, int]
    called: bool

    def __ior__(self, other: "_Sum") -> "_Sum":
        self.trainable |= other.trainable
        self.frozen |= other.frozen
        self.buffers |= other.buffers
        self.called |= other.called
        return self


class _Tree:
    def __init__(self, clone, modules, calls, used, lazy, failed):
        self.modules, self.used, self.lazy = modules, used, lazy
        self.stopped, self.failed = failed is not None, None
        self.times = Counter(call.row for call in calls if call.kind == MODULE)
        self.turns = Counter()  # of each module, those that have a row so far
        self.first_name, called = {}, set()
        for name, module in modules.items():
            self.first_name.setdefault(id(module), name)
            if self.times[name]:
                called.add(id(module))
        self.called = called
        owners = defaultdict(set)
        for module in clone.modules():
            for parameter in filter(_present, module._parameters.values()):
                owners[id(parameter)].add(id(module))
        self.tied = {key for key, holders in owners.items() if len(holders) > 1}
        self.sums = {name: _held(module, id(module) in called) for name, module in modules.items()}
        for name in reversed(modules):
            if name:
                parent = name.rpartition(".")[0]
                self.sums[parent] |= self.sums[name]
        self.macs: dict[Place, int] = {}

    def add_up(self, place: Place) -> None:
        below = 0
        for other in place.below:
            self.add_up(other)
            below += self.macs[other]
        self.macs[place] = below + _own_macs(place)

    def rows(self, root: Place) -> Iterator[Row]:
        for place, parent, depth in root.walk():
            yield Row(**self._seen(place, parent, depth))
            if place.kind == MODULE and self.modules[place.path]._modules:
                for key, parameter in self.modules[place.path]._parameters.items():
                    if parameter is not None:
                        yield self._parameter(place.path, key, parameter, depth + 1)

    def _seen(self, place: Place, parent: Place | None, depth: int) -> dict[str, Any]:
        """What rows of all kinds have in common, and what those of this kind have besides."""
        seen = {"name": place.name, "kind": place.kind, "depth": depth, "parent": parent.name if parent else None}
        seen |= {"macs": self.macs[place], "own_macs": _own_macs(place), "marks": tuple(self._marks_of_call(place))}
        if place.kind == REST:
            size = sum(call.output_bytes for call in place.beyond if call.finest)
            marks = ("rest", *seen["marks"])
            return {**seen, "type": "", "calls": place.calls, "activation_bytes": size, "leaf": False, "marks": marks}
        if place.call is not None:
            seen |= _told(place.call)
        if place.kind == FUNCTION:
            return {**seen, "calls": 1}
        module, called = self.modules[place.path], place.call is not None
        self.turns[place.path] += called
        turn = self.turns[place.path] * called
        seen |= {"type": type(module).__name__, "call": turn, "leaf": not module._modules, "settings": settings(module)}
        if place.kind == MODULE:
            return {**seen, "calls": self.times[place.path], **self._module(place, module)}
        marks = ("again" if called else "continued", *seen["marks"])
        return {**seen, "calls": int(called), "of": place.path, "marks": marks}

    def _module(self, place: Place, module: nn.Module) -> dict[str, Any]:
        held, alias = self.sums[place.path], self.first_name[id(module)]
        return {
            "params": sum(held.trainable.values()) + sum(held.frozen.values()),
            "own_params": sum(_numel(p) for p in {id(p): p for p in module._parameters.values()}.values()),
            "trainable": sum(held.trainable.values()),
            "frozen": sum(held.frozen.values()),
            "buffers": sum(held.buffers.values()),
            "marks": tuple(self._marks(place, module, held)),
            "alias_of": alias if alias != place.path else None,
        }

    def _marks(self, place: Place, module: nn.Module, held: _Sum) -> Iterator[str]:
        if self.times[place.path] > 1:
            yield "repeated"
        if self.first_name[id(module)] != place.path:
            yield "alias"
        if any(id(parameter) in self.tied for parameter in module._parameters.values()):
            yield "shared"
        if id(module) not in self.called and type(module).forward is not UNWRITTEN and not self.stopped:
            read = held.called or any(key in self.used for key in {**held.trainable, **held.frozen})
            yield "not observed" if read else "unused"
        if held.frozen and not held.trainable:
            yield "frozen"
        if place.path in self.lazy:
            yield "lazy"
        yield from self._marks_of_call(place)

    def _marks_of_call(self, place: Place) -> Iterator[str]:
        if place.path and place.call is not None and place.call.direct:
            yield "direct"
        if place is self.failed:
            yield "failed"

    def _parameter(self, parent: str, key: str, parameter: nn.Parameter, depth: int) -> Row:
        size, trained = _numel(parameter), parameter.requires_grad
        marks = ("shared",) if id(parameter) in self.tied else ()
        return Row(
            f"{parent}.{key}" if parent else key,
            "Parameter",
            PARAMETER,
            depth,
            parent,
            output_shape=tuple(parameter.shape) if size else None,
            params=size,
            own_params=size,
            trainable=size * trained,
            frozen=size * (not trained),
            marks=marks if trained else (*marks, "frozen"),
        )


def _own_macs(place: Place) -> int:
    return sum(call.own for call in (place.beyond if place.call is None else [place.call]))


def _told(call: Called) -> dict[str, Any]:
    """What a call alone says."""
    return {
        "type": call.type,
        "inputs": call.inputs,
        "outputs": call.outputs,
        "input_shape": call.inputs[0] if call.inputs else None,
        "output_shape": call.outputs[0] if call.outputs else None,
        "activation_bytes": call.output_bytes,
    }


def _present(parameter: nn.Parameter | None) -> bool:
    return parameter is not None


def _numel(tensor: torch.Tensor | None) -> int:
    return 0 if tensor is None or isinstance(tensor, UninitializedTensorMixin) else tensor.numel()


def _held(module: nn.Module, called: bool) -> _Sum:
    parameters = [p for p in module._parameters.values() if p is not None]
    return _Sum(
        {id(p): _numel(p) for p in parameters if p.requires_grad},
        {id(p): _numel(p) for p in parameters if not p.requires_grad},
        {id(b): _numel(b) for b in module._buffers.values() if b is not None},
        called,
    )


@lru_cache(maxsize=1024)
def _arguments(kind: type) -> tuple[str, ...]:
    try:
        parameters = inspect.signature(kind.__init__).parameters.values()
    except (TypeError, ValueError):
        return ()
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return tuple(p.name for p in parameters if p.kind in named and p.name not in ("self", "device", "dtype"))


def settings(module: nn.Module) -> dict[str, Any]:
    """The constructor's arguments, read back from the module where they are plain values.

    >>> settings(nn.ReLU(inplace=True))
    {'inplace': True}
    """
    values = {}
    for name in _arguments(type(module)):
        if name not in vars(module) and name not in module._parameters:
            continue
        value = getattr(module, name)
        if name == "bias" and (value is None or isinstance(value, torch.Tensor)):
            value = value is not None
        if isinstance(value, _PLAIN) or (isinstance(value, tuple) and all(isinstance(v, _PLAIN) for v in value)):
            values[name] = value
    return values
