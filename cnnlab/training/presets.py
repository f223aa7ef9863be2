"""Set-ups that everybody meets: one run to start from, or several that belong together."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from cnnlab.augmentation import Pipeline
from cnnlab.augmentation.presets import TO_TENSOR
from cnnlab.loading import DATASETS
from cnnlab.models import MODELS
from cnnlab.specs import N_, Message

from .catalogue import OPTIMIZERS
from .config import TrainConfig
from .words import training_samples

SEEDS = (0, 1, 2)
SHIFTED = f"[v2.RandomAffine(10, translate=(0.12, 0.12), scale=(0.9, 1.1)), {TO_TENSOR}]"
MIRRORED = f"[v2.RandomCrop(32, padding=4), v2.RandomHorizontalFlip(), {TO_TENSOR}]"


@dataclass(frozen=True)
class Preset:
    """A title, what to know of it, and its configurations: one is set up, several are started and compared."""

    title: str
    about: str | Message
    configs: tuple[TrainConfig, ...]


@cache
def presets() -> tuple[Preset, ...]:
    return tuple(_presets())


def _presets() -> Iterator[Preset]:
    yield Preset(
        N_("LeNet on digits"),
        N_("The course's first network on scikit-learn's digits: well over 96 % in less than a minute on a laptop."),
        (TrainConfig(),),
    )
    yield Preset(
        N_("Few samples, with and without augmentation"),
        Message(
            N_("The course's experiment: one network, {count} pictures to learn from, three seeds without augmentation and "
               "three with digits shifted and turned a little. All six runs start, and are laid over each other."),
            {"count": training_samples(few_samples()[0])},
        ),
        few_samples(),
    )  # fmt: skip
    yield Preset(
        N_("CIFAR-10, augmented"),
        N_("The course's ResNet on 50,000 small photos, cut out and mirrored anew in every epoch; the data is fetched first."),
        (TrainConfig(data=DATASETS["CIFAR10"](), augmentation=Pipeline.from_code(MIRRORED), model=MODELS["ResNet"](),
                     batch_size=128, validation=0.1, epochs=20),),
    )  # fmt: skip
    yield Preset(
        N_("Fine-tuning resnet18"),
        N_("Weights of ImageNet on 2,000 photos of CIFAR-10: the new head learns ten times as fast as all before it."),
        (TrainConfig(data=DATASETS["CIFAR10"](), samples=2000, model=MODELS["resnet18"](),
                     weights=MODELS["resnet18"].weights[0], backbone_lr=0.1, epochs=4,
                     augmentation=Pipeline.from_code(f"[v2.RandomHorizontalFlip(), {TO_TENSOR}]")),),
    )  # fmt: skip


def few_samples() -> tuple[TrainConfig, ...]:
    """Three seeds without augmentation, and the same three with it."""
    plain = TrainConfig(validation=0.9, batch_size=32, epochs=50, optimizer=OPTIMIZERS["AdamW"](lr=0.002))
    return tuple(
        replace(plain, seed=seed, augmentation=pipeline)
        for pipeline in (Pipeline(), Pipeline.from_code(SHIFTED))
        for seed in SEEDS
    )
