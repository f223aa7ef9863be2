"""What a worker does for the summary page: each function answers one kind of job with plain data."""

from dataclasses import replace
from math import ceil, sqrt

from cnnlab import limits, shelf
from cnnlab.images import montage, picture, png
from cnnlab.links import Nothing
from cnnlab.models import find_weights, match, read_state_dict
from cnnlab.models.own import leave, leave_to_run
from cnnlab.models.published import fetch
from cnnlab.specs import SpecError
from cnnlab.workshop.worker import progress

from .agreeing import agreement
from .answers import Fit, Maps, Pictures, Sight, Summarised, Walk
from .batches import batch_size, inputs, refuse_list, refuse_way_back
from .calling import calls, calls_code
from .code import code
from .drawn import drawn
from .gradients import gradients, gradients_code
from .jobs import Asked, Wanted
from .ladder import summarize
from .lessons import Calls, Gradients
from .maps import FeatureMaps, feature_maps
from .measuring import memory
from .needs import Memory
from .pictures import fitted, painted, pictured, refuse_costly, thumbnail
from .receptive import receptive_field
from .report import Report
from .subject import Subject
from .walking import walks

SHEET, MAP, CARD = 700, 320, 900  # pixels of a side: of a sheet of maps or a photo, of one map, of the home page's


def subject(asked: Asked) -> Subject:
    """The model that is asked about; one's own is only made with the leave of the server that asks."""
    if asked.own and asked.leave != leave_to_run(asked.own):
        raise SpecError("{name} is only run when its owner says so on the page: open it there.", name=asked.own)
    return Subject(asked)


def report(asked: Asked) -> Summarised:
    about = subject(asked)
    told = _told(about)
    return Summarised(told, agreement(told, about.meta, about.published), about.natural, about.shapes, drawn(told))


def _told(about: Subject) -> Report:
    return summarize(about.meta, *about.inputs, batch=about.view.batch)


def needs(asked: Asked) -> Memory:
    """Of one sample: what a batch takes follows from it."""
    about = subject(replace(asked, batch=1))
    return memory(about.meta, *about.inputs, precision=asked.precision, optimizer=asked.optimizer)


def walked(asked: Asked) -> tuple[Walk, ...]:
    return walks(subject(asked).meta)


def source(asked: Asked) -> str:
    return code(subject(asked))


def _feature_maps(asked: Asked) -> FeatureMaps:
    about = subject(replace(asked, batch=1))
    photo = pictured(picture(asked.image), about.shapes[0])
    refuse_costly(_told(about))
    return feature_maps(about.real(), asked.row, photo)


def maps(asked: Asked) -> Maps:
    """The first maps on one sheet, and what there is to say of all."""
    layer = _feature_maps(asked)
    pixels = layer.pixels(limits.MAPS_SHOWN)
    sheet = png(montage(pixels, ceil(sqrt(len(pixels))), gap=1, ground=0), SHEET)
    counts = (len(layer.maps), len(pixels), len(layer.dead), len(layer.constant))
    return Maps(layer.path, *counts, layer.counts, layer.edges, layer.not_finite, (sheet,))


def one_map(asked: Asked) -> Pictures:
    return Pictures((png(_feature_maps(asked).channel(asked.channel), MAP),))


def sight(asked: Asked, gradient: bool = False) -> Sight:
    """What one unit sees, by the rules of the layers; painted on the photo."""
    about = subject(
        replace(asked, batch=1, weights="", scheme={})
    )  # all values become one: which they are is no matter
    shape = about.shapes[0]
    photo = fitted(picture(asked.image), shape)
    if gradient:
        refuse_costly(_told(about))
    field = receptive_field(about.real() if gradient else about.meta, asked.row, shape, asked.unit, gradient)
    box = tuple(field.box) if field.box else None
    return Sight(field.path, field.unit, box, field.size, field.guessed, (png(painted(photo, field, SHEET), SHEET),))


def slope(asked: Asked) -> Sight:
    """The same, by gradient too."""
    return sight(asked, gradient=True)


def _there_and_back(asked: Asked) -> Subject:
    """The model that is asked about, which can be run with the way back; its own failure where it cannot be run at all."""
    about = subject(asked)
    refuse_list(about)
    report = _told(about)
    if report.failure:
        raise report.failure.error
    refuse_way_back(report)
    return about


def called(asked: Asked) -> Calls:
    """What the hooks of the chosen module tell of one run."""
    about = _there_and_back(replace(asked, batch=1))
    model = about.real()
    batch = inputs(about, model)
    heard, way = calls(model, asked.row, batch, asked.seed)
    return replace(heard, code=calls_code(about, asked.row, way, batch[0].dtype))


def backward(asked: Asked) -> Gradients:
    """What one pass with its way back leaves in the layers, of as many samples as the model needs to train on."""
    size = batch_size(subject(asked).meta)
    about = _there_and_back(replace(asked, batch=size))
    model = about.real()
    batch = inputs(about, model, size)
    told = gradients(model, batch, asked.seed)
    return replace(told, code=gradients_code(about, size, batch[0].dtype))


def fit(asked: Asked) -> Fit:
    state = read_state_dict(shelf.read(asked.file), asked.name_of_file)
    return Fit(state.rows, match(state.tensors, subject(asked).meta))


def fetched(wanted: Wanted) -> int:
    """Bytes of the file that lies there now."""
    if wanted.leave != leave(wanted.weights):
        raise SpecError("{weights} are only fetched from the page: open it, and ask there.", weights=wanted.weights)
    return fetch(find_weights(wanted.weights), progress).stat().st_size


def card(nothing: Nothing) -> Pictures:
    return Pictures((png(thumbnail(), CARD),))
