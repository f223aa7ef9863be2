"""What differs between runs, and which of them differ by chance alone."""

from dataclasses import replace

import numpy as np

from cnnlab.augmentation import Pipeline
from cnnlab.training import OPTIMIZERS, TrainConfig
from cnnlab.training.comparing import RESULTS, families, results, settings, together

PLAIN = TrainConfig()
AUGMENTED = replace(PLAIN, augmentation=Pipeline.from_code("v2.RandomHorizontalFlip(p=0.5)"), samples=200)


def test_settings_that_differ_stand_first():
    rows = settings([PLAIN, AUGMENTED, replace(PLAIN, optimizer=OPTIMIZERS["SGD"]())])
    different = [row.name for row in rows if row.differs]
    assert sorted(different) == ["augmentation", "optimizer", "samples"]
    assert [row.name for row in rows[:3]] == different
    assert len(rows) == len(TrainConfig.FIELDS)
    (augmentation,) = [row.texts for row in rows if row.name == "augmentation"]
    assert augmentation == ("–", "v2.RandomHorizontalFlip()", "–")


def test_every_setting_that_differs_is_told_to_differ():
    for changes in (
        {"seed": 1},
        {"warmup": 5},
        {"classes": (1, 2)},
        {"dropout": 0.5},
        {"drop_last": True},
        {"device": "cuda:1"},
    ):
        rows = settings([PLAIN, replace(PLAIN, **changes)])
        assert [row.name for row in rows if row.differs] == list(changes)


def test_runs_that_differ_by_their_seeds_are_a_family():
    configs = [replace(config, seed=seed, split_seed=seed) for seed in range(3) for config in (PLAIN, AUGMENTED)]
    assert families(configs) == [[0, 2, 4], [1, 3, 5]]


def test_results_are_the_best_the_last_and_the_test():
    epochs = [
        {"val/accuracy": 0.5, "val/loss": 2.0, "seconds": 1.0},
        {"val/accuracy": 0.4, "val/loss": 3.0, "seconds": 2.5},
    ]
    rows = results([(epochs, {"test/accuracy": 0.25}), ([], {})])
    assert [row.name for row in rows] == list(RESULTS.values())
    assert [row.texts for row in rows] == [("50.00%", "–"), ("3", "–"), ("25.00%", "–"), ("2", "–"), ("3.5 s", "–")]


def test_a_mean_is_of_the_epochs_that_all_have_ended():
    runs = [[{"epoch": 1, "val/loss": 3.0}, {"epoch": 2, "val/loss": 2.0}], [{"epoch": 1, "val/loss": 5.0}]]
    x, values = together(runs, "val/loss")
    np.testing.assert_array_equal(x, [1])
    np.testing.assert_array_equal(values, [[3], [5]])
    assert len(together([*runs, []], "val/loss")[0]) == 0
