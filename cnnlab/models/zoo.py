"""torchvision's models as Specs: every name of `list_models()`, with its task and the input it was made for.

What torchvision says of them stands in zoo.json, which `make zoo` writes, so that choosing one need not load torch.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cnnlab.specs import N_, Call, Param, SpecError, catalogue

from .rows import ModelSpec

DATA = Path(__file__).with_name("zoo.json")
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
    "models": N_("Says what is in a picture."),
    "quantization": N_("Says what is in a picture; stubs mark where 8-bit numbers would begin and end."),
    "segmentation": N_("Says for every pixel what it belongs to."),
    "detection": N_("Finds things and draws boxes round them; takes a list of pictures of any size."),
    "video": N_("Says what happens in a clip of 16 frames."),
    "optical_flow": N_("Says for every pixel where it has moved from one picture to the next."),
}
# What num_classes=None comes to there: Pascal VOC and COCO, with the background.
DATASET_CLASSES = {"segmentation": 21, "detection": 91}
# What goes into every call: left to the library, weights_backbone downloads and init_weights warns.
CONSTANTS = {"weights_backbone": None, "init_weights": True}


@dataclass(frozen=True)
class ZooSpec(ModelSpec):
    """A torchvision builder by its `entry` in `list_models()`; `constants` go into every call.

    `family` is the torchvision module it is written in, such as "resnet".
    """

    entry: str = ""
    family: str = ""
    constants: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.entry

    def __call__(self, **values: Any) -> Call:
        if values.get("weights_backbone") is not None:
            raise SpecError(
                "weights_backbone would download weights: build {name} without, and load weights afterwards.",
                name=self.name,
            )
        return super().__call__(**{**self.constants, **values})


SECOND_HEAD = N_("A second head half-way, used in training.")
# What is offered where a builder takes an argument.
OFFERS = (
    (
        "image_size",
        Param(
            "image_size",
            int,
            default=224,
            low=14,
            high=2048,
            unit="px",
            help=N_("The side of the picture, a multiple of the patch size."),
        ),
    ),
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


def row(name: str, said: Mapping[str, Any]) -> ZooSpec:
    """The Spec of one model, out of what torchvision says of it."""
    package = said["package"]
    inside = "" if package == "models" else f"{package}."
    params = parameters(said)
    return ZooSpec(
        f"torchvision.models:{inside}{said['builder']}",
        params,
        ABOUT[package],
        TASKS[package],
        inputs=tuple(map(tuple, said["inputs"])),
        takes_list=package == "detection",
        weights=tuple(said["weights"]),
        entry=name,
        family=said["family"],
        constants={param.name: CONSTANTS[param.name] for param in params if param.name in CONSTANTS},
    )


def parameters(said: Mapping[str, Any]) -> tuple[Param, ...]:
    """What a person may turn: classes, the size of vision transformers, the extra heads."""
    classes = [_classes(said["classes"], said["package"])] if "classes" in said else []
    return (*classes, *(param for argument, param in OFFERS if argument in said["arguments"]))


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


SAID: Mapping[str, Mapping[str, Any]] = json.loads(DATA.read_text(encoding="utf-8"))
ZOO: dict[str, ZooSpec] = catalogue(row(name, said) for name, said in SAID["models"].items())
