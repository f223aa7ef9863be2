"""Multiply-accumulates of every operation that torch dispatches: torch's own formulas, and those it lacks."""

from collections import Counter
from collections.abc import Callable
from math import prod

import torch
import torchvision  # noqa: F401  registers torch.ops.torchvision
from torch.nn import Parameter
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from .effort import TooMuchWork, effort, foreseen, refuse
from .operations import MOVES
from .rows import Effort

aten = torch.ops.aten


def _broadcast(tensor: torch.Tensor, expand: list[int]) -> list[int]:
    shape = list(tensor.shape)
    for dim in sorted(expand):
        shape.insert(dim, 1)
    return shape


def _trilinear(one, two, three, expand1, expand2, expand3, *rest, out=None) -> int:
    """One for each product of an element of all three: N × out × in1 × in2 in nn.Bilinear."""
    sides = zip(_broadcast(one, expand1), _broadcast(two, expand2), _broadcast(three, expand3), strict=True)
    return prod(max(side) for side in sides)


def _recurrent(input, weight_input, weight_hidden, *rest, out=None) -> int:
    """Every weight once for each sample and time step."""
    return input.numel() // input.shape[-1] * (weight_input.numel() + weight_hidden.numel())


def _deformed(input, weight, *rest, out=None) -> int:
    return out.numel() * prod(weight.shape[1:])


# What torch.utils.flop_counter has no formula for; they take the arguments themselves and give MACs.
OWN = {
    aten._trilinear: _trilinear,
    aten.mkldnn_rnn_layer: _recurrent,
    aten.mv: lambda matrix, vector, out=None: matrix.numel(),
    aten.addmv: lambda bias, matrix, vector, out=None, **rest: matrix.numel(),
    aten.dot: lambda one, two, out=None: one.numel(),
    aten.vdot: lambda one, two, out=None: one.numel(),
    aten.addbmm: lambda bias, one, two, out=None, **rest: one.numel() * two.shape[-1],
    torch.ops.torchvision.deform_conv2d: _deformed,
}


def _formula(packet) -> Callable[..., int] | None:
    """From (arguments…, out=result) to MACs; None where there is no formula."""
    if packet in OWN:
        return OWN[packet]
    torchs = flop_registry.get(packet)
    return torchs and (lambda *args, out=None, **kwargs: torchs(*args, out_val=out, **kwargs) // 2)


def _run(func, args, kwargs):
    return func(*args, **kwargs)


class MacCounter(TorchDispatchMode):
    """Counts what runs inside it; `limit` MACs at most, and limits.REAL_SECONDS and REAL_BYTES, then TooMuchWork.

    With a `limit` what an operation takes is looked at before it runs. `effort` is what all took, as foreseen.

    `macs` is the running total, `counted` the MACs and `uncounted` the number of runs by operation, `used` the
    ids of the parameters that an operation read.
    """

    supports_higher_order_operators = True

    def __init__(self, limit: int | None = None, run: Callable = _run):
        super().__init__()
        self._run = run
        self.macs, self.limit, self.effort = 0, limit, Effort()
        self.counted, self.uncounted, self.used = Counter(), Counter(), set()
        self._plans: dict = {}

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        plan = self._plans.get(func)
        if plan is None:
            plan = self._plans[func] = self._plan(func)
        name, formula, composite = plan
        for arg in args:
            if type(arg) is Parameter:
                self.used.add(id(arg))
            elif type(arg) is list:
                self.used.update(id(item) for item in arg if type(item) is Parameter)
        if composite:  # only under inference_mode: elsewhere autograd has taken it apart before it comes here
            with self:
                out = func.decompose(*args, **kwargs)
            if out is not NotImplemented:
                return out
        if self.limit is not None and not getattr(func, "is_view", False):
            self._foresee(func, args, kwargs, formula)
        out = self._run(func, args, kwargs)
        macs = 0
        if formula is not None:
            macs = formula(*args, out=out, **kwargs)
            self._add(name, macs)
        elif name is not None:
            self.uncounted[name] += 1
        self.effort += effort(func, args, kwargs, out, macs)
        return out

    def _foresee(self, func, args, kwargs, formula) -> None:
        """Refuse an operation that would take too much, before it runs."""
        out = foreseen(func, args, kwargs)
        macs = formula(*args, out=out, **kwargs) if formula is not None and out is not None else 0
        refuse(self.effort + effort(func, args, kwargs, out, macs))
        self._check(self.macs + macs)

    def _plan(self, func):
        """(name to list it under or None, formula or None, whether it must be taken apart)."""
        if isinstance(func, torch._ops.HigherOrderOperator):
            return func.name(), _formula(func), False
        packet = func._overloadpacket
        formula = _formula(packet)
        name = packet.__name__
        if formula is None and (func.is_view or name in MOVES or func.namespace == "prim"):
            name = None
        composite = formula is None and torch._C._dispatch_has_kernel_for_dispatch_key(
            func.name(), "CompositeImplicitAutograd"
        )
        return name, formula, composite

    def _add(self, name: str, macs: int) -> None:
        self.macs += macs
        self.counted[name] += macs
        self._check(self.macs)

    def _check(self, macs: int) -> None:
        if self.limit is not None and macs > self.limit:
            raise TooMuchWork(
                "This model needs more than {limit} MACs on the CPU to be looked at: give a smaller input.",
                limit=f"{self.limit:,}",
            )
