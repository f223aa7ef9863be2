"""A config as a link and back, whatever it says; what it says wrongly is refused."""

from dataclasses import fields, replace

import pytest

from cnnlab.links import pack
from cnnlab.loading import Feeding, Selection
from cnnlab.specs import SpecError
from cnnlab.training import LOSSES, SCHEDULES, TrainConfig
from tests.training.others import OTHER

NAMES = [field.name for field in fields(TrainConfig)]


def test_every_field_has_a_row_of_the_link_and_another_value_here():
    assert sorted(row.attribute for row in TrainConfig.FIELDS) == sorted(NAMES) == sorted(OTHER)
    assert all(getattr(TrainConfig(), name) != value for name, value in OTHER.items())


def test_the_default_says_nothing():
    assert TrainConfig().to_query() == {}


@pytest.mark.parametrize("name", NAMES)
def test_a_field_survives_its_link(name):
    with_model = {"model": OTHER["model"]} if name == "weights" else {}
    config = replace(TrainConfig(), **with_model, **{name: OTHER[name]})
    assert TrainConfig.from_query(config.to_query()) == config


def test_all_fields_survive_one_link():
    config = TrainConfig(**OTHER)
    assert TrainConfig.from_query(config.to_query()) == config


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_every_loss_and_schedule_survives(loss, schedule):
    config = TrainConfig(loss=LOSSES[loss].example(), schedule=SCHEDULES[schedule].example())
    assert TrainConfig.from_query(config.to_query()) == config


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("device", "cuda:100"),
        ("device", "/etc/passwd"),
        ("validation", "nan"),
        ("validation", "0.95"),
        ("validation", "1e400"),
        ("dropout", "1"),
        ("clip", "-1"),
        ("epochs", "0"),
        ("epochs", "1001"),
        ("batch_size", "0"),
        ("classes", "1-x"),
        ("classes", "-".join("1" * 2000)),
        ("frozen", "head"),
        ("weights", "ResNet18_Weights.IMAGENET1K_V1"),
        ("own", "no class"),
        ("source", pack({"a": 1})),
        ("scheme", pack({"pooling": {"name": "normal_"}})),
        ("optimizer", pack({"name": "LBFGS"})),
        ("optimizer", pack({"name": "SGD", "params": {"nesterov": True}})),
        ("schedule", pack({"name": "MultiStepLR", "params": {"milestones": [5, 2]}})),
    ],
)
def test_what_a_link_says_wrongly_is_refused(name, text):
    with pytest.raises(SpecError):
        TrainConfig.from_query({name: text})


def test_a_config_says_what_is_selected_and_fed_and_links_all_of_it():
    assert isinstance(TrainConfig(), Selection)
    assert isinstance(TrainConfig(), Feeding)
    assert {field.name for field in fields(TrainConfig)} == {field.attribute for field in TrainConfig.FIELDS}
