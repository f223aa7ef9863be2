"""The learning rate of every step: torch's own schedulers are the judge, a run and its preview the same."""

import math
from dataclasses import replace

import pytest
import torch
from tiny_runs import of_kind, run, small
from torch import nn, optim
from torch.optim import lr_scheduler

from cnnlab import limits
from cnnlab.specs import SpecError
from cnnlab.training import OPTIMIZERS, SCHEDULES, TrainConfig
from cnnlab.training.schedules import Rate, preview

ITERATIONS, EPOCHS, WARMUP = 5, 6, 7
TOTAL = ITERATIONS * EPOCHS
CALLS = {
    "constant": {},
    "StepLR": {"step_size": 2, "gamma": 0.5},
    "MultiStepLR": {"milestones": (2, 3), "gamma": 0.3},
    "ExponentialLR": {"gamma": 0.9},
    "CosineAnnealingLR": {"eta_min": 0.001},
    "OneCycleLR": {"pct_start": 0.4},
    "ReduceLROnPlateau": {"patience": 1},
}


def config(name, warmup=0, **changes):
    schedule = SCHEDULES[name](**CALLS[name])
    return TrainConfig(optimizer=OPTIMIZERS["SGD"](lr=0.1), schedule=schedule, epochs=EPOCHS, warmup=warmup, **changes)


def torchs(name, steps):
    """torch's scheduler for a run of so many steps, and whether it steps at each of them."""
    optimizer = optim.SGD([nn.Parameter(torch.zeros(()))], lr=0.1)
    made = {
        "constant": lambda: lr_scheduler.ConstantLR(optimizer, factor=1),
        "StepLR": lambda: lr_scheduler.StepLR(optimizer, 2, 0.5),
        "MultiStepLR": lambda: lr_scheduler.MultiStepLR(optimizer, [2, 3], 0.3),
        "ExponentialLR": lambda: lr_scheduler.ExponentialLR(optimizer, 0.9),
        "CosineAnnealingLR": lambda: lr_scheduler.CosineAnnealingLR(optimizer, steps, 0.001),
        "OneCycleLR": lambda: lr_scheduler.OneCycleLR(optimizer, 0.1, steps, pct_start=0.4),
    }[name]()
    return optimizer, made, name in ("CosineAnnealingLR", "OneCycleLR")


def by_torch(name, steps, starts):
    """torch's rate at each of `steps` steps; an epoch begins at each of `starts`."""
    optimizer, scheduler, each = torchs(name, steps)
    rates = []
    for step in range(steps):
        if step and (each or step in starts):
            scheduler.step()
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
    return rates


@pytest.mark.parametrize("name", [name for name in CALLS if name != "ReduceLROnPlateau"])
def test_without_warm_up_it_is_torch_s_scheduler(name):
    assert preview(config(name), ITERATIONS) == pytest.approx(by_torch(name, TOTAL, range(0, TOTAL, ITERATIONS)))


@pytest.mark.parametrize("name", [name for name in CALLS if name != "ReduceLROnPlateau"])
def test_after_the_warm_up_torch_s_scheduler_begins(name):
    rates = preview(config(name, WARMUP), ITERATIONS)
    starts = [epoch - WARMUP for epoch in range(0, TOTAL, ITERATIONS)]
    scheduled = by_torch(name, TOTAL - WARMUP, starts)
    assert rates[WARMUP:] == pytest.approx(scheduled)
    assert rates[:WARMUP] == pytest.approx([scheduled[0] * (step + 1) / (WARMUP + 1) for step in range(WARMUP)])


def test_the_plateau_is_drawn_as_if_the_loss_kept_falling():
    assert set(preview(config("ReduceLROnPlateau"), ITERATIONS)) == {0.1}


def test_the_plateau_falls_when_the_loss_does_not():
    optimizer = OPTIMIZERS["SGD"](lr=0.1).build()([nn.Parameter(torch.zeros(()))])
    rate, rates = Rate(optimizer, config("ReduceLROnPlateau"), TOTAL), []
    for loss in (3.0, 2.0, 2.0, 2.0, 2.0, 2.0):
        for _ in range(ITERATIONS):
            optimizer.step()
            rate.stepped()
        rate.epoch_ended(loss)
        rates.append(optimizer.param_groups[0]["lr"])
    other = optim.SGD([nn.Parameter(torch.zeros(()))], lr=0.1)
    judge, expected = lr_scheduler.ReduceLROnPlateau(other, patience=1), []
    for loss in (3.0, 2.0, 2.0, 2.0, 2.0, 2.0):
        judge.step(loss)
        expected.append(other.param_groups[0]["lr"])
    assert rates == expected
    assert len(set(rates)) > 1


@pytest.mark.parametrize("name", CALLS)
def test_a_run_has_the_rates_of_its_preview_step_by_step(name):
    schedule = SCHEDULES[name](**CALLS[name])
    chosen = small(samples=60, batch_size=20, epochs=3, warmup=2, schedule=schedule, validation=0.1)
    session, records = run(chosen)
    rates = tuple(record["lr"] for record in of_kind(records, "step"))
    assert rates == preview(chosen, session.iterations)
    assert len(rates) == session.total


def test_groups_keep_their_proportion():
    chosen = small(samples=60, batch_size=20, backbone_lr=0.1, schedule=SCHEDULES["OneCycleLR"](), warmup=1, epochs=2)
    _, records = run(chosen)
    for record in of_kind(records, "step"):
        assert record["lr/backbone"] == pytest.approx(0.1 * record["lr/head"])
        assert record["lr"] == record["lr/head"]


def test_a_state_brings_a_schedule_back():
    for name in CALLS:
        optimizers = [OPTIMIZERS["SGD"](lr=0.1).build()([nn.Parameter(torch.zeros(()))]) for _ in range(2)]
        first, second = (Rate(optimizer, config(name, 3), TOTAL) for optimizer in optimizers)
        first.forward(11, 2)
        optimizers[1].load_state_dict(optimizers[0].state_dict())
        second.restore(first.state())
        for rate in (first, second):
            rate.forward(9, 2)
        assert optimizers[0].param_groups[0]["lr"] == optimizers[1].param_groups[0]["lr"], name


def test_a_warm_up_as_long_as_the_run_is_refused():
    with pytest.raises(SpecError, match="warmup=30 is no less than the 30 iterations of the whole run"):
        preview(config("constant", TOTAL), ITERATIONS)


def test_one_cycle_without_a_momentum_to_turn_says_what_would_do():
    chosen = replace(config("OneCycleLR"), optimizer=OPTIMIZERS["Adagrad"]())
    with pytest.raises(SpecError, match="Adagrad has no momentum that OneCycleLR could turn: set cycle_momentum=False"):
        preview(chosen, ITERATIONS)
    preview(replace(chosen, schedule=SCHEDULES["OneCycleLR"](cycle_momentum=False)), ITERATIONS)


def test_a_run_of_too_many_steps_is_not_drawn():
    with pytest.raises(SpecError, match="too long to be drawn beforehand"):
        preview(config("constant"), limits.PREVIEW_STEPS)


def test_forward_tells_no_plateau_of_losses_that_nobody_measured():
    optimizer = OPTIMIZERS["SGD"](lr=0.1).build()([nn.Parameter(torch.zeros(()))])
    rate = Rate(optimizer, config("ReduceLROnPlateau"), TOTAL)
    rate.forward(TOTAL, EPOCHS)
    assert (optimizer.param_groups[0]["lr"], rate.schedule.best) == (0.1, math.inf)
