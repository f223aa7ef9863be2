"""Lengths of one side, as torch works them out: i input, k kernel_size, s stride, p padding, d dilation."""


def span(k: int, d: int = 1) -> int:
    """How many places a window reaches over.

    >>> span(3, d=2)
    5
    """
    return d * (k - 1) + 1


def convolved(i: int, k: int, s: int = 1, p: int = 0, d: int = 1) -> int:
    """Length after a convolution; below 1 where the window does not fit (torch.nn.Conv2d, "Shape").

    >>> convolved(32, k=3, s=2, p=1)
    16
    """
    return strided(i + 2 * p, k, s, d)


def strided(padded: int, k: int, s: int = 1, d: int = 1) -> int:
    """How often a window fits into a side with its padding."""
    return (padded - span(k, d)) // s + 1


def transposed(i: int, k: int, s: int = 1, p: int = 0, op: int = 0, d: int = 1) -> int:
    """Length after a transposed convolution (torch.nn.ConvTranspose2d, "Shape").

    >>> transposed(14, k=4, s=2, p=1)
    28
    """
    return (i - 1) * s - 2 * p + span(k, d) + op


def pooled(i: int, k: int, s: int, p: int = 0, d: int = 1, ceil: bool = False) -> int:
    """Length after pooling; with ceil_mode a window that starts behind the input is left out again.

    >>> pooled(5, k=2, s=2), pooled(5, k=2, s=2, ceil=True), pooled(4, k=1, s=3, p=0, ceil=True)
    (2, 3, 2)
    """
    out = strided(i + 2 * p + (s - 1 if ceil else 0), k, s, d)
    return out - 1 if ceil and (out - 1) * s >= i + p else out


def unpooled(i: int, k: int, s: int, p: int = 0) -> int:
    """Length after unpooling (torch.nn.MaxUnpool2d, "Shape").

    >>> unpooled(2, k=2, s=2)
    4
    """
    return (i - 1) * s - 2 * p + k


def same(k: int, d: int = 1) -> tuple[int, int]:
    """How many places padding='same' adds before and after: the odd one after.

    >>> same(3), same(4)
    ((1, 1), (1, 2))
    """
    before = d * (k - 1) // 2
    return before, d * (k - 1) - before


def scaled(i: int, factor: float) -> int:
    """Length after enlarging by a factor: rounded down.

    >>> scaled(5, 1.5)
    7
    """
    return int(i * factor)
