"""A Spec names a callable and the arguments a person may turn; a Call is one valid choice of them.

Catalogues of transforms, layers and models are dicts of Specs, made by `catalogue`. Widgets, validation, exported
code, shared links and the parametrised tests all derive from the row, so nothing is said twice.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from dataclasses import replace as _replace
from functools import cached_property, partial
from typing import Any, Self, TypeVar

from cnnlab import limits
from cnnlab.messages import N_, Message, SpecError
from cnnlab.objects import MODULES, Target
from cnnlab.params import REQUIRED, SCALAR, Nested, Param, short

__all__ = [
    "MODULES",
    "N_",
    "REQUIRED",
    "SCALAR",
    "Call",
    "Message",
    "Param",
    "Spec",
    "SpecError",
    "Target",
    "catalogue",
]
PARTIAL = Target("functools:partial")


@dataclass(frozen=True)
class Spec:
    """A callable and the parameters a person may turn; calling it gives a Call, or raises SpecError.

    A `partial` one works on something that comes with each use, such as a tensor: its Calls build functions of that.
    """

    target: str
    params: tuple[Param, ...] = ()
    about: str = ""
    group: str = ""
    check: Callable[[Mapping[str, Any]], None] = lambda values: None
    presets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # values that belong together, by name
    partial: bool = False

    @cached_property
    def name(self) -> str:
        return Target(self.target).name

    @cached_property
    def nested(self) -> Param | None:
        """The parameter that holds other calls, if there is one."""
        return next((param for param in self.params if param.nests), None)

    def param(self, name: str) -> Param:
        for param in self.params:
            if param.name == name:
                return param
        names = ", ".join(param.name for param in self.params) or "()"
        raise SpecError(
            "{spec} has no parameter {name}: it takes {names}.", spec=self.name, name=name[:80], names=names
        )

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


Row = TypeVar("Row", bound=Spec)


def catalogue(rows: Iterable[Row]) -> dict[str, Row]:
    """The rows by name, in their order; ValueError where two have one name."""
    table: dict[str, Row] = {}
    for row in rows:
        if row.name in table:
            raise ValueError(f"{row.name} has two rows: {table[row.name].target} and {row.target}.")
        table[row.name] = row
    return table


@dataclass(frozen=True)
class Call(Nested):
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
        """The object itself; of a partial Spec a function of what it works on."""
        target = Target(self.spec.target).resolve()
        params = [param for param in self.spec.params if not param.forward]
        arguments = {param.name: param.build(self.values[param.name]) for param in params}
        return partial(target, **arguments) if self.spec.partial else target(**arguments)

    def code(self) -> str:
        """The call as Python source.

        >>> pads = Spec("torch.nn:ZeroPad2d", (Param("padding", int, lengths=(SCALAR, 4)),))
        >>> pads(padding=[1, 1, 2, 2]).code()
        'nn.ZeroPad2d(padding=(1, 1, 2, 2))'
        """
        target = Target(self.spec.target).code
        params = {name: self.spec.param(name) for name in self.changed()}
        arguments = [f"{name}={param.code(self.values[name])}" for name, param in params.items() if not param.forward]
        if self.spec.partial:
            return f"{PARTIAL.code}({', '.join([target, *arguments])})"
        return f"{target}({', '.join(arguments)})"

    def targets(self) -> Iterator[Target]:
        """Every object the source of this call names, itself first."""
        yield Target(self.spec.target)
        if self.spec.partial:
            yield PARTIAL
        for name, value in self.changed().items():
            param = self.spec.param(name)
            if param.nests:
                for call in value:
                    yield from call.targets()
            elif isinstance(param.options, Mapping) and value is not None:
                yield Target(param.options[value])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON data: name, params (those that differ from the defaults), id, enabled."""
        params = {
            name: [call.to_dict() for call in value] if self.spec.param(name).nests else _listed(value)
            for name, value in self.changed().items()
        }
        data = {"name": self.name, "params": params, "id": self.id, "enabled": self.enabled}
        return {key: value for key, value in data.items() if value or value is False}

    @staticmethod
    def from_dict(data: Any, catalogue: Mapping[str, Spec], levels: int = limits.STEP_DEPTH) -> "Call":
        """The call that `to_dict` described, out of a catalogue of Specs; SpecError on anything else.

        An `id` keeps its first 64 characters. The call and those it holds are at most so many levels.
        """
        if not levels:  # refused here already, or a link could nest deeper than Python calls functions
            raise SpecError("The steps are nested too deeply: at most {limit} levels.", limit=limits.STEP_DEPTH)
        if not isinstance(data, dict) or not isinstance(data.get("name"), str):
            raise SpecError("A step must be an object with a name, and this is {value}.", value=short(data))
        spec = catalogue.get(data["name"])
        if spec is None:
            raise SpecError("There is no {name} here.", name=short(data["name"]))
        params, name = data.get("params", {}), data.get("id", "")
        if not isinstance(params, dict) or not isinstance(name, str) or not isinstance(data.get("enabled", True), bool):
            raise SpecError("The description of {name} is not well formed.", name=spec.name)
        values = {
            key: [Call.from_dict(item, catalogue, levels - 1) for item in value]
            if spec.param(key).nests and isinstance(value, list)
            else value
            for key, value in params.items()
        }
        text = name[:64].encode(errors="replace").decode()  # half of a surrogate pair can neither be shown nor sent
        return spec(**values).marked(id=text, enabled=data.get("enabled", True))


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
