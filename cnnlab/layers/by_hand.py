"""A layer programmed by hand: source that needs numpy alone, with every sum as a loop, for students to read and change."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod

from cnnlab.specs import Call, SpecError

from .contributions import weight_shape
from .lengths import transposed
from .rows import Shape, each
from .sides import borders
from .sizes import out_shape

PAD_MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}  # as numpy calls them
PLACES = {1: ("i",), 2: ("i", "j"), 3: ("t", "i", "j")}
TAPS = {1: ("u",), 2: ("u", "v"), 3: ("s", "u", "v")}


@dataclass(frozen=True)
class Numbers:
    """A layer's numbers, flat: its input without the batch, its weights, its bias, and indices for unpooling."""

    inputs: Sequence[float]
    weight: Sequence[float] = ()
    bias: Sequence[float] = ()
    indices: Sequence[int] = ()


def by_hand(call: Call, shape: Shape, numbers: Numbers) -> str:
    """Source that works out `output` from `x` as the layer does, and prints it; SpecError for layers without one."""
    if call.spec.family not in BY_HAND:
        raise SpecError("{layer} is not written out by hand here.", layer=call.name)
    lines = ["import numpy as np", "", array("x", numbers.inputs, shape)]
    if weights := weight_shape(call):
        count = weights[1] * call["groups"] if call.spec.family == "transposed" else weights[0]
        lines.append(array("w", numbers.weight, weights))
        lines.append(array("b", numbers.bias, (count,)) if numbers.bias else f"b = np.zeros({count})  # no bias")
    if call.spec.family == "unpool":
        lines.append(array("indices", numbers.indices, shape))
    return "\n".join([*lines, *BY_HAND[call.spec.family](call, shape), "print(output)", ""])


def array(name: str, values: Sequence[float], shape: Shape) -> str:
    """An assignment of a numpy array, a row of it on each line.

    >>> print(array("x", [1, 0.5, -2, 3], (2, 2)))
    x = np.array([[1, 0.5],
                  [-2, 3]])
    """
    if len(values) != prod(shape):
        raise ValueError(f"{name} has {len(values)} numbers, and {shape} takes {prod(shape)}.")
    start = f"{name} = np.array("
    texts = iter([f"{value:.9g}" for value in values])

    def nested(lengths: Shape, indent: int) -> str:
        if len(lengths) == 1:
            return f"[{', '.join(next(texts) for _ in range(lengths[0]))}]"
        parts = [nested(lengths[1:], indent + 1) for _ in range(lengths[0])]
        return f"[{(',' + chr(10) * (len(lengths) - 1) + ' ' * (indent + 1)).join(parts)}]"

    return f"{start}{nested(shape, len(start))})"


def _letters(call: Call, indent: int) -> tuple[str, str, str]:
    """Names of an output's place and of a tap, and the place that they read; in three dimensions a line for each."""
    places, taps = PLACES[call.spec.sides], TAPS[call.spec.sides]
    reads = [f"{i} * stride[{d}] + {u} * dilation[{d}]" for d, (i, u) in enumerate(zip(places, taps, strict=True))]
    break_ = ", " if call.spec.sides < 3 else ",\n" + " " * indent
    return ", ".join(places), ", ".join(taps), break_.join(reads)


def _settings(call: Call, *names: str) -> list[str]:
    columns = zip(*each(call, *names), strict=True)
    return [f"{name} = {values!r}" for name, values in zip(names, columns, strict=True)]


def _convolution(call: Call, shape: Shape) -> list[str]:
    at, taps, reads = _letters(call, len("        place = ("))
    mode = PAD_MODES[call["padding_mode"]]
    return [
        *_settings(call, "stride", "dilation"),
        f"groups = {call['groups']}",
        "",
        f"padded = np.pad(x, {[(0, 0), *borders(call, call.spec.sides)]!r}, mode={mode!r})",
        "sides = [",
        "    (padded.shape[1 + d] - dilation[d] * (w.shape[2 + d] - 1) - 1) // stride[d] + 1",
        f"    for d in range({call.spec.sides})",
        "]",
        "output = np.zeros((len(w), *sides))",
        f"for o, {at} in np.ndindex(*output.shape):",
        "    first = o // (len(w) // groups) * w.shape[1]  # input channel of this group",
        f"    output[o, {at}] = b[o]",
        f"    for c, {taps} in np.ndindex(*w.shape[1:]):",
        f"        place = (first + c, {reads})",
        f"        output[o, {at}] += w[o, c, {taps}] * padded[place]",
    ]


def _transposed(call: Call, shape: Shape) -> list[str]:
    at, taps, writes = _letters(call, len("        place = ("))
    lengths = each(call, "kernel_size", "stride", "padding", "dilation")
    more = tuple(
        out - transposed(size, kernel, stride, padding, d=dilation)
        for out, size, (kernel, stride, padding, dilation) in zip(
            out_shape(call, shape)[1:], shape[1:], lengths, strict=True
        )
    )
    inner = ", ".join(f"padding[{d}] : full.shape[{1 + d}] - padding[{d}]" for d in range(call.spec.sides))
    return [
        *_settings(call, "stride", "padding", "dilation"),
        f"output_padding = {more!r}",
        f"groups = {call['groups']}",
        "",
        "sides = [",
        "    (x.shape[1 + d] - 1) * stride[d] + dilation[d] * (w.shape[2 + d] - 1) + 1 + output_padding[d]",
        f"    for d in range({call.spec.sides})",
        "]",
        "full = np.zeros((w.shape[1] * groups, *sides))  # before the padding is cut off",
        f"for c, {at} in np.ndindex(*x.shape):  # each input element writes a copy of the kernel",
        "    first = c // (len(w) // groups) * w.shape[1]  # output channel of this group",
        f"    for o, {taps} in np.ndindex(*w.shape[1:]):",
        f"        place = (first + o, {writes})",
        f"        full[place] += w[c, o, {taps}] * x[c, {at}]",
        f"output = full[:, {inner}] + b.reshape(-1{', 1' * call.spec.sides})",
    ]


def _pool(call: Call, shape: Shape, before: Sequence[str], inside: Sequence[str], after: Sequence[str]) -> list[str]:
    """A window sliding over the input: what is done before it, for each of its places in the input, and after it."""
    at, taps, reads = _letters(call, len("        place = np.array(["))
    return [
        *_settings(call, "kernel_size", "stride", "padding", "dilation"),
        "",
        f"output = np.zeros({out_shape(call, shape)!r})",
        f"for c, {at} in np.ndindex(*output.shape):",
        *(f"    {line}" for line in before),
        f"    for {taps}{',' * (call.spec.sides == 1)} in np.ndindex(*kernel_size):",
        f"        place = np.array([{reads}]) - padding",
        *(f"        {line}" for line in inside),
        *(f"    {line.format(at=at)}" for line in after),
    ]


INSIDE = "if np.all(place >= 0) and np.all(place < x.shape[1:]):"
ELEMENT = "x[(c, *place)]"


def _max_pool(call: Call, shape: Shape) -> list[str]:
    inside = [INSIDE, f"    largest = max(largest, {ELEMENT})"]
    return _pool(call, shape, ["largest = -np.inf"], inside, ["output[c, {at}] = largest"])


def _avg_pool(call: Call, shape: Shape) -> list[str]:
    divisor = call.values.get("divisor_override")
    if divisor is not None:
        inside, after = [INSIDE, f"    total += {ELEMENT}"], ["output[c, {at}] = total / " + str(divisor)]
        return _pool(call, shape, ["total = 0"], inside, after)
    if call["count_include_pad"]:
        inside = [
            INSIDE,
            f"    total += {ELEMENT}",
            "if np.all(place < np.add(x.shape[1:], padding)):  # zeros of the padding count too",
            "    count += 1",
        ]
    else:
        inside = [INSIDE, f"    total += {ELEMENT}", "    count += 1"]
    return _pool(call, shape, ["total, count = 0, 0"], inside, ["output[c, {at}] = total / count"])


def _unpool(call: Call, shape: Shape) -> list[str]:
    at = ", ".join(PLACES[call.spec.sides])
    return [
        "",
        f"output = np.zeros({out_shape(call, shape)!r})",
        "flat = output.reshape(len(x), -1)  # the same numbers, each channel as a list",
        f"for c, {at} in np.ndindex(*x.shape):",
        f"    flat[c, indices[c, {at}]] = x[c, {at}]",
    ]


def _linear(call: Call, shape: Shape) -> list[str]:
    if len(shape) == 1:
        place, element = "o", "x[i]"
        head = ["output = np.zeros(len(w))", "for o in range(len(w)):"]
    else:
        head = ["output = np.zeros((*x.shape[:-1], len(w)))", "for *row, o in np.ndindex(*output.shape):"]
        place, element = "(*row, o)", "x[(*row, i)]"
    return [
        "",
        *head,
        f"    output[{place}] = b[o]",
        "    for i in range(w.shape[1]):",
        f"        output[{place}] += w[o, i] * {element}",
    ]


BY_HAND: Mapping[str, Callable[[Call, Shape], list[str]]] = {
    "convolution": _convolution,
    "transposed": _transposed,
    "max_pool": _max_pool,
    "avg_pool": _avg_pool,
    "unpool": _unpool,
    "linear": _linear,
}
