"""Which files the server holds for whom, and which more it lets in.

A session may upload once a page of it has drawn an uploader. It keeps the file that each uploader on the screen shows,
and those that may be on their way there, a few at most. The bytes of all sessions together are bounded.
"""

import threading
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

from cnnlab import limits
from cnnlab.messages import N_, SpecError
from cnnlab.quantities import binary

NOT_ASKED = N_("No page of this session asked for a file.")
ONE_AT_A_TIME = N_("Other files of yours are still on their way: one at a time, please.")
FULL = N_("The files of all visitors together may take {limit}, and this one does not fit in now: try again later.")


@dataclass(eq=False)
class Ticket:
    """What one session may upload. It lies in the session's state and ends with it."""

    session: str
    wanted: set[str] = field(default_factory=set)  # keys of the uploaders that were drawn
    shown: dict[str, str] = field(default_factory=dict)  # the file that each of them shows
    sizes: dict[str, int] = field(default_factory=dict)  # bytes of the files, oldest first
    coming: set[str] = field(default_factory=set)  # those of them that are still on their way
    refused: dict[str, SpecError] = field(default_factory=dict)  # those of them that are empty, and why


class Ledger:
    """All tickets."""

    def __init__(self, limit: int = limits.UPLOADS_BYTES):
        self.limit = limit
        self._tickets: WeakValueDictionary[str, Ticket] = WeakValueDictionary()
        self._lock = threading.Lock()

    def enter(self, ticket: Ticket) -> None:
        with self._lock:
            self._tickets[ticket.session] = ticket

    def admit(self, session: str, file: str, size: int, manager: MemoryUploadedFileManager) -> bool:
        """Write down a file of at most `size` bytes as coming.

        Raises SpecError where nobody asked for it, and says False where there is no room: then an empty file is to
        stand in for it, whose uploader says why, as Streamlit's page shows nothing of what a server answers to a PUT.
        """
        with self._lock:
            ticket = self._tickets.get(session)
            if ticket is None or not ticket.wanted:
                raise SpecError(NOT_ASKED)
            for other in list(self._tickets.values()):
                _forget_gone(other, manager)
            if file in ticket.sizes:  # a second time: Streamlit names every file anew
                raise SpecError(NOT_ASKED)
            waiting = [name for name in ticket.sizes if name not in {*ticket.shown.values(), *ticket.coming}]
            for name in waiting[: max(0, len(waiting) + 1 - limits.UPLOADS_WAITING)]:
                manager.remove_file(session, name)
                del ticket.sizes[name]
            refusal = self._refusal(ticket, size)
            if refusal:
                ticket.refused[file] = refusal
            ticket.sizes[file] = 0 if refusal else size
            ticket.coming.add(file)
            return refusal is None

    def _refusal(self, ticket: Ticket, size: int) -> SpecError | None:
        if len(ticket.coming) >= limits.UPLOADS_COMING:
            return SpecError(ONE_AT_A_TIME)
        if size + sum(sum(other.sizes.values()) for other in self._tickets.values()) > self.limit:
            return SpecError(FULL, limit=binary(self.limit))
        return None

    def settle(self, session: str, file: str, manager: MemoryUploadedFileManager) -> None:
        """A file that was coming has arrived, or never will."""
        with self._lock:
            ticket = self._tickets.get(session)
            if ticket is not None:
                ticket.coming.discard(file)
                _forget_gone(ticket, manager)


def _forget_gone(ticket: Ticket, manager: MemoryUploadedFileManager) -> None:
    there = {record.file_id for record in manager.get_files(ticket.session, list(ticket.sizes))} | ticket.coming
    ticket.sizes = {name: size for name, size in ticket.sizes.items() if name in there}
    ticket.refused = {name: refusal for name, refusal in ticket.refused.items() if name in there}


LEDGER = Ledger()
