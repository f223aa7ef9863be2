"""What comes from a summary and from the playground, and presets that can be set up."""

from dataclasses import replace

import pytest

from cnnlab.augmentation.view import View as Played
from cnnlab.hosting import HOSTED
from cnnlab.loading import split
from cnnlab.loading.embedded import digits
from cnnlab.models import INITIALISATIONS, MODELS
from cnnlab.summary.view import View as Summarised
from cnnlab.training.config import TrainConfig
from cnnlab.training.handover import CLASSES, TRAINABLE, augmented, trained
from cnnlab.training.objections import objections
from cnnlab.training.presets import SEEDS, few_samples, presets
from cnnlab.training.refusing import Usage, refusals
from cnnlab.training.view import View


def test_a_model_of_the_summary_comes_with_its_values():
    scheme = {"bias": INITIALISATIONS["constant_"](val=3)}
    view = trained(Summarised(model=MODELS["resnet18"](num_classes=10), scheme=scheme, seed=5))
    assert view == View(model=MODELS["resnet18"](num_classes=10), scheme=scheme, seed=5)
    assert View.from_query(view.to_query()) == view
    pasted = trained(Summarised(source="nn.Sequential(nn.Flatten(), nn.Linear(64, 10))"))
    assert (pasted.source, pasted.own) == ("nn.Sequential(nn.Flatten(), nn.Linear(64, 10))", "")
    assert trained(Summarised(own="net:Net")).own == "net:Net"


@pytest.mark.parametrize(
    "name", ["UNet", "ToyModel", "raft_small", "fasterrcnn_resnet50_fpn", "fcn_resnet50", "r3d_18"]
)
def test_a_model_that_tells_no_classes_apart_is_not_offered(name):
    assert name not in TRAINABLE
    assert trained(Summarised(model=MODELS[name].example())) is None


def test_every_model_on_offer_takes_one_picture_and_a_number_of_classes():
    assert {"LeNet", "LeNetSigmoid", "resnet18", "vit_b_16"} <= set(TRAINABLE)
    for name in TRAINABLE:
        spec = MODELS[name]
        assert [len(shape) for shape in spec.inputs] == [3], name
        assert any(param.name in CLASSES for param in spec.params), name


def test_a_pipeline_of_the_playground_is_the_augmentation():
    assert augmented(Played()).augmentation == Played().pipeline


@pytest.mark.parametrize("preset", presets(), ids=lambda preset: preset.title)
def test_a_preset_can_be_set_up_and_started(preset):
    assert str(preset.about).endswith(".")
    for place, config in enumerate(preset.configs):
        assert objections(config) == ()
        assert refusals(config, replace(HOSTED, fetch=True), Usage(active=place)) == ()
        assert View.from_query(View.of(config).to_query()).config == config


def test_the_experiment_differs_in_nothing_but_seed_and_augmentation():
    configs = few_samples()
    learnt = len(split(digits().labels, validation=configs[0].validation).train)
    assert f" {learnt} pictures to learn from" in "".join(str(preset.about) for preset in presets())
    assert [config.seed for config in configs] == [*SEEDS, *SEEDS]
    assert [bool(config.augmentation.calls) for config in configs] == [False] * 3 + [True] * 3
    names = {field.name for field in TrainConfig.FIELDS}
    queries = [config.to_query() for config in configs]
    assert {name for name in names if len({query.get(name) for query in queries}) > 1} == {"seed", "augmentation"}
