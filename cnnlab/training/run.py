"""A run is its folder: what is trained, what was recorded, how it stands, what is wanted of it. Needs no torch."""

import os
import shutil
import time
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from cnnlab.loading.uploads import kept_in, take
from cnnlab.specs import SpecError

from . import attempts
from .checkpoints import Checkpoint, listed
from .config import TrainConfig
from .folder import (
    CHECKPOINTS,
    CONTROL,
    EVENTS,
    EXIT,
    METRICS,
    PRIVATE,
    SPEC,
    STATUS,
    SYSTEM,
    UPLOADS,
    ended,
    holds,
    read_json,
    write_json,
)
from .heartbeat import START_S, lives
from .origin import origin
from .resuming import VERSION, changed, refuse_fork
from .tail import Recent, Tail

GONE = "deleted.json"  # the description of a run that is being deleted
WISHES = ("run", "pause", "stop")


class Run:
    """A run by its folder; reading it waits for nobody and does not fail over what a killed writer leaves."""

    def __init__(self, folder: Path | str):
        self.folder = Path(folder)

    @classmethod
    def create(cls, folder: Path | str, config: TrainConfig, parent: Mapping[str, Any] | None = None) -> "Run":
        """A new run in a folder that is not there yet; FileExistsError where it is, SpecError without its pictures.

        What a visitor sent for it is copied into the folder.
        """
        run = cls(folder)
        run.folder.parent.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        run.folder.mkdir(mode=PRIVATE)
        for inner in (attempts.ATTEMPTS, CHECKPOINTS):
            (run.folder / inner).mkdir(mode=PRIVATE)
        try:
            take(config.data, run.folder / UPLOADS)
        except (OSError, SpecError):
            shutil.rmtree(run.folder)
            raise
        spec = {"v": 1, "config": config.to_query(), "parent": parent, "created": time.time(), **origin(config)}
        write_json(run.folder, SPEC, spec)
        os.chmod(run.folder / SPEC, 0o400)
        return run

    @cached_property
    def spec(self) -> dict[str, Any]:
        spec = read_json(self.folder, SPEC)
        config = spec.get("config")
        if not isinstance(config, dict) or not all(isinstance(text, str) for text in config.values()):
            raise missing()
        return spec

    @cached_property
    def config(self) -> TrainConfig:
        return TrainConfig.from_query(self.spec["config"])

    def refuse_other_version(self) -> None:
        """SpecError where the description says what this version does not know: it would train something else."""
        known = {field.name for field in TrainConfig.FIELDS}
        if names := sorted(set(self.spec["config"]) - known):
            raise SpecError(
                "This run was described by another version of cnnlab, for {names} is not known here: it can be looked "
                "at, and one like it started anew.",
                names=", ".join(names)[:80],
            )

    @cached_property
    def tail(self) -> Tail:
        return Tail(self.folder / METRICS)

    @cached_property
    def _events(self) -> Recent:
        return Recent(self.folder / EVENTS)

    @cached_property
    def _system(self) -> Recent:
        return Recent(self.folder / SYSTEM)

    @property
    def held(self) -> int:
        """Bytes of memory, roughly, that what was read of its logs takes."""
        logs = (self.__dict__.get(name) for name in ("tail", "_events", "_system"))
        return sum(log.held for log in logs if log is not None)

    def records(self, kind: str | None = None) -> list[dict[str, Any]]:
        return self.tail.rows(kind)

    def events(self) -> list[dict[str, Any]]:
        """The newest events, of all attempts."""
        return self._events.rows()

    def system(self) -> list[dict[str, Any]]:
        """The newest rows about the machine."""
        return self._system.rows()

    def status(self) -> dict[str, Any]:
        """What the newest trainer said of itself last, empty before it said anything."""
        return read_json(self.folder, STATUS)

    def control(self) -> dict[str, Any]:
        """What is wanted ("wanted") and how many wishes there were ("seq")."""
        control = read_json(self.folder, CONTROL)
        known = control.get("wanted") in WISHES and type(control.get("seq")) is int
        return control if known else {"wanted": "run", "seq": 0}

    def ask(self, wanted: str) -> None:
        """Says what is wanted: "run", "pause" or "stop". A trainer obeys within a step."""
        if wanted not in WISHES:
            raise ValueError(f"{wanted!r} is none of {WISHES}.")
        write_json(self.folder, CONTROL, {"wanted": wanted, "seq": self.control()["seq"] + 1, "t": time.time()})

    @property
    def attempt(self) -> int:
        """How often it was started."""
        return attempts.newest(self.folder)

    @property
    def exit_code(self) -> int | None:
        """What the newest trainer left with; None while it has not, or where it could not say."""
        return self._exit(self.attempt)

    def _exit(self, attempt: int) -> int | None:
        left = read_json(self.folder, EXIT)
        return left["code"] if left.get("attempt") == attempt and type(left.get("code")) is int else None

    @property
    def alive(self) -> bool:
        """True while the newest trainer works, or waits."""
        return self._alive(self.attempt, self.status())

    def _alive(self, attempt: int, status: Mapping[str, Any]) -> bool:
        if status.get("attempt") == attempt:
            return lives(status)
        claimant = attempts.claimant(self.folder, attempt)
        steady = claimant.get("steady")
        until = {"next_beat_before": claimed(self.folder, attempt, claimant) + START_S}
        return lives({**claimant, **until, **({} if steady is None else {"steady_before": steady + START_S})})

    @property
    def state(self) -> str:
        """queued, running, paused, stopped, finished, failed, or lost: a trainer that is gone and did not say why."""
        attempt = self.attempt
        if not attempt:
            return "stopped" if self.control()["wanted"] == "stop" else "queued"
        status = self.status()
        code = self._exit(attempt)
        if code is not None:
            return ended(code)
        if self._alive(attempt, status):
            return "paused" if status.get("attempt") == attempt and status.get("state") == "paused" else "running"
        code = self._exit(self.attempt)  # it may have left meanwhile
        return ended(code)

    def checkpoints(self) -> tuple[Checkpoint, ...]:
        """What can be gone back to, the newest first."""
        return listed(self.folder)

    def weights_hash(self) -> str | None:
        """SHA-256 of the weights with which the run ended, None where it has not."""
        newest = next(iter(self.checkpoints()), None)
        return newest and newest.weights

    def fork(self, folder: Path | str, checkpoint: Checkpoint, config: TrainConfig) -> "Run":
        """A new run that goes on from a checkpoint of this one with other settings; SpecError where it cannot."""
        stands = {
            "version": VERSION,
            "config": self.spec["config"],
            "epoch": checkpoint.epoch,
            "place": checkpoint.place,
        }
        refuse_fork(config, stands)
        parent = {"run": self.folder.name, "step": checkpoint.step, "changed": changed(config, stands)}
        with kept_in(self.folder / UPLOADS):
            fork = Run.create(folder, config, parent)
        try:
            checkpoint.copy(fork.folder)
        except OSError:
            shutil.rmtree(fork.folder)
            raise
        return fork

    def delete(self) -> None:
        """The folder and all in it are gone; links in it are removed, not followed. SpecError while it is trained."""
        if self.attempt and self.exit_code is None and self.alive:
            raise SpecError("This run is being trained: stop it first.")
        if not self.folder.is_symlink() and holds(self.folder, SPEC):
            os.replace(self.folder / SPEC, self.folder / GONE)  # nobody starts it any more
        if self.folder.is_symlink() or not holds(self.folder, GONE):
            raise missing()
        shutil.rmtree(self.folder)


def missing() -> SpecError:
    return SpecError("There is no run in this folder, or its description is damaged.")


def claimed(folder: Path, attempt: int, claimant: Mapping[str, Any]) -> float:
    """When an attempt was made, by its file while it does not say."""
    said = claimant.get("t")
    if isinstance(said, (int, float)):
        return said
    try:
        return os.stat(attempts.place(folder, attempt)).st_mtime
    except OSError:
        return 0.0
