"""All that the summary page shows, as one plain value that a URL can carry, and the model it is about."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import torch
from torch import nn

from cnnlab import limits
from cnnlab.links import damaged, pack, unpack, whole
from cnnlab.models import (
    INITIALISATIONS,
    MODELS,
    build,
    cached,
    find_weights,
    from_folder,
    initialise,
    input_shapes,
    pretrained,
    read_source,
)
from cnnlab.models.folder import last_change
from cnnlab.models.initialisation import KINDS
from cnnlab.models.zoo import ZooSpec
from cnnlab.specs import Call, SpecError, Target

from .export import hand_over
from .memory import OPTIMIZERS, PRECISIONS
from .rows import Row

STARTS = (*KINDS, "bias")
PLAIN_SHAPE = (3, 32, 32)


@dataclass(frozen=True)
class View:
    """A catalogue model, a pasted one (`source`) or one's own (`own`, "module:Class"); its input, and the row chosen.

    `shape` is the input without the batch, None for the one that the model was made for. `scheme` says how kinds
    of layers start, drawn with `seed`; `weights` names torchvision's pretrained ones. `against` is a second model.
    """

    model: Call = field(default_factory=lambda: MODELS["resnet18"]())
    source: str = ""
    own: str = ""
    shape: tuple[int, ...] | None = None
    batch: int = 1
    precision: str = "float32"
    optimizer: str = "AdamW"
    gib: int = 8
    row: str = ""
    image: str = "chelsea"
    scheme: Mapping[str, Call] = field(default_factory=dict)
    weights: str = ""
    seed: int = 0
    against: Call | None = None

    @property
    def name(self) -> str:
        return self.own.rpartition(":")[2] or ("model" if self.source else self.model.name)

    @property
    def listed(self) -> bool:
        """True for a model of the catalogue."""
        return not self.source and not self.own

    @property
    def meta(self) -> nn.Module:
        """The model with shapes but no values; one's own as it builds itself, and as its file is now."""
        return from_folder(self.own) if self.own else self._built

    @cached_property
    def _built(self) -> nn.Module:
        return read_source(self.source).build("meta") if self.source else build(self.model)

    def real(self) -> nn.Module:
        """The model with values; SpecError if there are too many to give, or if weights are not at hand."""
        if self.own:
            return initialise(from_folder(self.own), self.scheme, self.seed)
        if self.weights and self.listed:
            return self._pretrained()
        source = read_source(self.source) if self.source else None
        model = source.build("cpu", self.seed) if source else build(self.model, "cpu", self.seed)
        return initialise(model, self.scheme, self.seed) if self.scheme else model

    def _pretrained(self) -> nn.Module:
        if not cached(find_weights(self.weights)).exists():
            raise SpecError(
                "{weights} are not on this machine yet: fetch them under Starting values.", weights=self.weights
            )
        return pretrained(self.model.name, self.weights)

    @property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """The shapes of all inputs, without the batch."""
        natural = input_shapes(self.model) if self.listed else (first_shape(self.meta),)
        return tuple(self.shape or shape for shape in natural)

    @property
    def inputs(self) -> tuple[Any, ...]:
        """What `summarize` is given: shapes, or for a detector one list of pictures."""
        if self._takes_list:
            return ([torch.empty(self.shapes[0], device="meta") for _ in range(self.batch)],)
        return self.shapes

    @property
    def model_key(self) -> str:
        """What tells this model from others, whatever its values and its input."""
        if self.own:
            return repr((self.own, last_change()))
        return repr(self.source or self.model.to_dict())

    @property
    def values_key(self) -> str:
        """What tells this model, with its values, from others."""
        scheme = {kind: call.to_dict() for kind, call in self.scheme.items()}
        return repr((self.model_key, scheme, self.weights, self.seed))

    def code(self) -> str:
        """Python that makes the model and summarises it, in a notebook."""
        inputs = ", ".join(map(str, self.shapes))
        if self._takes_list:
            inputs = f"[{', '.join([f'torch.zeros{self.shapes[0]}'] * self.batch)}]"
        lines = [*self._imports(), "from cnnlab.summary import summarize", "", self._assignment(), ""]
        return "\n".join([*lines, f"print(summarize(model, {inputs}, batch={self.batch}))", ""])

    def _imports(self) -> list[str]:
        if self.own:
            return ["from {} import {}".format(*self.own.split(":"))]
        if self.source:
            return ["from collections import OrderedDict", "", "import torch", "from torch import nn", ""]
        target = Target(self.model.spec.target)
        torch_too = ["import torch"] if self._takes_list else []
        return [
            *torch_too,
            f"from {target.module} import {target.name}" if target.own else "from torchvision import models",
        ]

    def _assignment(self) -> str:
        if self.own:
            return f"model = {self.name}()"
        return named_model(self.source) if self.source else f"model = {self.model.code()}"

    @property
    def _takes_list(self) -> bool:
        """True for a detector, which takes one list of pictures."""
        return self.listed and isinstance(self.model.spec, ZooSpec) and self.model.spec.takes_list

    def to_query(self) -> dict[str, str]:
        """URL parameters; what stands at its default is left out."""
        default, query = View(), {}
        if self.own:
            query["own"] = self.own
        elif self.source:
            query["source"] = pack(self.source)
        elif self.model != default.model:
            query["model"] = self.model.name
            if self.model.changed():
                query["params"] = pack(self.model.to_dict()["params"])
        if self.shape:
            query["shape"] = "x".join(map(str, self.shape))
        if self.against:
            query["against"] = pack(self.against.to_dict())
        if self.scheme:
            query["scheme"] = pack({kind: call.to_dict() for kind, call in self.scheme.items()})
        for name in ("batch", "precision", "optimizer", "gib", "row", "image", "weights", "seed"):
            if getattr(self, name) != getattr(default, name):
                query[name] = str(getattr(self, name))
        return query

    @staticmethod
    def from_query(query: Mapping[str, str]) -> "View":
        """The view that a URL describes, or SpecError; what it leaves out stands at its default."""
        view = View()
        if "own" in query:
            view = replace(view, own=query["own"][:200])
            from_folder(view.own)
        elif "source" in query:
            view = replace(view, source=_text(unpack(query["source"])))
            read_source(view.source)
        elif "model" in query:
            params = unpack(query["params"]) if "params" in query else {}
            view = replace(view, model=Call.from_dict({"name": query["model"], "params": params}, MODELS))
        return replace(
            view,
            shape=parse_shape(query["shape"]) if "shape" in query else None,
            batch=whole(query, "batch", view.batch, 1, limits.BATCH),
            precision=_one_of(query, "precision", view.precision, PRECISIONS),
            optimizer=_one_of(query, "optimizer", view.optimizer, OPTIMIZERS),
            gib=whole(query, "gib", view.gib, 1, limits.MEMORY_GIB),
            row=query.get("row", view.row)[:300],
            image=query.get("image", view.image)[:80],
            scheme=_scheme(unpack(query["scheme"])) if "scheme" in query else {},
            weights=_one_of(query, "weights", "", ("", *getattr(view.model.spec, "weights", ()))),
            seed=whole(query, "seed", view.seed, 0, 2**31 - 1),
            against=Call.from_dict(unpack(query["against"]), MODELS) if "against" in query else None,
        )


def named_model(source: str) -> str:
    """Pasted source whose model is called `model`.

    >>> named_model("nn.ReLU()"), named_model("net = nn.ReLU()")
    ('model = nn.ReLU()', 'net = nn.ReLU()\\nmodel = net')
    """
    source = source.strip()
    body = ast.parse(source).body
    names = [
        target.id
        for item in body
        if isinstance(item, ast.Assign)
        for target in item.targets
        if isinstance(target, ast.Name)
    ]
    if "model" in names:
        return source
    last = body[-1]
    if isinstance(last, ast.Expr):
        lines = source.split("\n")
        return "\n".join([*lines[: last.lineno - 1], "model = " + "\n".join(lines[last.lineno - 1 :])])
    return f"{source}\nmodel = {names[-1]}" if names else source


def handed_over(view: View, row: Row) -> dict[str, Any]:
    """The layer of a row as plain data: `hand_over`, and the `model` whose part it is, from which its weights come.

    `View.from_query(data["model"]).real().get_submodule(data["path"])` is the layer with its weights.
    """
    return {**hand_over(row), "model": view.to_query()}


def first_shape(model: nn.Module) -> tuple[int, ...]:
    """An input that suits the first layer that says what it takes.

    >>> first_shape(nn.Sequential(nn.Flatten(), nn.Linear(784, 10)))
    (784,)
    """
    for module in model.modules():
        if isinstance(module, nn.Linear):
            return (module.in_features,)
        for kind, sides in ((nn.Conv1d, 1), (nn.Conv2d, 2), (nn.Conv3d, 3)):
            if isinstance(module, kind):
                return (module.in_channels, *(32,) * sides)
    return PLAIN_SHAPE


def _scheme(data: Any) -> dict[str, Call]:
    if not isinstance(data, dict) or not set(data) <= set(STARTS):
        raise damaged()
    return {kind: Call.from_dict(call, INITIALISATIONS) for kind, call in data.items()}


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise damaged()


def _one_of(query: Mapping[str, str], name: str, default: str, options: Any) -> str:
    value = query.get(name, default)
    if value not in options:
        raise SpecError(
            "The link says {name}={value}: use one of {options}.",
            name=name,
            value=value[:20],
            options=", ".join(options),
        )
    return value


def parse_shape(text: str) -> tuple[int, ...]:
    """A shape out of "3x224x224", or SpecError.

    >>> parse_shape("3x224x224")
    (3, 224, 224)
    """
    sides = text.replace("×", "x").replace(",", "x").split("x")
    whole = all(side.strip().isascii() and side.strip().isdigit() and len(side.strip()) <= 6 for side in sides)
    if not whole or len(sides) > 4 or not all(1 <= int(side) <= limits.SIDE for side in sides):
        raise SpecError(
            "{shape} is not a shape: write sides from 1 to {limit}, such as 3 x 224 x 224.",
            shape=text[:40] or "''",
            limit=limits.SIDE,
        )
    return tuple(int(side) for side in sides)
