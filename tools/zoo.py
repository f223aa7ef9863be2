"""Write down what torchvision says of its models, so that pages need not load it: `python -m tools.zoo [--check]`.

The file depends on the installed torchvision alone; `--check` compares bytes.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from inspect import Parameter, signature
from pathlib import Path
from typing import Any

from torch import nn
from torchvision.models import WeightsEnum, get_model_builder, get_model_weights, list_models

DATA = Path(__file__).parents[1] / "cnnlab" / "models" / "zoo.json"
# What a person may set of what a builder takes.
WANTED = ("num_classes", "image_size", "aux_loss", "aux_logits", "weights_backbone")
FRAMES = 16  # what the published operation counts of the video models are for
# Detectors resize by themselves: 480 × 640 is a usual photo of COCO; these three were made for one size.
PHOTO = (480, 640)
DETECTOR_SIDES = {
    "ssd300_vgg16": (300, 300),
    "ssdlite320_mobilenet_v3_large": (320, 320),
    "fasterrcnn_mobilenet_v3_large_320_fpn": (320, 320),
}
FLOW_SIDES = (520, 960)  # what the published operation counts of RAFT are for


def text() -> str:
    """The file: a line for each model, and a line for each of its weights."""
    names = list_models()
    models = {name: described(name) for name in names}
    weights = {repr(entry): published(entry) for name in names for entry in get_model_weights(name)}
    return f'{{"models": {lines(models)},\n"weights": {lines(weights)}}}\n'


def lines(table: Mapping[str, Any]) -> str:
    return "{\n" + ",\n".join(f"{json.dumps(name)}: {json.dumps(row)}" for name, row in table.items()) + "}"


def described(name: str) -> dict[str, Any]:
    """A registered model, out of its builder's signature and its weights' description."""
    builder = get_model_builder(name)
    package, _, family = builder.__module__.removeprefix("torchvision.").rpartition(".")
    package = package.rpartition(".")[2]
    taken = arguments(builder)
    classes = {"classes": taken["num_classes"].default} if "num_classes" in taken else {}
    return {
        "builder": builder.__name__,
        "package": package,
        "family": family,
        "arguments": [argument for argument in taken if argument in WANTED],
        **classes,
        "inputs": inputs(name, package),
        "weights": [repr(weights) for weights in get_model_weights(name)],
    }


def published(weights: WeightsEnum) -> dict[str, Any]:
    """Where the file is, its size in MB, and torchvision's counts; what it calls GFLOPS are multiply-accumulates."""
    meta = {
        name: weights.meta.get(key) for name, key in (("mb", "_file_size"), ("gmacs", "_ops"), ("params", "num_params"))
    }
    return {"url": weights.url, **meta}


def arguments(builder: Callable) -> dict[str, Parameter]:
    """The parameters of a builder, and those of its class that travel there through **kwargs."""
    classes = signature(builder).return_annotation.__mro__
    taken: dict[str, Parameter] = {}
    for taker in (builder, *classes[: classes.index(nn.Module)]):
        taken = {**signature(taker).parameters, **taken}
    if builder.__module__.endswith("vision_transformer"):  # the builder takes the side out of **kwargs itself
        taken.setdefault("image_size", Parameter("image_size", Parameter.KEYWORD_ONLY))
    return taken


def inputs(name: str, package: str) -> list[list[int | str]]:
    """The input shapes without the batch: from the best weights' own preprocessing where it says."""
    if "image_size" in arguments(get_model_builder(name)):
        return [[3, "image_size", "image_size"]]
    if package == "optical_flow":
        return [[3, *FLOW_SIDES]] * 2
    if package == "detection":
        return [[3, *DETECTOR_SIDES.get(name, PHOTO)]]
    preset = get_model_weights(name).DEFAULT.transforms()
    if package == "segmentation":
        return [[3, *preset.resize_size * 2]]
    if package == "video":
        return [[3, FRAMES, *preset.crop_size]]
    return [[3, *preset.crop_size * 2]]


def main() -> int:
    parser = argparse.ArgumentParser(description="Write down what torchvision says of its models.")
    parser.add_argument("--check", action="store_true", help="only say whether the file is up to date")
    if parser.parse_args().check:
        same = DATA.read_text(encoding="utf-8") == text()
        print("" if same else f"{DATA.name} is not what the installed torchvision says: run `make zoo`.", end="")
        return int(not same)
    DATA.write_text(text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
