"""Splits are stratified and a function of their seed: scikit-learn's train_test_split and properties are the judge."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split

from cnnlab.loading import split
from cnnlab.loading.embedded import digits
from cnnlab.loading.splits import shares
from cnnlab.specs import SpecError

LABELS = digits().labels
SHARES = st.sampled_from([0.0, 0.1, 0.2, 0.25, 0.5])


def parts(**chosen) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return tuple(vars(split(LABELS, **chosen)).values())


@pytest.mark.parametrize("share", [0.1, 0.2, 0.25, 0.5])
def test_a_share_is_as_large_as_scikit_learn_s_with_as_many_of_each_class_to_within_one(share):
    train, validation, test = parts(validation=share)
    theirs, held = train_test_split(LABELS, test_size=share, stratify=LABELS, random_state=0)
    assert (len(train), len(validation), len(test)) == (len(theirs), len(held), 0)
    assert np.abs(np.bincount(LABELS[validation]) - np.bincount(held)).max() <= 1


@given(seed=st.integers(0, 2**31 - 1), samples=st.integers(60, 1797), validation=SHARES, test=SHARES)
def test_parts_have_nothing_in_common_and_make_up_the_subset(seed, samples, validation, test):
    if validation + test >= 1:
        return
    chosen = parts(seed=seed, samples=samples, validation=validation, test=test)
    together = np.concatenate(chosen)
    assert len(together) == len(set(together)) == samples
    assert all((np.diff(part) > 0).all() for part in chosen)
    assert np.abs(np.bincount(LABELS[together]) - np.bincount(LABELS) * samples / 1797).max() < 1


@given(
    labels=st.lists(st.integers(0, 3), min_size=2, max_size=12).filter(lambda labels: len(set(labels)) > 1),
    validation=st.floats(0, 0.9),
    test=st.floats(0, 0.9),
)
def test_of_few_pictures_each_class_has_one_to_train_with_or_there_is_a_refusal(labels, validation, test):
    labels = np.array(labels)
    try:
        train, held, tested = vars(split(labels, validation=validation, test=test)).values()
    except SpecError:
        return
    assert {*labels[train]} == {*labels}
    assert sorted([*train, *held, *tested]) == list(range(len(labels)))


def test_a_split_is_a_function_of_its_seed():
    first, again, other = (parts(test=0.1, seed=seed) for seed in (3, 3, 4))
    assert all(np.array_equal(one, two) for one, two in zip(first, again, strict=True))
    assert not np.array_equal(first[1], other[1])


def test_a_smaller_subset_lies_in_a_larger_one():
    small, large = (set(np.concatenate(parts(samples=samples))) for samples in (200, 400))
    assert small < large


def test_only_pictures_of_the_kept_classes_are_used():
    assert {*LABELS[np.concatenate(parts(classes=(7, 3)))]} == {3, 7}


@given(st.lists(st.integers(1, 400), min_size=2, max_size=12), st.data())
def test_shares_are_within_one_of_the_exact_ones(sizes, data):
    total = data.draw(st.integers(0, sum(sizes)))
    given = shares(np.array(sizes), total)
    assert given.sum() == total
    assert (np.abs(given - np.array(sizes) * total / sum(sizes)) < 1).all()
    assert (given <= sizes).all()


REFUSED = [
    ({"validation": 0.5, "test": 0.5}, "validation=0.5 and test=0.5 leave nothing to train with: together they must stay below 1."),
    ({"samples": 1798}, "samples=1798 is more than the 1797 pictures there are."),
    ({"samples": 9}, "samples=9 is less than one picture for each of the 10 classes."),
    ({"classes": (12,)}, "There is no picture of class 12: the data has 10 classes, counted from 0."),
    ({"classes": (5,)}, "One class alone cannot be told from another: choose two or more."),
    (
        {"samples": 10, "validation": 0.1, "names": ("zero", "one")},
        "Of class zero 1 of the pictures are used, and none is left to train with: use more samples or smaller shares.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("chosen", "sentence"), REFUSED, ids=lambda value: str(value)[:30])
def test_what_cannot_be_split_is_refused_in_a_sentence(chosen, sentence):
    with pytest.raises(SpecError) as refusal:
        parts(**chosen)
    assert str(refusal.value) == sentence
