"""A Param is one argument of a callable: what it may be, checked, built and printed by its row alone."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cnnlab import limits
from cnnlab.messages import N_, SpecError
from cnnlab.objects import Target


class Required:
    """The default of a parameter that has none."""

    def __repr__(self):
        return "REQUIRED"


REQUIRED = Required()
SCALAR = 0
LARGEST = 2**53  # beyond it floats skip whole numbers


class Nested(ABC):
    """What a Param may hold besides plain values: the Calls of cnnlab.specs, which are made of Params themselves."""

    enabled: bool

    @abstractmethod
    def build(self) -> Any: ...

    @abstractmethod
    def code(self) -> str: ...


@dataclass(frozen=True)
class Param:
    """One argument: what it may be, and what a person should know of it.

    `type` is bool, int, float, str (any text, or one of `options`) or Call (a tuple of nested calls); a number
    with `options` may also be one of these words. `lengths` are the numbers of elements it takes, SCALAR meaning a
    bare value. `options` may map each value to the Target path of the object it stands for. `start` is what a new
    call begins with where the library's default is missing or shows nothing.
    """

    name: str
    type: type = float
    default: Any = REQUIRED
    start: Any = None
    on: Any = None  # what it becomes when a person gives it a value instead of none
    low: float | None = None
    high: float | None = None
    step: float | None = None
    lengths: tuple[int, ...] = (SCALAR,)
    labels: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    options: tuple[str, ...] | Mapping[str, str] = ()
    optional: bool = False  # None is a value of its own
    mirrored: bool = False  # a bare v stands for (-v, v), so it is not negative
    rising: bool = False  # a pair is (smallest, largest)
    unit: str = ""
    widget: str = ""  # a kind of input of its own: "color", "padding", "weights"
    advanced: bool = False
    forward: bool = False  # given each time the object is called, not when it is made
    help: str = ""

    @property
    def required(self) -> bool:
        return self.default is REQUIRED

    @property
    def nests(self) -> bool:
        """True for a parameter that holds other calls."""
        return issubclass(self.type, Nested)

    @property
    def first(self) -> Any:
        """The value a new call begins with."""
        return self.default if self.start is None and not self.required else self.start

    def bounds(self, length: int) -> tuple[float | None, float | None]:
        """The lowest and highest value of an element when the value has `length` elements."""
        return (max(self.low or 0, 0), self.high) if self.mirrored and length == SCALAR else (self.low, self.high)

    def check(self, value: Any) -> Any:
        """The value in its plain form (tuples for lists), or SpecError."""
        if value is None:
            if self.optional:
                return None
            raise SpecError("{name} must have a value.", name=self.name)
        if self.nests:
            return self._check_calls(value)
        if self.options and (self.type is str or isinstance(value, str)):
            return self._check_option(value)
        if self.type is str:
            return self._check_text(value)
        if self.type is bool:
            if isinstance(value, bool):
                return value
            raise SpecError("{name}={value} must be True or False.", name=self.name, value=short(value))
        return self._check_numbers(value)

    def _check_text(self, value: Any) -> str:
        if isinstance(value, str) and len(value) <= limits.LINK_NAME and value.isprintable():
            return value
        raise SpecError(
            "{name}={value} must be text of at most {limit} characters, in one line.",
            name=self.name,
            value=short(value),
            limit=limits.LINK_NAME,
        )

    def _check_calls(self, value: Any) -> tuple[Nested, ...]:
        if not isinstance(value, (list, tuple)) or not all(isinstance(item, self.type) for item in value):
            raise SpecError("{name} must be a list of steps.", name=self.name)
        return tuple(value)

    def _check_option(self, value: Any) -> str:
        if isinstance(value, str) and value in self.options:
            return value
        if isinstance(self.options, Mapping) and not isinstance(value, str):
            for option, path in self.options.items():
                if Target(path).resolve() is value:
                    return option
        raise SpecError(
            "{name}={value} is not one of its values: use {options}.",
            name=self.name,
            value=short(value),
            options=", ".join(self.options),
        )

    def _check_numbers(self, value: Any) -> Any:
        if not isinstance(value, (list, tuple)):
            if SCALAR not in self.lengths:
                self._refuse_count(value, 1)
            return self._check_number(value, value, SCALAR)
        if len(value) not in self.lengths or not value:
            self._refuse_count(value, len(value))
        numbers = tuple(self._check_number(item, value, len(value)) for item in value)
        if self.rising and len(numbers) == 2 and numbers[0] > numbers[1]:
            raise SpecError(
                "{name}={value} must go from the smaller to the larger number: use {sorted}.",
                name=self.name,
                value=short(value),
                sorted=numbers[::-1],
            )
        return numbers

    def _refuse_count(self, value: Any, count: int) -> None:
        counts = [str(length or 1) for length in self.lengths]
        if isinstance(value, (list, tuple)) and count == 1 and SCALAR in self.lengths:
            text = N_("{name}={value} is one value in brackets: leave these out, or give {counts} values.")
            bare = N_("{name}={value} is one value in brackets: leave these out.")
            more = " / ".join(str(length) for length in self.lengths if length != SCALAR)
            raise SpecError(text if more else bare, name=self.name, value=short(value), counts=more)
        raise SpecError(
            "{name}={value} has {count} values: it takes {counts}.",
            name=self.name,
            value=short(value),
            count=count,
            counts=" / ".join(dict.fromkeys(counts)),
        )

    def _check_number(self, number: Any, value: Any, length: int) -> int | float:
        name = self.name
        if isinstance(number, bool) or not isinstance(number, (int, float)) or not -LARGEST < number < LARGEST:
            raise SpecError("{name}={value} must be a finite number.", name=name, value=short(value))
        if self.type is int and not isinstance(number, int):
            raise SpecError("{name}={value} must be a whole number.", name=name, value=short(value))
        low, high = self.bounds(length)
        if low is not None and number < low:
            raise SpecError("{name}={value} is too small: use {low} or more.", name=name, value=short(value), low=low)
        if high is not None and number > high:
            raise SpecError(
                "{name}={value} is too large: use {high} or less.", name=name, value=short(value), high=high
            )
        return number

    def code(self, value: Any) -> str:
        """The value as Python source."""
        if self.nests and value is not None:
            return f"[{', '.join(call.code() for call in value if call.enabled)}]"
        if isinstance(self.options, Mapping) and value is not None:
            return Target(self.options[value]).code
        return repr(value)

    def build(self, value: Any) -> Any:
        """The object that the plain value stands for."""
        if value is None:
            return None
        if self.nests:
            return [call.build() for call in value if call.enabled]
        return Target(self.options[value]).resolve() if isinstance(self.options, Mapping) else value


def short(value: Any) -> str:
    """The value as Python source, cut off where a sentence would grow too long."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
