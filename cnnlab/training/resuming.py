"""From which state of another run a run may go on: its own, or as a fork one with other settings of its steps."""

from collections.abc import Mapping
from typing import Any

from cnnlab.specs import SpecError

from .config import TrainConfig

VERSION = 1
# What a state says of its place, besides weights and what steps them.
COUNTS = ("step", "epoch", "place", "best", "waited")
# What the weights were made for, or what they must not have seen: it stays in a fork.
KEPT = (
    *("data", "classes", "samples", "validation", "test", "split_seed", "normalise", "side"),
    *("model", "own", "source", "weights", "scheme"),
)
# What says which pictures the steps of an epoch see: it may change between two epochs.
ORDER = ("batch_size", "sampler", "drop_last", "seed")
# What the learning rate at a step depends on, and what the loss means.
RATE = ("optimizer", "schedule", "warmup", "epochs", "backbone_lr", "decay_all", "frozen", "batch_size", "drop_last")
MEASURE = ("loss", "class_weights", "evaluation")


def changed(config: TrainConfig, state: Mapping[str, Any]) -> list[str]:
    """The fields in which the config differs from that of the run whose state it is, by name."""
    ours, theirs = config.to_query(), state["config"]
    return sorted(name for name in {*ours, *theirs} if ours.get(name) != theirs.get(name))


def refuse_version(state: Mapping[str, Any]) -> None:
    if state.get("version") != VERSION:
        raise SpecError("The checkpoint is of another version of cnnlab: it cannot be restored here.")


def refuse_other(config: TrainConfig, state: Mapping[str, Any]) -> None:
    refuse_version(state)
    if names := changed(config, state):
        raise SpecError(
            "The checkpoint is of a run with other settings ({names}): go on with its own, or begin a fork.",
            names=", ".join(names),
        )


def refuse_fork(config: TrainConfig, state: Mapping[str, Any]) -> None:
    """A fork may change all but KEPT; ORDER only from the end of an epoch on; and its end must lie ahead."""
    refuse_version(state)
    names = changed(config, state)
    if kept := [name for name in names if name in KEPT]:
        raise SpecError("A fork keeps its data and its network: change {names} in a new run.", names=", ".join(kept))
    order = [name for name in names if name in ORDER]
    if state["place"] and order:
        raise SpecError(
            "This checkpoint stands within an epoch, and {names} would change what is left of it: fork from the end "
            "of an epoch.",
            names=", ".join(order),
        )
    if config.epochs <= state["epoch"]:
        raise SpecError(
            "epochs={epochs} are over at this checkpoint, which has {done} behind it: use more.",
            epochs=config.epochs,
            done=state["epoch"],
        )


def alike(state: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two optimizers' states are of groups of the same sizes."""
    sizes, others = ([len(group["params"]) for group in one["param_groups"]] for one in (state, other))
    return sizes == others
