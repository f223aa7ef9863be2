"""The dice: every link that was ever shared must show the same picture tomorrow."""

import hashlib
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torchvision.transforms import v2

from cnnlab.augmentation import Pipeline
from cnnlab.augmentation.calls import active, with_children
from cnnlab.augmentation.dice import plan, step_seed
from cnnlab.chance import generator

# What coreutils say: printf 7/3/RandomRotation | sha256sum | head -c 8, read as a hexadecimal number.
SEEDS = [
    (7, 3, "RandomRotation", 3_433_935_817),
    (0, 0, "RandomHorizontalFlip", 3_716_177_694),
    (123_456, 12, "ColorJitter-2", 2_368_472_932),
]


@pytest.mark.parametrize(("seed", "sample", "step", "expected"), SEEDS)
def test_the_seed_of_a_step_is_the_one_of_every_link_shared_so_far(seed, sample, step, expected):
    assert step_seed(seed, sample, step) == expected


@given(st.integers(0, 2**32 - 1), st.integers(0, 999_999), st.text("ABCdef-0123456789", min_size=1))
def test_the_seed_of_a_step_is_the_start_of_the_hash_of_seed_sample_and_step(seed, sample, step):
    digest = hashlib.sha256(b"/".join([b"%d" % seed, b"%d" % sample, step.encode()])).hexdigest()
    assert step_seed(seed, sample, step) == int(digest[:8], 16)


def read(code):
    return Pipeline.from_code(f"v2.Compose([{code}])").calls


def planned(code, seed=7, sample=3):
    with generator():
        return plan(active(read(code)), seed, sample)


def every(plans):
    """All that is planned, containers and what is inside them."""
    return [each for one in plans for each in (one, *every(one.inner))]


def test_every_step_inside_and_outside_a_container_has_the_seed_of_its_own_id():
    steps = every(planned("v2.RandomInvert(), v2.Compose([v2.RandomInvert(), v2.RandomApply([v2.ToImage()], p=1.0)])"))
    ids = ["RandomInvert", "Compose", "RandomInvert-2", "RandomApply", "ToImage"]
    assert [step.call.id for step in steps] == ids
    assert [step.seed for step in steps] == [step_seed(7, 3, id) for id in ids]


STEPS = "[v2.ToImage(), v2.RandomInvert(), v2.RandomSolarize(1)]"
NAMES = ["ToImage", "RandomInvert", "RandomSolarize"]
CONTAINERS = {
    f"v2.Compose({STEPS})": v2.Compose,
    f"v2.RandomApply({STEPS}, p=0.3)": lambda steps: v2.RandomApply(steps, p=0.3),
    f"v2.RandomChoice({STEPS})": v2.RandomChoice,
    f"v2.RandomChoice({STEPS}, p=[1, 6, 3])": lambda steps: v2.RandomChoice(steps, p=[1, 6, 3]),
    f"v2.RandomOrder({STEPS})": v2.RandomOrder,
}


def run_by_torchvision(make, seed):
    """The names of the steps that the library's own container calls, in order."""
    names = []
    container = make([v2.Lambda(lambda image, name=name: names.append(name) or image) for name in NAMES])
    with generator() as seeded:
        seeded(seed)
        container(torch.zeros(1, 1, 1))
    return names


@pytest.mark.parametrize(("code", "make"), CONTAINERS.items(), ids=CONTAINERS)
def test_a_container_runs_what_the_library_runs_with_its_seed(code, make):
    for sample in range(40):
        (container,) = planned(code, 5, sample)
        assert [leaf.call.name for leaf in container.leaves()] == run_by_torchvision(make, container.seed)


def test_what_a_container_draws_is_told():
    for sample in range(20):
        coin, choice, order, all_of_them = planned(
            f"v2.RandomApply({STEPS}, p=0.3), v2.RandomChoice({STEPS}), v2.RandomOrder({STEPS}), v2.Compose({STEPS})",
            sample=sample,
        )
        with generator() as seeded:
            seeded(coin.seed)
            value = torch.rand(1).item()
        assert coin.draws == {"coin": value, "p": 0.3, "applied": value < 0.3}
        assert len(coin.inner) == (3 if value < 0.3 else 0)
        assert choice.draws == {"chosen": choice.inner[0].call.name}
        assert order.draws == {"order": [each.call.name for each in order.inner]}
        assert all_of_them.draws == {}


def test_a_step_draws_nothing_while_it_is_planned():
    (step,) = planned("v2.RandomInvert()")
    assert (step.draws, step.inner, [*step.leaves()]) == ({}, (), [step])


def test_the_transforms_of_containers_in_containers_come_in_order_and_containers_are_none():
    plans = planned("v2.Compose([v2.ToImage(), v2.Compose([v2.RandomInvert()])]), v2.RandomSolarize(1)")
    assert [leaf.call.name for one in plans for leaf in one.leaves()] == NAMES


def test_what_is_switched_off_and_containers_of_nothing_do_not_run():
    off, container = read("v2.ToImage(), v2.Compose([v2.RandomInvert(), v2.ToImage()])")
    empty = container.replace(transforms=())
    first, second = container.children
    half = with_children(container, (first, replace(second, enabled=False)))
    nothing = with_children(container, (replace(first, enabled=False),))
    assert active((replace(off, enabled=False), half, empty, nothing)) == (with_children(container, (first,)),)
    assert active((off, container)) == (off, container)


def test_a_step_that_stays_keeps_its_weight_and_a_new_one_weighs_one():
    (choice,) = read(f"v2.RandomChoice({STEPS}, p=[0.25, 2, 3])")
    (other,) = read("v2.RandomEqualize()")
    first, second, third = choice.children
    changed = with_children(choice, (third, other, first))
    assert changed.children == (third, other, first)
    assert changed["p"] == (3, 1, 0.25)
    assert with_children(choice, (second,))["p"] == (2,)


def test_a_choice_without_weights_or_without_steps_has_none():
    (even,) = read(f"v2.RandomChoice({STEPS})")
    assert with_children(even, even.children[:2])["p"] is None
    (weighed,) = read(f"v2.RandomChoice({STEPS}, p=[1, 2, 3])")
    assert with_children(weighed, ())["p"] is None
    (coin,) = read(f"v2.RandomApply({STEPS}, p=0.3)")
    assert with_children(coin, coin.children[:1])["p"] == 0.3


def choice(p, *enabled):
    steps = [{"name": name, "enabled": on} for name, on in zip(("RGB", "RandomInvert"), enabled, strict=True)]
    return Pipeline.from_dict(
        {"version": 1, "steps": [{"name": "RandomChoice", "params": {"transforms": steps, "p": p}}]}
    )


def test_a_choice_whose_likely_step_is_switched_off_takes_the_other():
    stages = choice([1, 0], False, True).stages(torch.zeros(3, 2, 2, dtype=torch.uint8))
    assert stages[1].draws == {"chosen": "RandomInvert"}


@pytest.mark.parametrize("weights", [(1e-60, 1e-60), (5e-324, 5e-324), (1e-60, 1000), (1000, 1000)])
def test_weights_of_any_size_choose_as_torchvision_does(weights):
    pipeline = choice(weights, True, True)
    for seed in range(5):
        with generator() as set_seed:
            (planned,) = plan(pipeline.active, seed, 0)
            set_seed(step_seed(seed, 0, "RandomChoice"))
            made = v2.RandomChoice([v2.RGB(), v2.RandomInvert()], p=list(weights))
            index = int(torch.multinomial(torch.tensor(made.p), 1))
        assert planned.draws["chosen"] == ("RGB", "RandomInvert")[index]


def test_an_id_of_half_a_letter_is_put_right_on_the_way_in():
    (call,) = Pipeline.from_dict({"version": 1, "steps": [{"name": "RGB", "id": "a\ud800"}]}).calls
    assert call.id == "a?"
    assert Pipeline((call,)).stages(torch.zeros(3, 2, 2))[-1].id == "a?"
