"""Answers kept."""

import time

from hypothesis import given
from hypothesis import strategies as st

from cnnlab.workshop.store import Store

PUTS = st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 12)), max_size=40)


@given(PUTS)
def test_what_is_kept_never_takes_more_than_all_room(puts):
    store, sizes = Store(10), {}
    for key, size in puts:
        store.put(key, (key, size), size)
        sizes[key] = size
        kept = [value for name in sizes if (value := store.get(name))]
        assert sum(size for _key, size in kept) == store.held <= 10
        assert all(sizes[key] == size for key, size in kept)


def test_the_least_recently_used_goes_first():
    store = Store(10)
    store.put("a", 1, 5)
    store.put("b", 2, 5)
    assert store.get("a") == 1
    store.put("c", 3, 5)
    assert (store.get("a"), store.get("b"), store.get("c")) == (1, None, 3)


def test_what_holds_for_a_moment_is_forgotten():
    store = Store(10)
    store.put("a", 1, 5, seconds=0.01)
    assert store.get("a") == 1
    time.sleep(0.02)
    assert (store.get("a"), store.held) == (None, 0)


def test_what_nobody_asks_for_is_let_go_in_the_end_the_oldest_first():
    store = Store(30)
    for key in "abc":
        store.put(key, key, 10)
    store.rest(60, 10)
    assert store.held == 30
    store.get("a")
    store.rest(0, 10)
    assert (store.held, store.get("a"), store.get("b"), store.get("c")) == (10, "a", None, None)
