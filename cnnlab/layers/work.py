"""What a worker does for the layer inspector: each function answers one kind of job with plain data."""

from io import BytesIO

import numpy as np

from cnnlab import limits
from cnnlab.images import png
from cnnlab.links import Nothing
from cnnlab.specs import SpecError
from cnnlab.summary.work import on_sheets

from .answers import Array, Counts, Maps, Matrix, Pictures, Pixels, Stack
from .card import card_pixels
from .code import batched, code
from .curves import curve
from .dropping import dropped
from .evenness import evenness
from .jobs import Asked, Pasted
from .maps import on_photo
from .multiplying import multiplied
from .normalising import GROUPS, normed
from .packing import packed
from .reading import read as read_source
from .values import sample

__all__ = ["array", "card", "counts", "curve", "dropped", "maps", "matrix", "normed", "pixels", "read", "source"]
CARD = 900  # pixels of a side of the home page's picture


def pixels(asked: Asked) -> Pixels:
    drawn = sample(asked)
    bias = getattr(drawn.layer, "bias", None)
    biases = 0 if bias is None else bias.numel()
    shapes = tuple(drawn.x.shape), tuple(drawn.y.shape)
    return Pixels(drawn.call.to_dict(), *shapes, drawn.notes, packed(drawn), biases)


def matrix(asked: Asked) -> Matrix:
    drawn = sample(asked)
    return Matrix(drawn.call.to_dict(), tuple(drawn.x.shape), tuple(drawn.y.shape), drawn.notes, multiplied(drawn))


def counts(asked: Asked) -> Counts:
    return evenness(asked)


def source(asked: Asked) -> str:
    return code(asked, (batched if asked.call.spec.family in GROUPS else sample)(asked))


def maps(asked: Asked) -> Maps:
    """All maps of the photo on one sheet, what there is to say of each, and the photo that they are of."""
    made = on_photo(asked)
    return on_sheets(made.maps, made.photo)


def array(asked: Asked) -> Array:
    """The maps as a file."""
    values = on_photo(asked).maps.maps
    if values.nbytes > limits.ARRAY_BYTES:
        raise SpecError(
            "These maps would be a file of {count} bytes; here {limit} are allowed: make the input smaller.",
            count=f"{values.nbytes:,}",
            limit=f"{limits.ARRAY_BYTES:,}",
        )
    file = BytesIO()
    np.save(file, values)
    return Array(values.shape, file.getvalue())


def read(pasted: Pasted) -> Stack:
    return read_source(pasted.source)


def card(nothing: Nothing) -> Pictures:
    return Pictures((png(card_pixels(), CARD),))
