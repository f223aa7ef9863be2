"""The order of an epoch is a function of (seed, epoch); each sampler has the property of its name."""

import numpy as np
import pytest
from torch.utils.data import WeightedRandomSampler

from cnnlab.loading import SAMPLERS, epoch_order

LABELS = np.repeat([0, 1, 2], [700, 250, 50])


def order(sampler, seed=0, epoch=0):
    return epoch_order(LABELS, sampler, seed, epoch)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_an_order_is_as_long_as_the_part_and_the_same_for_the_same_seed_and_epoch(sampler):
    assert len(order(sampler)) == len(LABELS)
    assert np.array_equal(order(sampler, 5, 7), order(sampler, 5, 7))
    if sampler != "in order":
        assert not np.array_equal(order(sampler, 5, 7), order(sampler, 5, 8))
        assert not np.array_equal(order(sampler, 5, 7), order(sampler, 6, 7))


@pytest.mark.parametrize("sampler", ["shuffled", "in order"])
def test_each_picture_comes_once(sampler):
    assert sorted(order(sampler)) == list(range(len(LABELS)))


def test_balanced_shows_as_many_of_each_class_and_each_picture_of_it_as_often_as_the_others():
    seen = order("balanced")
    counts = np.bincount(LABELS[seen])
    assert counts.max() - counts.min() <= 1
    for label in range(3):
        times = np.bincount(seen, minlength=len(LABELS))[np.equal(LABELS, label)]
        assert times.max() - times.min() <= 1


def test_weighted_draws_classes_alike_as_torch_s_weighted_sampler_does():
    weights = (1 / np.bincount(LABELS))[LABELS]
    epochs = [order("weighted", epoch=epoch) for epoch in range(30)]
    theirs = [list(WeightedRandomSampler(weights, len(LABELS))) for _ in range(30)]
    for drawn in (epochs, theirs):
        shares = np.bincount(LABELS[np.concatenate(drawn)]) / (30 * len(LABELS))
        assert np.abs(shares - 1 / 3).max() < 0.02
    assert len(set(epochs[0])) < len(LABELS)
