"""What `Module.__call__` does: the hooks of one module, heard while a copy of its model runs there and back."""

import inspect
import warnings
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from cnnlab.specs import Message, SpecError

from . import hooks
from .batches import inputs_code, lent, untaken
from .clone import cloned
from .code import script
from .lessons import IN_PLACE, NO_LOSS, NO_TENSOR, NOT_IN_PLACE, PRE_HOOK, Calls, Event
from .recording import tensors
from .subject import Subject
from .walking import module_at

Batch = tuple[torch.Tensor, ...]


@dataclass(frozen=True)
class Way:
    """How a model is run: with the way back or without, its layers in place as they are or not."""

    back: bool = True
    in_place: bool = True


class _Changed(Exception):
    """A result was changed in place where a backward hook stands."""


class _NoLoss(Exception):
    """There is nothing to go back from."""


def calls(model: nn.Module, path: str, batch: Batch, seed: int = 0) -> tuple[Calls, Way]:
    """The Calls of the module `path` ("" is the model itself) in evaluation mode, and how the model was run for it.

    The model is left as it is. `seed` draws the targets of the loss.
    """
    module_at(model, path)
    way, note = Way(), ""
    try:
        heard = _heard(model, path, batch, seed, way)
    except _Changed:
        way, note = Way(in_place=False), NOT_IN_PLACE
        try:
            heard = _heard(model, path, batch, seed, way)
        except _Changed:
            way, note = Way(back=False), IN_PLACE
            heard = _heard(model, path, batch, seed, way)
    except _NoLoss:
        way, note = Way(back=False), NO_LOSS
        heard = _heard(model, path, batch, seed, way)
    if way.back and heard.unhookable:
        way, note = Way(back=False), Message(NO_TENSOR, {"type": heard.unhookable})
    module = model.get_submodule(path)
    if not any(event.stage == PRE_HOOK for event in heard.events):
        raise SpecError(
            "{path} is not called when this model runs, so nothing goes through its hooks; "
            "a call of module.forward(x) passes them by.",
            path=path or type(model).__name__,
        )
    signature = f"forward{inspect.signature(type(module).forward, eval_str=False)}".replace("(self, ", "(")
    return Calls(path, type(module).__name__, signature, tuple(heard.events), tuple(heard.returns), note), way


class _Heard:
    """What the hooks told: `events`, the calls that the ways back belong to, and the type that no backward hook takes."""

    def __init__(self):
        self.events: list[Event] = []
        self.returns: list[int] = []
        self.unhookable = ""
        self._calls = 0

    def show(self, stage: str, number: int, lines: list[str]) -> None:
        self.events.append(Event(stage, number, tuple(lines)))

    def mark(self, module: nn.Module, args: Any, output: Any) -> None:
        """Lets the gradient of this call's output say which call it comes back to."""
        self._calls += 1
        if not isinstance(output, (torch.Tensor, tuple)):
            self.unhookable = type(output).__name__
        for tensor in tensors(output):
            if tensor.requires_grad:
                tensor.register_hook(lambda gradient, call=self._calls: self._return(call))

    def _return(self, call: int) -> None:
        if call not in self.returns:  # one with several tensors
            self.returns.append(call)


def _heard(model: nn.Module, path: str, batch: Batch, seed: int, way: Way) -> _Heard:
    clone, heard = cloned(model, lent).eval(), _Heard()
    if not way.in_place:
        for layer in clone.modules():
            if hasattr(layer, "inplace"):
                layer.inplace = False
    module = clone.get_submodule(path)
    handles = [*hooks.watch(module, way.back, heard.show), module.register_forward_hook(heard.mark)]
    leaves = [x.detach().clone().requires_grad_(way.back) for x in batch]
    try:
        with torch.set_grad_enabled(way.back), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch warns where a hook has no tensor, and `note` says so
            _run(clone, leaves, seed, way)
    finally:
        for handle in handles:
            handle.remove()
    return heard


def _run(clone: nn.Module, leaves: list[torch.Tensor], seed: int, way: Way) -> None:
    try:
        output = clone(*leaves)
    except Exception as error:  # the model is a stranger
        if way.back and _in_place(error):
            raise _Changed from error
        raise untaken(clone, tuple(leaves), error) from error
    if not way.back:
        return
    try:
        hooks.loss_of(hooks.scores_of(output), seed).backward()
    except Exception as error:  # numbers without gradients, nothing at all, or what only its author knows
        raise (_Changed if _in_place(error) else _NoLoss) from error


def _in_place(error: Exception) -> bool:
    return isinstance(error, RuntimeError) and ("inplace" in str(error) or "in-place" in str(error))


def calls_code(subject: Subject, path: str, way: Way, dtype: torch.dtype = torch.float32) -> str:
    """Source that prints what the hooks of the module say, as `calls` hears it."""
    imports, making_inputs = inputs_code(subject, dtype)
    imports = {**imports, "torch": "import torch", "Counter": "from collections import Counter"}
    if way.back:
        imports["F"] = "from torch.nn import functional as F"
    shown = [hooks.told, hooks.printed, hooks.watch, *([hooks.scores_of, hooks.loss_of] if way.back else [])]
    # What the model's own text binds is no matter: these come after it.
    functions = "\n\n".join(inspect.getsource(function) for function in shown)
    loss = f"loss_of(scores_of(model(*inputs)), {subject.view.seed}).backward()"
    lines = [
        *making_inputs,
        *(_NOT_IN_PLACE if not way.in_place else ()),
        "",
        "",
        f"MOST = {hooks.MOST}",
        "",
        "",
        functions.rstrip(),
        "",
        "",
        f"handles = list(watch(model.get_submodule({path!r}){'' if way.back else ', backward=False'}))",
        "try:",
        *(["    for x in inputs:", "        x.requires_grad_()", f"    {loss}"] if way.back else _THERE),
        "finally:",
        "    for handle in handles:",
        "        handle.remove()",
    ]
    return script(subject, imports, lines)


_NOT_IN_PLACE = (
    "for layer in model.modules():  # torch refuses backward hooks where a result is changed in place",
    '    if hasattr(layer, "inplace"):',
    "        layer.inplace = False",
)
_THERE = ("    with torch.no_grad():", "        model(*inputs)")
