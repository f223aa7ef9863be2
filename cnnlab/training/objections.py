"""What cannot be trained as it is set up, known before anything runs, with what would help."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cnnlab import limits
from cnnlab.specs import N_, Message, SpecError

from .checkpoints import Checkpoint
from .config import TrainConfig
from .handover import classifies
from .resuming import KEPT, ORDER
from .words import numbers

BATCH = 64
UNTRAINED = N_(
    "{name} is known, and cannot be trained here. {about} A run learns what one picture shows as a whole, from one class "
    "for each: choose a network for classification."
)


@dataclass(frozen=True)
class Mend:
    """A change that would help: what its button says, and the fields of the configuration with their values."""

    label: Message
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Objection:
    """Why a configuration cannot run: the reason, and the changes any of which would help."""

    error: SpecError
    mends: tuple[Mend, ...] = ()


def objections(
    config: TrainConfig,
    stem: TrainConfig | None = None,
    samples: int | None = None,
    checkpoint: Checkpoint | None = None,
) -> tuple[Objection, ...]:
    """All that stands in the way of a start, as far as the configuration alone tells; empty where nothing does.

    `stem` is the configuration of the run that this one goes on from, at the `checkpoint`; there are so many `samples`
    to learn from.
    """
    other = _other(config, stem) if stem else ()
    return (*_objections(config, samples), *other, *(_over(config, stem, checkpoint) if stem and checkpoint else ()))


def _over(config: TrainConfig, stem: TrainConfig, checkpoint: Checkpoint) -> Iterator[Objection]:
    """What the place of a checkpoint leaves to do, and to change."""
    order = {name: getattr(stem, name) for name in ORDER if getattr(stem, name) != getattr(config, name)}
    if checkpoint.place and order:
        yield Objection(
            SpecError(
                "This checkpoint stands within an epoch, and {names} would change what is left of it: fork from the end "
                "of an epoch.",
                names=", ".join(order),
            ),
            (Mend(Message(N_("As in the run that it begins from")), order),),
        )
    if config.epochs <= checkpoint.epoch:
        more = min(checkpoint.epoch + stem.epochs, limits.EPOCHS)
        yield Objection(
            SpecError(
                "epochs={epochs} are over at this checkpoint, which has {done} behind it: use more.",
                epochs=config.epochs,
                done=checkpoint.epoch,
            ),
            (Mend(Message(N_("{count} epochs"), {"count": more}), {"epochs": more}),)
            if more > checkpoint.epoch
            else (),
        )


def uncounted(config: TrainConfig, error: SpecError) -> Objection | None:
    """Why the data cannot be divided so, where that is for how many pictures are asked for; else None."""
    if not config.samples or "samples" not in error.values:
        return None
    there = error.values.get("there")
    if there is not None:
        error = SpecError(
            "{samples} pictures are asked for, and there are {there}.",
            samples=f"{config.samples:,}",
            there=f"{there:,}",
        )
    label = Message(N_("Use all {count}"), {"count": f"{there:,}"}) if there else Message(N_("Use all pictures"))
    return Objection(error, (Mend(label, {"samples": 0}),))


def _other(config: TrainConfig, stem: TrainConfig) -> Iterator[Objection]:
    """What a checkpoint cannot do without stays as it is."""
    kept = {name: getattr(stem, name) for name in KEPT if getattr(stem, name) != getattr(config, name)}
    if kept:
        yield Objection(
            SpecError("A fork keeps its data and its network, so {names} cannot change here.", names=", ".join(kept)),
            (Mend(Message(N_("As in the run that it begins from")), kept),),
        )


def _objections(config: TrainConfig, samples: int | None) -> Iterator[Objection]:
    if not (config.own or config.source or classifies(config.model.spec)):
        usual = TrainConfig().model
        values = {"name": config.model.name, "about": Message(config.model.spec.about)}
        yield Objection(
            SpecError(UNTRAINED, **values), (Mend(Message(N_("Take {name}"), {"name": usual.name}), {"model": usual}),)
        )
    if config.validation + config.test >= 1:
        yield Objection(
            SpecError(
                "{validation} for validation and {test} for the test leave nothing to learn from.",
                validation=f"{config.validation:.0%}",
                test=f"{config.test:.0%}",
            ),
            (Mend(Message(N_("Hold back 20 % and 20 %")), {"validation": 0.2, "test": 0.2}),),
        )
        return
    if len(config.classes) == 1:
        yield Objection(
            SpecError("One class alone cannot be told from another: choose two or more, or none for all."),
            (Mend(Message(N_("Take all classes")), {"classes": ()}),),
        )
    told = numbers(config, samples)
    if told and not told.iterations:
        fits = max(1, min(BATCH, told.samples))
        yield Objection(
            SpecError(
                "{samples} samples make no full batch of {batch}, and drop_last leaves the short one out: "
                "an epoch would have no step.",
                samples=f"{told.samples:,}",
                batch=f"{told.batch:,}",
            ),
            (
                Mend(Message(N_("Keep the short batch")), {"drop_last": False}),
                Mend(Message(N_("Batches of {batch}"), {"batch": fits}), {"batch_size": fits}),
            ),
        )
    watches = getattr(config.schedule.spec, "watches", False)
    if not config.validation and (config.patience or watches):
        yield Objection(
            SpecError("What waits for a better validation loss needs pictures held back for validation."),
            (Mend(Message(N_("Hold back 20 %")), {"validation": 0.2}),),
        )
    if config.precision == "float16" and config.device == "cpu":
        yield Objection(
            SpecError("float16 needs a GPU: on the processor its numbers run out too soon."),
            (
                Mend(Message(N_("Use bfloat16")), {"precision": "bfloat16"}),
                Mend(Message(N_("Use float32")), {"precision": "float32"}),
            ),
        )
