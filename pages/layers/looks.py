"""The looks at a layer: one row a tab."""

from collections.abc import Callable
from typing import NamedTuple

from cnnlab.layers.view import Place
from cnnlab.specs import N_
from pages.layers.checkerboard_look import checkerboard_look, transposed
from pages.layers.curve_look import curve_look, curved
from pages.layers.dropout_look import dropout_look, drops
from pages.layers.hand_look import hand_look, normalises
from pages.layers.maps_look import maps_look, pictured
from pages.layers.matrix_look import matrix_look, multiplies
from pages.layers.pixels_look import pixels_look
from pages.layers.shape_look import shape_look
from pages.shared.history import History


def always(place: Place) -> bool:
    return True


def one_by_one(place: Place) -> bool:
    """True where a few numbers make each one; a whole batch or chance has a look of its own."""
    return not (normalises(place) or drops(place))


class Look(NamedTuple):
    """A tab: its name in a link, its title, what draws it, and which layers it suits.

    What is drawn may raise SpecError. A layer that cannot take its input, or gets none, is shown by looks that are
    `patient` alone; `place.output` is there for all others.
    """

    name: str
    title: str
    draw: Callable[[History, Place], None]
    suits: Callable[[Place], bool] = always
    patient: bool = False


# Those made for one family come first: the first that suits a layer is shown where a link names none.
LOOKS = (
    Look("curve", N_("Curve"), curve_look, curved),
    Look("normalised", N_("By hand"), hand_look, normalises),
    Look("dropout", N_("Dropout"), dropout_look, drops),
    Look("pixels", N_("Pixels"), pixels_look, one_by_one),
    Look("shape", N_("Shape"), shape_look, patient=True),
    Look("maps", N_("Feature maps"), maps_look, pictured),
    Look("matrix", N_("Matrix"), matrix_look, multiplies),
    Look("checkerboard", N_("Checkerboard"), checkerboard_look, transposed),
)
