"""The rows of a summary, out of what a pass wrote down."""

import inspect
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch
from torch import nn
from torch.nn.parameter import UninitializedTensorMixin

from .recording import UNWRITTEN, Called, Failed
from .rows import FUNCTION, MODULE, PARAMETER, Row

_PLAIN = (bool, int, float, str, type(None))


def rows(
    clone: nn.Module, calls: Iterable[Called], used: set[int], lazy: set[str], failed: Failed | None
) -> tuple[Row, ...]:
    """One row for each name in `named_modules(remove_duplicate=False)`, its parameters and operations below it."""
    return tuple(_Tree(clone, calls, used, lazy, failed.call.row if failed else None).walk("", 0))


@dataclass(frozen=True)
class _Sum:
    """What a module and everything below it hold: sizes by the id of the tensor, so that each counts once."""

    trainable: Mapping[int, int]
    frozen: Mapping[int, int]
    buffers: Mapping[int, int]
    called: bool

    def __or__(self, other: "_Sum") -> "_Sum":
        return _Sum(
            {**self.trainable, **other.trainable},
            {**self.frozen, **other.frozen},
            {**self.buffers, **other.buffers},
            self.called or other.called,
        )


class _Tree:
    def __init__(self, clone, calls, used, lazy, failed):
        self.modules = dict(clone.named_modules(remove_duplicate=False))
        self.used, self.lazy, self.failed = used, lazy, failed
        self.calls: dict[str, list[Called]] = defaultdict(list)
        for call in calls:
            self.calls[call.row].append(call)
        self.first_name, self.called_modules = {}, set()
        for name, module in self.modules.items():
            self.first_name.setdefault(id(module), name)
            if self.calls.get(name):
                self.called_modules.add(id(module))
        owners = defaultdict(set)
        for module in clone.modules():
            for parameter in filter(_present, module._parameters.values()):
                owners[id(parameter)].add(id(module))
        self.tied = {key for key, holders in owners.items() if len(holders) > 1}
        self.children: dict[str, list[str]] = defaultdict(list)
        for name in self.modules:
            if name:
                self.children[name.rpartition(".")[0]].append(name)
        self._place_functions()
        self.macs: dict[str, int] = {}
        self.sums: dict[str, _Sum] = {}
        self._add_up("")

    def _place_functions(self) -> None:
        """Puts each operation after the child that ran before it."""
        for name in [name for name, calls in self.calls.items() if calls[0].kind == FUNCTION]:
            parent = name.rpartition("/")[0]
            siblings, after = self.children[parent], self.calls[name][0].after
            while after and after not in siblings:
                after = after.rpartition("." if "/" not in after else "/")[0]
            place = siblings.index(after) + 1 if after else 0
            while place < len(siblings) and siblings[place] not in self.modules:
                place += 1  # behind what already ran there
            siblings.insert(place, name)

    def _add_up(self, name: str) -> None:
        total = sum(call.own for call in self.calls.get(name, ()))
        module = self.modules.get(name)
        held = _held(module, id(module) in self.called_modules) if module is not None else None
        for child in self.children.get(name, ()):
            self._add_up(child)
            total += self.macs[child]
            if child in self.sums:
                held = held | self.sums[child]
        self.macs[name] = total
        if held is not None:
            self.sums[name] = held

    def walk(self, name: str, depth: int) -> Iterator[Row]:
        if name not in self.modules:
            yield self._function(name, depth)
            return
        yield self._module(name, depth)
        module = self.modules[name]
        if module._modules:
            for key, parameter in module._parameters.items():
                if parameter is not None:
                    yield self._parameter(name, key, parameter, depth + 1)
        for child in self.children.get(name, ()):
            yield from self.walk(child, depth + 1)

    def _seen(self, name: str, depth: int) -> dict[str, Any]:
        """What rows of modules and of operations have in common."""
        calls = self.calls.get(name, ())
        first = calls[0] if calls else None
        return {
            "name": name,
            "depth": depth,
            "calls": len(calls),
            "macs": self.macs[name],
            "own_macs": sum(call.own for call in calls),
            "inputs": first.inputs if first else (),
            "outputs": first.outputs if first else (),
            "input_shape": first.inputs[0] if first and first.inputs else None,
            "output_shape": first.outputs[0] if first and first.outputs else None,
            "activation_bytes": sum(call.output_bytes for call in calls),
        }

    def _module(self, name: str, depth: int) -> Row:
        module, held = self.modules[name], self.sums[name]
        alias = self.first_name[id(module)]
        return Row(
            **self._seen(name, depth),
            type=type(module).__name__,
            kind=MODULE,
            parent=name.rpartition(".")[0] if name else None,
            params=sum(held.trainable.values()) + sum(held.frozen.values()),
            own_params=sum(_numel(p) for p in {id(p): p for p in module._parameters.values()}.values()),
            trainable=sum(held.trainable.values()),
            frozen=sum(held.frozen.values()),
            buffers=sum(held.buffers.values()),
            settings=settings(module),
            marks=tuple(self._marks(name, module, held)),
            alias_of=alias if alias != name else None,
            leaf=not module._modules,
        )

    def _marks(self, name: str, module: nn.Module, held: _Sum) -> Iterator[str]:
        calls = self.calls.get(name, ())
        if len(calls) > 1:
            yield "repeated"
        if any(call.direct for call in calls) and name:
            yield "direct"
        if self.first_name[id(module)] != name:
            yield "alias"
        if any(id(parameter) in self.tied for parameter in module._parameters.values()):
            yield "shared"
        if id(module) not in self.called_modules and type(module).forward is not UNWRITTEN and not self.failed:
            read = held.called or any(key in self.used for key in {**held.trainable, **held.frozen})
            yield "not observed" if read else "unused"
        if held.frozen and not held.trainable:
            yield "frozen"
        if name in self.lazy:
            yield "lazy"
        if name == self.failed:
            yield "failed"

    def _function(self, name: str, depth: int) -> Row:
        calls = self.calls[name]
        marks = ("repeated",) if len(calls) > 1 else ()
        return Row(
            **self._seen(name, depth), type=calls[0].type, kind=FUNCTION, parent=name.rpartition("/")[0], marks=marks
        )

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
