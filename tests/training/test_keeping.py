"""Checkpoints on the disk: whole or not at all, several names for one file, no more than so many."""

import errno
import os
import resource

import pytest
import torch

from cnnlab import limits
from cnnlab.training.checkpoints import described, listed
from cnnlab.training.folder import ALLOWED, size, write_json
from cnnlab.training.keeping import Folder, load, size_of


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "checkpoints").mkdir()
    return Folder(tmp_path)


def save(folder, step: int, *names: str, numbers: int = 1000) -> None:
    note = {"step": step, "epoch": 1, "place": 2, "t": 3.0, "weights": "ab", "figures": {"val/loss": 0.5}}
    folder.save({"step": step, "weights": torch.arange(float(numbers)) + step}, note, names)


def test_a_checkpoint_says_of_itself_what_it_is_and_torch_reads_it(folder):
    save(folder, 7, "last.pt", "best.pt", "step_000007.pt")
    names = [one.name for one in listed(folder.folder)]
    assert names == ["last.pt", "best.pt", "step_000007.pt"]
    for one in listed(folder.folder):
        assert (one.step, one.epoch, one.place, one.weights, one.figures) == (7, 1, 2, "ab", (("val/loss", 0.5),))
        state = torch.load(one.path, weights_only=True)
        assert torch.equal(state["weights"], torch.arange(1000.0) + 7)
        assert torch.equal(load(one)["weights"], state["weights"])
    assert len({os.stat(one.path).st_ino for one in listed(folder.folder)}) == 1


def test_what_is_replaced_keeps_its_other_names(folder):
    save(folder, 1, "last.pt", "best.pt")
    save(folder, 2, "last.pt")
    assert [(one.name, one.step) for one in listed(folder.folder)] == [("last.pt", 2), ("best.pt", 1)]


def test_any_damaged_part_of_a_checkpoint_is_noticed(folder):
    """Bytes of the tensor, of the pickle, of the directory at the end; cut off anywhere."""
    save(folder, 1, "last.pt")
    (one,) = listed(folder.folder)
    whole = one.path.read_bytes()
    numbers = whole.index(torch.arange(1000.0)[500:510].add(1).numpy().tobytes())
    for place in (numbers, whole.index(b"data.pkl") + 100, len(whole) - 10):
        one.path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        again = described(folder.folder, "last.pt")
        assert again is None or load(again) is None, place
    for length in (0, 10, len(whole) // 2, len(whole) - 1):
        one.path.write_bytes(whole[:length])
        assert described(folder.folder, "last.pt") is None
    assert load(one) is None
    one.path.unlink()
    assert load(one) is None


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_checkpoint_that_cannot_be_written_leaves_the_one_before(folder, monkeypatch, call):
    save(folder, 1, "last.pt")

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, call, full)
    with pytest.raises(OSError, match="No space"):
        save(folder, 2, "last.pt")
    assert [path.name for path in folder.place.iterdir()] == ["last.pt"]
    assert load(listed(folder.folder)[0])["step"] == 1


def test_no_more_names_than_a_run_may_take_on_disk(folder):
    """With room for two checkpoints: what a mark keeps would leave none for the next one."""
    save(folder, 1, "last.pt", numbers=10**6)
    one = size(folder.place)
    write_json(folder.folder, ALLOWED, {"bytes": 0})
    write_json(folder.folder, ALLOWED, {"bytes": size(folder.folder) + one})
    save(folder, 2, "last.pt", "step_000002.pt", numbers=10**6)
    save(folder, 3, "last.pt", "step_000003.pt", numbers=10**6)
    save(folder, 4, "last.pt", "step_000004.pt", numbers=10**6)
    kept = [("last.pt", 4), ("step_000002.pt", 2)]
    assert [(one.name, one.step) for one in listed(folder.folder)] == kept
    with pytest.raises(OSError, match="Disk quota exceeded"):
        save(folder, 5, "best.pt", numbers=10**6)
    assert [(one.name, one.step) for one in listed(folder.folder)] == kept
    assert all(one.whole() for one in listed(folder.folder))


def test_a_state_takes_what_its_tensors_hold_each_once():
    weights = torch.zeros(10, 10)
    assert (
        size_of({"a": weights, "b": [weights[2:], {"c": weights.t()}], "d": (torch.zeros(3, dtype=torch.int8), 7)})
        == 403
    )


def test_where_torch_cannot_write_the_reason_is_the_disk_s(folder):
    save(folder, 1, "last.pt")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3000, before[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            save(folder, 2, "last.pt")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [path.name for path in folder.place.iterdir()] == ["last.pt"]
    assert load(listed(folder.folder)[0])["step"] == 1


def test_a_disk_that_knows_no_links_has_copies(folder, monkeypatch):
    def refused(*_, **__):
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    save(folder, 1, "last.pt", "best.pt")
    assert [load(one)["step"] for one in listed(folder.folder)] == [1, 1]


def test_the_timeline_is_bounded_by_number_and_bytes(folder, monkeypatch):
    monkeypatch.setattr(limits, "CHECKPOINTS", 5)
    for step in range(0, 200, 10):
        save(folder, step, "last.pt", f"step_{step:06}.pt")
    steps = sorted(one.step for one in listed(folder.folder) if one.name.startswith("step_"))
    assert len(steps) == 5
    assert (steps[0], steps[-1]) == (0, 190)
    monkeypatch.setattr(limits, "CHECKPOINT_BYTES", 3 * listed(folder.folder)[0].bytes)
    save(folder, 200, "last.pt", "step_000200.pt")
    assert [one.step for one in listed(folder.folder) if one.name.startswith("step_")][::2] == [200, 0]
