"""What a trainer writes down: whole rows after torn ones, counted where it cannot, within the log's size."""

import json
import os

import pytest

from cnnlab import limits
from cnnlab.training.attempts import claim
from cnnlab.training.heartbeat import who
from cnnlab.training.journal import Appender, Journal
from cnnlab.training.tail import Tail


@pytest.fixture
def journal(tmp_path):
    journal = Journal(claim(tmp_path, who()))
    yield journal
    journal.close()


def test_after_a_torn_row_the_next_stands_by_itself(tmp_path):
    path = tmp_path / "log"
    path.write_bytes(b'{"n": 1}\n{"n": ')
    log = Appender(path)
    assert log.append({"n": 2})
    assert log.append({"n": 3})
    log.close()
    assert path.read_bytes() == b'{"n": 1}\n{"n": \n{"n": 2}\n{"n": 3}\n'


def test_a_row_of_which_only_a_part_could_be_written_is_counted(tmp_path, monkeypatch):
    log = Appender(tmp_path / "log")
    log.append({"n": 1})
    write = os.write
    with monkeypatch.context() as patch:
        patch.setattr("os.write", lambda file, data: write(file, data[:4]))
        assert not log.append({"n": 2})
    assert log.append({"n": 3})
    log.close()
    assert log.missed == 1
    assert (tmp_path / "log").read_bytes() == b'{"n": 1}\n{"n"\n{"n": 3}\n'


def test_a_long_log_leaves_out_steps_and_still_tells_the_end(journal, monkeypatch):
    monkeypatch.setattr(limits, "LOG_BYTES", 4000)
    for step in range(1, 100):
        journal.record({"kind": "step", "step": step, "epoch": 0})
    journal.record({"kind": "end", "step": 99, "epoch": 1, "reason": "finished"})
    tail = Tail(journal.attempt.folder / "metrics.jsonl")
    assert tail.rows()[-1]["reason"] == "finished"
    assert journal.missed() == {"metrics.jsonl": 99 - len(tail.steps())}
    assert 20 < len(tail.steps()) < 50
    assert not tail.cut


def test_a_row_says_who_wrote_it_and_when(journal):
    journal.record({"kind": "step", "step": 1, "train/loss": float("nan")})
    (row,) = map(json.loads, (journal.attempt.folder / "metrics.jsonl").read_text().splitlines())
    assert (row["v"], row["attempt"], row["seq"]) == (1, 1, 1)
    assert row["t"] > 1.7e9
