"""Files by their hash."""

import io
import threading
from pathlib import Path

import pytest

from cnnlab import limits, shelf
from cnnlab.specs import SpecError


def test_a_file_is_there_until_all_who_kept_it_let_it_go():
    digest = shelf.keep(b"twice")
    assert shelf.keep(b"twice") == digest
    shelf.release(digest)
    assert shelf.read(digest) == b"twice"
    shelf.release(digest)
    with pytest.raises(SpecError, match="no longer here"):
        shelf.read(digest)


def test_a_file_may_be_let_go_in_the_midst_of_keeping_another(monkeypatch):
    """As when garbage is collected just then: a session's files end with it."""
    gone, folder, kept = shelf.keep(b"gone"), shelf.folder(), []

    def collecting():
        if gone in shelf._holders():
            shelf.release(gone)
        return folder

    monkeypatch.setattr(shelf, "folder", collecting)
    thread = threading.Thread(target=lambda: kept.append(shelf.keep(b"stays")), daemon=True)
    thread.start()
    thread.join(10)
    assert [shelf.read(digest) for digest in kept] == [b"stays"]
    shelf.release(kept[0])


def test_what_does_not_fit_is_not_held(monkeypatch):
    monkeypatch.setattr(limits, "SHELF_BYTES", 3)
    with pytest.raises(SpecError, match="try again later"):
        shelf.keep(b"four")
    assert not shelf._holders()


def test_a_file_is_kept_as_its_bytes_are(monkeypatch):
    data = b"abc" * 10**6
    digest = shelf.keep_file(io.BytesIO(data), len(data))
    assert digest == shelf.keep(data)
    shelf.release(digest)
    assert shelf.read(digest) == data
    shelf.release(digest)
    with pytest.raises(SpecError):
        shelf.opened(digest)
    monkeypatch.setattr(limits, "SHELF_BYTES", 10)
    with pytest.raises(SpecError, match="try again later"):
        shelf.keep_file(io.BytesIO(data), len(data))
    assert not list(shelf.folder().glob("*.partial"))


class Listed(type(Path())):
    """A folder where something happens as soon as it is listed."""

    def iterdir(self):
        files = list(super().iterdir())
        self.then()
        return iter(files)


@pytest.fixture
def listed(monkeypatch, tmp_path):
    folder = Listed(tmp_path)
    monkeypatch.setattr(shelf, "folder", lambda: folder)
    return folder


def test_a_file_let_go_while_the_shelf_is_measured_takes_no_room(listed, monkeypatch):
    """By garbage that is collected just then, in the thread that measures."""
    listed.then = lambda: None
    gone = shelf.keep(b"gone")
    listed.then = lambda: shelf.release(gone)
    monkeypatch.setattr(limits, "SHELF_BYTES", 4)
    shelf.refuse_full(4)


def test_other_threads_let_go_when_the_shelf_is_measured(listed, monkeypatch):
    listed.then = lambda: None
    held = shelf.keep(b"held")
    thread = threading.Thread(target=shelf.release, args=(held,))

    def then():
        thread.start()
        thread.join(0.1)

    listed.then = then
    monkeypatch.setattr(limits, "SHELF_BYTES", 4)
    with pytest.raises(SpecError, match="try again later"):
        shelf.refuse_full(4)
    thread.join()
    assert not (listed / held).exists()


def test_nobody_holds_a_file_that_could_not_be_kept(monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(SpecError, match=r"cannot be kept here \(No space left on device\)"):
        shelf.keep_file(io.BytesIO(b"lost"), 4)
    assert not shelf._holders()
    assert not list(shelf.folder().glob("*.partial"))
