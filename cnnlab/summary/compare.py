"""Two summaries row by row."""

from dataclasses import dataclass

from .rows import Report, Row

SAME, CHANGED, LEFT, RIGHT = "same", "changed", "only left", "only right"
COMPARED = ("type", "input_shape", "output_shape", "params", "macs", "calls", "activation_bytes", "settings")


@dataclass(frozen=True)
class Difference:
    """A row of both (or None where one lacks it), how they stand, and the names of the fields that differ."""

    name: str
    left: Row | None
    right: Row | None
    state: str
    fields: tuple[str, ...] = ()


def compare(left: Report, right: Report) -> tuple[Difference, ...]:
    """Every row of either report once, matched by name: those of the left in order, the right's own among them."""
    ours, theirs = ({row.name: row for row in report.rows} for report in (left, right))
    return tuple(_difference(name, ours.get(name), theirs.get(name)) for name in _merged(list(ours), list(theirs)))


def _difference(name: str, left: Row | None, right: Row | None) -> Difference:
    if left is None or right is None:
        return Difference(name, left, right, RIGHT if left is None else LEFT)
    fields = tuple(field for field in COMPARED if getattr(left, field) != getattr(right, field))
    return Difference(name, left, right, CHANGED if fields else SAME, fields)


def _merged(left: list[str], right: list[str]) -> list[str]:
    """Both lists as one without repeats; what only the right has stands behind its neighbour there.

    >>> _merged(["a", "b", "c"], ["a", "x", "c", "y"])
    ['a', 'x', 'b', 'c', 'y']
    """
    known, extra = set(left), {None: []}
    before = None
    for name in right:
        if name in known:
            before = name
        else:
            extra.setdefault(before, []).append(name)
    merged = list(extra[None])
    for name in left:
        merged += [name, *extra.get(name, ())]
    return merged
