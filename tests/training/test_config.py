"""A config as a link and back, whatever it says; what it says wrongly is refused."""

from dataclasses import fields, replace

import pytest

from cnnlab.augmentation import Pipeline
from cnnlab.links import pack
from cnnlab.loading import Feeding, Selection
from cnnlab.models import INITIALISATIONS, MODELS
from cnnlab.specs import SpecError
from cnnlab.training import LOSSES, OPTIMIZERS, SCHEDULES, TrainConfig

TURN = Pipeline.from_code("v2.Compose([v2.RandomRotation(degrees=15)])")
# A value for each field that is not its default.
OTHER = {
    "data": TrainConfig().data.marked(id="x"),
    "classes": (1, 3, 8),
    "samples": 500,
    "validation": 0.25,
    "test": 0.1,
    "split_seed": 4,
    "batch_size": 32,
    "sampler": "balanced",
    "drop_last": True,
    "workers": 2,
    "normalise": False,
    "side": 28,
    "augmentation": TURN,
    "evaluation": TURN,
    "model": MODELS["resnet18"](),
    "source": "nn.Linear(2, 2)",
    "own": "net:Net",
    "weights": "ResNet18_Weights.IMAGENET1K_V1",
    "scheme": {"linear": INITIALISATIONS["normal_"](std=0.1)},
    "frozen": "backbone",
    "backbone_lr": 0.1,
    "dropout": 0.25,
    "loss": LOSSES["CrossEntropyLoss"](label_smoothing=0.1),
    "class_weights": True,
    "optimizer": OPTIMIZERS["SGD"](lr=0.1, momentum=0.9, nesterov=True),
    "schedule": SCHEDULES["MultiStepLR"](milestones=(2, 5)),
    "warmup": 10,
    "clip": 1.5,
    "decay_all": False,
    "epochs": 3,
    "patience": 2,
    "seed": 9,
    "device": "cuda:1",
    "threads": 2,
    "precision": "bfloat16",
    "channels_last": True,
    "compile": True,
    "deterministic": False,
    "histograms": 25,
}
NAMES = [field.name for field in fields(TrainConfig)]


def test_every_field_has_a_row_of_the_link_and_another_value_here():
    assert sorted(row.attribute for row in TrainConfig.FIELDS) == sorted(NAMES) == sorted(OTHER)
    assert all(getattr(TrainConfig(), name) != value for name, value in OTHER.items())


def test_the_default_says_nothing():
    assert TrainConfig().to_query() == {}


@pytest.mark.parametrize("name", NAMES)
def test_a_field_survives_its_link(name):
    of_resnet = {"model": OTHER["model"]} if name == "weights" else {}
    config = replace(TrainConfig(), **of_resnet, **{name: OTHER[name]})
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
