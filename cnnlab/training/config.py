"""All that decides what a run computes, as one plain value that a URL, a run folder and a notebook can carry."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from cnnlab import limits
from cnnlab.links import Field, Linked, choice, damaged, flag, packed, whole
from cnnlab.loading import Feeding, Selection
from cnnlab.loading.fields import DATA_FIELDS, call, share
from cnnlab.models import INITIALISATIONS, MODELS
from cnnlab.models.initialisations import STARTS
from cnnlab.models.own import checked_name
from cnnlab.specs import Call, SpecError
from cnnlab.summary.view import SURROGATE

from .catalogue import LOSSES, OPTIMIZERS, SCHEDULES

FREEZING = ("nothing", "backbone", "batch norms")
PRECISIONS = ("float32", "bfloat16", "float16")
DEVICE = re.compile(r"cpu|mps|cuda(:[0-9]{1,2})?", re.ASCII)


def _scheme(data: Any, view: Any) -> dict[str, Call]:
    if (
        not isinstance(data, dict)
        or not set(data) <= set(STARTS)
        or not all(isinstance(c, dict) for c in data.values())
    ):
        raise damaged()
    return {kind: Call.from_dict(call, INITIALISATIONS) for kind, call in data.items()}


def _source(data: Any, view: Any) -> str:
    if not isinstance(data, str) or len(data) > limits.PASTE_CHARACTERS or SURROGATE.search(data):
        raise damaged()
    return data


def _device(text: str, view: Any) -> str:
    if DEVICE.fullmatch(text):
        return text
    raise SpecError("The link says device={value}: use cpu, cuda, cuda:0 or mps.", value=text[:20])


@dataclass(frozen=True)
class TrainConfig(Feeding, Selection, Linked):
    """What is trained, on what, and how; everything has a default: LeNet on the digits.

    Data: `data` is the dataset; `classes` keeps these labels alone, all where it is empty; `samples` so many pictures,
    0 for all, as many of each class as there is in the whole; `validation` and `test` are the shares that training never
    sees, drawn class by class from `split_seed`. `batch_size` is that of all devices together; `workers` load beside
    the trainer, 0 for none. `normalise` takes the mean and the standard deviation of the training pictures' channels to
    0 and 1. `side` is the height and width of the network's input, 0 for what the network was made for.

    Model: `model` of the catalogue, a pasted nn.Sequential (`source`), or `own`, "module:Class" of the owner's folder;
    its head is given as many classes as the data has. `weights` names pretrained ones; `scheme` says how kinds of layers
    start; `frozen` is one of FREEZING; `backbone_lr` is a factor on the learning rate of all but the head; `dropout` the
    p of all its dropout layers, None for their own.

    Steps: `loss`, `optimizer`, `schedule`; `warmup` are iterations in which the learning rate rises from 0;
    `class_weights` weighs classes by their rarity; `clip` is the largest norm of the gradient, 0 for any; `decay_all`
    lets biases and normalisations shrink too; `patience` ends the run after so many epochs without a better validation
    loss, 0 for never. `seed` decides the starting values, the order, the augmentation and the dropout; `threads` is part
    of the arithmetic. `histograms` are taken each so many steps, 0 for never.
    """

    model: Call = field(default_factory=lambda: MODELS["LeNet"]())
    source: str = ""
    own: str = ""
    weights: str = ""
    scheme: Mapping[str, Call] = field(default_factory=dict)
    frozen: str = "nothing"
    backbone_lr: float = 1.0
    dropout: float | None = None

    loss: Call = field(default_factory=lambda: LOSSES["CrossEntropyLoss"]())
    class_weights: bool = False
    optimizer: Call = field(default_factory=lambda: OPTIMIZERS["AdamW"](lr=0.003))
    schedule: Call = field(default_factory=lambda: SCHEDULES["OneCycleLR"]())
    warmup: int = 0
    clip: float = 0.0
    decay_all: bool = True
    epochs: int = 12
    patience: int = 0

    device: str = "cpu"
    threads: int = 1
    precision: str = "float32"
    channels_last: bool = False
    compile: bool = False
    deterministic: bool = True
    histograms: int = 0

    FIELDS: ClassVar[tuple[Field, ...]] = (
        *DATA_FIELDS,
        call("model", MODELS),
        Field("own", lambda config: config.own, lambda text, config: checked_name(text[: limits.LINK_NAME]), "own"),
        packed("source", lambda config: config.source, _source, "source"),
        choice("weights", lambda config: ("", *config.model.spec.weights)),
        packed(
            "scheme", lambda config: {kind: call.to_dict() for kind, call in config.scheme.items()}, _scheme, "scheme"
        ),
        choice("frozen", lambda config: FREEZING),
        share("backbone_lr", 10.0),
        share("dropout", 0.99),
        call("loss", LOSSES),
        flag("class_weights"),
        call("optimizer", OPTIMIZERS),
        call("schedule", SCHEDULES),
        whole("warmup", 0, limits.WARMUP),
        share("clip", 1000.0),
        flag("decay_all"),
        whole("epochs", 1, limits.EPOCHS),
        whole("patience", 0, limits.EPOCHS),
        Field("device", lambda config: config.device, _device, "device"),
        whole("threads", 1, limits.THREADS),
        choice("precision", lambda config: PRECISIONS),
        flag("channels_last"),
        flag("compile"),
        flag("deterministic"),
        whole("histograms", 0, limits.WARMUP),
    )
