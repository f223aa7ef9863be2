"""Small runs for the tests of training: few digits, and a network with all that a resumed run could forget."""

from dataclasses import replace
from typing import Any

from cnnlab.augmentation import AUGMENTATIONS, Pipeline
from cnnlab.training import OPTIMIZERS, SCHEDULES, TrainConfig
from cnnlab.training.session import Record, Session

SOURCE = """nn.Sequential(
    nn.Conv2d(1, 6, 3), nn.BatchNorm2d(6), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Dropout(0.2), nn.Linear(54, 10),
)"""
SMALL = TrainConfig(samples=200, batch_size=48, epochs=2, source=SOURCE, seed=3)
# What is random or remembers: dropout, batch normalisation, averages of gradients, a schedule, augmentation.
FULL = replace(
    SMALL,
    epochs=3,
    optimizer=OPTIMIZERS["AdamW"](lr=0.01),
    schedule=SCHEDULES["OneCycleLR"](),
    warmup=2,
    clip=1.0,
    augmentation=Pipeline((AUGMENTATIONS["RandomAffine"](degrees=10, translate=(0.1, 0.1)).marked(id="a"),)),
)


def small(**changes: Any) -> TrainConfig:
    return replace(SMALL, **changes)


def run(config: TrainConfig) -> tuple[Session, list[Record]]:
    """A session at its end, and its records."""
    session = Session(config)
    return session, list(session.records())


def of_kind(records: list[Record], kind: str) -> list[Record]:
    return [record for record in records if record["kind"] == kind]
