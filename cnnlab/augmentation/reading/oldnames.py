"""What older courses, torchvision's first transforms and other libraries call things, and what it is here."""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cnnlab.augmentation.catalogue import AUGMENTATIONS
from cnnlab.augmentation.catalogue.plumbing import FUNCTIONS
from cnnlab.reading import is_number
from cnnlab.specs import N_, Param, Spec, Target

CALLED_NOW = N_("{old} is called {new} now.")
NOISE = N_("{old} is {new} here: snr is the share of pixels left untouched, p the chance (0.5 unless given).")
RENAMED: dict[str, tuple[str, str]] = {
    "Scale": ("Resize", CALLED_NOW),
    "RandomSizedCrop": ("RandomResizedCrop", CALLED_NOW),
    **dict.fromkeys((
        "AddPepperNoise", "AddSaltPepperNoise", "AddSaltAndPepperNoise", "SaltPepperNoise", "SaltAndPepper",
        "PepperNoise", "RandomSaltAndPepperNoise", "RandomSaltPepperNoise",
    ), ("SaltAndPepperNoise", NOISE)),
}
RENAMED_PARAMS = {"fillcolor": "fill", "fill_color": "fill", "resample": "interpolation"}
# Course notes give RandomGrayscale the first argument of Grayscale.
DROPPED = {"RandomGrayscale": "num_output_channels"}
NO_STEP: dict[str, str] = {
    "UniformTemporalSubsample": N_("{name} is for videos, and this page shows single pictures: leave it out."),
    "Transform": N_("{name} is the base class of all steps: write the step itself."),
}
OTHER_LIBRARIES = {
    "A": "albumentations", "albumentations": "albumentations", "iaa": "imgaug", "imgaug": "imgaug",
    "K": "kornia", "kornia": "kornia", "cv2": "OpenCV", "np": "NumPy", "numpy": "NumPy",
    "tf": "TensorFlow", "tensorflow": "TensorFlow", "keras": "Keras", "skimage": "scikit-image",
}
# Certain differences from torchvision.transforms, noted where the pasted code imports that.
V1_DIFFERENCES = {
    name: N_("{name} draws with torch here; in torchvision.transforms it draws with Python's random, "
             "so torch.manual_seed governs it only in v2.")
    for name in ("RandomChoice", "RandomOrder")
}

# Names that pasted code may define itself: the table's own class or function is what runs.
OWN = {*RENAMED, *FUNCTIONS} | {
    Target(path).name
    for spec in AUGMENTATIONS.values()
    for path in (spec.target, *(path for param in spec.params if isinstance(param.options, Mapping)
                                for path in param.options.values()))
    if Target(path).own
}

# PIL's old constants live in PIL.Image, newer ones in PIL.Image.Resampling.
OWNERS = {"Image": "InterpolationMode", "Resampling": "InterpolationMode"}
SYNONYMS = {
    "ANTIALIAS": "LANCZOS", "LINEAR": "BILINEAR", "CUBIC": "BICUBIC", "float": "float32", "double": "float64",
    "half": "float16", "short": "int16", "int": "int32", "long": "int64",
}
NOTED_SYNONYMS = {"ANTIALIAS", "LINEAR", "CUBIC"}
PIL_CODES = {0: "nearest", 1: "lanczos", 2: "bilinear", 3: "bicubic", 4: "box", 5: "hamming"}


@dataclass(frozen=True)
class Habit:
    """A way of writing a value that v2 does not take, or that says little; `becomes` gives what it stands for."""

    names: Callable[[Spec, Param], bool]
    applies: Callable[[Any], bool]
    becomes: Callable[[Any], Any]
    note: str


HABITS = (
    Habit(lambda spec, param: param.name == "interpolation",
          lambda value: value is False or (type(value) is int and value in PIL_CODES),
          lambda value: PIL_CODES[int(value)],
          N_("{name}={old} is PIL's number for {new}.")),
    Habit(lambda spec, param: (spec.name, param.name) == ("RandomErasing", "value"),
          lambda value: isinstance(value, str) and value != "random",
          lambda value: "random",
          N_("{name}={old} is written {new} now: it fills the hole with noise.")),
    Habit(lambda spec, param: spec.name == "Normalize",
          is_number,
          lambda value: (value,),
          N_("{name}={old} is one number, and v2 takes a tuple: it is read as {new}.")),
)


def option(param: Param, spelled: str) -> str | None:
    """The option of the parameter that a dotted name such as `torch.float32` or `Image.BICUBIC` stands for."""
    prefix, _, last = spelled.rpartition(".")
    last = SYNONYMS.get(last, last)
    owner = prefix.rpartition(".")[2]
    if not isinstance(param.options, Mapping):
        return last if owner and last in param.options else None
    for word, path in param.options.items():
        *_, home, name = path.replace(":", ".").split(".")
        if name == last and (OWNERS.get(owner, owner) == home or (not owner and Target(path).own)):
            return word
    return None


def only_argument(function: ast.Lambda) -> str | None:
    """The name of the only argument; None where there are more, or it has a default."""
    match function.args:
        case ast.arguments(posonlyargs=[], args=[only], vararg=None, kwonlyargs=[], kwarg=None, defaults=[]):
            return only.arg
    return None


def shape(function: ast.Lambda) -> str | None:
    """The structure of a lambda of one argument, whatever the argument is called and whether it says 1 or 1.0."""
    name = only_argument(function)
    numbers = (node.value for node in ast.walk(function.body) if isinstance(node, ast.Constant))
    if name is None or any(isinstance(number, int) and number > 255 for number in numbers):
        return None
    return ast.dump(function.body).replace(f"Name(id={name!r},", "Name(id=,").replace(".0)", ")")


FUNCTION_SOURCES = {
    "repeat_to_three": (
        "lambda x: x.repeat(3, 1, 1)", "lambda x: x.expand(3, -1, -1)", "lambda x: torch.cat([x, x, x])",
        "lambda x: torch.cat([x, x, x], 0)", "lambda x: torch.cat([x, x, x], dim=0)",
        "lambda x: torch.cat((x, x, x), 0)", "lambda x: x.repeat(3, 1, 1) if x.size(0) == 1 else x",
        "lambda x: x.repeat(3, 1, 1) if x.shape[0] == 1 else x", "lambda x: x.convert('RGB')",
    ),
    "to_minus_one_one": (
        "lambda x: x * 2 - 1", "lambda x: 2 * x - 1", "lambda x: (x - 0.5) * 2", "lambda x: (x - 0.5) / 0.5",
        "lambda x: x.mul(2).sub(1)",
    ),
    "invert": ("lambda x: 1 - x", "lambda x: 255 - x"),
    "swap_red_blue": ("lambda x: x[[2, 1, 0]]", "lambda x: x[[2, 1, 0], :, :]", "lambda x: x.flip(-3)"),
}
LAMBDAS = {
    shape(ast.parse(source, mode="eval").body): name for name, sources in FUNCTION_SOURCES.items() for source in sources
}


def crop_loop(function: ast.Lambda) -> tuple[ast.expr, str] | None:
    """What `lambda crops: torch.stack([step(crop) for crop in crops])` and its like apply, and the crop's name."""
    crops, body = only_argument(function), function.body
    wrapped = False
    while isinstance(body, ast.Call) and body.args and _last(body.func) in {"stack", "tuple", "list"}:
        body, wrapped = body.args[0], True
    match body:
        case ast.Name(id=name) if wrapped and name == crops:
            return body, name
        case ast.ListComp(elt=applied, generators=[loop]) | ast.GeneratorExp(elt=applied, generators=[loop]) if (
            isinstance(loop.target, ast.Name) and isinstance(loop.iter, ast.Name) and loop.iter.id == crops
        ):
            return None if loop.ifs or loop.is_async else (applied, loop.target.id)
    return None


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
