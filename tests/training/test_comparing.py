"""What differs between runs, and which of them differ by chance alone."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from cnnlab.augmentation import Pipeline
from cnnlab.training import LOSSES, OPTIMIZERS, SCHEDULES, TrainConfig
from cnnlab.training.comparing import RESULTS, Family, conclusion, families, results, settings, together

PLAIN = TrainConfig()
AUGMENTED = replace(PLAIN, augmentation=Pipeline.from_code("v2.RandomHorizontalFlip(p=0.5)"), samples=200)


def test_settings_that_differ_stand_first():
    rows = settings([PLAIN, AUGMENTED, replace(PLAIN, optimizer=OPTIMIZERS["SGD"]())])
    different = [row.name for row in rows if row.differs]
    assert sorted({name.partition(" ")[0] for name in different}) == ["augmentation", "optimizer", "samples"]
    assert [row.name for row in rows[: len(different)]] == different
    assert {row.name.partition(" ")[0] for row in rows} == {field.attribute for field in TrainConfig.FIELDS}
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


def differing(*configs):
    return {row.name: row.texts for row in settings(configs) if row.differs}


def test_of_a_call_the_parameters_that_differ_are_told_and_its_name_where_that_differs():
    slow, fast = (replace(PLAIN, optimizer=OPTIMIZERS["AdamW"](lr=lr)) for lr in (0.0005, 0.003))
    other = replace(PLAIN, optimizer=OPTIMIZERS["SGD"](lr=0.003, momentum=0.9))
    assert differing(slow, fast) == {"optimizer lr": ("0.0005", "0.003")}
    assert ("optimizer", ("AdamW", "AdamW")) in [(row.name, row.texts) for row in settings([slow, fast])]
    both = differing(fast, other)
    assert both["optimizer"] == ("AdamW", "SGD")
    assert both["optimizer momentum"] == ("–", "0.9")
    assert differing(slow, replace(PLAIN, optimizer=OPTIMIZERS["AdamW"](lr=0.00050000001))).keys() == {"optimizer lr"}
    assert not {"optimizer lr", "optimizer nesterov", "optimizer eps"} & set(both)


@pytest.mark.parametrize(("field", "specs"), [("optimizer", OPTIMIZERS), ("schedule", SCHEDULES), ("loss", LOSSES)])
def test_any_two_calls_that_differ_are_told_to_differ(field, specs):
    calls = [spec.example() for spec in specs.values()]
    calls += [
        call.replace(**{name: 0.125}) for call in calls for name in call.values if name in ("lr", "gamma", "momentum")
    ]
    for one, other in combinations(calls, 2):
        told = differing(replace(PLAIN, **{field: one}), replace(PLAIN, **{field: other}))
        assert bool(told) == (one.code() != other.code())


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


def test_two_families_are_told_with_their_figures_and_whether_their_runs_overlap():
    plain, better = Family("no augmentation", (0.90, 0.92, 0.94)), Family("augmentation", (0.95, 0.96, 0.97))
    assert str(conclusion(60, plain, better)) == (
        "After epoch 60 the 3 runs with augmentation have 96.0% ± 1.0 of the validation pictures right (mean ± standard "
        "deviation), the 3 with no augmentation 92.0% ± 2.0: 4.0 percentage points apart. The worst of the former is better "
        "than the best of the latter: were there no difference, chance alone would bring that about in 2 of 20 cases."
    )
    overlapping = conclusion(60, plain, replace(better, reached=(0.93, 0.96)))
    assert "2.5 percentage points apart. But the runs overlap, so this may be chance" in str(overlapping)


@pytest.mark.parametrize(("many", "few"), [(2, 2), (3, 3), (2, 4), (5, 3)])
def test_runs_that_lie_apart_are_told_in_how_many_of_all_ways_to_deal_them_they_would(many, few):
    """All ways are counted in which `many` of the runs, which differ by nothing, make up the one family."""
    reached, apart, ways = range(many + few), 0, list(combinations(range(many + few), many))
    for dealt in ways:
        rest = [run for run in reached if run not in dealt]
        apart += min(dealt) > max(rest) or min(rest) > max(dealt)
    told = conclusion(1, Family("a", tuple(range(few, few + many))), Family("b", tuple(range(few))))
    assert f"in {apart} of {len(ways)} cases" in str(told)


@pytest.mark.parametrize("seed", range(20))
def test_a_conclusion_names_what_numpy_has(seed):
    dice = np.random.default_rng(seed)
    one, other = (Family(name, tuple(dice.normal(0.9, 0.02, 3).tolist())) for name in "ab")
    told = conclusion(5, one, other)
    best, rest = (one, other) if np.mean(one.reached) >= np.mean(other.reached) else (other, one)
    assert (told.values["better"], told.values["worse"]) == (best.name, rest.name)
    assert told.values["high"] == f"{np.mean(best.reached):.1%} ± {100 * np.std(best.reached, ddof=1):.1f}"
    assert ("overlap" in str(told)) == (max(rest.reached) >= min(best.reached))
