"""The calls of a pass as a tree that reads downwards in the order of execution."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from cnnlab import limits

from .recording import Called
from .rows import CALL, FUNCTION, MODULE, REST

SHOWN = 3  # rounds of a loop that have rows like any others
FEW = 8  # further calls that are not worth a row to fold them


@dataclass(eq=False)
class Place:
    """A row to be: a call, or a container that is not called itself, or the further rounds of a loop, and what is below.

    `path` is that of the module, of all else that of the module whose forward made the call. `number` says which of
    the rows with this path, or of its operations of this name. `beyond` are the calls that have no row of their own.
    """

    kind: str
    path: str
    call: Called | None = None
    below: list["Place"] = field(default_factory=list)
    beyond: list[Called] = field(default_factory=list)
    name: str = ""
    number: int = 0

    @property
    def calls(self) -> int:
        """The calls here and below."""
        return (self.call is not None) + len(self.beyond) + sum(place.calls for place in self.below)

    def walk(self, depth: int = 0, parent: "Place | None" = None) -> Iterator[tuple["Place", "Place | None", int]]:
        """This place and all below it in order, each with the one above it and its depth."""
        yield self, parent, depth
        for place in self.below:
            yield from place.walk(depth + 1, self)


class Order:
    """The places of all modules by name, and of calls in the order in which they began.

    A call stands below its caller, and there below the containers on the way to it. A module that ran has its place,
    MODULE, where it first did; later calls are CALL. One that did not run stands where it was declared. What a loop
    repeats more than SHOWN times is below a REST, and past limits.CALL_ROWS calls are only counted there.
    """

    def __init__(self, names: Sequence[str], calls: Iterable[Called]):
        self.root = Place(MODULE, "")
        self.first = {"": self.root}  # by the path of the module
        self.of_call: dict[int, Place] = {}
        self._rounds = Counter()
        self._room = limits.CALL_ROWS
        for call in calls:
            self._add(call)
        self._add_uncalled(names)
        _unfold(self.root)
        self._name(set(names))

    def _add(self, call: Called) -> None:
        if call.caller is None and self.root.call is None and call.row == "":
            self.root.call, self.of_call[call.index] = call, self.root
            return
        above = self.of_call.get(call.caller, self.root)
        self._rounds[call.caller, call.line] += 1
        new = call.kind == MODULE and self._is_new(call.row)
        if self._rounds[call.caller, call.line] > SHOWN or (self._room <= 0 and not new):
            above = _rest(above)
        if self._room <= 0 and not new:
            above.beyond.append(call)
            self.of_call[call.index] = above
            return
        if call.kind == FUNCTION:
            place = Place(FUNCTION, call.row, call)
            self._room -= 1
            above.below.append(place)
        else:
            place = self._module(self._container(above, call.row), call.row, call)
        self.of_call[call.index] = place

    def _is_new(self, path: str) -> bool:
        return path not in self.first or self.first[path].call is None

    def _module(self, above: Place, path: str, call: Called | None) -> Place:
        place = Place(CALL, path, call)
        if path not in self.first or (call and self._is_new(path)):
            if path in self.first:  # so far only gone through, as the model loops over what it holds
                self.first[path].kind = CALL
            place.kind, self.first[path] = MODULE, place
        self._room -= place.kind == CALL
        above.below.append(place)
        return place

    def _container(self, above: Place, path: str) -> Place:
        """Where a call of the module belongs: below the containers between it and its caller, which are not called."""
        inside = f"{above.path}." if above.path else ""
        if not path.startswith(inside):  # registered elsewhere: it stands where it ran
            return above
        parts = path[len(inside) :].split(".")[:-1]
        for end in range(1, len(parts) + 1):
            name, last = inside + ".".join(parts[:end]), above.below[-1] if above.below else None
            goes_on = last is not None and last.path == name and last.call is None and last.kind in (MODULE, CALL)
            above = last if goes_on else self._module(above, name, None)
        return above

    def _add_uncalled(self, names: Sequence[str]) -> None:
        before: dict[str, Place] = {}
        for name in names:
            parent = name.rpartition(".")[0]
            if name not in self.first:
                siblings, place = self.first[parent].below, Place(MODULE, name)
                last = before.get(parent)
                after = siblings.index(last) + 1 if last in siblings else len(siblings) if last else 0
                siblings.insert(after, place)
                self.first[name] = place
            if name:
                before[parent] = self.first[name]

    def _name(self, taken: set[str]) -> None:
        """Modules as torch names them; the n-th row of a module `path:n`, the n-th relu in its forward `path/relu:n`."""
        numbers = Counter(dict.fromkeys(self.first, 1))
        for place, _parent, _depth in self.root.walk():
            if place.kind == MODULE:
                place.name, place.number = place.path, 1
                continue
            word = place.call.type if place.kind == FUNCTION else "rest"
            base = place.path if place.kind == CALL else f"{place.path}/{word}"
            numbers[base] += 1
            while f"{base}:{numbers[base]}" in taken:
                numbers[base] += 1
            place.name, place.number = f"{base}:{numbers[base]}", numbers[base]


def _rest(above: Place) -> Place:
    """The further rounds that go on below this place, or begin there."""
    if above.kind == REST:
        return above
    if not above.below or above.below[-1].kind != REST:
        above.below.append(Place(REST, above.path))
    return above.below[-1]


def _unfold(place: Place) -> None:
    """Lets those further rounds that are few stand as all other calls do."""
    below = []
    for other in place.below:
        _unfold(other)
        few = other.kind == REST and not other.beyond and other.calls < FEW
        below += other.below if few else [other]
    place.below = below
