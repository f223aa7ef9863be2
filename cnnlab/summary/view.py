"""All that the summary page shows, as one plain value that a URL can carry."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

from cnnlab import limits
from cnnlab.links import Field, Linked, choice, damaged, packed, sides, text, whole
from cnnlab.models import INITIALISATIONS, MODELS
from cnnlab.models.initialisations import RIVALS, STARTS
from cnnlab.models.own import checked_name
from cnnlab.specs import N_, Call, Message, Spec, SpecError

from .export import hand_over
from .learnt import Element, Learnt
from .needs import OPTIMIZERS, PRECISIONS
from .rows import Row, Shape, shape_text

# As people and torch write shapes: (3, 224, 224), torch.Size([3, 224, 224]), 3x224x224, 3 224 224, 224.
SHAPE = re.compile(
    r"(?:torch\.)?(?:Size)?[\s([]*+([0-9]{1,6}(?:[\s,，、;x×*]++[0-9]{1,6})*+)\s*+,?+[\s)\]]*+",
    re.ASCII | re.IGNORECASE,
)
DOUBLED = re.compile(r"[,，、;x×*]\s*[,，、;x×*]", re.IGNORECASE)
SURROGATE = re.compile("[\ud800-\udfff]")  # half a letter, which no file and no link can hold
MOST_SIDES = 4
AS_MADE = N_("{typed} is read as {shape}: what stands before height and width is as this model was made for.")
BATCH_OFF = N_("{typed} is read as {shape}: the first number is the batch, which is not part of the shape here.")

MEMORY = "memory"  # the look whose numbers the exported code prints too
MAPS = "maps"  # the look that a picture of a run is opened in

NONE = "none"


def parse_shape(text: str, most: int = MOST_SIDES, largest: int = limits.SIDE) -> tuple[int, ...]:
    """A shape of at most so many sides out of "3x224x224" and what else people write, or SpecError.

    >>> parse_shape("3x224x224"), parse_shape("torch.Size([3, 224, 224])")
    ((3, 224, 224), (3, 224, 224))
    """
    written = SHAPE.fullmatch(text) if len(text) <= limits.LIST_CHARACTERS and not DOUBLED.search(text) else None
    sides = tuple(map(int, re.findall("[0-9]+", written[1]))) if written else ()
    if not 1 <= len(sides) <= most or not all(1 <= side <= largest for side in sides):
        raise SpecError(
            "{shape} is not a shape: write sides from 1 to {limit}, such as 3 x 224 x 224.",
            shape=text[:40] or "''",
            limit=largest,
        )
    return sides


def understood(
    text: str, natural: Shape | None, largest: int = limits.SIDE, as_made: str = AS_MADE
) -> tuple[Shape, Message | None]:
    """The shape without the batch that a person means who typed the text for a model made for `natural`, and what was
    added or left out, if anything was.

    >>> understood("224", (3, 64, 64))[0], understood("(1, 3, 32, 32)", (3, 64, 64))[0]
    ((3, 224, 224), (3, 32, 32))
    """
    sides = parse_shape(text, MOST_SIDES + 1, largest)
    shape, told = sides, ""
    if natural and len(natural) > 2:
        if len(sides) < 3:
            shape, told = (*natural[:-2], *(sides * 2)[:2]), as_made
        elif len(sides) == len(natural) + 1:
            shape, told = sides[1:], BATCH_OFF
    if len(shape) > MOST_SIDES:
        parse_shape(text, MOST_SIDES, largest)
    typed = " ".join(text.split())[:40]
    return shape, Message(told, {"typed": typed, "shape": shape_text(shape)}) if told else None


def _unit(text: str) -> tuple[int, ...]:
    places = text.split("x")
    if len(places) > 4 or not all(place.isascii() and place.isdigit() and len(place) <= 6 for place in places):
        raise damaged()
    return tuple(map(int, places))


def _own(text: str, view: Any) -> str:
    """The form alone is looked at: a link runs nothing."""
    return checked_name(text[: limits.LINK_NAME])


def _source(data: Any, view: Any) -> str:
    """It is read where the model is made, which says what is wrong with it."""
    if not isinstance(data, str) or len(data) > limits.PASTE_CHARACTERS or SURROGATE.search(data):
        raise damaged()
    return data


def _model(name: str, params: Any) -> Call:
    return Call.from_dict({"name": name, "params": params}, MODELS)


def _scheme(data: Any, view: Any) -> dict[str, Call]:
    if not isinstance(data, dict) or not set(data) <= set(STARTS):
        raise damaged()
    return {kind: _call(call, INITIALISATIONS) for kind, call in data.items()}


def _call(data: Any, catalogue: Mapping[str, Spec]) -> Call:
    if not isinstance(data, dict) or not isinstance(data.get("name"), str):
        raise damaged()
    return Call.from_dict(data, catalogue)


def _rivals(text: str, view: Any) -> tuple[str, ...]:
    words = text.split("-") if text != NONE else []
    if not set(words) <= set(RIVALS):
        raise damaged()
    return tuple(word for word in RIVALS if word in words)


@dataclass(frozen=True)
class View(Linked):
    """A catalogue model, a pasted one (`source`) or one's own (`own`, "module:Class"); its input, and the row chosen.

    `shape` is the input without the batch, None for the one that the model was made for. `scheme` says how kinds
    of layers start, drawn with `seed`; `weights` names torchvision's pretrained ones, `learnt` those of a run.
    `against` is a second model. `look` is the tab, "" for the first, and MEMORY the one that `batch` to `gib` are
    about. `unit` is a place of the row's output, None for the middle one; `channel` one of its maps. `rivals` are the
    starts that its gradients are held against, None for as many as take no time.
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
    learnt: Learnt | None = None
    seed: int = 0
    against: Call | None = None
    look: str = ""
    channel: int = 0
    unit: tuple[int, ...] | None = None
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
        sides("shape", parse_shape),
        whole("batch", 1, limits.BATCH),
        choice("precision", lambda view: PRECISIONS),
        choice("optimizer", lambda view: OPTIMIZERS),
        whole("gib", 1, limits.MEMORY_GIB),
        text("row", limits.LINK_NAME),
        text("image", limits.LINK_NAME),
        packed("scheme", lambda view: {kind: call.to_dict() for kind, call in view.scheme.items()}, _scheme, "scheme"),
        choice("weights", lambda view: ("", *view.model.spec.weights)),
        Field("learnt", lambda view: str(view.learnt), lambda text, view: Learnt.read(text), "learnt"),
        whole("seed", 0, limits.SEED),
        packed(
            "against",
            lambda view: view.against.to_dict() if view.against else None,
            lambda data, view: _call(data, MODELS),
            "against",
        ),
        text("look", limits.LINK_NAME),
        whole("channel", 0, limits.MAPS),
        sides("unit", _unit),
        Field("rivals", lambda view: "-".join(view.rivals) or NONE, _rivals, "rivals"),
    )

    def of(self, model: Call | None = None, source: str = "", own: str = "") -> Self:
        """The view of another model: what belonged to the one before goes, and what is the visitor's stays."""
        names = ("shape", "batch", "row", "weights", "learnt", "channel", "unit")
        gone = {name: getattr(View, name) for name in names + (("image",) if Element.read(self.image) else ())}
        return replace(self, model=model or self.model, source=source, own=own, scheme={}, **gone)

    def at(self, row: str) -> Self:
        """The view of another row: a channel and a unit are those of a row."""
        return self if row == self.row else replace(self, row=row, channel=0, unit=None)

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
    def takes_list(self) -> bool:
        """True for a detector, which takes one list of pictures."""
        return self.listed and self.model.spec.takes_list


def handed_over(view: View, row: Row) -> dict[str, Any]:
    """The layer of a row as plain data: `hand_over`, and the `model` whose part it is, from which its weights come.

    `Subject(View.from_query(data["model"])).real().get_submodule(data["path"])` is the layer with its weights.
    """
    return {**hand_over(row), "model": view.to_query()}
