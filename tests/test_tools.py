"""The arithmetic of `make mutants`: which faults are tried, and what their number says."""

from itertools import accumulate

import pytest

from tools.mutants import MODULES, ROOT, drawn, estimate

FAULTS = {"one.py": range(100), "two.py": range(30), "three.py": range(7)}


def test_every_fault_is_drawn_once():
    assert sorted(drawn(FAULTS, 0)) == sorted((file, fault) for file, faults in FAULTS.items() for fault in faults)


@pytest.mark.parametrize("file", FAULTS)
def test_every_beginning_of_the_draw_holds_each_module_in_its_proportion(file):
    ours = [name == file for name, _ in drawn(FAULTS, 3)]
    share = len(FAULTS[file]) / 137
    assert all(abs(count - share * taken) <= 1.5 for taken, count in enumerate(accumulate(ours), 1))


def test_a_seed_draws_the_same_again_and_another_draws_differently():
    assert drawn(FAULTS, 1) == drawn(FAULTS, 1) != drawn(FAULTS, 2)


def test_a_sample_says_how_far_off_it_may_be_and_the_whole_is_exact():
    assert estimate(90, 100, 1_000_000) == pytest.approx((90, 1.96 * 3), abs=1e-3)  # √(0.9 · 0.1 / 100) is 3 %
    assert estimate(90, 100, 100) == (90, 0)
    assert estimate(0, 0, 100) == (0, 100)


@pytest.mark.parametrize("file", MODULES)
def test_every_module_is_there_with_its_tests(file):
    assert all((ROOT / name).is_file() for name in (file, *MODULES[file]))
