"""A session's records go into the run's folder, and what is wanted of the run is done, step by step. Needs no torch."""

import os
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from cnnlab import limits
from cnnlab.messages import N_, Message, SpecError

from .checkpoints import BEST, LAST
from .folder import CONTROL, ENDS, FAILED, FINISHED, LEFT, SUPERSEDED
from .heartbeat import Heart
from .journal import Journal, spoken
from .run import Run
from .tail import END, NOT_FINITE, STEP

WAIT_S = 0.1  # between two looks at what is wanted of a paused run
SHARE = 20  # at most one part in so many of the time goes into checkpoints that nobody asked for


class Session(Protocol):
    """What is trained, as cnnlab.training.session does it."""

    step: int
    epoch: int
    place: int  # steps of the next epoch
    total: int

    def records(self) -> Generator[dict[str, Any]]: ...
    def state(self) -> dict[str, Any]: ...
    def restore(self, state: Mapping[str, Any]) -> None: ...
    def fork(self, state: Mapping[str, Any]) -> None: ...
    def weights_hash(self) -> str: ...


class Keeper(Protocol):
    """Writes a state as a checkpoint of these names, or raises OSError and leaves the ones before."""

    def save(self, state: Mapping[str, Any], note: Mapping[str, Any], names: tuple[str, ...]) -> None: ...


@dataclass(frozen=True)
class Wish:
    """What is wanted after a step: each by itself, so that several trainers agree on all of it."""

    checkpoint: bool = False
    pause: bool = False
    stop: bool = False
    leave: bool = False
    superseded: bool = False

    @property
    def ends(self) -> bool:
        return self.stop or self.leave or self.superseded


class Control:
    """What people want of the run, by control.json; looking costs one call of the system while nothing changes."""

    def __init__(self, run: Run, obeyed: int = 0):
        self.run, self.obeyed, self.path = run, obeyed, str(run.folder / CONTROL)
        self.identity: tuple[int, ...] | None = None
        self.wish = {"wanted": "run", "seq": 0}

    def wanted(self) -> str:
        try:
            status = os.lstat(self.path)
            identity = (status.st_ino, status.st_mtime_ns, status.st_size)
        except OSError:
            identity = None
        if identity != self.identity:
            self.identity, self.wish = identity, self.run.control()
        old = self.wish["wanted"] == "stop" and self.wish["seq"] <= self.obeyed
        return "run" if old else self.wish["wanted"]


@dataclass
class Pace:
    """When the next checkpoint is due: after one second, then ever later up to `seconds`, and rarer where it is slow."""

    seconds: float = field(default_factory=lambda: limits.CHECKPOINT_SECONDS)
    wait: float = 1.0
    cost: float = 0.0
    at: float = field(default_factory=time.monotonic)

    def due(self) -> bool:
        return time.monotonic() - self.at >= max(self.wait, SHARE * self.cost)

    def spare(self) -> bool:
        """True where one more would not take too much of the time."""
        return time.monotonic() - self.at >= SHARE * self.cost

    def done(self, began: float) -> None:
        self.at = time.monotonic()
        self.cost = self.at - began
        self.wait = min(2 * self.wait, self.seconds)


class Trainer:
    """Runs a session to its end, or to where it is asked to leave, and says with which code.

    `agree` makes the wish of this trainer that of all in its group, of which only the one with a journal writes.
    """

    def __init__(
        self,
        session: Session,
        keeper: Keeper,
        journal: Journal | None,
        heart: Heart | None,
        control: Control | None,
        asked: Callable[[], bool],
        agree: Callable[[Wish], Wish] = lambda wish: wish,
    ):
        self.session, self.keeper, self.journal, self.heart, self.control = session, keeper, journal, heart, control
        self.asked, self.agree, self.leader = asked, agree, journal is not None
        self.pace = Pace()
        self.every = max(1, session.total // max(1, limits.CHECKPOINTS))  # steps from mark to mark of the timeline
        self.mark = session.step
        self.figures: dict[str, float] = {}

    def train(self, restored: bool = False) -> int:
        """To the end; a session that was restored from a checkpoint needs no other at once."""
        self._begin("resumed" if restored else "started")
        records = self.session.records()
        if not restored:
            self.keep((LAST, *self._marks()))
        for record in records:
            self._write(record)
            if record["kind"] == END:
                return self._end(record)
            if record["kind"] == "epoch":
                self._epoch(bool(record["best"]))
            wish = self._look() if record["kind"] == STEP else Wish()
            if wish.checkpoint:
                self.keep((LAST, *self._marks(self.every)))
            if wish.pause and not wish.ends:
                wish = self._pause()
            if wish.ends:
                records.close()
                return self._leave(wish)
        return self._finished()

    def _begin(self, kind: str) -> None:
        if self.leader:
            self.heart.tell(step=self.session.step, total=self.session.total, epoch=self.session.epoch)
            self.journal.begin(self.session.step)
            self.journal.event(kind, step=self.session.step)

    def _write(self, record: Mapping[str, Any]) -> None:
        if not self.leader:
            return
        self.journal.record(record)
        self.heart.tell(step=record["step"], epoch=record.get("epoch", 0), missed=self.journal.missed())
        if record["kind"] in ("epoch", END):
            names = (name for name in record if name.startswith(("val/", "test/")))
            self.figures = {name: record[name] for name in names}

    def _look(self) -> Wish:
        """What all trainers of this run want after this step."""
        if not self.leader:
            return self.agree(Wish(leave=self.asked()))
        wanted = self.control.wanted()
        return self.agree(
            Wish(
                checkpoint=self.pace.due() or (bool(self._marks(self.every)) and self.pace.spare()),
                pause=wanted == "pause",
                stop=wanted == "stop",
                leave=self.asked(),
                superseded=not self.journal.attempt.owns(),
            )
        )

    def _epoch(self, best: bool) -> None:
        """The end of an epoch is the best place to go back to."""
        if best or self.agree(Wish(checkpoint=self.leader and bool(self._marks()) and self.pace.spare())).checkpoint:
            self.keep((LAST, *((BEST,) if best else ()), *self._marks()))

    def _marks(self, late: int = 0) -> tuple[str, ...]:
        """The name for the timeline, where it is time for one, or so many steps later."""
        step = self.session.step
        return (f"step_{step:06}.pt",) if step >= self.mark + late else ()

    def keep(self, names: tuple[str, ...], weights: bool = False) -> bool:
        """A checkpoint of where the session stands; what prevents it is told and does not stop the training."""
        began = time.monotonic()
        state = self.session.state()  # of all trainers, for they may have to put it together
        hashed = self.session.weights_hash() if weights else None
        if not self.leader or not self.journal.attempt.owns():
            return True
        session = self.session
        about = {"step": session.step, "epoch": session.epoch, "place": session.place, "t": time.time()}
        note = {**about, "attempt": self.journal.attempt.number, "weights": hashed, "figures": self.figures}
        try:
            self.keeper.save(state, note, names)
        except OSError as error:
            says = unwritten(error)
            self.journal.event("checkpoint failed", says, step=self.session.step)
            self.heart.tell(trouble=spoken(says))
            self.pace.done(began)
            return False
        if names[-1].startswith("step_"):
            self.mark = self.session.step + self.every
        self.heart.tell(checkpoint=about, trouble=None)
        self.pace.done(began)
        return True

    def _pause(self) -> Wish:
        """Waits, with all that the session holds, until something else is wanted; a checkpoint is made first."""
        self.keep((LAST,))
        self._say("paused")
        wish = Wish(pause=True)
        while wish.pause and not wish.ends:
            time.sleep(WAIT_S)
            wish = self._look()
        if not wish.ends:
            self._say("running", "continued")
        return wish

    def _leave(self, wish: Wish) -> int:
        if wish.superseded:
            return SUPERSEDED
        self.keep((LAST,), weights=True)
        self._write({"kind": END, "step": self.session.step, "epoch": self.session.epoch, "reason": ENDS[LEFT]})
        return LEFT

    def _end(self, record: Mapping[str, Any]) -> int:
        if record.get("reason") == NOT_FINITE:  # what is kept is from before
            self._fail(not_finite(record))
            return FAILED
        return self._finished()

    def _finished(self) -> int:
        if self.keep((LAST,), weights=True):
            return FINISHED
        self._fail(Message(N_("The last checkpoint could not be written: make room on the disk, then resume the run.")))
        return FAILED

    def _fail(self, says: Message) -> None:
        if self.leader:
            self.journal.event("failed", says, step=self.session.step)
            self.heart.tell(says=spoken(says))

    def _say(self, state: str, kind: str = "") -> None:
        if self.leader:
            self.journal.event(kind or state, step=self.session.step)
            self.heart.tell(state=state, obeyed=self.control.wish["seq"])
            self.heart.beat()


def unwritten(error: OSError) -> Message:
    return Message(
        N_("A checkpoint could not be written ({reason}): the one before is kept, and training goes on."),
        {"reason": error.strerror or str(error)},
    )


def not_finite(record: Mapping[str, Any]) -> Message:
    values = {"step": record["step"], "what": record.get("what") or "loss", "layer": record.get("layer") or "?"}
    if not record.get("layer"):
        return Message(
            N_("At step {step} the loss was no finite number any more: try a smaller learning rate."), values
        )
    return Message(
        N_(
            "At step {step} a number was not finite any more, first in the {what} of {layer}: try a smaller learning rate."
        ),
        values,
    )


def refuse_infinite(record: Mapping[str, Any]) -> None:
    """SpecError for the record of an end that came of a number that was not finite."""
    if record.get("reason") == NOT_FINITE:
        says = not_finite(record)
        raise SpecError(says.template, **says.values)
