"""Which parameters learn, and how fast: the head by shapes, frozen layers that stay as they are."""

from dataclasses import replace

import pytest
import torch
from tiny_runs import SMALL, run, small
from torch import nn

from cnnlab.models import MODELS, build, read_source
from cnnlab.specs import SpecError
from cnnlab.training import TrainConfig
from cnnlab.training.groups import freeze, groups, head_of, last_of
from cnnlab.training.session import Session

# The module that torchvision's own code replaces for other classes, by model.
HEADS = {
    "resnet18": {"fc"},
    "vgg11_bn": {"classifier.6"},
    "squeezenet1_1": {"classifier.1"},
    "densenet121": {"classifier"},
    "mobilenet_v3_small": {"classifier.3"},
    "inception_v3": {"fc", "AuxLogits.fc"},
    "AlexNet": {"fc.6"},
}


@pytest.mark.parametrize("name", ["resnet18", "squeezenet1_1", "inception_v3"])
def test_the_head_is_what_depends_on_the_classes(name):
    assert {parameter.rpartition(".")[0] for parameter in head_of(MODELS[name]())} == HEADS[name]


@pytest.mark.sweep
@pytest.mark.parametrize("name", [name for name in HEADS if name != "AlexNet"])
def test_the_head_of_more_models(name):
    assert {parameter.rpartition(".")[0] for parameter in head_of(MODELS[name]())} == HEADS[name]


def test_the_head_of_what_has_no_classes_is_its_last_layer():
    assert last_of(read_source(SMALL.source).build("meta")) == {"6.weight", "6.bias"}
    assert last_of(nn.Linear(2, 2)) == {"weight", "bias"}
    assert last_of(nn.ReLU()) == set()


def frozen_run(frozen):
    before = Session(small(frozen=frozen, epochs=1)).model.state_dict()
    before = {name: value.clone() for name, value in before.items()}
    session, _ = run(small(frozen=frozen, epochs=1))
    after = session.model.state_dict()
    return {name.rpartition(".")[0] for name in before if not torch.equal(before[name], after[name])}


def test_a_frozen_backbone_stays_as_it_is_with_its_running_means():
    assert frozen_run("backbone") == {"6"}


def test_frozen_batch_norms_stay_as_they_are():
    assert frozen_run("batch norms") == {"0", "6"}


def test_nothing_frozen_moves_everything():
    assert frozen_run("nothing") == {"0", "1", "6"}


def test_freezing_batch_norms_that_are_not_there_is_refused():
    with pytest.raises(SpecError, match="no batch normalisation that could be frozen"):
        freeze(nn.Linear(2, 2), set(), "batch norms")


def test_groups_hold_each_parameter_once():
    model = build(MODELS["resnet18"](), "meta")
    head = head_of(MODELS["resnet18"]())
    for factor in (1.0, 0.1):
        for decay_all in (True, False):
            made = groups(model, head, replace(TrainConfig(), backbone_lr=factor, decay_all=decay_all))
            ids = [id(parameter) for group in made for parameter in group["params"]]
            assert sorted(ids) == sorted(map(id, model.parameters()))
            assert len(made) == (1 if factor == 1 else 2) * (1 if decay_all else 2)


def test_biases_and_normalisations_do_not_shrink_where_they_are_spared():
    model = build(MODELS["resnet18"](), "meta")
    spared = groups(model, set(), replace(TrainConfig(), decay_all=False))
    named = {id(parameter): name for name, parameter in model.named_parameters()}
    weights, rest = ([named[id(p)] for p in group["params"]] for group in spared)
    assert spared[1]["weight_decay"] == 0
    assert all(
        ".bn" in name or name.endswith("bias") or "downsample.1" in name or name.startswith("bn") for name in rest
    )
    assert all(name.endswith("weight") for name in weights)


def test_the_backbone_learns_at_its_share_of_the_rate():
    config = replace(TrainConfig(), backbone_lr=0.1)
    model = build(MODELS["LeNet"](), "meta")
    first, second = groups(model, head_of(MODELS["LeNet"]()), config)
    assert (first["name"], "lr" in first) == ("head", False)
    assert (second["name"], second["lr"]) == ("backbone", pytest.approx(0.1 * config.optimizer["lr"]))


def test_a_network_without_parameters_is_refused():
    with pytest.raises(SpecError, match="Nothing is left to learn"):
        groups(nn.ReLU(), set(), TrainConfig())
