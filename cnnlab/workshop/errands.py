"""A job under way, and a visitor's wish for its answer."""

from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from typing import Any, Protocol

from cnnlab.specs import SpecError

from .kinds import Job, Kind


class Errand:
    """A job that was asked for, by one or many; `visitor` asked first."""

    def __init__(self, job: Job, kind: Kind, order: bytes = b"", visitor: str = ""):
        self.job, self.kind, self.order, self.visitor = job, kind, order, visitor
        self.future: Future = Future()
        self.future.set_running_or_notify_cancel()  # who waits cannot cancel it for the others
        self.progress: tuple[int, int | None] | None = None
        self.askers = 0
        self.number = 0  # of the running job; 0 while it waits

    def finish(self, value: Any) -> None:
        """The first value counts: a job may be dropped while its answer comes."""
        with suppress(InvalidStateError):
            if isinstance(value, SpecError):
                self.future.set_exception(value)
            else:
                self.future.set_result(value)


class Taker(Protocol):
    """Who takes wishes."""

    def place(self, errand: Errand) -> int: ...

    def drop(self, errand: Errand) -> None: ...


class Ticket:
    """One visitor's wish for an answer; a wish that is dropped is worked on no more, unless others have it too."""

    def __init__(self, errand: Errand, desk: Taker):
        self._errand, self._desk, self._wanted = errand, desk, True

    @property
    def future(self) -> Future:
        """Of the value or the SpecError."""
        return self._errand.future

    @property
    def place(self) -> int:
        """How many jobs come before it."""
        return self._desk.place(self._errand)

    @property
    def progress(self) -> tuple[int, int | None] | None:
        """How much is done, of how much, where the job tells."""
        return self._errand.progress

    def result(self, timeout: float | None = None) -> Any:
        """The value; SpecError where there is none, TimeoutError where there is none yet."""
        return self.future.result(timeout)

    def drop(self) -> None:
        if self._wanted:
            self._wanted = False
            self._desk.drop(self._errand)
