"""What a worker does for the summary page: each function answers one kind of job with plain data."""

from dataclasses import replace

import numpy as np

from cnnlab import limits, shelf
from cnnlab.images import png
from cnnlab.links import Nothing
from cnnlab.models import find_weights, list_state_dict, match
from cnnlab.models.own import leave, leave_to_run
from cnnlab.models.published import fetch
from cnnlab.specs import Message, SpecError
from cnnlab.workshop.worker import progress

from .agreeing import agreement
from .answers import Compared, Fit, Maps, Pictures, Side, Sight, Summarised, Walk
from .batches import batch_size, inputs, refuse_list, refuse_way_back
from .calling import calls, calls_code
from .code import code
from .compare import side_by_side
from .drawn import drawn, packed_json
from .gradients import gradients, gradients_code
from .jobs import Asked, Wanted
from .ladder import summarize
from .lessons import Calls, Gradients
from .maps import FeatureMaps, feature_maps
from .measuring import SIZES, memory
from .mending import mended
from .needs import Memory
from .pictures import Given, given, painted, refuse_costly, thumbnail
from .receptive import receptive_field
from .report import Report
from .rows import Shape
from .sheets import kernel_sheet, sheet, told
from .subject import Subject
from .walking import walks

SHEET, CARD = 700, 900  # pixels of a side: of a photo with what is seen of it, of the home page's


def subject(asked: Asked) -> Subject:
    """The model that is asked about; one's own is only made with the leave of the server that asks."""
    if asked.own and asked.leave != leave_to_run(asked.own):
        raise SpecError("{name} is only run when its owner says so on the page: open it there.", name=asked.own)
    return Subject(asked)


def report(asked: Asked) -> Summarised:
    about = subject(asked)
    summary = _summary(about)
    if summary.failure:
        summary = replace(summary, failure=mended(about, summary.failure))
    return Summarised(
        summary, agreement(summary, about.meta, about.published), about.natural, about.shapes, drawn(summary)
    )


def _summary(about: Subject, batch: int = 1, fixes: bool = True) -> Report:
    return summarize(about.meta, *about.inputs, batch=batch, fixes=fixes)


def compared(asked: Asked) -> Compared:
    """The model beside another, which is given the same input if it takes it, else the one that it was made for."""
    about = subject(asked)
    if asked.against is None:
        raise SpecError("Choose a second model to compare with.")
    summary = _summary(about, fixes=False)
    other = subject(_other(asked, about.shapes[0]))
    theirs, refusal = _summary(other, fixes=False), None
    if theirs.failure and other.shapes != other.natural:
        other, refusal = subject(_other(asked, None)), _reason(theirs)
        theirs = _summary(other, fixes=False)
    rows = packed_json({"rows": side_by_side(summary, theirs)})
    return Compared(_side(about, summary), _side(other, theirs), refusal, rows)


def _other(asked: Asked, shape: Shape | None) -> Asked:
    return replace(asked, model=asked.against, own="", source="", leave="", weights="", learnt=None, shape=shape)


def _side(about: Subject, summary: Report) -> Side:
    output, activations = summary.sample(summary.rows[0].output_shape), summary.activations[""]
    return Side(about.shapes, output, summary.params, summary.macs, summary.layers, activations, _reason(summary))


def _reason(summary: Report) -> Message | None:
    error = summary.failure and summary.failure.error
    return Message(error.template, error.values) if error else None


def needs(asked: Asked) -> Memory | None:
    """What any batch takes follows from it; None where only that of the batch itself can be told."""
    about = subject(asked)
    try:
        even = _needs(about, SIZES[0], asked.precision)
    except SpecError:  # one sample may still go, as may a batch of another size
        return None
    return even if even.linear else None


def needs_at(asked: Asked) -> Memory:
    """What the batch takes, for each optimizer."""
    return _needs(subject(asked), asked.batch, asked.precision)


def _needs(about: Subject, batch: int, precision: str) -> Memory:
    return memory(about.meta, *about.inputs, batch=batch, precision=precision)


def walked(asked: Asked) -> tuple[Walk, ...]:
    return walks(subject(asked).meta)


def source(asked: Asked) -> str:
    return code(subject(asked))


def maps(asked: Asked) -> Maps:
    """All maps that are shown on one sheet, what there is to say of each, and the photo that they are of."""
    about = subject(asked)
    seen = given(about)
    refuse_costly(_summary(about))
    return on_sheets(feature_maps(about.real(), asked.row, seen.x), seen)


def on_sheets(layer: FeatureMaps, seen: Given) -> Maps:
    """What there is to say of a layer's maps of a picture, and the pictures of it."""
    pixels, reduced = sheet(layer)
    drawn = [pixels, np.asarray(seen.shown.convert("L" if seen.how.gray else "RGB")), kernel_sheet(layer)]
    return Maps(
        layer.path,
        len(layer.maps),
        min(len(layer.maps), limits.MAPS_SHOWN),
        reduced,
        len(layer.dead),
        len(layer.constant),
        layer.counts,
        layer.edges,
        layer.not_finite,
        seen.how,
        told(layer),
        tuple(png(part) for part in drawn if part is not None),
    )


def sight(asked: Asked, gradient: bool = False) -> Sight:
    """What one unit sees, by the rules of the layers; painted on the photo."""
    about = subject(replace(asked, weights="", learnt=None))  # all values become one: which they are is no matter
    seen = given(subject(asked))
    if gradient:
        refuse_costly(_summary(about))
    model = about.real() if gradient else about.meta
    field = receptive_field(model, asked.row, about.shapes[0], asked.unit, gradient)
    box = tuple(field.box) if field.box else None
    drawn = png(painted(seen.shown, field, SHEET), SHEET)
    return Sight(field.path, field.unit, box, field.size, field.guessed, seen.how, (drawn,))


def slope(asked: Asked) -> Sight:
    """The same, by gradient too."""
    return sight(asked, gradient=True)


def _there_and_back(asked: Asked, size: int = 1) -> Subject:
    """The model that is asked about, which can be run with the way back; its own failure where it cannot be run at all."""
    about = subject(asked)
    refuse_list(about)
    report = _summary(about, size, fixes=False)
    if report.failure:
        raise report.failure.error
    refuse_way_back(report)
    return about


def called(asked: Asked) -> Calls:
    """What the hooks of the chosen module tell of one run."""
    about = _there_and_back(asked)
    model = about.real()
    batch = inputs(about, model)
    heard, way = calls(model, asked.row, batch, asked.seed)
    return replace(heard, code=calls_code(about, asked.row, way, batch[0].dtype))


def backward(asked: Asked) -> Gradients:
    """What one pass with its way back leaves in the layers, of as many samples as the model needs to train on."""
    size = batch_size(subject(asked).meta)
    about = _there_and_back(asked, size)
    model = about.real()
    batch = inputs(about, model, size)
    lesson = gradients(model, batch, asked.seed)
    return replace(lesson, code=gradients_code(about, size, batch[0].dtype))


def fit(asked: Asked) -> Fit:
    with shelf.opened(asked.file) as file:
        state = list_state_dict(file, asked.name_of_file)
    return Fit(state.rows, match(state.tensors, subject(asked).meta))


def fetched(wanted: Wanted) -> int:
    """Bytes of the file that lies there now."""
    if wanted.leave != leave(wanted.weights):
        raise SpecError("{weights} are only fetched from the page: open it, and ask there.", weights=wanted.weights)
    return fetch(find_weights(wanted.weights), progress).stat().st_size


def card(nothing: Nothing) -> Pictures:
    return Pictures((png(thumbnail(), CARD),))
