"""What the ledger lets in, against the store in which Streamlit keeps files."""

import gc
import io
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from cnnlab import limits, shelf
from cnnlab.messages import SpecError
from pages.shared.ledger import FULL, NOT_ASKED, ONE_AT_A_TIME, Ledger, Shelved, Ticket


class Lab:
    """A ledger, the store, and sessions whose pages drew an uploader."""

    def __init__(self, *sessions: str, limit: int = 100):
        self.ledger, self.store, self.numbers = Ledger(limit), MemoryUploadedFileManager("/upload"), itertools.count()
        self.tickets = {session: Ticket(session, wanted={"up"}) for session in sessions}
        for ticket in self.tickets.values():
            self.ledger.enter(ticket)

    def start(self, session: str, size: int, file: str | None = None) -> tuple[str, bool]:
        file = file or f"{next(self.numbers)}"
        return file, self.ledger.admit(session, file, size, self.store)

    def finish(self, session: str, file: str, size: int | None) -> None:
        """The file has arrived, or never will where the size is None."""
        if size is not None:
            self.store.add_file(session, UploadedFileRec(file, "a.png", "image/png", bytes(size)))
        self.ledger.settle(session, file, self.store)

    def send(self, session: str, size: int) -> str:
        file, admitted = self.start(session, size)
        self.finish(session, file, size if admitted else 0)
        return file

    def files(self, session: str) -> dict[str, int]:
        return {name: len(record.data) for name, record in self.store.file_storage.get(session, {}).items()}

    def bytes(self) -> int:
        return sum(sum(self.files(session).values()) for session in self.store.file_storage)


@pytest.fixture
def shelf_folder(monkeypatch, tmp_path):
    monkeypatch.setattr(shelf, "folder", lambda: tmp_path)
    return tmp_path


@pytest.mark.parametrize("wanted", [None, set()])
def test_a_session_whose_pages_asked_for_nothing_sends_nothing(wanted):
    lab = Lab()
    ticket = Ticket("a", wanted=wanted) if wanted is not None else None
    if ticket:
        lab.ledger.enter(ticket)
    with pytest.raises(SpecError, match=NOT_ASKED):
        lab.start("a", 1)


def test_files_that_no_uploader_shows_make_room_for_newer_ones():
    lab = Lab("a")
    sent = [lab.send("a", 5) for _ in range(60)]
    assert list(lab.files("a")) == sent[-limits.UPLOADS_WAITING :]


def test_what_an_uploader_shows_stays():
    lab = Lab("a")
    shown = lab.tickets["a"].shown["up"] = lab.send("a", 5)
    for _ in range(10):
        lab.send("a", 5)
    assert shown in lab.files("a")
    assert len(lab.files("a")) == 1 + limits.UPLOADS_WAITING


def test_a_file_that_does_not_fit_is_empty_and_its_uploader_can_say_why():
    lab = Lab("a", "b", limit=10)
    lab.send("a", 8)
    file = lab.send("b", 3)
    assert lab.files("b") == {file: 0}
    assert lab.tickets["b"].refused[file].template == FULL
    assert str(lab.tickets["b"].refused[file]).startswith("The files of all visitors together may take 10 B")
    lab.store.remove_session_files("a")
    later = lab.send("b", 3)
    assert lab.files("b")[later] == 3


def test_a_session_sends_few_files_at_the_same_time():
    lab = Lab("a")
    under_way = [lab.start("a", 1)[0] for _ in range(limits.UPLOADS_COMING)]
    file, admitted = lab.start("a", 1)
    assert not admitted
    assert lab.tickets["a"].refused[file].template == ONE_AT_A_TIME
    lab.finish("a", file, 0)
    lab.finish("a", under_way[0], None)
    assert lab.start("a", 1)[1]


def test_a_name_is_used_once():
    lab = Lab("a")
    file = lab.send("a", 1)
    with pytest.raises(SpecError, match=NOT_ASKED):
        lab.start("a", 1, file)


def test_what_a_session_left_is_gone_with_it():
    lab = Lab("a", limit=10)
    lab.send("a", 10)
    del lab.tickets["a"]
    gc.collect()
    lab.tickets["b"] = Ticket("b", wanted={"up"})
    lab.ledger.enter(lab.tickets["b"])
    assert lab.start("b", 10)[1]


def test_large_files_go_to_the_shelf_as_long_as_the_session_shows_them(shelf_folder):
    lab = Lab("a")
    assert lab.ledger.most("a") == lab.ledger.most("nobody") == 0
    file = "1"
    assert lab.ledger.admit("a", file, 10**6, lab.store, to_disk=True)  # ten thousand times what the memory may take
    lab.ledger.shelve("a", file, Shelved(shelf.keep_file(io.BytesIO(bytes(10**6)), 10**6)))
    lab.finish("a", file, 0)
    (kept,) = lab.tickets["a"].shelved.values()
    with shelf.opened(kept.digest) as read:
        assert len(read.read()) == 10**6
    del kept
    lab.store.remove_file("a", file)
    lab.send("a", 1)  # which looks at what is gone
    gc.collect()
    assert list(shelf_folder.iterdir()) == []


def test_large_files_that_are_on_their_way_take_their_room_on_the_shelf(shelf_folder, monkeypatch):
    monkeypatch.setattr(limits, "SHELF_BYTES", 10**6)
    lab = Lab("a", "b")
    assert lab.ledger.admit("a", "1", 600_000, lab.store, to_disk=True)
    assert not lab.ledger.admit("b", "2", 600_000, lab.store, to_disk=True)
    assert "1 MB are kept here" in str(lab.tickets["b"].refused["2"])
    lab.finish("a", "1", None)
    assert lab.ledger.admit("b", "3", 600_000, lab.store, to_disk=True)


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abc"), st.integers(0, 60), st.sampled_from(["send", "start", "fail", "show", "leave"])
        ),
        max_size=60,
    )
)
def test_the_store_never_holds_more_than_the_limit(steps):
    lab, under_way = Lab("a", "b", "c"), []
    for session, size, act in steps:
        if act == "leave":
            lab.store.remove_session_files(session)
        elif act == "show" and lab.files(session):
            lab.tickets[session].shown["up"] = next(iter(lab.files(session)))
        elif act == "fail" and under_way:
            lab.finish(*under_way.pop()[:2], None)
        elif act == "send":
            lab.send(session, size)
        else:
            file, admitted = lab.start(session, size)
            under_way.append((session, file, size if admitted else 0))
        assert lab.bytes() + sum(size for *_, size in under_way) <= lab.ledger.limit
    for session, file, size in under_way:
        lab.finish(session, file, size)
    assert lab.bytes() <= lab.ledger.limit
