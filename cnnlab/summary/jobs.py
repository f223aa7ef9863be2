"""What the summary page asks of the workshop: a kind of job for each question, with exactly what its answer depends on."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar

from cnnlab import limits
from cnnlab.links import Field, Linked, Nothing, choice, text
from cnnlab.models import WEIGHTS, input_shapes
from cnnlab.models.own import leave, leave_to_run
from cnnlab.workshop import PICTURES, ROWS, Kind, Lane

from .view import MEMORY as LOOK_OF_MEMORY
from .view import View


@dataclass(frozen=True)
class Asked(View):
    """A view, and what is asked of its model; `row` is the module that is looked at.

    `leave` allows a class of one's own to run. `file` is an upload on the shelf, called `name_of_file`.
    """

    leave: str = ""
    file: str = ""
    name_of_file: str = ""

    FIELDS: ClassVar[tuple[Field, ...]] = (
        *View.FIELDS,
        text("leave", limits.LINK_NAME),
        text("file", limits.LINK_NAME),
        text("name_of_file", limits.LINK_NAME),
    )


def asked(view: View, **more: Any) -> Asked:
    """The view as a question, the same for views that look at the same: what does not matter to it stands at its default."""
    values = {field.name: getattr(view, field.name) for field in fields(View)}
    if not view.listed:
        values |= {"weights": "", "model": View().model, "source": "" if view.own else view.source}
    elif all(shape == view.shape for shape in input_shapes(view.model)):
        values["shape"] = None
    if view.learnt:
        values |= {"weights": "", "scheme": {}}
    if view.look != LOOK_OF_MEMORY:
        values["look"] = ""
    return Asked(**{**values, **more}, leave=leave_to_run(view.own) if view.own else "")


@dataclass(frozen=True)
class Wanted(Linked):
    """torchvision's weights by name, and the leave to fetch them."""

    weights: str = next(iter(WEIGHTS))
    leave: str = ""

    FIELDS: ClassVar[tuple[Field, ...]] = (choice("weights", lambda wanted: WEIGHTS), text("leave", limits.LINK_NAME))


def wanted(weights: str) -> Wanted:
    return Wanted(weights, leave(weights))


WORK, STANDS = "cnnlab.summary.work:", "cnnlab.training.standing:of_network"
MODEL = ("own", "leave", "source", "model", "params")
VALUES = (*MODEL, "scheme", "weights", "learnt", "seed")
LOOK = ("shape", "row", "image")

REPORT = Kind("summary.report", Asked, WORK + "report", fields=(*MODEL, "shape"), gives=(ROWS,))
DETECTOR = replace(REPORT, name="summary.detector", lane=Lane.HEAVY)
COMPARE = Kind("summary.compare", Asked, WORK + "compared", fields=(*REPORT.fields, "against"), gives=(ROWS,))
COMPARE_DETECTOR = replace(COMPARE, name="summary.compare_detector", lane=Lane.HEAVY)
NEEDS = (*MODEL, "shape", "precision")
MEMORY = Kind("summary.memory", Asked, WORK + "needs", fields=NEEDS)
MEMORY_AT = Kind("summary.memory_at", Asked, WORK + "needs_at", fields=(*NEEDS, "batch"))
WALKS = Kind("summary.walks", Asked, WORK + "walked", fields=MODEL)
CODE = Kind(
    "summary.code", Asked, WORK + "source", fields=(*VALUES, "shape", "batch", "precision", "optimizer", "gib", "look")
)
MAPS = Kind(
    "summary.maps", Asked, WORK + "maps", Lane.HEAVY, fields=(*VALUES, *LOOK), gives=(PICTURES, ROWS), stands=STANDS
)
SEEN = (*MODEL, "weights", "learnt", *LOOK, "unit")  # with the weights comes how a photo is resized, cut and normalised
SIGHT = Kind("summary.field", Asked, WORK + "sight", fields=SEEN, gives=(PICTURES,), stands=STANDS)
SLOPE = Kind("summary.slope", Asked, WORK + "slope", Lane.HEAVY, fields=SEEN, gives=(PICTURES,), stands=STANDS)
CALLS = Kind("summary.calls", Asked, WORK + "called", Lane.HEAVY, fields=(*VALUES, *LOOK), stands=STANDS)
GRADIENTS = Kind(
    "summary.gradients", Asked, WORK + "backward", Lane.HEAVY, fields=(*VALUES, "shape", "image"), stands=STANDS
)
STATE = Kind("summary.state", Asked, WORK + "fit", Lane.HEAVY, fields=(*MODEL, "file", "name_of_file"))
FETCH = Kind("summary.fetch", Wanted, WORK + "fetched", Lane.WAITING, keeps=False)
CARD = Kind("summary.card", Nothing, WORK + "card", Lane.HEAVY, gives=(PICTURES,))

SUMMARIES = (REPORT, DETECTOR, COMPARE, COMPARE_DETECTOR)
LOOKED_AT = (MAPS, SIGHT, SLOPE, CALLS, GRADIENTS)
KINDS = (*SUMMARIES, MEMORY, MEMORY_AT, WALKS, CODE, *LOOKED_AT, STATE, FETCH, CARD)


def report_of(view: View) -> Kind:
    """The kind of job that summarises the view's model: a detector chooses boxes by their values, and so runs for real."""
    return DETECTOR if view.takes_list else REPORT


def compare_of(view: View) -> Kind:
    """The kind of job that lays another model beside the view's."""
    detects = view.takes_list or (view.against is not None and view.against.spec.takes_list)
    return COMPARE_DETECTOR if detects else COMPARE


def first() -> Iterator[tuple[Kind, Linked]]:
    """What the page's first view asks for."""
    yield CARD, Nothing()
    yield REPORT, asked(View())
    yield CODE, asked(View())
