"""Files by their hash."""

import io
import threading

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
