"""One pass through a model, written down call by call.

Every module of a private copy gets a `forward` that notes what goes in and out, so a module called as
`.forward()` is seen too; torch functions called between modules are seen by a TorchFunctionMode.
"""

import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, is_dataclass
from functools import wraps
from typing import Any

import torch
from torch import nn
from torch.nn.parameter import UninitializedTensorMixin
from torch.overrides import TorchFunctionMode

from .counting import MacCounter
from .rows import FUNCTION, MODULE, Shape

_CALLED = nn.Module._call_impl.__code__
_UNWRITTEN = nn.Module.forward
# What stands between a torch function and the line that called it.
_PLUMBING = frozenset({"torch.overrides", "torch.nn.functional", "torch.functional", "torch._tensor", __name__})


@dataclass
class Called:
    """A call while it runs, and afterwards what it was."""

    row: str
    type: str
    kind: str
    finest: bool
    inputs: tuple[Shape, ...]
    sources: tuple[int, ...]
    started: int
    index: int
    after: str | None = None
    last_child: str | None = None
    outputs: tuple[Shape, ...] = ()
    output_bytes: int = 0
    macs: int = 0
    nested: int = 0
    direct: bool = False

    @property
    def own(self) -> int:
        """MACs that no call inside this one did."""
        return self.macs - self.nested


@dataclass
class Failed:
    """The innermost call that an exception came out of."""

    error: BaseException
    call: Called
    operation: str | None = None
    came: tuple[Shape, ...] = ()


def tensors(value: Any) -> Iterator[torch.Tensor]:
    """Every tensor in nested containers, dataclasses and plain objects, in order."""
    if isinstance(value, torch.Tensor):
        if not isinstance(value, UninitializedTensorMixin):
            yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from tensors(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from tensors(item)
    elif is_dataclass(value) or (hasattr(value, "__dict__") and not callable(value)):
        for item in vars(value).values():  # torchvision's ImageList, for one
            if isinstance(item, (torch.Tensor, list, tuple, dict)):
                yield from tensors(item)


def shapes(value: Any) -> tuple[Shape, ...]:
    return tuple(tuple(tensor.shape) for tensor in tensors(value))


class Recorder(TorchFunctionMode):
    """Attach it to a copy of a model, then run the copy inside it: `with recorder.recording(): clone(*inputs)`."""

    def __init__(self, clone: nn.Module, counter: MacCounter):
        super().__init__()
        self.clone, self.counter = clone, counter
        self.calls: list[Called] = []
        self.stack: list[Called] = []
        self.failed: Failed | None = None
        self._names: dict[int, list[str]] = defaultdict(list)
        self._functions: dict[tuple, str] = {}
        self._counts: dict[tuple, int] = defaultdict(int)
        for name, module in clone.named_modules(remove_duplicate=False):
            self._names[id(module)].append(name)
        for module in clone.modules():
            if type(module).forward is not _UNWRITTEN:
                vars(module)["forward"] = self._watched(module)

    def _watched(self, module: nn.Module):
        forward, names = module.forward, self._names[id(module)]
        leaf = next(module.children(), None) is None

        @wraps(forward)
        def watched(*args, **kwargs):
            direct = sys._getframe(1).f_code is not _CALLED
            call = self._enter(self._name(names), module, leaf, (args, kwargs), direct)
            try:
                result = forward(*args, **kwargs)
            except Exception as error:
                self._fail(error, call)
                raise
            finally:
                self.stack.pop()
                self._count(call)
            self._hold(call, result)
            return result

        return watched

    def _name(self, names: list[str]) -> str:
        """Of the names of one module, the one below the module that is calling it."""
        if len(names) > 1 and self.stack:
            prefix = self.stack[-1].row + "."
            for name in names:
                if name.startswith(prefix):
                    return name
        return names[0]

    def _enter(self, name, module, leaf, given, direct) -> Called:
        with torch._C.DisableTorchFunction():  # asking a tensor for its shape is not part of the model
            came, sources = shapes(given), self._sources(given)
        call = Called(
            name, type(module).__name__, MODULE, leaf, came, sources, self.counter.macs, len(self.calls), direct=direct
        )
        if self.stack:
            self.stack[-1].last_child = name
        self.calls.append(call)
        self.stack.append(call)
        return call

    def _count(self, call: Called) -> None:
        call.macs = self.counter.macs - call.started
        if self.stack:
            self.stack[-1].nested += call.macs

    def _hold(self, call: Called, result: Any) -> None:
        with torch._C.DisableTorchFunction():
            results = list(tensors(result))
            call.outputs = tuple(tuple(tensor.shape) for tensor in results)
            call.output_bytes = sum(tensor.nbytes for tensor in results if tensor.layout is torch.strided)
            if call.finest:
                for tensor in results:
                    tensor._cnnlab_step = call.index

    def _fail(self, error: Exception, call: Called, operation: str | None = None, came=()) -> None:
        if self.failed is None or self.failed.error is not error:
            self.failed = Failed(error, call, operation, came or call.inputs)

    def _sources(self, given: Any) -> tuple[int, ...]:
        marks = (getattr(tensor, "_cnnlab_step", None) for tensor in tensors(given))
        return tuple(dict.fromkeys(mark for mark in marks if mark is not None))

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if not self.stack or self.stack[-1].finest:
            return func(*args, **kwargs)
        if func in _QUIET:
            return self._passed_on(args, func(*args, **kwargs))
        parent, started = self.stack[-1], self.counter.macs
        with torch._C.DisableTorchFunction():
            came, sources = shapes((args, kwargs)), self._sources((args, kwargs))
        try:
            result = func(*args, **kwargs)
        except Exception as error:
            self._fail(error, parent, _function_name(func), came)
            raise
        # Without a tensor it is a question (x.shape) or a new tensor (torch.zeros), not a step of the model.
        if came and isinstance(result, (torch.Tensor, tuple, list)) and next(tensors(result), None) is not None:
            name = _function_name(func)
            row = self._row(parent, name)
            call = Called(row, name, FUNCTION, True, came, sources, started, len(self.calls), parent.last_child)
            parent.last_child = row
            self.calls.append(call)
            self._count(call)
            self._hold(call, result)
        return result

    @staticmethod
    def _passed_on(args: tuple, result: Any) -> Any:
        if args and isinstance(result, torch.Tensor):
            mark = getattr(args[0], "_cnnlab_step", None)
            if mark is not None:
                result._cnnlab_step = mark
        return result

    def _row(self, parent: Called, name: str) -> str:
        """One row for each line of source that calls the function, however often a loop runs it."""
        frame = sys._getframe(2)
        while frame and frame.f_globals.get("__name__") in _PLUMBING:
            frame = frame.f_back
        key = (parent.row, name, frame.f_code, frame.f_lasti)
        if key not in self._functions:
            self._counts[parent.row, name] += 1
            self._functions[key] = f"{parent.row}/{name}:{self._counts[parent.row, name]}"
        return self._functions[key]


def _function_name(func: Any) -> str:
    """What the visitor wrote: relu, flatten, add, T.

    >>> _function_name(torch.Tensor.__add__), _function_name(torch.Tensor.T.__get__)
    ('add', 'T')
    """
    name = getattr(func, "__name__", str(func))
    if name == "__get__":
        return getattr(getattr(func, "__self__", None), "__name__", name)
    return name.strip("_") if name.startswith("__") else name


# Questions about a tensor and changes of view that a reader of the model would not call an operation.
_QUIET = frozenset(
    {
        getattr(torch.Tensor, name)
        for name in (
            *("size", "dim", "numel", "stride", "storage_offset", "element_size", "data_ptr", "untyped_storage"),
            *("is_floating_point", "is_complex", "is_contiguous", "get_device", "item", "tolist"),
            *(
                "to",
                "type_as",
                "contiguous",
                "detach",
                "clone",
                "cpu",
                "float",
                "half",
                "double",
                "long",
                "int",
                "bool",
            ),
            *("requires_grad_", "register_hook", "backward", "__len__", "__bool__", "__hash__", "__repr__"),
        )
    }
)
