"""What the training page asks of the workshop: a kind of job for each question, with what its answer depends on."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from cnnlab import limits
from cnnlab.links import Field, Linked, Nothing, choice, text, whole
from cnnlab.loading import DATASETS
from cnnlab.models.own import leave, leave_to_run
from cnnlab.workshop import PICTURES, Kind, Lane

from .checkpoints import BEST, LAST
from .config import TrainConfig

WORK, STANDING = "cnnlab.training.work:", "cnnlab.training.standing:"
PARTS_OF_DATA = ("validation", "test", "train")
FORMS = ("pt", "safetensors", "onnx")


@dataclass(frozen=True)
class Tried(TrainConfig):
    """A config as a question; `leave` allows a class of one's own to run."""

    leave: str = ""

    FIELDS: ClassVar[tuple[Field, ...]] = (*TrainConfig.FIELDS, text("leave", limits.LINK_NAME))


@dataclass(frozen=True)
class Looked(Linked):
    """What a checkpoint of a run makes of a part of its data: the run by its id, the checkpoint by its name and step."""

    run: str = ""
    checkpoint: str = LAST
    step: int = 0
    part: str = PARTS_OF_DATA[0]

    FIELDS: ClassVar[tuple[Field, ...]] = (
        text("run", limits.LINK_NAME),
        choice("checkpoint", lambda looked: (LAST, BEST)),
        whole("step", 0, limits.STEPS_OF_RUN),
        choice("part", lambda looked: PARTS_OF_DATA),
    )


@dataclass(frozen=True)
class Exported(Looked):
    """The weights of a checkpoint as a file whose name ends so."""

    form: str = FORMS[0]

    FIELDS: ClassVar[tuple[Field, ...]] = (*Looked.FIELDS, choice("form", lambda exported: FORMS))


@dataclass(frozen=True)
class Recorded(Linked):
    """What a run has recorded, by its id; so many `records`, so that more of them are another question."""

    run: str = ""
    records: int = 0

    FIELDS: ClassVar[tuple[Field, ...]] = (text("run", limits.LINK_NAME), whole("records", 0, limits.LOG_NUMBERS))


@dataclass(frozen=True)
class Wanted(Linked):
    """A dataset by name, and the leave to download it."""

    data: str = next(iter(DATASETS))
    leave: str = ""

    FIELDS: ClassVar[tuple[Field, ...]] = (choice("data", lambda wanted: DATASETS), text("leave", limits.LINK_NAME))


CARD = Kind("training.card", Nothing, WORK + "card", gives=(PICTURES,))
PARTS = ("data", "classes", "samples", "validation", "test", "split_seed")
COUNTS = Kind("training.counts", TrainConfig, WORK + "counts", fields=PARTS, stands=STANDING + "of_data")
STEPS = ("batch_size", "drop_last", "epochs", "optimizer", "schedule", "warmup")
RATES = Kind("training.rates", TrainConfig, WORK + "rates", fields=(*PARTS, *STEPS), stands=STANDING + "of_data")
PROBE = Kind("training.probe", Tried, WORK + "probed", Lane.HEAVY, stands=STANDING + "of_data")
SEARCH = Kind("training.search", Tried, WORK + "searched", Lane.HEAVY, stands=STANDING + "of_data")
OUTCOME = Kind(
    "training.outcome", Looked, WORK + "looked", Lane.HEAVY, gives=(PICTURES,), stands=STANDING + "of_pictures"
)
EXPORT = Kind("training.export", Exported, WORK + "export", Lane.HEAVY, stands=STANDING + "of_run")
EVENTS = Kind("training.events", Recorded, WORK + "events", Lane.HEAVY, stands=STANDING + "of_run")
SCRIPT = Kind("training.script", TrainConfig, WORK + "written", stands=STANDING + "of_data")
FETCH = Kind("training.fetch", Wanted, WORK + "brought", Lane.WAITING, keeps=False)
KINDS = (CARD, COUNTS, RATES, PROBE, SEARCH, OUTCOME, EXPORT, EVENTS, SCRIPT, FETCH)


def wanted(data: str) -> Wanted:
    return Wanted(data, leave(data))


def tried(config: TrainConfig) -> Tried:
    """A config as a question that runs its network; a class of one's own with the leave that this asks for."""
    return Tried(**vars(config), leave=leave_to_run(config.own) if config.own else "")


def first() -> Iterator[tuple[Kind, Linked]]:
    """What the page's first view asks for."""
    yield CARD, Nothing()
    yield COUNTS, TrainConfig()
    yield RATES, TrainConfig()
