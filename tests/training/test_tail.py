"""The records of a run, read while another process writes them, or after it was killed."""

import json
import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab import limits
from cnnlab.training.tail import Recent, Tail


def row(step: int, attempt: int = 1, kind: str = "step", **more) -> dict:
    return {"v": 1, "kind": kind, "attempt": attempt, "step": step, **more}


def text(*rows) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "metrics.jsonl"

    def write(data: bytes) -> None:
        with path.open("ab") as file:
            file.write(data)

    write.path = path
    return write


def steps(tail: Tail, kind: str = "step") -> list[int]:
    return [row["step"] for row in tail.rows(kind)]


def test_a_run_that_wrote_nothing_yet_has_no_rows(log):
    tail = Tail(log.path)
    assert tail.rows() == []
    assert tail.last() == {}
    assert tail.columns("train/loss")["train/loss"].size == 0
    log(text(row(1)))
    assert steps(tail) == [1]


def test_rows_come_back_as_they_were_written(log):
    rows = [
        row(1, **{"train/loss": 2.5, "epoch": 0}),
        row(1, kind="epoch", epoch=1, best=True, **{"val/loss": float("inf")}),
        row(2, **{"train/loss": float("nan"), "epoch": 1}),
        row(2, kind="end", epoch=1, reason="stopped"),
    ]
    log(text(*rows))
    assert repr(Tail(log.path).rows()) == repr(rows) or [*map(sorted, rows)] == [*map(sorted, Tail(log.path).rows())]
    assert json.dumps(Tail(log.path).rows(), sort_keys=True) == json.dumps(rows, sort_keys=True)
    assert np.isnan(Tail(log.path).columns("train/loss")["train/loss"][1])


def test_a_torn_last_line_is_left_for_next_time(log):
    tail = Tail(log.path)
    data = text(row(1), row(2))
    for place in range(len(data)):
        log(data[place : place + 1])
        assert steps(tail) == [1, 2][: data[: place + 1].count(b"\n")]
    assert tail.skipped == 0


@pytest.mark.parametrize(
    "wrong",
    [
        b"{torn",
        b"7",
        b"\0" * 40,
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"kind": "step", "step": 1.5, "attempt": 1}',
        b'{"kind": "step", "step": -1, "attempt": 1}',
        b'{"kind": "step", "step": 1' + b"0" * 5000 + b', "attempt": 1}',
        b'{"kind": ["step"], "step": 1, "attempt": 1}',
        b'{"kind": "step", "step": true, "attempt": 1}',
        b'{"step": 1}',
    ],
    ids=range(11),
)
def test_a_wrong_line_in_the_middle_is_skipped_and_counted(log, wrong):
    log(text(row(1)) + wrong + b"\n" + text(row(2)))
    tail = Tail(log.path)
    assert steps(tail) == [1, 2]
    assert tail.skipped == 1


def test_strange_numbers_do_no_harm(log):
    log(text(row(1, a=10**400, b="word", c=None, d=True), row(2, a=1, e=[1])))
    tail = Tail(log.path)
    assert steps(tail) == [1, 2]
    assert tail.columns("a")["a"].tolist()[1] == 1


def test_rows_past_the_step_of_a_resumption_are_dropped(log):
    log(text(row(0, kind="attempt"), *(row(step) for step in range(1, 9)), row(4, kind="epoch"), row(8, kind="epoch")))
    tail = Tail(log.path)
    assert steps(tail) == [*range(1, 9)]
    log(text(row(5, attempt=2, kind="attempt")))
    assert steps(tail) == [*range(1, 6)]
    assert steps(tail, "epoch") == [4]
    assert tail.dropped == 4
    log(text(row(6, attempt=2, **{"train/loss": 1.0})))
    assert steps(tail) == [1, 2, 3, 4, 5, 6]
    assert tail.last()["attempt"] == 2


def test_rows_of_an_attempt_that_was_taken_over_from_are_dropped(log):
    log(text(row(1), row(2), row(1, attempt=2, kind="attempt"), row(3, attempt=1), row(2, attempt=2)))
    tail = Tail(log.path)
    assert [(row["step"], row["attempt"]) for row in tail.rows()] == [(1, 1), (2, 2)]
    assert tail.dropped == 2


def test_a_resumption_that_could_not_be_written_shows_in_its_rows(log):
    log(text(row(1), row(2), row(3), row(2, attempt=2)))
    assert [(row["step"], row["attempt"]) for row in Tail(log.path).rows()] == [(1, 1), (2, 2)]


def test_an_end_that_was_not_the_last_word_is_dropped(log):
    log(text(row(2), row(2, kind="end", reason="stopped"), row(2, attempt=2, kind="attempt"), row(3, attempt=2)))
    assert [row["kind"] for row in Tail(log.path).rows()] == ["step", "step"]


def test_an_epoch_that_is_told_twice_is_told_by_the_newer(log):
    log(text(row(2), row(2, kind="epoch", best=True)))
    log(text(row(2, attempt=2, kind="attempt"), row(2, attempt=2, kind="epoch", best=True)))
    assert [row["attempt"] for row in Tail(log.path).rows("epoch")] == [2]


def test_heavy_rows_are_read_when_they_are_asked_for(log):
    heavy = row(1, kind="histograms", layers={"fc": list(range(5000))})
    log(text(row(1), heavy, row(2)))
    tail = Tail(log.path)
    assert tail.rows("histograms") == [tail.row("histograms", 1)] == [heavy]
    assert tail.steps("histograms") == [1]
    assert tail.steps() == [1, 2]
    assert (tail.row("step", 2)["step"], tail.row("step", 3), tail.row("epoch", 1)) == (2, {}, {})
    assert not any(isinstance(kept, dict) for kept in tail.kinds["histograms"].kept)


def test_a_line_that_is_too_long_is_skipped(log, monkeypatch):
    monkeypatch.setattr(limits, "LOG_LINE", 1000)
    monkeypatch.setattr("cnnlab.training.lines.CHUNK", 300)
    tail = Tail(log.path)
    log(text(row(1)) + b"x" * 5000)
    assert steps(tail) == [1]
    assert len(tail.lines.rest) <= 1300
    log(b"x" * 50 + b"\n" + text(row(2)))
    assert steps(tail) == [1, 2]
    assert tail.skipped == 1


def test_a_log_of_gigabytes_is_read_up_to_a_limit(log, monkeypatch):
    monkeypatch.setattr(limits, "LOG_BYTES", 4000)
    monkeypatch.setattr("cnnlab.training.lines.CHUNK", 1000)
    log(text(*(row(step) for step in range(1, 500))))
    os.truncate(log.path, 20 << 30)
    tail = Tail(log.path)
    assert 40 < len(steps(tail)) < 80
    assert tail.cut
    assert len(tail.lines.rest) < 1000


def test_many_columns_are_bounded(log, monkeypatch):
    monkeypatch.setattr(limits, "LOG_COLUMNS", 10)
    log(text(*(row(step, **{f"c{step}-{n}": 1 for n in range(10)}) for step in range(1, 50))))
    tail = Tail(log.path)
    assert len(steps(tail)) == 49
    assert len(tail.kinds["step"].columns) == 10


def test_a_row_of_many_columns_still_has_its_step(log):
    log(text({**{f"c{n}": n for n in range(300)}, **row(1)}, row(2)))
    assert steps(Tail(log.path)) == [1, 2]


def test_many_numbers_are_bounded(log, monkeypatch):
    monkeypatch.setattr(limits, "LOG_NUMBERS", 1000)
    tail = Tail(log.path)
    for step in range(1, 1000):
        log(text(row(step)))
        tail.refresh()
    assert tail.cut
    assert len(steps(tail)) < 400


def test_a_log_that_was_replaced_is_read_anew(log):
    log(text(row(1), row(2)))
    tail = Tail(log.path)
    tail.refresh()
    log.path.unlink()
    log(text(row(7)))
    assert steps(tail) == [7]
    os.truncate(log.path, 0)
    assert steps(tail) == []


@pytest.mark.parametrize("kind", ["link", "pipe", "folder", "gone"])
def test_only_regular_files_are_read(tmp_path, kind):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(text(row(1)))
    path = tmp_path / "metrics.jsonl"
    if kind == "link":
        path.symlink_to(elsewhere)
    if kind == "pipe":
        os.mkfifo(path)
    if kind == "folder":
        path.mkdir()
    assert Tail(path).rows() == []
    assert Recent(path).rows() == []


def test_the_newest_events_are_read_of_a_long_log(log, monkeypatch):
    monkeypatch.setattr(limits, "ROWS_BYTES", 300)
    log(text(*({"kind": "started", "n": n, "t": 1.0} for n in range(1000))))
    recent = Recent(log.path)
    assert [row["n"] for row in recent.rows()] == [*range(993, 1000)]
    log(text({"kind": "stopped", "n": 1000, "t": 2}, {"kind": "timeless"}))
    assert recent.rows()[-1]["n"] == 1000
    assert recent.lines.skipped == 0


@given(st.data())
def test_how_the_log_grows_does_not_matter(tmp_path_factory, data):
    """Read in pieces, all at once, or with resumptions: what is shown is what the newest attempts say."""
    path = tmp_path_factory.mktemp("log") / "metrics.jsonl"
    lines, shown, attempt = [], {}, 1
    for _ in range(data.draw(st.integers(0, 12))):
        reached = max(shown, default=0)
        if data.draw(st.booleans()):
            attempt, reached = attempt + 1, data.draw(st.integers(0, reached))
            lines.append(row(reached, attempt, "attempt"))
            shown = {step: owner for step, owner in shown.items() if step <= reached}
        else:
            lines.append(row(reached + 1, attempt))
            shown[reached + 1] = attempt
    whole = text(*lines)
    tail = Tail(path)
    place = 0
    while place < len(whole):
        size = data.draw(st.integers(1, 200))
        with path.open("ab") as file:
            file.write(whole[place : place + size])
        place += size
        tail.refresh()
    assert {row["step"]: row["attempt"] for row in tail.rows()} == shown
    assert tail.rows() == Tail(path).rows()
