"""The part of the input that one unit of a module sees: by the rules of its layers, and by gradient."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from cnnlab import limits
from cnnlab.specs import SpecError

from .clone import cloned, on_meta
from .counting import MacCounter
from .dependence import Dependence, field_of
from .effort import TooMuchWork, refuse
from .passes import refuse_lazy, refuse_other_inputs
from .recording import tensors
from .rows import Effort, shape_text
from .walking import module_at
from .windows import INF

BACKWARD = 3  # how many times longer a run with its gradient takes


class Box(NamedTuple):
    """Rows top to bottom − 1 and columns left to right − 1 of the input."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def width(self) -> int:
        return self.right - self.left


@dataclass(frozen=True)
class ReceptiveField:
    """What the unit (row, column) of a map (N, C, H, W) that `path` puts out sees of an input of `input_shape`.

    `box` ends at the input's border; `size` (height, width) is that of a unit far from every border, None where no
    input up to limits.FIELD_SIDE has one: a layer looks at everything, or the model takes one input size only. `guessed`
    are operations without a rule, taken to look at everything. `gradient_box` and `heat` (H, W), 0 to 1, come from
    a gradient through a copy with all weights one.
    """

    path: str
    unit: tuple[int, ...]
    output_shape: tuple[int, ...]
    box: Box | None
    size: tuple[int, int] | None
    guessed: tuple[str, ...] = ()
    gradient_box: Box | None = None
    heat: np.ndarray | None = None


class _Reached(BaseException):
    """The module has answered; what comes after it does not matter. Not an Exception: no model may catch it."""


def receptive_field(
    model: nn.Module,
    path: str,
    input_shape: tuple[int, int, int],
    unit: tuple[int, int] | None = None,
    gradient: bool = False,
) -> ReceptiveField:
    """The ReceptiveField of one unit, the middle one unless given, for an image of `input_shape` (C, H, W).

    The rules are followed on meta in about the time of a summary. `gradient` really runs a float64 copy forward and
    backward with weights of one, rectifiers and norms taken out and averages for maxima, so that nothing cancels.
    """
    module_at(model, path)
    refuse_other_inputs(model)
    output, guessed = _followed(model, path, input_shape)
    unit = _unit(unit, tuple(output.shape))
    box = _box(output, unit)
    slope = _by_gradient(model, path, input_shape, unit) if gradient else (None, None)
    return ReceptiveField(
        path, unit, tuple(output.shape), box, _size(model, path, input_shape), tuple(sorted(guessed)), *slope
    )


def _unit(unit: tuple[int, ...] | None, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Checked (row, column) of a map (N, C, H, W); of other outputs an index into what one sample gives."""
    sides = shape[2:] if len(shape) == 4 else shape[1:]
    if not all(shape):
        raise SpecError(
            "The output of {shape} has no numbers: choose another layer or a larger input.", shape=shape_text(shape)
        )
    if unit is None:
        return tuple(side // 2 for side in sides) if len(shape) == 4 else tuple(0 for _ in sides)
    if len(unit) != len(sides) or not all(0 <= index < side for index, side in zip(unit, sides, strict=True)):
        raise SpecError(
            "There is no unit {unit} in an output of {shape}: the last one is {last}.",
            unit=unit,
            shape=shape_text(sides),
            last=tuple(side - 1 for side in sides),
        )
    return tuple(unit)


def _chosen(values: torch.Tensor, unit: tuple[int, ...]) -> torch.Tensor:
    """What belongs to the unit: all channels of a position, or one element."""
    return values[0][:, unit[0], unit[1]] if values.dim() == 4 else values[0][unit]


def _stopping(clone: nn.Module, path: str, outputs: list) -> nn.Module:
    def stop(module, args, result):
        outputs.extend(list(tensors(result))[:1])
        raise _Reached

    clone.get_submodule(path).register_forward_hook(stop)
    return clone.eval()


def _reach(clone: nn.Module, path: str, image: torch.Tensor) -> torch.Tensor:
    """The first tensor that the module puts out; SpecError if it is not called or the model fails before."""
    outputs = []
    try:
        _stopping(clone, path, outputs)(image)
    except _Reached:
        return outputs[0]
    except TooMuchWork:
        raise
    except Exception as error:  # the model is a stranger
        raise SpecError(
            "{type} cannot be followed to {path}: {detail}",
            type=type(clone).__name__,
            path=path,
            detail=str(error).strip(),
        ) from error
    raise SpecError("{path} is not called for this input.", path=path)


def _followed(
    model: nn.Module, path: str, shape: tuple[int, ...], most: int | None = None
) -> tuple[torch.Tensor, set[str]]:
    clone = cloned(model, on_meta)
    dtype = next((p.dtype for p in clone.parameters()), torch.float32)
    image = torch.empty((1, *shape), dtype=dtype, device="meta")
    with torch.no_grad(), torch.device("meta"), Dependence(image, most) as rules:
        return _reach(clone, path, image), rules.guessed


def _box(output: torch.Tensor, unit: tuple[int, ...]) -> Box | None:
    """None where the output does not depend on the image."""
    field = field_of(output)
    if field is None:
        return None
    with torch.device("cpu"):
        sides = [float(_chosen(axis, unit).amin()) for axis in field]
    if INF in sides:  # padding only, along one side at least
        return None
    top, bottom, left, right = (int(side) for side in sides)
    return Box(top, left, 1 - bottom, 1 - right)


def _size(model: nn.Module, path: str, shape: tuple[int, ...]) -> tuple[int, int] | None:
    """Of the middle unit, the input made larger until its field touches no border."""
    side = max(shape[1:])
    while side <= limits.FIELD_SIDE:
        try:
            output, guessed = _followed(model, path, (shape[0], side, side), limits.FIELD_NUMBERS)
        except SpecError:  # it takes one input size only, or turns its maps into long sequences
            return None
        if guessed or output.dim() != 4:
            return None
        box = _box(output, _unit(None, tuple(output.shape)))
        if box is None:
            return None
        if box.top > 0 and box.left > 0 and box.bottom < side and box.right < side:
            return box.height, box.width
        side *= 2
    return None


def _by_gradient(model: nn.Module, path: str, shape: tuple[int, ...], unit) -> tuple[Box | None, np.ndarray]:
    refuse_lazy(model)
    _refuse_costly(model, path, shape)
    clone = cloned(model, _ones)
    image = torch.ones((1, *shape), dtype=torch.float64, requires_grad=True)
    with torch.enable_grad(), _Linear():
        output = _reach(clone, path, image)
        (slope,) = torch.autograd.grad(_chosen(output, unit).sum(), image)
    # Weights of one grow from layer to layer, past what a float holds in a deep model: infinity is seen all the same.
    heat = slope[0].abs().nan_to_num().sum(0)
    rows, columns = (heat > 0).any(1).nonzero().flatten(), (heat > 0).any(0).nonzero().flatten()
    if not len(rows):
        return None, heat.numpy()
    box = Box(int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1)
    return box, (heat / heat.max()).numpy()


def _refuse_costly(model: nn.Module, path: str, shape: tuple[int, ...]) -> None:
    """TooMuchWork where the gradient would take too much: all results are kept, and gone through once more."""
    clone, image = cloned(model, _doubles), torch.empty((1, *shape), dtype=torch.float64, device="meta")
    counter = MacCounter(limits.REAL_MACS)
    with torch.no_grad(), torch.device("meta"), counter, _Linear():
        _reach(clone, path, image)
    once = counter.effort
    refuse(Effort(BACKWARD * once.seconds, 2 * once.result_bytes + once.largest_bytes))


def _doubles(tensor: torch.Tensor) -> torch.Tensor:
    moved = on_meta(tensor)
    return _like(tensor, moved.double()) if moved.is_floating_point() else moved


def _ones(tensor: torch.Tensor) -> torch.Tensor:
    if not tensor.is_floating_point():
        return tensor.detach().to("cpu", copy=True)
    values = torch.ones(tensor.shape, dtype=torch.float64)
    return _like(tensor, values)


def _like(tensor: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    return nn.Parameter(values, False) if isinstance(tensor, nn.Parameter) else values


# By name, for each comes in several forms: F.relu, torch.relu, Tensor.relu_.
_IDENTITIES = frozenset(
    {
        *("relu", "relu6", "leaky_relu", "prelu", "elu", "selu", "celu", "gelu", "silu", "mish", "sigmoid", "tanh"),
        *("hardtanh", "hardswish", "hardsigmoid", "softplus", "softsign", "logsigmoid", "threshold", "clamp"),
        *("batch_norm", "instance_norm", "layer_norm", "group_norm", "local_response_norm"),
        *("dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout"),
    }
)


class _Linear(TorchFunctionMode):
    """Takes what is not linear out of a model while it runs."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "").strip("_")
        if name in _IDENTITIES:
            return args[0] if args else kwargs["input"]
        if name in ("max_pool2d", "max_pool2d_with_indices"):
            return _averaged(*args, **kwargs)
        return func(*args, **kwargs)


def _averaged(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    """The sum over the windows that max_pool2d would look at."""
    kernel, step, pad, spread = (
        (value, value) if isinstance(value, int) else tuple(value)
        for value in (kernel_size, stride or kernel_size, padding, dilation)
    )
    shape = torch.empty(input.shape, device="meta")
    out = F.max_pool2d(shape, kernel, step, pad, spread, ceil_mode).shape[-2:]
    past = [  # what windows rounded up reach beyond the padding
        max((o - 1) * s + d * (k - 1) + 1 - side - p, 0)
        for o, s, d, k, side, p in zip(out, step, spread, kernel, input.shape[-2:], pad, strict=True)
    ]
    padded = F.pad(input, (pad[1], past[1], pad[0], past[0]))
    weight = torch.ones(input.shape[-3], 1, *kernel, dtype=input.dtype)
    summed = F.conv2d(padded, weight, None, step, 0, spread, input.shape[-3])[..., : out[0], : out[1]]
    return (summed, torch.zeros_like(summed, dtype=torch.long)) if return_indices else summed
