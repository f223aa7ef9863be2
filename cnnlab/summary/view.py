"""All that the summary page shows, as one plain value that a URL can carry, and the model it is about."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

import torch
from torch import nn

from cnnlab import limits
from cnnlab.chance import generator
from cnnlab.links import Field, Linked, choice, damaged, packed, text, whole
from cnnlab.models import (
    INITIALISATIONS,
    MODELS,
    Source,
    build,
    cached,
    find_weights,
    from_folder,
    initialise,
    input_shapes,
    load_weights,
    pretrained,
    read_source,
)
from cnnlab.models.folder import last_change
from cnnlab.models.initialisation import KINDS
from cnnlab.specs import Call, SpecError

from .export import hand_over
from .memory import OPTIMIZERS, PRECISIONS
from .rows import Row

STARTS = (*KINDS, "bias")
PLAIN_SHAPE = (3, 32, 32)


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


def _own(text: str, view: Any) -> str:
    from_folder(text[: limits.LINK_NAME])
    return text[: limits.LINK_NAME]


def _source(data: Any, view: Any) -> str:
    if not isinstance(data, str):
        raise damaged()
    read_source(data)
    return data


def _model(name: str, params: Any) -> Call:
    return Call.from_dict({"name": name, "params": params}, MODELS)


def _scheme(data: Any, view: Any) -> dict[str, Call]:
    if not isinstance(data, dict) or not set(data) <= set(STARTS):
        raise damaged()
    return {kind: Call.from_dict(call, INITIALISATIONS) for kind, call in data.items()}


@dataclass(frozen=True)
class View(Linked):
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

    # The model stands before its parameters and its weights, which are read for it.
    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field("own", lambda view: view.own, _own, "own"),
        packed("source", lambda view: "" if view.own else view.source, _source, "source"),
        Field(
            "model", lambda view: view.model.name if view.listed else None, lambda name, view: _model(name, {}), "model"
        ),
        packed(
            "params",
            lambda view: view.model.to_dict().get("params") if view.listed else None,
            lambda data, view: _model(view.model.name, data),
            "model",
        ),
        Field(
            "shape",
            lambda view: "x".join(map(str, view.shape)) if view.shape else None,
            lambda text, view: parse_shape(text),
            "shape",
        ),
        whole("batch", 1, limits.BATCH),
        choice("precision", lambda view: PRECISIONS),
        choice("optimizer", lambda view: OPTIMIZERS),
        whole("gib", 1, limits.MEMORY_GIB),
        text("row", limits.LINK_NAME),
        text("image", limits.LINK_NAME),
        packed("scheme", lambda view: {kind: call.to_dict() for kind, call in view.scheme.items()}, _scheme, "scheme"),
        choice("weights", lambda view: ("", *view.model.spec.weights)),
        whole("seed", 0, limits.SEED),
        packed(
            "against",
            lambda view: view.against.to_dict() if view.against else None,
            lambda data, view: Call.from_dict(data, MODELS),
            "against",
        ),
    )

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
    def pasted(self) -> Source:
        """What the pasted text describes, read once for a view."""
        return read_source(self.source)

    @cached_property
    def _built(self) -> nn.Module:
        return self.pasted.build("meta") if self.source else build(self.model)

    def real(self) -> nn.Module:
        """The model with values, in evaluation mode; SpecError if there are too many, or if weights are not at hand."""
        if self.weights and self.listed:
            return self._pretrained()
        if self.own:
            with generator() as set_seed:
                set_seed(self.seed)
                model = from_folder(self.own).eval()
        elif self.source:
            model = self.pasted.build("cpu", self.seed)
        else:
            model = build(self.model, "cpu", self.seed, limits.VALUES)
        return initialise(model, self.scheme, self.seed) if self.scheme else model

    def _made_as(self, **values: Any) -> bool:
        """True for a catalogue model with these parameters and no others changed.

        Some rows begin with a default written out, such as the 21 classes of the segmentation models.
        """
        spec = self.model.spec
        return self.model.values in (spec(**values).values, spec.example().replace(**values).values)

    @property
    def as_made(self) -> bool:
        """True for a catalogue model none of whose parameters was changed."""
        return self._made_as()

    def _pretrained(self) -> nn.Module:
        if not cached(find_weights(self.weights)).exists():
            raise SpecError(
                "{weights} are not on this machine yet: fetch them under Starting values.", weights=self.weights
            )
        if self.as_made:
            return pretrained(self.model.name, self.weights)
        return load_weights(build(self.model, "cpu", limit=limits.VALUES), self.weights)

    @property
    def natural(self) -> tuple[tuple[int, ...], ...]:
        """The shapes of all inputs that the model was made for, without the batch."""
        return input_shapes(self.model) if self.listed else (first_shape(self.meta),)

    @property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """The shapes of all inputs, without the batch."""
        return tuple(self.shape or shape for shape in self.natural)

    @property
    def takes_list(self) -> bool:
        """True for a detector, which takes one list of pictures."""
        return self.listed and self.model.spec.takes_list

    @property
    def inputs(self) -> tuple[Any, ...]:
        """What `summarize` is given: shapes, or for a detector one list of pictures."""
        if self.takes_list:
            return ([torch.empty(self.shapes[0], device="meta") for _ in range(self.batch)],)
        return self.shapes

    @property
    def published(self) -> Any:
        """The weights whose description has torchvision's figures for this very model and input; None without one."""
        spec = self.model.spec
        if not self.listed or self.batch != 1 or self.shapes != self.natural:
            return None
        # Those of the segmentation models are for both heads.
        heads = {"aux_loss": True} if "aux_loss" in self.model.values else {}
        if not self._made_as(**heads):
            return None
        entries = (find_weights(name) for name in spec.weights)
        return next((weights for weights in entries if "_ops" in weights.meta), None)

    # What is worked out for a view is kept under a key that holds all it depends on.

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

    @property
    def report_key(self) -> str:
        """What the summary and who agrees with it depend on."""
        return repr((self.model_key, self.shapes, self.batch))

    @property
    def memory_key(self) -> str:
        """What the memory depends on."""
        return repr((self.report_key, self.precision, self.optimizer))


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
