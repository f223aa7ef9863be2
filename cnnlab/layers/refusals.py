"""What torch refuses of one side, or of one number, in words that name the argument, its value and a way out."""

from cnnlab.specs import SpecError

from .lengths import span
from .rows import Shape


def times(shape: Shape) -> str:
    """A shape as people read it.

    >>> times((3, 32, 32))
    '3 × 32 × 32'
    """
    return " × ".join(map(str, shape))


def agree(name: str, value: int, there: int) -> None:
    """A parameter says how many channels or features the input has."""
    if value != there:
        raise SpecError(
            "{name}={value}, but the input has {there}: use {name}={there}.", name=name, value=value, there=there
        )


def divide(name: str, value: int, by: str, parts: int) -> None:
    """What is shared out among so many comes out even."""
    if value % parts:
        raise SpecError(
            "{name}={value} cannot be divided evenly by {by}={parts}: use a multiple of {parts}, such as {multiple}.",
            name=name,
            value=value,
            by=by,
            parts=parts,
            multiple=-(-value // parts) * parts,
        )


def fits(padded: int, k: int, d: int = 1) -> None:
    """The window fits into a side with its padding."""
    if span(k, d) > padded:
        raise SpecError(
            "kernel_size={k} with dilation={d} reaches over {span} places, and the input with its padding has only "
            "{padded}: use a smaller kernel_size or dilation, or pad by {each} more on each side.",
            k=k,
            d=d,
            span=span(k, d),
            padded=padded,
            each=-(-(span(k, d) - padded) // 2),
        )


def half(p: int, k: int) -> None:
    """A pool's window always holds something of the input."""
    if p > k // 2:
        raise SpecError("padding={p} is more than half of kernel_size={k}: use {most} or less.", p=p, k=k, most=k // 2)


def bordered(mode: str, i: int, before: int, after: int) -> None:
    """Places can be added before and after a side (fewer than 0 cut off)."""
    rest = i + min(before, 0) + min(after, 0)
    most = {"reflect": i - 1, "circular": max(rest, 0)}.get(mode)
    if mode == "circular" and most < min(i, max(before, after)):
        raise SpecError(
            "padding={padding} wraps around more than the {most} that padding={cut} leaves of a side of {i}: "
            "use {most} or less, or cut off less.",
            padding=max(before, after),
            most=most,
            cut=min(before, after),
            i=i,
        )
    if most is not None and max(before, after) > most:
        raise SpecError(
            "padding={padding} is more than a side of {i} can give in {mode} mode: use {most} or less.",
            padding=max(before, after),
            i=i,
            mode=mode,
            most=most,
        )
    if (rest < 0 and mode in ("constant", "circular")) or i + before + after < 1:
        raise SpecError(
            "padding cuts {cut} places off a side of {i}, and nothing would be left: cut off {most} at most.",
            cut=i - rest,
            i=i,
            most=i - 1,
        )


def left(out: int, name: str, value: int, i: int) -> int:
    """The length of an output, of which something is left."""
    if out < 1:
        raise SpecError(
            "{name}={value} cuts off all that comes of a side of {i}: the output would have length {out}. "
            "Use another {name} or a larger input.",
            name=name,
            value=value,
            i=i,
            out=out,
        )
    return out


def wanted(out: int, least: int, most: int) -> int:
    """An output_size that the layer can reach."""
    if not least <= out <= most:
        raise SpecError(
            "output_size={out} cannot come of this input: use a number from {least} to {most}.",
            out=out,
            least=least,
            most=most,
        )
    return out


def one_of(values: dict[str, object]) -> None:
    """Just one of two parameters has a value."""
    if sum(value is not None for value in values.values()) != 1:
        first, second = values
        raise SpecError(
            "{first}={one} and {second}={two}: give a value to just one of them.",
            first=first,
            second=second,
            one=repr(values[first]),
            two=repr(values[second]),
        )
