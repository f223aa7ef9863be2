"""The playground's view in a URL and back."""

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from test_pipeline import read

from cnnlab import limits
from cnnlab.augmentation.pipeline import Pipeline
from cnnlab.augmentation.presets import PRESETS
from cnnlab.augmentation.view import SAMPLE, View, counts, preset
from cnnlab.images import SAMPLES
from cnnlab.specs import SpecError

VIEWS = st.builds(
    View,
    image=st.sampled_from(list(SAMPLES)),
    pipeline=st.sampled_from([preset(name) for name in PRESETS]),
    seed=st.integers(0, limits.SEED),
    count=st.integers(1, 64),
    rolls=st.dictionaries(st.integers(0, limits.SAMPLES - 1), st.integers(0, SAMPLE), max_size=5),
    raw=st.booleans(),
    targets=st.booleans(),
)


@given(VIEWS, st.data())
def test_a_view_survives_its_url(view, data):
    view = replace(view, place=data.draw(st.integers(0, view.count - 1)))
    assert View.from_query(view.to_query()) == view


def test_the_first_view_needs_no_parameters():
    assert View().to_query() == {}
    assert View.from_query({}) == View()


def test_switched_off_steps_and_ids_survive_the_url():
    pipeline = read("v2.RGB(), v2.RandomApply([v2.RandomInvert()], p=0.2)").duplicated("RGB").toggled("RandomInvert")
    assert View.from_query(View(pipeline=pipeline).to_query()).pipeline == pipeline


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"seed": "-1"}, "The link says seed=-1: it must be a whole number from 0 to 2147483647."),
        ({"count": "65"}, "The link says count=65: it must be a whole number from 1 to 64."),
        ({"count": "٣"}, "The link says count=٣: it must be a whole number from 1 to 64."),
        ({"steps": "%%%"}, "The link is damaged, so what it showed cannot be restored: ask for it again."),
        *(
            ({"rolls": rolls}, "The link is damaged, so what it showed cannot be restored: ask for it again.")
            for rolls in ("1-x", "1", "1-2-3", "1-", "-1", "٣-1", "1-²", "1.2", "1-1000000", "1-2.3", "0-1", "1-0")
        ),
    ],
)
def test_a_damaged_link_is_refused_in_one_sentence(query, message):
    with pytest.raises(SpecError) as refusal:
        View.from_query(query)
    assert str(refusal.value) == message


@given(
    st.dictionaries(st.sampled_from(["image", "steps", "seed", "count", "place", "rolls", "raw"]), st.text(max_size=20))
)
def test_any_query_is_a_view_or_one_sentence(query):
    try:
        view = View.from_query(query)
    except SpecError as refusal:
        assert str(refusal).startswith("The link")  # noqa: PT017 both outcomes are right
    else:
        assert 0 <= view.place < view.count


def test_a_rolled_sample_is_one_that_stands_nowhere_else():
    view = View(count=64).rolled(3).rolled(5).rolled(3)
    assert len({view.sample(place) for place in range(64)}) == 64
    assert view.sample(4) == 4


@given(VIEWS, st.integers(0, limits.SAMPLES - 1))
@example(View(rolls={1: SAMPLE}), 0)
@example(View(rolls={0: SAMPLE}), 0)
@example(View(rolls={1: SAMPLE - 1}), 0)
@example(View(rolls={1: SAMPLE, 2: limits.SAMPLES, 3: limits.SAMPLES + 2}), 5)
def test_a_rolled_view_shows_a_new_sample_there_and_the_old_ones_elsewhere(view, place):
    rolled = view.rolled(place)
    assert rolled.sample(place) not in {*range(limits.SAMPLES), *view.rolls.values()}
    assert replace(rolled, rolls=view.rolls) == view
    assert all(rolled.sample(other) == view.sample(other) for other in range(limits.SAMPLES) if other != place)
    assert View.from_query(rolled.to_query()) == rolled


def test_the_largest_sample_is_the_largest_number_of_six_digits():
    view = View(rolls={5: SAMPLE})
    assert View.from_query(view.to_query()) == view
    assert view.to_query() == {"rolls": "6-999999"}


def test_a_roll_beyond_the_sheet_is_left_out_and_so_are_empty_ones():
    assert View.from_query({"rolls": "64-6.65-7..999-8."}).rolls == {63: 5}


def test_no_more_rolls_are_read_than_the_sheet_has_places():
    rolls = ".".join(["1-2"] * (limits.SAMPLES - 1) + ["2-3", "3-4"])
    assert View.from_query({"rolls": rolls}).rolls == {0: 1, 1: 2}


def test_a_link_counts_places_and_samples_from_one():
    view = View.from_query({"place": "5", "rolls": "5-65"})
    assert (view.place, view.sample(view.place)) == (4, 64)
    assert view.to_query() == {"place": "5", "rolls": "5-65"}
    with pytest.raises(SpecError, match="place=0: it must be a whole number from 1 to 64"):
        View.from_query({"place": "0"})


@given(st.integers(0, limits.SAMPLES - 1), st.integers(1, limits.SAMPLES))
def test_the_place_is_one_of_the_samples_shown(place, count):
    view = View(count=count, place=place)
    assert view.place == (place if place < count else count - 1)


def test_a_picture_s_name_is_cut_to_what_a_link_may_carry():
    for length in (limits.LINK_NAME, limits.LINK_NAME + 1):
        assert View.from_query({"image": "a" * length}).image == "a" * limits.LINK_NAME


def test_the_first_view_is_of_a_picture_and_a_preset_that_there_are():
    assert View().image in SAMPLES
    assert View().pipeline == preset("first") == Pipeline.from_code(PRESETS["first"].code)


def test_no_more_samples_are_offered_than_the_host_allows(monkeypatch):
    assert counts(View(count=8)) == [1, 4, 8, 16, 32, 64]
    assert counts(View(count=5)) == [1, 4, 5, 8, 16, 32, 64]
    monkeypatch.setattr(limits, "SAMPLES", 20)
    assert counts(View(count=8)) == [1, 4, 8, 16, 20]
