"""Nested calls as a tuple: walked, edited, and told apart by their ids."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cnnlab.specs import Call


@dataclass(frozen=True)
class Planned:
    """One step as it will run for a sample: its own seed, what its container drew, the steps inside that run."""

    call: Call
    seed: int
    draws: Mapping[str, Any] = field(default_factory=dict)
    inner: tuple["Planned", ...] = ()

    def leaves(self) -> Iterator["Planned"]:
        """The transforms that will be called, in order."""
        if not self.call.spec.nested:
            yield self
        for planned in self.inner:
            yield from planned.leaves()


def walk(calls: tuple[Call, ...]) -> Iterator[Call]:
    """Every call, outer before inner."""
    for call in calls:
        yield call
        yield from walk(call.children)


def depth(calls: tuple[Call, ...]) -> int:
    return 1 + max((depth(call.children) for call in calls if call.children), default=0)


def active(calls: tuple[Call, ...]) -> tuple[Call, ...]:
    """The calls that run: neither switched off nor containers of nothing."""
    rest = []
    for call in calls:
        inner = active(call.children)
        if call.enabled and (inner or not call.spec.nested):
            rest.append(with_children(call, inner) if call.spec.nested else call)
    return tuple(rest)


def with_children(call: Call, children: tuple[Call, ...]) -> Call:
    """The container with other steps; a step that stays keeps its weight, a new one weighs 1."""
    values: dict[str, Any] = {call.spec.nested.name: children}
    weights = next((param.name for param in call.spec.params if param.widget == "weights"), None)
    if weights and call[weights] is not None:
        known = {child.id: weight for child, weight in zip(call.children, call[weights], strict=True)}
        chances = tuple(known.get(child.id, 1.0) for child in children)
        values[weights] = chances if sum(chances) else None  # of those that are left none may have a chance
    return call.replace(**values)


def edited(calls: tuple[Call, ...], id: str, change: Callable[[Call], tuple[Call, ...]]) -> tuple[Call, ...]:
    """The calls with one replaced, wherever it stands."""
    rest: list[Call] = []
    for call in calls:
        if call.id == id:
            rest.extend(change(call))
        elif any(inner.id == id for inner in walk(call.children)):
            rest.append(with_children(call, edited(call.children, id, change)))
        else:
            rest.append(call)
    return tuple(rest)


def identified(calls: tuple[Call, ...]) -> tuple[Call, ...]:
    """Every call with an id of its own: the one it has, else its name, numbered from the second on."""
    taken = {call.id for call in walk(calls)}
    seen: set[str] = set()

    def one(call: Call) -> Call:
        id = call.id
        if not id or id in seen:
            number = 1
            id = call.name
            while id in taken or id in seen:
                number += 1
                id = f"{call.name}-{number}"
        seen.add(id)
        children = tuple(one(child) for child in call.children)
        same = all(new is old for new, old in zip(children, call.children, strict=True))
        call = call if same else call.replace(**{call.spec.nested.name: children})
        return call if call.id == id else call.marked(id=id)

    return tuple(one(call) for call in calls)


def anonymous(call: Call) -> Call:
    """The call without ids, so that a copy gets its own."""
    children = tuple(anonymous(child) for child in call.children)
    bare = call.replace(**{call.spec.nested.name: children}) if children else call
    return bare.marked(id="")
