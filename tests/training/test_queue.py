"""Whose turn it is, and when: fair by visitor, whoever asks how often."""

import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.training.supervisor.queue import OVER, RUNNING, WAITING, Entry, Queue, forecast, free_slots, turns


def waiting(*runs: str) -> list[Entry]:
    """Runs in the order in which they were asked for, the visitor's letter first."""
    return [Entry(run, run[0], asked=float(place)) for place, run in enumerate(runs)]


def order(active: list[Entry], served: dict[str, float] | None = None) -> str:
    return " ".join(entry.run for entry in turns(active, served or {}))


def test_visitors_take_turns_whoever_asked_for_ten_first():
    assert order(waiting(*(f"a{n}" for n in range(10)), "b0", "b1", "c0")) == "a0 b0 c0 a1 b1 a2 a3 a4 a5 a6 a7 a8 a9"


def test_who_has_fewest_running_is_next():
    running = [replace(entry, state=RUNNING) for entry in waiting("a0", "a1", "b0")]
    assert order([*running, *waiting("a2", "b1", "c0")]) == "c0 b1 a2"


def test_among_equals_who_was_served_longest_ago_is_next():
    assert order(waiting("a1", "b0", "c0"), {"a": 30.0, "b": 20.0}) == "c0 b0 a1"


@given(
    st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from([WAITING, RUNNING])), max_size=20),
    st.dictionaries(st.sampled_from("abcd"), st.floats(0, 9)),
)
def test_no_visitor_gets_two_more_than_another_who_waits(entries, served):
    active = [Entry(f"{who}{place}", who, state, asked=float(place)) for place, (who, state) in enumerate(entries)]
    line = turns(active, served)
    assert sorted(entry.run for entry in line) == sorted(entry.run for entry in active if entry.state == WAITING)
    running = Counter(entry.visitor for entry in active if entry.state == RUNNING)
    for place, entry in enumerate(line):
        assert running[entry.visitor] == min(running[later.visitor] for later in line[place:])
        running[entry.visitor] += 1
    for who in "abcd":
        mine = [entry.asked for entry in line if entry.visitor == who]
        assert mine == sorted(mine)


def test_everyone_gets_a_turn_before_anyone_gets_the_next(tmp_path):
    """One place: ten runs of one visitor and two of another's, each turn written down as the supervisor does."""
    queue = Queue(tmp_path / "queue.sqlite", write=True)
    for entry in waiting(*(f"a{n}" for n in range(10)), "b0", "b1"):
        queue.add(entry)
    begun = []
    for now in range(1, 13):
        entry = turns(queue.active(), queue.served())[0]
        queue.serve(entry, float(now))
        queue.forget(entry.run)  # whoever deletes a run is not the sooner served again
        begun.append(entry.run)
    assert begun == ["a0", "b0", "a1", "b1", *(f"a{n}" for n in range(2, 10))]


def test_a_wait_is_what_those_before_take():
    line = waiting("a", "b", "c", "d")
    lengths = {"a": 60.0, "b": 10.0, "c": 10.0, "d": 5.0}
    assert forecast(line, [30.0, 5.0], 2, lengths) == {"a": 5.0, "b": 30.0, "c": 40.0, "d": 50.0}
    assert forecast(line, [30.0], 2, lengths) == {"a": 0.0, "b": 30.0, "c": 40.0, "d": 50.0}


def test_nobody_can_tell_how_long_what_has_no_limit_takes():
    line, endless = waiting("a", "b"), float("inf")
    assert forecast(line, [endless], 1, {"a": 1.0, "b": 1.0}) == {"a": endless, "b": endless}
    assert forecast(line, [3.0], 1, {"a": endless, "b": 1.0}) == {"a": 3.0, "b": endless}


def test_fewer_places_than_runs_make_all_wait():
    """A host may lower at_once while runs are under way."""
    assert forecast(waiting("a"), [10.0, 20.0, 30.0], 1, {"a": 1.0}) == {"a": 30.0}


GPUS = ("0", "GPU-5")


def test_any_free_gpu_is_given_and_a_named_one_is_waited_for():
    entry, cpu = Entry("a", "a", device="cuda"), Entry("b", "b")
    busy = Entry("c", "c", RUNNING, device="cuda", slots="0")
    assert free_slots(entry, [], GPUS) == ("0",)
    assert free_slots(entry, [busy], GPUS) == ("GPU-5",)
    assert free_slots(replace(entry, device="cuda:0"), [busy], GPUS) is None
    assert free_slots(replace(entry, device="cuda:1"), [busy], GPUS) == ("GPU-5",)
    assert free_slots(entry, [busy, replace(busy, slots="GPU-5")], GPUS) is None
    assert free_slots(cpu, [busy], GPUS) == free_slots(entry, [busy], None) == ()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "queue.sqlite"


def test_readers_see_what_the_writer_wrote_and_write_nothing(path):
    with Queue(path) as reader:
        assert reader.active() == []
    with Queue(path, write=True) as writer, Queue(path) as reader:
        writer.add(Entry("a", "v", asked=1.0))
        changed = writer.change(writer.of("a"), state=RUNNING, ticket="1:2.0", slots="0")
        assert reader.of("a") == changed == Entry("a", "v", RUNNING, asked=1.0, ticket="1:2.0", slots="0")
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            reader.forget("a")
        writer.forget("a")
        assert reader.of("a") is None


def test_a_reader_waits_for_no_writer(path):
    with Queue(path, write=True) as writer, Queue(path) as reader:
        writer.add(Entry("a", "v"))
        writer._base.execute("BEGIN IMMEDIATE")
        writer.forget("a")
        assert reader.of("a") == Entry("a", "v")
        writer._base.execute("COMMIT")
        assert reader.of("a") is None


@pytest.mark.parametrize("damage", ["", "no database at all" * 999, "older"])
def test_a_database_that_is_not_ours_is_empty_and_made_anew(damage, path):
    if damage == "older":
        with closing(sqlite3.connect(path)) as older:
            older.execute("CREATE TABLE runs (run TEXT PRIMARY KEY)")
    else:
        path.write_text(damage)
    with Queue(path) as reader:
        assert reader.active() == []
    with Queue(path, write=True) as writer:
        writer.add(Entry("a", "v"))
    with Queue(path) as reader, Queue(path, write=True) as writer:
        assert reader.of("a") == writer.of("a") == Entry("a", "v")


def test_a_visitor_s_runs_newest_first_and_their_bytes(path):
    with Queue(path, write=True) as queue:
        for place, run in enumerate(("a0", "b0", "a1", "a2")):
            queue.add(Entry(run, run[0], OVER, created=float(place), bytes=10))
        assert [entry.run for entry in queue.mine("a", 2)] == ["a2", "a1"]
        assert (queue.bytes_of("a"), queue.bytes_of("z")) == (30, 0)


def test_how_long_runs_take_is_the_median_of_finished_ones_like_it(path):
    with Queue(path, write=True) as queue:
        assert queue.seconds("x", 10) is None
        for run, spent, epochs, reason in (
            ("a", 10.0, 10, "finished"),
            ("b", 60.0, 20, "finished"),
            ("c", 10.0, 5, "finished"),
            ("d", 900.0, 1, "failed"),
        ):
            queue.add(Entry(run, "v", OVER, alike="x", spent_s=spent, epochs=epochs, reason=reason))
        assert queue.seconds("x", 10) == 20.0
        assert queue.seconds("y", 10) is None
