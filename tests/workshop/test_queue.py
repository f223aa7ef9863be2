"""Who is next."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab import limits
from cnnlab.specs import SpecError
from cnnlab.workshop.queue import FairQueue

VISITORS = st.lists(st.sampled_from("abcd"), max_size=30)


def filled(visitors):
    queue = FairQueue()
    for number, visitor in enumerate(visitors):
        queue.put((visitor, number), visitor)
    return queue


@given(VISITORS)
def test_the_place_is_how_many_are_taken_before(visitors):
    queue = filled(visitors)
    places = {(visitor, number): queue.place((visitor, number)) for number, visitor in enumerate(visitors)}
    order = [queue.take() for _ in range(len(queue))]
    assert places == {item: place for place, item in enumerate(order)}


@given(VISITORS)
def test_nobody_gets_a_second_turn_before_all_had_one(visitors):
    queue = filled(visitors)
    waiting = list(visitors)
    since: dict[str, set[str]] = {visitor: set() for visitor in visitors}  # who else was served since one's last turn
    while len(queue):
        visitor, _number = queue.take()
        waiting.remove(visitor)
        for other in since:
            if other != visitor and other in waiting:
                assert visitor not in since[other], "a second turn while another had none"
                since[other].add(visitor)
        since[visitor] = set()


@given(VISITORS, st.integers(0, 29))
def test_what_is_removed_is_not_taken_and_the_rest_keeps_its_order(visitors, number):
    queue = filled(visitors)
    gone = (visitors[number % len(visitors)], number % len(visitors)) if visitors else ("a", 0)
    queue.remove(gone)
    taken = [queue.take() for _ in range(len(queue))]
    assert sorted(taken) == sorted({(visitor, n) for n, visitor in enumerate(visitors)} - {gone})
    for visitor in "abcd":
        mine = [n for owner, n in taken if owner == visitor]
        assert mine == sorted(mine)


def test_one_visitor_cannot_fill_the_queue(monkeypatch):
    monkeypatch.setattr(limits, "WAITING_OF_ONE", 2)
    queue = filled("aab")
    with pytest.raises(SpecError) as caught:
        queue.put(("a", 9), "a")
    assert str(caught.value) == "3 jobs are waiting already, 2 of them yours: try again in a moment."
    queue.put(("c", 9), "c")


def test_all_visitors_together_are_bounded(monkeypatch):
    monkeypatch.setattr(limits, "WAITING_OF_ALL", 3)
    with pytest.raises(SpecError):
        filled("abcd")
