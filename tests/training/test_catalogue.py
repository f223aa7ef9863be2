"""What the rows of training promise, held against torch."""

import inspect

import numpy as np
import pytest
import torch
from torch import nn, optim

from cnnlab.specs import SpecError, Target
from cnnlab.training import LOSSES, OPTIMIZERS, SCHEDULES, TrainConfig
from cnnlab.training.catalogue import ITERATION
from cnnlab.training.focal import FocalLoss
from cnnlab.training.losses import Criterion, rarity

CPU = torch.device("cpu")
SCORES = torch.randn(9, 4, generator=torch.Generator().manual_seed(0))
LABELS = torch.tensor([0, 1, 2, 3, 0, 0, 1, 0, 2])
COUNTS = (6, 3, 2, 1)
# Optimizers of torch that no row offers.
LEFT_OUT = {
    "Optimizer": "what all of them inherit from",
    "LBFGS": "needs a closure, through which each step calls the network several times",
    "SparseAdam": "for sparse gradients, which no network here has",
    "Adamax": "Adam by another norm",
    "ASGD": "SGD whose average nothing here evaluates",
    "Rprop": "for whole data sets at once, not for batches",
    "Adafactor": "for what does not fit into memory",
    "Muon": "for matrices alone, beside another optimizer for the rest",
}


def test_every_optimizer_of_torch_is_a_row_or_left_out_for_a_reason():
    classes = {name for name in vars(optim) if inspect.isclass(getattr(optim, name))}
    assert classes == {*OPTIMIZERS, *LEFT_OUT}


def test_lbfgs_is_left_out_because_it_needs_a_closure():
    weight = nn.Parameter(torch.ones(2))
    optimizer, calls = optim.LBFGS([weight]), []
    with pytest.raises(TypeError, match="closure"):
        optimizer.step()

    def closure():
        calls.append(1)
        optimizer.zero_grad()
        loss = (weight**4).sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    assert len(calls) > 1


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_makes_the_loss_smaller(name):
    weight = nn.Parameter(torch.ones(3))
    optimizer = OPTIMIZERS[name].example().build()([weight])
    before = weight.square().sum().item()
    for _ in range(20):
        optimizer.zero_grad()
        weight.square().sum().backward()
        optimizer.step()
    assert weight.square().sum().item() < before


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_row_names_the_momentum_that_torch_s_one_cycle_turns(name):
    optimizer = OPTIMIZERS[name].example().build()([nn.Parameter(torch.ones(1))])
    has = "momentum" in optimizer.defaults or "betas" in optimizer.defaults
    assert bool(OPTIMIZERS[name].momentum) == has
    if has:
        assert OPTIMIZERS[name].momentum in optimizer.defaults


@pytest.mark.parametrize("name", SCHEDULES)
def test_what_a_schedule_needs_of_the_run_is_a_parameter_that_its_row_does_not_show(name):
    row = SCHEDULES[name]
    taken = inspect.signature(Target(row.target).resolve()).parameters
    for needed in filter(None, (row.steps, row.peak)):
        assert needed in taken
        assert needed not in [param.name for param in row.params]
    assert bool(row.steps) == (row.per == ITERATION)


def test_losses_that_are_weighted_are_those_that_take_a_weight():
    for row in LOSSES.values():
        assert ("weight" in inspect.signature(Target(row.target).resolve()).parameters) == row.weighted


def loss(name, weights=False, **values):
    config = TrainConfig(loss=LOSSES[name](**values), class_weights=weights)
    return Criterion(config, COUNTS, CPU)(SCORES, LABELS)


@pytest.mark.parametrize("weights", [False, True])
def test_nll_after_log_softmax_is_cross_entropy(weights):
    torch.testing.assert_close(loss("NLLLoss", weights), loss("CrossEntropyLoss", weights))


@pytest.mark.parametrize("weights", [False, True])
def test_the_focal_loss_is_cross_entropy_at_zero_and_its_formula_elsewhere(weights):
    torch.testing.assert_close(loss("FocalLoss", weights, gamma=0.0), loss("CrossEntropyLoss", weights))
    right = SCORES.softmax(1)[range(9), LABELS]
    each = (1 - right) ** 2 * -right.log()
    by = rarity(COUNTS)[LABELS] if weights else torch.ones(9)
    torch.testing.assert_close(loss("FocalLoss", weights), (each * by).sum() / by.sum())


def test_the_mean_squared_error_is_that_of_one_hot_labels():
    torch.testing.assert_close(loss("MSELoss"), (SCORES - torch.eye(4)[LABELS]).square().mean())


def test_classes_weigh_as_scikit_learn_balances_them():
    weigh = pytest.importorskip("sklearn.utils.class_weight").compute_class_weight
    labels = [label for label, count in enumerate(COUNTS) for _ in range(count)]
    expected = weigh("balanced", classes=np.arange(4), y=labels)
    torch.testing.assert_close(rarity(COUNTS).double(), torch.tensor(expected), check_dtype=False, rtol=1e-6, atol=0)


def test_a_loss_without_weights_for_classes_says_what_would_do():
    with pytest.raises(SpecError, match="MSELoss takes no weights for classes: choose CrossEntropyLoss"):
        loss("MSELoss", weights=True)


def test_second_heads_count_two_fifths():
    criterion = Criterion(TrainConfig(), COUNTS, CPU)
    expected = criterion(SCORES, LABELS) + 0.4 * criterion(-SCORES, LABELS)
    torch.testing.assert_close(criterion((SCORES, None, -SCORES), LABELS), expected)


def test_the_focal_loss_s_weights_follow_it_to_its_device():
    assert FocalLoss(torch.ones(4)).to(torch.float64).weight.dtype == torch.float64
