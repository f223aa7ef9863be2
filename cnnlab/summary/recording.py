"""One pass through a model, written down call by call.

Every module of a private copy gets a `forward` that notes what goes in and out, so a module called as
`.forward()` is seen too; torch functions called between modules are seen by a TorchFunctionMode.
"""

import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, is_dataclass
from functools import wraps
from typing import Any

import torch
from torch import nn
from torch.nn.modules.lazy import LazyModuleMixin
from torch.nn.parameter import UninitializedTensorMixin
from torch.overrides import TorchFunctionMode

from .counting import MacCounter
from .rows import FUNCTION, MODULE, Shape

_CALLED = nn.Module._call_impl.__code__
UNWRITTEN = nn.Module.forward  # what a module without a forward of its own has, and what nobody can call
# What stands between a torch function and the line that called it.
_PLUMBING = frozenset({"torch.overrides", "torch.nn.functional", "torch.functional", "torch._tensor", __name__})


@dataclass
class Called:
    """A call while it runs, and afterwards what it was.

    `row` is the path of the module, of an operation that of the module whose forward calls it; `caller` is the index of
    the call that made this one. `line` is the same for calls by the same caller that a loop makes.
    """

    row: str
    type: str
    kind: str
    finest: bool
    inputs: tuple[Shape, ...]
    sources: tuple[int, ...]
    started: int
    index: int
    caller: int | None
    line: Any
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
    arrived: tuple[Shape, ...] = ()


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


def note_source(values: Iterable[torch.Tensor], step: int) -> None:
    """Write on each tensor which step it came out of; it goes where the tensor goes, through code of any kind."""
    for tensor in values:
        tensor._cnnlab_step = step


def _source(tensor: Any) -> int | None:
    return getattr(tensor, "_cnnlab_step", None)


class Recorder(TorchFunctionMode):
    """What a copy of a model does, call by call: made for the copy, then `with recorder: clone(*inputs)`.

    `calls` are in the order they began; `failed` is the innermost call that an exception came out of.
    """

    def __init__(self, clone: nn.Module, counter: MacCounter):
        super().__init__()
        self.clone, self.counter = clone, counter
        self.calls: list[Called] = []
        self.stack: list[Called] = []
        self.failed: Failed | None = None
        self._names: dict[int, list[str]] = defaultdict(list)
        for name, module in clone.named_modules(remove_duplicate=False):
            self._names[id(module)].append(name)
        for module in clone.modules():
            if type(module).forward is not UNWRITTEN:
                # On the instance, not as a hook: hooks do not fire for module.forward(x), and torch's fast paths
                # (attention in eval) look whether a module has any.
                vars(module)["forward"] = self._watched(module, module.forward)
            if isinstance(module, LazyModuleMixin) and module.has_uninitialized_params():  # it refused what it met
                vars(module)["initialize_parameters"] = self._watched(module, module.initialize_parameters)

    def _watched(self, module: nn.Module, forward: Callable):
        names = self._names[id(module)]
        leaf = next(module.children(), None) is None

        @wraps(forward)
        def watched(*args, **kwargs):
            direct = sys._getframe(1).f_code is not _CALLED  # not through module(x), but as module.forward(x)
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
        """Of the names of one module, the one below the module that is calling it.

        A module may stand in two places (`self.again = self.blocks[0]`); which of them is meant, only the caller tells.
        """
        if len(names) > 1 and self.stack:
            prefix = self.stack[-1].row + "."
            for name in names:
                if name.startswith(prefix):
                    return name
        return names[0]

    def _enter(self, name: str, module: nn.Module, leaf: bool, arguments: Any, direct: bool) -> Called:
        with torch._C.DisableTorchFunction():  # asking a tensor for its shape is not part of the model
            arrived, sources = shapes(arguments), _sources(arguments)
        type_name, started, index = type(module).__name__, self.counter.macs, len(self.calls)
        caller = self.stack[-1].index if self.stack else None
        call = Called(name, type_name, MODULE, leaf, arrived, sources, started, index, caller, name, direct=direct)
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
            if call.finest:  # a container's result is its last child's, and keeps that mark
                note_source(results, call.index)

    def _fail(
        self, error: Exception, call: Called, operation: str | None = None, arrived: tuple[Shape, ...] = ()
    ) -> None:
        # The same exception passes every module on its way out: the first to see it is the innermost.
        if self.failed is None or self.failed.error is not error:
            self.failed = Failed(error, call, operation, arrived or call.inputs)

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if not self.stack or self.stack[-1].finest:  # inside a leaf: how nn.Linear works is not the model's doing
            return func(*args, **kwargs)
        if func in _QUIET:
            return self._passed_on(args, func(*args, **kwargs))
        parent, started = self.stack[-1], self.counter.macs
        with torch._C.DisableTorchFunction():
            arrived, sources = shapes((args, kwargs)), _sources((args, kwargs))
        try:
            result = func(*args, **kwargs)
        except Exception as error:
            self._fail(error, parent, _function_name(func), arrived)
            raise
        # Without a tensor it is a question (x.shape) or a new tensor (torch.zeros), not a step of the model.
        if arrived and isinstance(result, (torch.Tensor, tuple, list)) and next(tensors(result), None) is not None:
            name = _function_name(func)
            caller, index = parent.index, len(self.calls)
            call = Called(parent.row, name, FUNCTION, True, arrived, sources, started, index, caller, _line())
            self.calls.append(call)
            self._count(call)
            self._hold(call, result)
        return result

    @staticmethod
    def _passed_on(args: tuple, result: Any) -> Any:
        """The result, from the step that the first argument came from."""
        if args and isinstance(result, torch.Tensor) and _source(args[0]) is not None:
            note_source([result], _source(args[0]))
        return result


def _line() -> tuple:
    """The place in the source that calls a torch function: the instruction, as `relu(a) + relu(b)` has two on one line."""
    frame = sys._getframe(2)
    while frame and frame.f_globals.get("__name__") in _PLUMBING:
        frame = frame.f_back
    return frame.f_code, frame.f_lasti


def _sources(values: Any) -> tuple[int, ...]:
    """The steps that the tensors came out of, each once."""
    steps = (_source(tensor) for tensor in tensors(values))
    return tuple(dict.fromkeys(step for step in steps if step is not None))


def _function_name(func: Any) -> str:
    """What the visitor wrote: relu, flatten, add, T.

    >>> _function_name(torch.Tensor.__add__), _function_name(torch.Tensor.T.__get__)
    ('add', 'T')
    """
    name = getattr(func, "__name__", str(func))
    if name == "__get__":
        return getattr(getattr(func, "__self__", None), "__name__", name)
    return name.strip("_") if name.startswith("__") else name


# Questions about a tensor and changes of its place, kind or bookkeeping that no reader of a model would call an operation.
_QUIET = frozenset(
    {
        getattr(torch.Tensor, name)
        for name in (
            *("size", "dim", "numel", "stride", "storage_offset", "element_size", "data_ptr", "untyped_storage"),
            *("is_floating_point", "is_complex", "is_contiguous", "get_device", "item", "tolist"),
            *("to", "type_as", "cpu", "float", "half", "double", "long", "int", "bool"),
            *("contiguous", "detach", "clone"),
            *("requires_grad_", "register_hook", "backward", "__len__", "__bool__", "__hash__", "__repr__"),
        )
    }
)
