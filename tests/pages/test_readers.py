"""How much of long logs the server holds: bounded for all runs together, and rebuilt for whoever comes back."""

import json
import tracemalloc

import pytest
import runs

from cnnlab import limits
from pages.training.readers import Readers


def long(root, steps: int):
    return runs.written(root, steps=steps, code=0)[0].folder


def hardware(folder, rows: int) -> None:
    row = {
        f"gpu{place}/{name}": place + 0.5 for place in range(4) for name in ("util", "memory", "power", "temperature")
    }
    text = "".join(json.dumps({"t": float(second), **row}) + "\n" for second in range(rows))
    (folder / "system.jsonl").write_text(text)


def test_a_reader_says_about_as_much_as_python_counts(tmp_path):
    folder = long(tmp_path, 5000)
    hardware(folder, 800)
    tracemalloc.start()
    try:
        reader = Readers().of(folder)
        assert reader.held == 0
        assert len(reader.records("epoch")) == 500
        reader.system()
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert taken / 2 < reader.held < 2 * taken


def test_the_run_that_was_watched_longest_ago_leaves_and_comes_back_the_same(tmp_path, monkeypatch):
    folders = [long(tmp_path, 1000) for _ in range(3)]
    readers = Readers()
    first, second = (readers.of(folder) for folder in folders[:2])
    rows = first.records()
    second.tail.refresh()
    monkeypatch.setattr(limits, "READERS_BYTES", int(2.5 * first.held))
    readers.of(folders[2]).tail.refresh()
    assert readers.of(folders[1]) is second  # the first has left, though it was watched by nobody since
    again = readers.of(folders[0])
    assert again is not first
    assert again.held == 0
    assert again.records() == rows


@pytest.mark.parametrize("most", [1, 0])
def test_what_is_watched_now_is_read_however_long_it_is(tmp_path, monkeypatch, most):
    monkeypatch.setattr(limits, "READERS_BYTES", most)
    monkeypatch.setattr(limits, "READERS", 1)
    readers, (one, other) = Readers(), (long(tmp_path, 100) for _ in range(2))
    reader = readers.of(one)
    reader.tail.refresh()
    assert readers.of(one) is reader
    readers.of(other)
    assert readers.of(one) is not reader
