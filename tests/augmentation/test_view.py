"""The playground's view in a URL and back."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_pipeline import read

from cnnlab import limits
from cnnlab.augmentation.presets import PRESETS
from cnnlab.augmentation.view import View, preset
from cnnlab.images import SAMPLES
from cnnlab.specs import SpecError

VIEWS = st.builds(
    View,
    image=st.sampled_from(list(SAMPLES)),
    pipeline=st.sampled_from([preset(name) for name in PRESETS]),
    seed=st.integers(0, limits.SEED),
    count=st.integers(1, 64),
    rolls=st.dictionaries(st.integers(0, 63), st.integers(0, 9999), max_size=5),
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
        ({"rolls": "1-x"}, "The link is damaged, so what it showed cannot be restored: ask for it again."),
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
