"""Undo and redo."""

from hypothesis import given
from hypothesis import strategies as st

from cnnlab import limits
from cnnlab.trail import Trail

ACTS = st.one_of(
    st.tuples(st.just("change"), st.integers(0, 5)),
    st.tuples(st.just("replace"), st.integers(0, 5)),
    st.tuples(st.just("step"), st.sampled_from([-1, 1])),
)


def test_undo_leads_back_as_far_as_the_limit_and_no_further():
    trail = Trail((0,))
    for number in range(1, limits.UNDO + 10):
        trail = trail.changed(number)
    last = limits.UNDO + 9
    assert trail.now == last
    seen = []
    while not trail.first:
        trail = trail.stepped(-1)
        seen.append(trail.now)
    assert seen == list(range(last - 1, last - 1 - limits.UNDO, -1))
    assert len(seen) == limits.UNDO
    assert trail.stepped(-1) == trail


def test_a_change_after_undo_forgets_what_was_undone():
    trail = Trail(("a",)).changed("b").changed("c").stepped(-1)
    assert not trail.last
    assert trail.changed("d").views == ("a", "b", "d")
    assert trail.changed("d").last


def test_what_is_not_kept_takes_the_place_of_the_view_before():
    trail = Trail(("a",)).changed("b").changed("c", keep=False)
    assert trail.views == ("a", "c")
    assert trail.stepped(-1).now == "a"
    assert Trail(("a",)).changed("b", keep=False).views == ("b",)


def test_the_same_view_is_no_change():
    trail = Trail(("a",)).changed("b").stepped(-1)
    assert trail.changed("a") is trail


@given(st.lists(ACTS, max_size=120))
def test_a_trail_always_shows_what_was_last_asked_for(acts):
    trail, asked = Trail((0,)), 0
    for act, value in acts:
        if act == "step":
            trail = trail.stepped(value)
            asked = trail.now
        else:
            trail = trail.changed(value, keep=act == "change")
            asked = value
        assert trail.now == asked
        assert 0 <= trail.at < len(trail.views)
        assert trail.at <= limits.UNDO
        assert (trail.first, trail.last) == (trail.at == 0, trail.at == len(trail.views) - 1)
        assert trail.stepped(-1).stepped(1).now == trail.now or trail.first
