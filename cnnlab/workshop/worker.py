"""What a worker process does: one job at a time, within what the system lets it take."""

import ctypes
import gc
import logging
import os
import secrets
import signal
import sys
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from pathlib import Path

from cnnlab import limits
from cnnlab.messages import Passing, SpecError

from .kinds import Kind
from .plain import packed

try:
    import resource
except ImportError:  # not on Windows
    resource = None

PR_SET_PDEATHSIG = 1
LOG = logging.getLogger("cnnlab.workshop")
Tell = Callable[[int, int | None], None]  # how much is done, of how much if that is known
_TELL: ContextVar[Tell] = ContextVar("tell", default=lambda done, total: None)


def progress(done: int, total: int | None = None) -> None:
    """Tell whoever waits how far this job has come."""
    _TELL.get()(done, total)


def prepare(most_bytes: int, niceness: int) -> None:
    """Before the first job: so many bytes beyond what the process holds now, and behind the server in the row for cores."""
    gc.freeze()
    if hasattr(os, "nice"):
        os.nice(niceness)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # nobody works on when the workshop is dead
        Path("/proc/self/oom_score_adj").write_text("1000")  # where memory ends, a job goes before the server does
    held = _data_bytes()
    if resource and held:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        most = held + most_bytes
        _soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def _data_bytes() -> int:
    """What RLIMIT_DATA counts of this process; 0 where the system does not say, for it is Linux's own."""
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) << 10 for line in status if line.startswith("VmData"))
    except (OSError, StopIteration):
        return 0


def perform(kind: Kind, query: Mapping[str, str], most_bytes: int, tell: Tell) -> bytes:
    """The packed answer to a job: its value, or the SpecError that says why there is none."""
    _TELL.set(tell)
    try:
        answer = packed(kind.do(query))
        if len(answer) > limits.ANSWER_BYTES:
            raise SpecError(
                "The answer takes {size} MB, and {limit} MB are allowed here: choose something smaller.",
                size=len(answer) // 10**6,
                limit=limits.ANSWER_BYTES // 10**6,
            )
        return answer
    except SpecError as error:
        return packed(too_much_memory(most_bytes) if _is_memory(error) else error)
    except SystemExit as error:  # code of one's own may say exit()
        return packed(SpecError("The code of this model ends the program: exit({code}).", code=str(error.code)[:40]))
    except Exception as error:  # whatever the work raises is told in a sentence
        return packed(too_much_memory(most_bytes) if _is_memory(error) else unforeseen(error, kind.name))


def _is_memory(error: BaseException) -> bool:
    """True where memory was refused: by Python, by torch's allocator, or as the cause of another error."""
    text = str(error)
    if isinstance(error, MemoryError) or "can't allocate memory" in text or "Cannot allocate memory" in text:
        return True
    cause = error.__cause__ or error.__context__
    return cause is not None and _is_memory(cause)


def too_much_memory(most_bytes: int) -> SpecError:
    return SpecError(
        "This takes more than the {limit} MB of memory that are allowed here: choose something smaller.",
        limit=most_bytes // 10**6,
    )


def too_long(seconds: float) -> SpecError:
    return SpecError(
        "This was ended after the {limit} s that are allowed here: choose something smaller.", limit=seconds
    )


def ended() -> SpecError:
    return Passing("The process that worked on this has ended; nothing else is lost. Ask for it again.")


def unforeseen(error: BaseException, what: str) -> SpecError:
    """A sentence with a number that stands in the log too, beside what happened."""
    number = secrets.token_hex(3)
    LOG.error("%s (%s)", number, what, exc_info=error)
    return SpecError(
        "Something went wrong that was not foreseen: number {number} in the log. Try something else, and tell us.",
        number=number,
    )
