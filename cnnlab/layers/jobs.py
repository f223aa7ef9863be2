"""What the layer inspector asks of the workshop: a kind of job for each question, with what its answer depends on."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar

from cnnlab import limits
from cnnlab.links import Field, Linked, Nothing, damaged, packed, text
from cnnlab.models.own import leave_to_run
from cnnlab.specs import Call, SpecError
from cnnlab.summary import shape_text
from cnnlab.summary.view import MOST_SIDES, SURROGATE
from cnnlab.summary.view import View as Origin
from cnnlab.workshop import PICTURES, ROWS, Kind, Lane

from .linked import Numbers
from .presets import MODEL, kernels
from .rows import each
from .view import View, in_bounds

WORK, STANDS = "cnnlab.layers.work:", "cnnlab.training.standing:of_layer"


@dataclass(frozen=True)
class Asked(View):
    """A view as a question; `leave` allows a class of one's own, whose weights are looked at, to run."""

    leave: str = ""

    FIELDS: ClassVar[tuple[Field, ...]] = (*View.FIELDS, text("leave", limits.LINK_NAME))


def asked(view: View) -> Asked:
    """The view as a question about the layer at its place alone, with the input that reaches it; equal for equal work.

    SpecError where nothing reaches it, or it cannot take what does.
    """
    place = view.here
    if place.error:
        raise place.error
    if place.input is None:
        raise SpecError("A layer before this one cannot take its input: mend that one first.")
    if not in_bounds(place.input):
        raise SpecError(
            "{shape} reaches {layer}, more than can be looked at: at most {count} lengths, each of {limit} or less. "
            "Give the first layer a smaller input.",
            shape=shape_text(place.input),
            layer=place.call.name,
            count=MOST_SIDES,
            limit=limits.LAYER_SIDE,
        )
    values = {field.name: getattr(view, field.name) for field in fields(View)}
    values |= {"layers": (place.call,), "place": 0, "shape": place.input, "numbers": _handed_on(view), "others": {}}
    if view.kernel != MODEL:
        kernel = view.kernel if view.kernel in kernels(place.call) else View.kernel
        return Asked(**{**values, "kernel": kernel, "origin": {}, "row": ""})
    own = Origin.from_query(view.origin).own
    return Asked(**values, leave=leave_to_run(own) if own else "")


def _handed_on(view: View) -> Numbers:
    """What was typed for the layer; for an unpooling also what was for the pooling of the same windows before it."""
    call, before = view.call, view.layers[view.index - 1] if view.index else view.call
    pooled = view.typed[view.index - 1].get("x") if before.spec.family == "max_pool" else None
    if call.spec.family != "unpool" or not pooled or not _alike(before, call):
        return view.numbers
    return {**view.numbers, "pool": pooled}


def _alike(*calls: Call) -> bool:
    """Whether layers have the same windows."""
    one, other = (each(call, "kernel_size", "stride", "padding", "dilation") for call in calls)
    return one == other


@dataclass(frozen=True)
class Pasted(Linked):
    """Pasted source of an nn.Sequential, or of a layer."""

    source: str = "nn.Sequential(nn.Conv2d(1, 1, 3))"

    FIELDS: ClassVar[tuple[Field, ...]] = (
        packed("source", lambda pasted: pasted.source, lambda data, pasted: _source(data), "source"),
    )


def _source(data: Any) -> str:
    if not isinstance(data, str) or len(data) > limits.PASTE_CHARACTERS or SURROGATE.search(data):
        raise damaged()
    return data


LAYER = ("layers", "shape")
WEIGHTS = (*LAYER, "kernel", "numbers", "origin", "row", "leave", "seed")
NUMBERS = (*WEIGHTS, "fill", "training")

PIXELS = Kind("layers.pixels", Asked, WORK + "pixels", fields=NUMBERS, gives=(ROWS,))
MATRIX = Kind("layers.matrix", Asked, WORK + "matrix", fields=(*WEIGHTS, "fill"), gives=(ROWS,))
COUNTS = Kind("layers.counts", Asked, WORK + "counts", fields=WEIGHTS, gives=(PICTURES,))
CODE = Kind("layers.code", Asked, WORK + "source", fields=(*NUMBERS, "step"))
CURVE = Kind("layers.curve", Asked, WORK + "curve", fields=(*WEIGHTS, "training"))
NORMED = Kind("layers.normed", Asked, WORK + "normed", fields=(*NUMBERS, "step"))
DROPPED = Kind("layers.dropped", Asked, WORK + "dropped", fields=(*LAYER, "numbers", "fill", "seed"))
PHOTO = (*WEIGHTS, "image", "training")
MAPS = Kind("layers.maps", Asked, WORK + "maps", Lane.HEAVY, fields=PHOTO, gives=(PICTURES, ROWS), stands=STANDS)
ARRAY = Kind("layers.array", Asked, WORK + "array", Lane.HEAVY, fields=PHOTO, stands=STANDS)
READ = Kind("layers.read", Pasted, WORK + "read")
CARD = Kind("layers.card", Nothing, WORK + "card", gives=(PICTURES,))

# A model is made for its weights: seconds, and as many bytes as it has.
HEAVY = {
    kind: replace(kind, name=f"{kind.name}_of_model", lane=Lane.HEAVY, stands=STANDS)
    for kind in (PIXELS, MATRIX, COUNTS, CODE, CURVE, NORMED)
}
KINDS = (*HEAVY, *HEAVY.values(), DROPPED, MAPS, ARRAY, READ, CARD)


def suited(kind: Kind, view: View) -> Kind:
    """The kind of job that answers the same question for the view's weights: those of a model are heavy work."""
    return HEAVY.get(kind, kind) if view.kernel == MODEL else kind


def first() -> Iterator[tuple[Kind, Linked]]:
    """What the page's first view asks for."""
    yield CARD, Nothing()
    yield PIXELS, asked(View())
