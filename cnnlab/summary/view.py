"""All that the summary page shows, as one plain value that a URL can carry."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from cnnlab import limits
from cnnlab.links import Field, Linked, choice, damaged, packed, text, whole
from cnnlab.models import INITIALISATIONS, MODELS
from cnnlab.models.initialisations import RIVALS, STARTS
from cnnlab.models.own import checked_name
from cnnlab.specs import Call, SpecError

from .export import hand_over
from .needs import OPTIMIZERS, PRECISIONS
from .rows import Row

NONE = "none"


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
    """The form alone is looked at: a link runs nothing."""
    return checked_name(text[: limits.LINK_NAME])


def _source(data: Any, view: Any) -> str:
    """It is read where the model is made, which says what is wrong with it."""
    if not isinstance(data, str) or len(data) > limits.PASTE_CHARACTERS:
        raise damaged()
    return data


def _model(name: str, params: Any) -> Call:
    return Call.from_dict({"name": name, "params": params}, MODELS)


def _scheme(data: Any, view: Any) -> dict[str, Call]:
    if not isinstance(data, dict) or not set(data) <= set(STARTS):
        raise damaged()
    return {kind: Call.from_dict(call, INITIALISATIONS) for kind, call in data.items()}


def _rivals(text: str, view: Any) -> tuple[str, ...]:
    words = text.split("-") if text != NONE else []
    if not set(words) <= set(RIVALS):
        raise damaged()
    return tuple(word for word in RIVALS if word in words)


@dataclass(frozen=True)
class View(Linked):
    """A catalogue model, a pasted one (`source`) or one's own (`own`, "module:Class"); its input, and the row chosen.

    `shape` is the input without the batch, None for the one that the model was made for. `scheme` says how kinds
    of layers start, drawn with `seed`; `weights` names torchvision's pretrained ones. `against` is a second model.
    `rivals` are the starts that its gradients are held against, None for as many as take no time.
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
    rivals: tuple[str, ...] | None = None

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
        Field("rivals", lambda view: "-".join(view.rivals) or NONE, _rivals, "rivals"),
    )

    @property
    def name(self) -> str:
        return self.own.rpartition(":")[2] or ("model" if self.source else self.model.name)

    @property
    def listed(self) -> bool:
        """True for a model of the catalogue."""
        return not self.source and not self.own

    def made_as(self, **values: Any) -> bool:
        """True for a catalogue model with these parameters and no others changed.

        Some rows begin with a default written out, such as the 21 classes of the segmentation models.
        """
        spec = self.model.spec
        return self.model.values in (spec(**values).values, spec.example().replace(**values).values)

    @property
    def as_made(self) -> bool:
        """True for a catalogue model none of whose parameters was changed."""
        return self.made_as()

    @property
    def takes_list(self) -> bool:
        """True for a detector, which takes one list of pictures."""
        return self.listed and self.model.spec.takes_list


def handed_over(view: View, row: Row) -> dict[str, Any]:
    """The layer of a row as plain data: `hand_over`, and the `model` whose part it is, from which its weights come.

    `Subject(View.from_query(data["model"])).real().get_submodule(data["path"])` is the layer with its weights.
    """
    return {**hand_over(row), "model": view.to_query()}
