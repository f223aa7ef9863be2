"""The samplers on offer: in which order a loader takes the samples of a dataset."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from cnnlab import limits
from cnnlab.specs import N_, Call, Param, Spec, SpecError, catalogue

TORCH = "torch.utils.data:"
GENERATOR, SEED = "generator", "seed"  # by which argument a sampler is given its chance
Values = Mapping[str, Any]


class Weighing(NamedTuple):
    """How likely each sample is: a function of all labels, of a class and of a factor, and the same as Python."""

    weigh: Callable[[np.ndarray, int, float], np.ndarray]
    code: str
    of_class: bool = False  # whether it is about the one class


WEIGHINGS = {
    "by rarity": Weighing(
        lambda labels, label, times: 1 / np.bincount(labels)[labels], "1 / np.bincount(labels)[labels]"
    ),
    "all alike": Weighing(lambda labels, label, times: np.ones(len(labels)), "np.ones(len(labels))"),
    "one class": Weighing(
        lambda labels, label, times: np.where(labels == label, float(times), 1.0),
        "np.where(labels == {label}, {times}, 1.0)",
        of_class=True,
    ),
}


def every(labels: np.ndarray) -> Sequence[int]:
    return range(len(labels))


def some(labels: np.ndarray, start: int = 0, stop: int | None = None) -> Sequence[int]:
    """Places from `start` to before `stop`, as Python cuts; SpecError where there are none."""
    places = range(len(labels))[start:stop]
    if not places:
        raise SpecError(
            "From start={start} to stop={stop} there is no sample: there are {count}, counted from 0.",
            start=start,
            stop=stop,
            count=len(labels),
        )
    return places


def weighed(labels: np.ndarray, weights: str = "by rarity", label: int = 0, times: float = 10.0) -> np.ndarray:
    """How likely each sample is, by a name of WEIGHINGS; SpecError where no sample is of the class that it is about."""
    if WEIGHINGS[weights].of_class and not np.any(labels == label):
        raise SpecError(
            "label={label}: no sample is of that class. The classes here are counted from 0 to {last}.",
            label=label,
            last=int(labels.max()),
        )
    return WEIGHINGS[weights].weigh(labels, label, times)


def itself(labels: np.ndarray) -> np.ndarray:
    return labels


def _all(values: Values, samples: int) -> int:
    return samples


def _asked(values: Values, samples: int) -> int:
    return values["num_samples"] or samples


def _between(values: Values, samples: int) -> int:
    return len(range(samples)[values["start"] : values["stop"]])


def _share(values: Values, samples: int) -> int:
    return samples // values["num_replicas"] if values["drop_last"] else -(-samples // values["num_replicas"])


@dataclass(frozen=True)
class OrderSpec(Spec):
    """A sampler; its Calls build functions of what it goes over.

    That comes from `over`, the path of a function of the labels and of the parameters that are given forward; `written`
    is the same as Python, of `data` and `labels`. `chance` is the argument that seeds it, "" where nothing is drawn, and
    `length` how many places it gives one process out of so many samples. `training` is the order of a TrainConfig that is
    most like it; of its very kind at first values where it is the `same`. `processes` names the parameter that says how
    many share the samples.
    """

    partial: bool = True
    over: str = "cnnlab.loading.orders:every"
    written: Callable[[Values], str] = lambda values: "data"
    chance: str = GENERATOR
    length: Callable[[Values, int], int] = _all
    training: str = "shuffled"
    same: bool = True
    processes: str = ""


def _number(name: str, help: str) -> Param:
    return Param(name, int, None, low=1, high=limits.ORDERED, optional=True, on=100, help=help)


def _written_some(values: Values) -> str:
    return f"range(len(data))[{values['start']}:{'' if values['stop'] is None else values['stop']}]"


def _ranked(values: Values) -> None:
    if values["rank"] >= values["num_replicas"]:
        raise SpecError(
            "rank={rank} is not there: {num_replicas} processes are counted from 0, so use {last} or less.",
            rank=values["rank"],
            num_replicas=values["num_replicas"],
            last=values["num_replicas"] - 1,
        )


IMAGINED = ("0", "1")  # the classes of samples that are only counted


def imagined(count: int) -> np.ndarray:
    """The labels of so many samples that nobody has: each tenth is of the rare class 1.

    >>> imagined(12)
    array([0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0])
    """
    return (np.arange(count) % 10 == 9).astype(np.int64)


REPLACEMENT = N_("A sample that was drawn may be drawn again, so that others do not come in this epoch.")
ORDERS: dict[str, OrderSpec] = catalogue(
    (
        OrderSpec(
            TORCH + "SequentialSampler",
            (),
            N_("As they lie, the same in each epoch: what shuffle=False means, and right for validation."),
            chance="",
            training="in order",
        ),
        OrderSpec(
            TORCH + "RandomSampler",
            (
                Param("replacement", bool, False, help=REPLACEMENT),
                _number("num_samples", N_("Draws of an epoch; none for as many as there are samples.")),
            ),
            N_("Shuffled anew in each epoch: what shuffle=True means, and right for training."),
            length=_asked,
            training="shuffled",
        ),
        OrderSpec(
            TORCH + "WeightedRandomSampler",
            (
                Param(
                    "weights",
                    str,
                    "by rarity",
                    options=tuple(WEIGHINGS),
                    forward=True,
                    help=N_(
                        "How likely each sample is: the rarer its class the likelier, all alike, or one class more."
                    ),
                ),
                Param(
                    "label",
                    int,
                    0,
                    low=0,
                    high=limits.CLASSES,
                    advanced=True,
                    forward=True,
                    help=N_("The one class, by its number."),
                ),
                Param(
                    "times",
                    float,
                    10.0,
                    low=0.01,
                    high=1000,
                    step=1,
                    advanced=True,
                    forward=True,
                    help=N_("So many times as likely as the others is a sample of the one class."),
                ),
                _number("num_samples", N_("Draws of an epoch; none for as many as there are samples.")),
                Param("replacement", bool, True, help=REPLACEMENT),
            ),
            N_("Drawn by weights: classes that are rare can come as often as frequent ones."),
            over="cnnlab.loading.orders:weighed",
            written=lambda values: WEIGHINGS[values["weights"]].code.format(**values),
            length=_asked,
            training="weighted",
        ),
        OrderSpec(
            TORCH + "SubsetRandomSampler",
            (
                Param("start", int, 0, low=0, high=limits.ORDERED, forward=True, help=N_("The first place.")),
                Param(
                    "stop",
                    int,
                    None,
                    start=100,
                    on=100,
                    low=1,
                    high=limits.ORDERED,
                    optional=True,
                    forward=True,
                    help=N_("The place after the last one; none for all that follow."),
                ),
            ),
            N_("Some of the samples alone, shuffled anew in each epoch: a split without a copy."),
            over="cnnlab.loading.orders:some",
            written=_written_some,
            length=_between,
            same=False,
        ),
        OrderSpec(
            "cnnlab.loading.sampling:BalancedSampler",
            (),
            N_(
                "The same number of each class, to within one: rare classes come again. Not in torch; its code is below."
            ),
            over="cnnlab.loading.orders:itself",
            written=lambda values: "labels",
            chance=SEED,
            training="balanced",
        ),
        OrderSpec(
            TORCH + "DistributedSampler",
            (
                Param("num_replicas", int, 2, low=1, high=limits.REPLICAS, help=N_("Processes that train together.")),
                Param("rank", int, 0, low=0, high=limits.REPLICAS - 1, help=N_("Whose part is shown, counted from 0.")),
                Param("shuffle", bool, True, help=N_("Shuffled anew in each epoch, by seed + epoch.")),
                Param(
                    "drop_last",
                    bool,
                    False,
                    help=N_("Leave out what does not divide evenly; otherwise the first samples come twice."),
                ),
            ),
            N_("Each of several processes takes its part of one order, all parts of the same length."),
            check=_ranked,
            chance=SEED,
            length=_share,
            same=False,
            processes="num_replicas",
        ),
    )
)


def order_of(training: str) -> Call:
    """The sampler that an order of a TrainConfig is."""
    return next(spec.example() for spec in ORDERS.values() if spec.same and spec.training == training)


def trains_as(call: Call) -> str:
    """What a TrainConfig calls this order; "" where no run trains in it."""
    return call.spec.training if call.spec.same and call == call.spec.example() else ""


def processes(call: Call) -> int:
    """How many processes share an epoch."""
    return call[call.spec.processes] if call.spec.processes else 1


def shared_by(count: int) -> Call:
    """The sampler that divides an epoch among so many processes, two or more."""
    spec = next(spec for spec in ORDERS.values() if spec.processes)
    return spec(**{spec.processes: count})
