"""torchvision's models as Specs: every name of `list_models()`, with its task and the input it was made for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from inspect import Parameter, signature
from typing import Any

from torch import nn
from torchvision.models import get_model_builder, get_model_weights, list_models

from cnnlab.specs import N_, Call, Param, SpecError, catalogue

from .rows import ModelSpec

FRAMES = 16  # what the published operation counts of the video models are for
CLASSIFICATION = N_("classification")
# By the torchvision subpackage that a builder lives in.
TASKS = {
    "models": CLASSIFICATION,
    "quantization": N_("classification, ready for quantization"),
    "segmentation": N_("segmentation"),
    "detection": N_("detection"),
    "video": N_("video"),
    "optical_flow": N_("optical flow"),
}
ABOUT = {
    "models": N_("Says what is on a picture."),
    "quantization": N_("Says what is on a picture; stubs mark where 8-bit numbers would begin and end."),
    "segmentation": N_("Says for every pixel what it belongs to."),
    "detection": N_("Finds things and draws boxes round them; takes a list of pictures of any size."),
    "video": N_("Says what happens in a clip of 16 frames."),
    "optical_flow": N_("Says for every pixel where it has moved from one picture to the next."),
}
# Detectors resize by themselves: 480 × 640 is a usual photo of COCO; these three were made for one size.
PHOTO = (480, 640)
DETECTOR_SIDES = {
    "ssd300_vgg16": (300, 300),
    "ssdlite320_mobilenet_v3_large": (320, 320),
    "fasterrcnn_mobilenet_v3_large_320_fpn": (320, 320),
}
FLOW_SIDES = (520, 960)  # what the published operation counts of RAFT are for

# What num_classes=None comes to there: Pascal VOC and COCO, with the background.
DATASET_CLASSES = {"segmentation": 21, "detection": 91}
# What goes into every call: left to the library, weights_backbone downloads and init_weights warns.
CONSTANTS = {"weights_backbone": None, "init_weights": True}


@dataclass(frozen=True)
class ZooSpec(ModelSpec):
    """A torchvision builder by its `entry` in `list_models()`; `constants` go into every call."""

    entry: str = ""
    constants: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.entry

    @property
    def family(self) -> str:
        """The torchvision module it is written in, such as "resnet"."""
        return get_model_builder(self.entry).__module__.rpartition(".")[2]

    def __call__(self, **values: Any) -> Call:
        if values.get("weights_backbone") is not None:
            raise SpecError(
                "weights_backbone would download weights: build {name} without, and load weights afterwards.",
                name=self.name,
            )
        return super().__call__(**{**self.constants, **values})


def row(name: str) -> ZooSpec:
    """The Spec of one registered model, out of its builder's signature and its weights' description."""
    builder = get_model_builder(name)
    package = builder.__module__.rpartition(".")[0].rpartition(".")[2]
    inside = "" if package == "models" else f"{package}."
    params = parameters(builder, package)
    constants = {key: value for key, value in CONSTANTS.items() if any(param.name == key for param in params)}
    return ZooSpec(
        f"torchvision.models:{inside}{builder.__name__}",
        params,
        ABOUT[package],
        TASKS[package],
        inputs=inputs(name, package),
        takes_list=package == "detection",
        weights=tuple(repr(weights) for weights in get_model_weights(name)),
        entry=name,
        constants=constants,
    )


IMAGE_SIZE = Param(
    "image_size",
    int,
    default=224,
    low=14,
    high=2048,
    unit="px",
    help=N_("The side of the picture, a multiple of the patch size."),
)
SECOND_HEAD = N_("A second head half-way, used in training.")
# What is offered where a builder takes an argument.
OFFERS = (
    ("aux_loss", Param("aux_loss", bool, default=None, optional=True, help=SECOND_HEAD)),
    ("aux_logits", Param("aux_logits", bool, default=True, help=SECOND_HEAD)),
    (
        "aux_logits",
        Param(
            "init_weights",
            bool,
            start=True,
            advanced=True,
            help=N_("Draw the weights as in the paper, not as torch does."),
        ),
    ),
    (
        "weights_backbone",  # without a default of ours, so that exported code says None
        Param(
            "weights_backbone",
            str,
            optional=True,
            advanced=True,
            widget="fixed",
            help=N_("Always None here: pretrained weights are loaded when asked for."),
        ),
    ),
)


def parameters(builder, package: str) -> tuple[Param, ...]:
    """What a person may turn: classes, the size of vision transformers, the extra heads."""
    arguments = _arguments(builder)
    classes = [_classes(arguments["num_classes"].default, package)] if "num_classes" in arguments else []
    size = [IMAGE_SIZE] if _resizable(builder) else []
    return (*classes, *size, *(param for argument, param in OFFERS if argument in arguments))


def _classes(default: int | None, package: str) -> Param:
    return Param(
        "num_classes",
        int,
        default=default,
        start=default or DATASET_CLASSES[package],
        optional=default is None,
        low=1,
        high=100_000,
        help=N_("How many classes there are; empty for those of the dataset."),
    )


def _arguments(builder) -> dict[str, Parameter]:
    """The parameters of a builder, and those of its class that travel there through **kwargs."""
    classes = signature(builder).return_annotation.__mro__
    arguments: dict[str, Parameter] = {}
    for taker in (builder, *classes[: classes.index(nn.Module)]):
        arguments = {**signature(taker).parameters, **arguments}
    return arguments


def _resizable(builder) -> bool:
    """True for vision transformers, which are built for one side of the picture, in `image_size`."""
    return builder.__module__.endswith("vision_transformer")


def inputs(name: str, package: str) -> tuple[tuple[int | str, ...], ...]:
    """The input shapes without the batch: from the best weights' own preprocessing where it says."""
    if _resizable(get_model_builder(name)):
        return ((3, "image_size", "image_size"),)
    if package == "optical_flow":
        return ((3, *FLOW_SIDES),) * 2
    if package == "detection":
        return ((3, *DETECTOR_SIDES.get(name, PHOTO)),)
    preset = get_model_weights(name).DEFAULT.transforms()
    if package == "segmentation":
        return ((3, *preset.resize_size * 2),)
    if package == "video":
        return ((3, FRAMES, *preset.crop_size),)
    return ((3, *preset.crop_size * 2),)


ZOO: dict[str, ZooSpec] = catalogue(row(name) for name in list_models())
