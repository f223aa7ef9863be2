"""What a host does not let a visitor train, each refusal with its number and what would do."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from cnnlab.hosting import Host, hidden
from cnnlab.models import cached, find_weights
from cnnlab.specs import SpecError

from .config import TrainConfig


@dataclass(frozen=True)
class Usage:
    """What is taken already: runs of the visitor that run or wait and their disk, runs that wait in all, and free disk.

    `address_active` and `address_mib` are those of all visitors from the same network address, for a visitor is a token
    that a browser makes up. `cached` says whether the dataset is on the machine already.
    """

    active: int = 0
    waiting: int = 0
    disk_mib: int = 0
    free_mib: int = 1 << 40
    cached: bool = False
    address_active: int = 0
    address_mib: int = 0

    def going_on(self) -> "Usage":
        """What stands against a run that was begun: a full disk of one's own does not keep it from its end."""
        return replace(self, disk_mib=0, address_mib=0)


def refusals(config: TrainConfig, host: Host, usage: Usage) -> tuple[SpecError, ...]:
    """Why this run may not be started here, each with what would do; empty where it may."""
    if not host.train:
        return (SpecError("Nobody may train on this machine: start cnnlab on your own."),)
    return tuple(filter(None, (*_too_much(config, host), *_taken(host, usage), *_closed(config, host, usage))))


def _too_much(config: TrainConfig, host: Host) -> Iterator[SpecError | None]:
    if host.epochs is not None and config.epochs > host.epochs:
        yield SpecError(
            "epochs={epochs} is more than this machine allows: use {limit} or less.",
            epochs=config.epochs,
            limit=host.epochs,
        )
    cores = config.threads + config.workers
    if host.cores is not None and cores > host.cores:
        yield SpecError(
            "threads={threads} and workers={workers} are {cores} together: use {limit} or less.",
            threads=config.threads,
            workers=config.workers,
            cores=cores,
            limit=host.cores,
        )
    yield _gpu(config.device, host.gpus)


def _gpu(device: str, gpus: tuple[str, ...] | None) -> SpecError | None:
    kind, _, place = device.partition(":")
    if gpus is None or kind == "cpu":
        return None
    if kind != "cuda" or not gpus:
        return SpecError(
            "device={device} is not for visitors of this machine: use {options}.",
            device=device,
            options=", ".join(["cpu", *["cuda"] * bool(gpus)]),
        )
    if place and int(place) >= len(gpus):
        return SpecError(
            "device={device} is not there: {count} GPUs are for training here, so use cuda:{last} or less, or cuda for any.",
            device=device,
            count=len(gpus),
            last=len(gpus) - 1,
        )
    return None


def _taken(host: Host, usage: Usage) -> Iterator[SpecError | None]:
    if host.per_visitor is not None and usage.active >= host.per_visitor:
        yield SpecError(
            "{active} of your runs run or wait, and {limit} may: wait for one to end, or stop one.",
            active=usage.active,
            limit=host.per_visitor,
        )
    if host.per_address is not None and usage.address_active >= host.per_address:
        yield SpecError(
            "{active} runs from your network address run or wait, and {limit} may: wait for one of them to end.",
            active=usage.address_active,
            limit=host.per_address,
        )
    if host.waiting is not None and usage.waiting >= host.waiting:
        yield SpecError(
            "{waiting} runs wait already, and {limit} may: try again when some have ended.",
            waiting=usage.waiting,
            limit=host.waiting,
        )
    if host.disk_mib is not None and usage.disk_mib >= host.disk_mib:
        yield SpecError(
            "Your runs take {disk} MiB of disk, and {limit} MiB may be taken: delete some.",
            disk=usage.disk_mib,
            limit=host.disk_mib,
        )
    if host.address_disk_mib is not None and usage.address_mib >= host.address_disk_mib:
        yield SpecError(
            "The runs from your network address take {disk} MiB of disk, and {limit} MiB may be taken: delete some.",
            disk=usage.address_mib,
            limit=host.address_disk_mib,
        )
    if usage.free_mib < host.free_mib:
        yield SpecError(
            "The disk has {free} MiB left, and {limit} MiB stay free: delete runs, or ask the host.",
            free=usage.free_mib,
            limit=host.free_mib,
        )


def _closed(config: TrainConfig, host: Host, usage: Usage) -> Iterator[SpecError | None]:
    if config.own and not host.own_classes:
        yield SpecError(
            "own={name}: classes of a folder are not run for visitors of this machine. Paste an nn.Sequential, "
            "or take a model of the list.",
            name=config.own,
        )
    yield hidden(config.data, host)
    if config.data.spec.fetched and not host.fetch and not usage.cached:
        yield SpecError(
            "{name} is not on this machine, and visitors may not have it downloaded. Take another dataset.",
            name=config.data.spec.name,
        )
    if config.weights and not host.fetch and not cached(find_weights(config.weights)).is_file():
        yield SpecError(
            "weights={name} are not on this machine, and visitors may not have them downloaded: leave them out.",
            name=config.weights,
        )
