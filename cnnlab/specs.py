"""A Spec names a callable and the arguments a person may turn; a Call is one valid choice of them.

Catalogues of transforms, layers and models are dicts of Specs. Widgets, validation, exported code,
shared links and the parametrised tests all derive from the row, so nothing is said twice.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from dataclasses import replace as _replace
from functools import cached_property
from typing import Any, Self

from cnnlab.messages import N_, Message, SpecError
from cnnlab.objects import MODULES, Target

__all__ = ["MODULES", "N_", "REQUIRED", "SCALAR", "Call", "Message", "Param", "Spec", "SpecError", "Target"]


class Required:
    """The default of a parameter that has none."""

    def __repr__(self):
        return "REQUIRED"


REQUIRED = Required()
SCALAR = 0
LARGEST = 2**53  # beyond it floats skip whole numbers


@dataclass(frozen=True)
class Param:
    """One argument: what it may be, and what a person should know of it.

    `type` is bool, int, float, str (then `options` lists the values) or Call (a tuple of nested calls); a number
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
    help: str = ""

    @property
    def required(self) -> bool:
        return self.default is REQUIRED

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
        if self.type is Call:
            return self._check_calls(value)
        if self.options and (self.type is str or isinstance(value, str)):
            return self._check_option(value)
        if self.type is bool:
            if isinstance(value, bool):
                return value
            raise SpecError("{name}={value} must be True or False.", name=self.name, value=_short(value))
        return self._check_numbers(value)

    def _check_calls(self, value: Any) -> tuple["Call", ...]:
        if not isinstance(value, (list, tuple)) or not all(isinstance(item, Call) for item in value):
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
            value=_short(value),
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
                value=_short(value),
                sorted=numbers[::-1],
            )
        return numbers

    def _refuse_count(self, value: Any, count: int) -> None:
        counts = [str(length or 1) for length in self.lengths]
        raise SpecError(
            "{name}={value} has {count} values: it takes {counts}.",
            name=self.name,
            value=_short(value),
            count=count,
            counts=" / ".join(dict.fromkeys(counts)),
        )

    def _check_number(self, number: Any, value: Any, length: int) -> int | float:
        name = self.name
        if isinstance(number, bool) or not isinstance(number, (int, float)) or not -LARGEST < number < LARGEST:
            raise SpecError("{name}={value} must be a finite number.", name=name, value=_short(value))
        if self.type is int and not isinstance(number, int):
            raise SpecError("{name}={value} must be a whole number.", name=name, value=_short(value))
        low, high = self.bounds(length)
        if low is not None and number < low:
            raise SpecError("{name}={value} is too small: use {low} or more.", name=name, value=_short(value), low=low)
        if high is not None and number > high:
            raise SpecError(
                "{name}={value} is too large: use {high} or less.", name=name, value=_short(value), high=high
            )
        return number

    def code(self, value: Any) -> str:
        """The value as Python source."""
        if self.type is Call and value is not None:
            return f"[{', '.join(call.code() for call in value if call.enabled)}]"
        if isinstance(self.options, Mapping) and value is not None:
            return Target(self.options[value]).code
        return repr(value)

    def build(self, value: Any) -> Any:
        """The object that the plain value stands for."""
        if value is None:
            return None
        if self.type is Call:
            return [call.build() for call in value if call.enabled]
        return Target(self.options[value]).resolve() if isinstance(self.options, Mapping) else value


@dataclass(frozen=True)
class Spec:
    """A callable and the parameters a person may turn; calling it gives a Call, or raises SpecError."""

    target: str
    params: tuple[Param, ...] = ()
    about: str = ""
    group: str = ""
    check: Callable[[Mapping[str, Any]], None] = lambda values: None
    presets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # values that belong together, by name

    @cached_property
    def name(self) -> str:
        return Target(self.target).name

    @cached_property
    def nested(self) -> Param | None:
        """The parameter that holds other calls, if there is one."""
        return next((param for param in self.params if param.type is Call), None)

    def param(self, name: str) -> Param:
        for param in self.params:
            if param.name == name:
                return param
        names = ", ".join(param.name for param in self.params) or "()"
        raise SpecError("{spec} has no parameter {name}: it takes {names}.", spec=self.name, name=name, names=names)

    def __call__(self, **values: Any) -> "Call":
        for name in values:
            self.param(name)
        checked = {}
        for param in self.params:
            if param.required and param.name not in values:
                raise SpecError("{spec} needs a value for {name}.", spec=self.name, name=param.name)
            checked[param.name] = param.check(values[param.name]) if param.name in values else param.default
        self.check(checked)
        return Call(self, checked)

    def example(self) -> "Call":
        """A call that shows what the target does, before anything is set."""
        return self(**{param.name: param.first for param in self.params})


@dataclass(frozen=True)
class Call:
    """A Spec with values for all its parameters, valid by construction; made by calling the Spec.

    `id` names the call among its neighbours; one that is not `enabled` is kept, but neither run nor exported.
    """

    spec: Spec
    values: Mapping[str, Any]
    id: str = ""
    enabled: bool = True

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def children(self) -> tuple["Call", ...]:
        return self.values[self.spec.nested.name] if self.spec.nested else ()

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def replace(self, **values: Any) -> "Call":
        """The same call with other values, checked anew."""
        return _replace(self.spec(**{**self.values, **values}), id=self.id, enabled=self.enabled)

    def marked(self, **marks: Any) -> Self:
        """The same call with another `id` or `enabled`."""
        return _replace(self, **marks)

    def changed(self) -> dict[str, Any]:
        """The values that differ from the library's defaults, or have none."""
        return {p.name: self.values[p.name] for p in self.spec.params if p.required or self.values[p.name] != p.default}

    def build(self) -> Any:
        """The object itself."""
        arguments = {param.name: param.build(self.values[param.name]) for param in self.spec.params}
        return Target(self.spec.target).resolve()(**arguments)

    def code(self) -> str:
        """The call as Python source.

        >>> pads = Spec("torch.nn:ZeroPad2d", (Param("padding", int, lengths=(SCALAR, 4)),))
        >>> pads(padding=[1, 1, 2, 2]).code()
        'nn.ZeroPad2d(padding=(1, 1, 2, 2))'
        """
        arguments = (f"{name}={self.spec.param(name).code(value)}" for name, value in self.changed().items())
        return f"{Target(self.spec.target).code}({', '.join(arguments)})"

    def targets(self) -> Iterator[Target]:
        """Every object the source of this call names, itself first."""
        yield Target(self.spec.target)
        for name, value in self.changed().items():
            param = self.spec.param(name)
            if param.type is Call:
                for call in value:
                    yield from call.targets()
            elif isinstance(param.options, Mapping) and value is not None:
                yield Target(param.options[value])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data: name, params (those that differ from the defaults), id, enabled."""
        params = {
            name: [call.to_dict() for call in value] if self.spec.param(name).type is Call else _listed(value)
            for name, value in self.changed().items()
        }
        data = {"name": self.name, "params": params, "id": self.id, "enabled": self.enabled}
        return {key: value for key, value in data.items() if value or key == "name" or value is False}

    @staticmethod
    def from_dict(data: Any, catalogue: Mapping[str, Spec]) -> "Call":
        """The call that `to_dict` described, out of a catalogue of Specs; SpecError on anything else."""
        if not isinstance(data, dict) or not isinstance(data.get("name"), str):
            raise SpecError("A step must be an object with a name, and this is {value}.", value=_short(data))
        spec = catalogue.get(data["name"])
        if spec is None:
            raise SpecError("There is no {name} here.", name=_short(data["name"]))
        params, name = data.get("params", {}), data.get("id", "")
        if not isinstance(params, dict) or not isinstance(name, str) or not isinstance(data.get("enabled", True), bool):
            raise SpecError("The description of {name} is not well formed.", name=spec.name)
        values = {
            key: [Call.from_dict(item, catalogue) for item in value]
            if spec.param(key).type is Call and isinstance(value, list)
            else value
            for key, value in params.items()
        }
        return spec(**values).marked(id=name[:64], enabled=data.get("enabled", True))


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
