"""Which files the server holds for whom, and which more it lets in.

A session may upload once a page of it has drawn an uploader. It keeps the file that each uploader on the screen shows,
and those that may be on their way there, a few at most. The bytes of all sessions together are bounded.
"""

import threading
import weakref
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

from cnnlab import limits, shelf
from cnnlab.messages import N_, SpecError
from cnnlab.quantities import binary

NOT_ASKED = N_("No page of this session asked for a file.")
ONE_AT_A_TIME = N_("Other files of yours are still on their way: one at a time, please.")
FULL = N_("The files of all visitors together may take {limit}, and this one does not fit in now: try again later.")


class Shelved:
    """A file on the shelf, as long as somebody has this: a session keeps it in its state, and takes it along when it ends."""

    def __init__(self, digest: str):
        self.digest = digest
        weakref.finalize(self, shelf.release, digest)


@dataclass(eq=False)
class Ticket:
    """What one session may upload. It lies in the session's state and ends with it."""

    session: str
    wanted: set[str] = field(default_factory=set)  # keys of the uploaders that were drawn
    shown: dict[str, str] = field(default_factory=dict)  # the file that each of them shows
    sizes: dict[str, int] = field(default_factory=dict)  # bytes of the files, oldest first
    coming: set[str] = field(default_factory=set)  # those of them that are still on their way
    refused: dict[str, SpecError] = field(default_factory=dict)  # those of them that are empty, and why
    most: int = 0  # bytes of the largest file that an uploader takes; what is more than the server's limit goes to disk
    heavy: dict[str, int] = field(default_factory=dict)  # bytes of those that are on their way to the disk
    shelved: dict[str, Shelved] = field(default_factory=dict)  # those that lie there


class Ledger:
    """All tickets."""

    def __init__(self, limit: int = limits.UPLOADS_BYTES):
        self.limit = limit
        self._tickets: WeakValueDictionary[str, Ticket] = WeakValueDictionary()
        self._lock = threading.Lock()

    def enter(self, ticket: Ticket) -> None:
        with self._lock:
            self._tickets[ticket.session] = ticket

    def most(self, session: str) -> int:
        """Bytes of the largest file that the session may send to the disk."""
        ticket = self._tickets.get(session)
        return ticket.most if ticket else 0

    def admit(
        self, session: str, file: str, size: int, manager: MemoryUploadedFileManager, to_disk: bool = False
    ) -> bool:
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
            refusal = self._refusal(ticket, size, to_disk)
            if refusal:
                ticket.refused[file] = refusal
            elif to_disk:
                ticket.heavy[file] = size
            ticket.sizes[file] = 0 if refusal or to_disk else size
            ticket.coming.add(file)
            return refusal is None

    def _refusal(self, ticket: Ticket, size: int, to_disk: bool) -> SpecError | None:
        if len(ticket.coming) >= limits.UPLOADS_COMING:
            return SpecError(ONE_AT_A_TIME)
        if to_disk:
            try:
                shelf.refuse_full(size + sum(sum(other.heavy.values()) for other in self._tickets.values()))
            except SpecError as refusal:
                return refusal
            return None
        if size + sum(sum(other.sizes.values()) for other in self._tickets.values()) > self.limit:
            return SpecError(FULL, limit=binary(self.limit))
        return None

    def shelve(self, session: str, file: str, shelved: Shelved) -> None:
        """A file has arrived on the shelf, where it stays as long as the session shows it."""
        with self._lock:
            if ticket := self._tickets.get(session):
                ticket.shelved[file] = shelved

    def refuse(self, session: str, file: str, refusal: SpecError) -> None:
        """A file did arrive and cannot be kept."""
        with self._lock:
            if ticket := self._tickets.get(session):
                ticket.refused[file] = refusal

    def settle(self, session: str, file: str, manager: MemoryUploadedFileManager) -> None:
        """A file that was coming has arrived, or never will."""
        with self._lock:
            ticket = self._tickets.get(session)
            if ticket is not None:
                ticket.coming.discard(file)
                ticket.heavy.pop(file, None)
                _forget_gone(ticket, manager)


def _forget_gone(ticket: Ticket, manager: MemoryUploadedFileManager) -> None:
    there = {record.file_id for record in manager.get_files(ticket.session, list(ticket.sizes))} | ticket.coming
    ticket.sizes = {name: size for name, size in ticket.sizes.items() if name in there}
    ticket.shelved = {name: shelved for name, shelved in ticket.shelved.items() if name in there}
    ticket.refused = {name: refusal for name, refusal in ticket.refused.items() if name in there}


LEDGER = Ledger()
