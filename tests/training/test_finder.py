"""The search for a learning rate: its range, its end, a suggestion that trains, and no trace in torch."""

import math
from dataclasses import replace

import pytest
import torch
from tiny_runs import of_kind, run, small

from cnnlab.training import OPTIMIZERS, SCHEDULES
from cnnlab.training.finder import FAR, HIGHEST, LOWEST, find, steepest

CONFIG = small(optimizer=OPTIMIZERS["SGD"](lr=0.01, momentum=0.9), schedule=SCHEDULES["constant"]())


@pytest.fixture(scope="module")
def search():
    torch.manual_seed(1)
    before = torch.get_rng_state()
    search = find(CONFIG)
    assert torch.equal(torch.get_rng_state(), before)
    return search


def test_rates_grow_by_the_same_factor_from_the_lowest(search):
    assert search.rates[0] == LOWEST
    assert search.rates[1] / search.rates[0] == pytest.approx((HIGHEST / LOWEST) ** (1 / 99))
    assert len(search.rates) == len(search.losses) <= 100


def test_it_ends_where_the_loss_is_far_from_its_best(search):
    best = min(search.losses)
    assert all(loss <= FAR * best for loss in search.losses[:-1])
    assert len(search.rates) == 100 or search.losses[-1] > FAR * best or not math.isfinite(search.losses[-1])


def test_the_suggestion_learns_and_its_neighbours_by_a_thousand_do_not(search):
    def loss(rate):
        _, records = run(replace(CONFIG, epochs=2, optimizer=OPTIMIZERS["SGD"](lr=rate, momentum=0.9)))
        return of_kind(records, "epoch")[-1]["train/loss"] if records[-1]["reason"] == "finished" else math.inf

    good = loss(search.suggestion)
    assert good < loss(search.suggestion / 1000)
    assert good < loss(min(100.0, search.suggestion * 1000))


def test_the_same_config_finds_the_same_rate(search):
    assert find(CONFIG) == search


def test_the_steepest_fall_of_a_known_curve():
    rates = [10 ** (power / 10) for power in range(-60, 1)]
    losses = [2 - 1 / (1 + math.exp(-4 * (math.log10(rate) + 3))) for rate in rates]
    assert steepest(rates, losses) == pytest.approx(1e-3, rel=0.3)
    assert steepest([0.1, 1.0], [1.0, 2.0]) is None
    assert steepest([], []) is None
