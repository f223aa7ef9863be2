"""Pictures at hand without a network: photos inside the installed libraries, digits, and a drawn scene."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from cnnlab import shelf
from cnnlab.images.decoding import decode
from cnnlab.scene import draw_scene
from cnnlab.specs import N_, SpecError

UPLOADS_AT_HAND = 2  # which a worker need not decode for each of their samples


@dataclass(frozen=True)
class Sample:
    """One picture on offer: `title` for people, `label` the class it shows; `load()` gives "RGB" or "L".

    A `small` one has so few pixels that it is shown without smoothing.
    """

    name: str
    title: str
    label: str
    load: Callable[[], Image.Image]
    small: bool = False


def _photo(package: str, path: str) -> Image.Image:
    # The file beside the package is read without importing it, which for scikit-learn alone takes a second.
    folder = Path(find_spec(package).origin).parent
    return decode((folder / path).read_bytes(), path).image


@cache
def _digits() -> np.ndarray:
    """scikit-learn's handwritten digits: (1797, 65), 64 values of 0..16 and the digit; read like the photos."""
    folder = Path(find_spec("sklearn").origin).parent
    return np.loadtxt(folder / "datasets" / "data" / "digits.csv.gz", delimiter=",")


def _digit(digit: int) -> Image.Image:
    """The first picture of a digit."""
    rows = _digits()
    first = rows[rows[:, -1] == digit][0, :-1].reshape(8, 8)
    return Image.fromarray(np.rint(first * (255 / 16)).astype(np.uint8))


def _scene() -> Image.Image:
    return draw_scene(640, 480).image


def _skimage(file: str) -> Callable[[], Image.Image]:
    return partial(_photo, "skimage", f"data/{file}")


def _sklearn(file: str) -> Callable[[], Image.Image]:
    return partial(_photo, "sklearn", f"datasets/images/{file}")


SAMPLES = {
    row.name: row
    for row in (
        Sample("chelsea", N_("Chelsea the cat"), N_("cat"), _skimage("chelsea.png")),
        Sample("astronaut", N_("Astronaut"), N_("astronaut"), _skimage("astronaut.png")),
        Sample("coffee", N_("Cup of coffee"), N_("coffee"), _skimage("coffee.png")),
        Sample("rocket", N_("Rocket"), N_("rocket"), _skimage("rocket.jpg")),
        Sample("motorcycle", N_("Motorcycle"), N_("motorcycle"), _skimage("motorcycle_left.png")),
        Sample("flower", N_("Flower"), N_("flower"), _sklearn("flower.jpg")),
        Sample("china", N_("Temple in China"), N_("temple"), _sklearn("china.jpg")),
        Sample("hubble", N_("Distant galaxies"), N_("galaxies"), _skimage("hubble_deep_field.jpg")),
        Sample("retina", N_("Retina"), N_("retina"), _skimage("retina.jpg")),
        Sample("tissue", N_("Stained tissue"), N_("tissue"), _skimage("ihc.png")),
        Sample("camera", N_("Photographer"), N_("photographer"), _skimage("camera.png")),
        Sample("coins", N_("Greek coins"), N_("coins"), _skimage("coins.png")),
        Sample("moon", N_("The Moon"), N_("moon"), _skimage("moon.png")),
        Sample("page", N_("Printed page"), N_("page"), _skimage("page.png")),
        Sample("brick", N_("Brick wall"), N_("brick"), _skimage("brick.png")),
        Sample("grass", N_("Grass"), N_("grass"), _skimage("grass.png")),
        Sample("gravel", N_("Gravel"), N_("gravel"), _skimage("gravel.png")),
        Sample("scene", N_("Drawn scene"), N_("scene"), _scene),
        Sample("digit_0", N_("Handwritten 0"), "0", partial(_digit, 0), small=True),
        Sample("digit_1", N_("Handwritten 1"), "1", partial(_digit, 1), small=True),
        Sample("digit_2", N_("Handwritten 2"), "2", partial(_digit, 2), small=True),
        Sample("digit_3", N_("Handwritten 3"), "3", partial(_digit, 3), small=True),
        Sample("digit_4", N_("Handwritten 4"), "4", partial(_digit, 4), small=True),
        Sample("digit_5", N_("Handwritten 5"), "5", partial(_digit, 5), small=True),
        Sample("digit_6", N_("Handwritten 6"), "6", partial(_digit, 6), small=True),
        Sample("digit_7", N_("Handwritten 7"), "7", partial(_digit, 7), small=True),
        Sample("digit_8", N_("Handwritten 8"), "8", partial(_digit, 8), small=True),
        Sample("digit_9", N_("Handwritten 9"), "9", partial(_digit, 9), small=True),
    )
}


def sample(name: str) -> Image.Image:
    """A copy of the picture SAMPLES[name], "RGB" or "L", at most 1024 pixels on its longest side."""
    if name not in SAMPLES:
        raise SpecError("{name} is not a sample picture: choose one of {names}.", name=name, names=", ".join(SAMPLES))
    return _loaded(name).copy()


@cache
def _loaded(name: str) -> Image.Image:
    return SAMPLES[name].load()


def picture(name: str) -> Image.Image:
    """A sample by its name, or what a visitor uploaded by its hash on the shelf: "RGB" or "L"."""
    if not shelf.is_digest(name):
        return sample(name)
    shelf.path(name)  # only what is still there
    return _uploaded(name).copy()


@lru_cache(maxsize=UPLOADS_AT_HAND)
def _uploaded(digest: str) -> Image.Image:
    with Image.open(BytesIO(shelf.read(digest)), formats=["PNG"]) as image:
        image.load()
        return image
