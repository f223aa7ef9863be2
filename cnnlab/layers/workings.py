"""How the lengths of an output come about: the formula of each side, filled in and worked out step by step."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import prod

from cnnlab.specs import N_, Call, Message

from .lengths import pooled, scaled, span, strided, transposed, unpooled
from .rows import SIDE_NAMES, Shape, per_side
from .sides import along, blocks, borders, margins
from .sizes import out_shape

BELOW = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
# What the letters stand for, by the name of the parameter, or in words.
LETTERS = {
    "i": N_("length of the input"),
    "o": "output_size",
    "k": "kernel_size",
    "s": "stride",
    "p": "padding",
    "p₀": N_("places added before"),
    "p₁": N_("places added after"),
    "d": "dilation",
    "op": "output_padding",
    "f": "scale_factor",
    "r": N_("factor"),
    "c": N_("channels of the input"),
    "n": N_("lengths that are multiplied"),
}
WINDOW = "({i} + 2·{p} − {d}·({k} − 1) − 1)"
UNEVEN = "({i} + {p₀} + {p₁} − {d}·({k} − 1) − 1)"


@dataclass(frozen=True)
class Working:
    """One length of the output: `steps` lead from `filled`, the formula with its numbers, to `length`.

    `letters` are those of the formula with their values; LETTERS says what they stand for. `side` is a message.
    """

    side: str
    formula: str
    filled: str
    steps: tuple[str, ...]
    length: int
    letters: tuple[tuple[str, float], ...] = ()
    notes: tuple[Message, ...] = ()


def workings(call: Call, shape: Shape) -> tuple[Working, ...]:
    """Of each length of the output that is worked out; () for a layer that leaves the shape alone.

    SpecError where there is no output.

    >>> from cnnlab.layers import LAYERS
    >>> call = LAYERS["Conv1d"](in_channels=1, out_channels=1, kernel_size=3, stride=2, padding=1)
    >>> [(each.formula, each.filled, each.steps) for each in workings(call, (1, 32))]
    [('⌊(i + 2·p − d·(k − 1) − 1) / s⌋ + 1', '⌊(32 + 2·1 − 1·(3 − 1) − 1) / 2⌋ + 1', ('⌊31 / 2⌋ + 1', '15 + 1'))]
    """
    out = out_shape(call, shape)
    worked = WORKED.get(call.spec.family)
    return tuple(worked(call, shape, out)) if worked else ()


def working(
    side: str, template: str, letters: Mapping[str, float], steps: tuple[str, ...], length: int, *notes: Message
) -> Working:
    """`template` has the letters in braces; a step that repeats the one before, or is the length, is left out."""
    filled = template.format(**{letter: plain(value) for letter, value in letters.items()})
    shown = [step for before, step in zip((filled, *steps), steps, strict=False) if step not in (before, str(length))]
    formula = template.format(**{letter: letter for letter in letters})
    return Working(side, formula, filled, tuple(shown), length, tuple(letters.items()), notes)


def plain(value: float) -> str:
    """A number as it stands in a formula, with all its digits.

    >>> plain(-2), plain(1.5), plain(16777217), plain(3e-05), plain(2.0)
    ('(−2)', '1.5', '16777217', '0.00003', '2')
    """
    digits = format(Decimal(repr(abs(value))), "f").removesuffix(".0")
    return digits if value >= 0 else f"(−{digits})"


def multiplied(i: int, f: float) -> str:
    """Their product without the last digits of floats, unless these decide where it is rounded to.

    >>> multiplied(3, 1.1), multiplied(100, 0.29)
    ('3.3', '28.999999999999996')
    """
    short = float(f"{i * f:.15g}")
    return plain(short if int(short) == scaled(i, f) else i * f)


def convolution(call: Call, shape: Shape, out: Shape) -> Iterator[Working]:
    sides = len(shape) - 1
    rows = along(call, shape, "kernel_size", "stride", "dilation")
    for side, (i, k, s, d), (before, after) in zip(SIDE_NAMES[sides], rows, borders(call, sides), strict=True):
        letters = {"i": i, "k": k, "s": s, "d": d}
        letters |= {"p": before} if before == after else {"p₀": before, "p₁": after}
        yield slid(
            side,
            WINDOW if before == after else UNEVEN,
            letters,
            i + before + after,
            strided(i + before + after, k, s, d),
        )


def slid(side: str, window: str, letters: Mapping[str, float], padded: int, length: int, *notes: Message) -> Working:
    """How often a window fits."""
    over, s = padded - span(letters["k"], letters["d"]), letters["s"]
    return working(
        side, f"⌊{window} / {{s}}⌋ + 1", letters, (f"⌊{over} / {s}⌋ + 1", f"{over // s} + 1"), length, *notes
    )


def pool(call: Call, shape: Shape, out: Shape) -> Iterator[Working]:
    rows = along(call, shape, "kernel_size", "stride", "padding", "dilation")
    for side, (i, k, s, p, d) in zip(SIDE_NAMES[len(shape) - 1], rows, strict=True):
        letters = {"i": i, "k": k, "s": s, "p": p, "d": d}
        if not call["ceil_mode"]:
            yield slid(side, WINDOW, letters, i + 2 * p, pooled(i, k, s, p, d))
            continue
        over, length = i + 2 * p - span(k, d), pooled(i, k, s, p, d, ceil=True)
        count = -(-over // s) + 1
        template, steps, notes = f"⌈{WINDOW} / {{s}}⌉ + 1", (f"⌈{plain(over)} / {s}⌉ + 1", f"{count - 1} + 1"), ()
        if length < count:
            template, steps = f"{template} − 1", tuple(f"{step} − 1" for step in steps)
            notes = (Message(N_("The last window would begin behind the input, so that torch leaves it out: 1 less.")),)
        yield working(side, template, letters, steps, length, *notes)


def transposed_convolution(call: Call, shape: Shape, out: Shape) -> Iterator[Working]:
    sides, notes = len(shape) - 1, ()
    rows = along(call, shape, "kernel_size", "stride", "padding", "output_padding", "dilation")
    if call["output_size"] is not None:
        notes = (Message(N_("output_padding is chosen by torch, so that output_size comes out.")),)
    for side, (i, k, s, p, op, d), length in zip(SIDE_NAMES[sides], rows, out[1:], strict=True):
        op = op if call["output_size"] is None else length - transposed(i, k, s, p, 0, d)
        letters = {"i": i, "k": k, "s": s, "p": p, "d": d, "op": op}
        steps = (f"{(i - 1) * s} − {2 * p} + {d * (k - 1)} + {op} + 1",)
        yield working(side, "({i} − 1)·{s} − 2·{p} + {d}·({k} − 1) + {op} + 1", letters, steps, length, *notes)


def unpool(call: Call, shape: Shape, out: Shape) -> Iterator[Working]:
    rows = along(call, shape, "kernel_size", "stride", "padding")
    for side, (i, k, s, p), length in zip(SIDE_NAMES[len(shape) - 1], rows, out[1:], strict=True):
        letters, plainly = {"i": i, "k": k, "s": s, "p": p}, unpooled(i, k, s, p)
        if length != plainly:
            note = Message(
                N_("The formula gives {length}; output_size says that the pooling began with another."),
                {"length": plainly},
            )
            yield working(side, "{o}", {"o": length}, (), length, note)
            continue
        yield working(side, "({i} − 1)·{s} − 2·{p} + {k}", letters, (f"{(i - 1) * s} − {2 * p} + {k}",), length)


def wanted(call: Call, shape: Shape, out: Shape) -> Iterator[Working]:
    for side, length in zip(SIDE_NAMES[len(shape) - 1], out[1:], strict=True):
        yield working(side, "{o}", {"o": length}, (), length)


def enlarged(name: str) -> Callable[[Call, Shape, Shape], Iterator[Working]]:
    """The parameter `name` is what each side is multiplied with, where it has a value."""

    def worked(call: Call, shape: Shape, out: Shape) -> Iterator[Working]:
        if call[name] is None:
            yield from wanted(call, shape, out)
            return
        for side, (i, f) in zip(SIDE_NAMES[len(shape) - 1], along(call, shape, name), strict=True):
            yield working(side, "⌊{i} · {f}⌋", {"i": i, "f": f}, (f"⌊{multiplied(i, f)}⌋",), scaled(i, f))

    return worked


def pad(call: Call, shape: Shape, out: Shape) -> Iterator[Working]:
    names, added = SIDE_NAMES[len(shape) - 1], margins(call, len(shape) - 1)
    for side, (name, (before, after)) in enumerate(zip(names, added, strict=True)):
        letters = {"i": shape[side + 1], "p₀": before, "p₁": after}
        yield working(name, "{i} + {p₀} + {p₁}", letters, (), out[side + 1])


def shuffle(call: Call, shape: Shape, out: Shape) -> Iterator[Working]:
    r = call["upscale_factor"]
    yield working(CHANNELS, "{c} / {r}²", {"c": shape[0], "r": r}, (f"{shape[0]} / {r * r}",), out[0])
    for side, i, length in zip(SIDE_NAMES[2], shape[1:], out[1:], strict=True):
        yield working(side, "{i} · {r}", {"i": i, "r": r}, (), length)


def unshuffle(call: Call, shape: Shape, out: Shape) -> Iterator[Working]:
    r = call["downscale_factor"]
    yield working(CHANNELS, "{c} · {r}²", {"c": shape[0], "r": r}, (f"{shape[0]} · {r * r}",), out[0])
    for side, i, length in zip(SIDE_NAMES[2], shape[1:], out[1:], strict=True):
        yield working(side, "{i} / {r}", {"i": i, "r": r}, (), length)


def unfold(call: Call, shape: Shape, out: Shape) -> Iterator[Working]:
    """One row for each number of a window, one column for each place of it."""
    down, across = per_side(call["kernel_size"], 2)
    counts = blocks(call, shape[1:])
    yield working(N_("rows"), "{c} · {k₀} · {k₁}", {"c": shape[0], "k₀": down, "k₁": across}, (), out[0])
    yield from windows(call, shape[1:], counts)
    yield working(N_("columns"), "{n₀} · {n₁}", {"n₀": counts[0], "n₁": counts[1]}, (), out[1])


def fold(call: Call, shape: Shape, out: Shape) -> Iterator[Working]:
    down, across = per_side(call["kernel_size"], 2)
    yield working(
        CHANNELS,
        "{c} / ({k₀} · {k₁})",
        {"c": shape[0], "k₀": down, "k₁": across},
        (f"{shape[0]} / {down * across}",),
        out[0],
    )
    yield from wanted(call, (1, *out[1:]), out)


def windows(call: Call, size: Shape, counts: Shape) -> Iterator[Working]:
    rows = along(call, (1, *size), "kernel_size", "stride", "padding", "dilation")
    for name, (i, k, s, p, d), count in zip((N_("windows downwards"), N_("windows across")), rows, counts, strict=True):
        yield slid(name, WINDOW, {"i": i, "k": k, "s": s, "p": p, "d": d}, i + 2 * p, count)


def flatten(call: Call, shape: Shape, out: Shape) -> Iterator[Working]:
    first = call["start_dim"] % (len(shape) + 1) - 1
    joined = shape[first : first + len(shape) - len(out) + 1]
    letters = {f"n{str(each).translate(BELOW)}": length for each, length in enumerate(joined)}
    template = " · ".join(f"{{{letter}}}" for letter in letters)
    yield working(N_("numbers"), template, letters, (), prod(joined))


def halved(call: Call, shape: Shape, out: Shape) -> Iterator[Working]:
    names = (CHANNELS, *SIDE_NAMES[len(shape) - 1]) if len(shape) in (2, 3, 4) else (N_("length"),) * len(shape)
    for name, before, after in zip(names, shape, out, strict=True):
        if before != after:
            yield working(name, "{i} / 2", {"i": before}, (), after)


CHANNELS = N_("channels")
WORKED: Mapping[str, Callable[[Call, Shape, Shape], Iterator[Working]]] = {
    "convolution": convolution,
    "transposed": transposed_convolution,
    "max_pool": pool,
    "avg_pool": pool,
    "lp_pool": pool,
    "adaptive_avg": wanted,
    "adaptive_max": wanted,
    "fractional_max": enlarged("output_ratio"),
    "unpool": unpool,
    "upsample": enlarged("scale_factor"),
    "pad": pad,
    "shuffle": shuffle,
    "unshuffle": unshuffle,
    "unfold": unfold,
    "fold": fold,
    "flatten": flatten,
    "activation": halved,
}
