"""The network of a config: with the data's classes, from its seed; what does not fit is refused, with what would do."""

from dataclasses import replace

import pytest
import torch
from tiny_runs import SMALL, of_kind, run, small
from torch import nn

from cnnlab.loading import DATASETS
from cnnlab.models import INITIALISATIONS, MODELS, build
from cnnlab.models.weights import load_weights
from cnnlab.specs import SpecError
from cnnlab.training import TrainConfig, network
from cnnlab.training.network import Wanted, wanted
from cnnlab.training.network import network as made
from cnnlab.training.session import Session

NOISE = DATASETS["FakeData"](size=24, classes=3, side=32, channels=3)
FEW = TrainConfig(data=NOISE, batch_size=8, epochs=1)


def test_lenet_sees_the_digits_as_it_was_made_for():
    session = Session(TrainConfig(samples=40))
    assert session.data.shape == (3, 32, 32)


def test_a_network_with_a_parameter_for_channels_takes_those_of_the_data():
    assert wanted(replace(FEW, model=MODELS["VGG"]())) == Wanted(0, 224)
    model, _ = made(replace(FEW, model=MODELS["NetworkInNetwork"]()), 3, (3, 224, 224))
    assert next(model.parameters()).shape[1] == 3


def test_a_pasted_network_takes_the_channels_of_its_first_convolution():
    assert wanted(small()) == Wanted(1, 0)
    assert wanted(small(source="nn.Sequential(nn.Flatten(), nn.Linear(64, 10))")) == Wanted(0, 0)


def test_the_head_has_the_classes_of_the_data():
    for call in (MODELS["LeNet"](), MODELS["resnet18"](), MODELS["mobilenet_v3_small"]()):
        model, head = made(replace(FEW, model=call), 3, (3, 32, 32))
        with torch.no_grad():
            assert model(torch.zeros(2, 3, 32, 32)).shape == (2, 3)
        assert {model.get_parameter(name).shape[0] for name in head} == {3}


def test_the_same_seed_gives_the_same_values_and_the_generator_stays():
    before = torch.get_rng_state()
    for source in ("", SMALL.source):
        one, other, third = (
            torch.cat([p.flatten() for p in made(small(source=source, seed=seed), 10, (3, 32, 32))[0].parameters()])
            for seed in (1, 1, 2)
        )
        assert torch.equal(one, other)
        assert not torch.equal(one, third)
    assert torch.equal(before, torch.get_rng_state())


def test_a_scheme_says_how_layers_start():
    scheme = {"linear": INITIALISATIONS["constant_"](val=0.5)}
    model, _ = made(small(scheme=scheme), 10, (1, 8, 8))
    assert set(model[6].weight.flatten().tolist()) == {0.5}


def test_dropout_is_that_of_the_config():
    model, _ = made(small(dropout=0.75), 10, (1, 8, 8))
    assert model[5].p == 0.75
    with pytest.raises(SpecError, match="no dropout layers, so dropout=0.5 does nothing"):
        made(TrainConfig(dropout=0.5), 10, (3, 32, 32))


def test_a_class_of_one_s_own_is_taken_as_it_is(tmp_path, monkeypatch):
    (tmp_path / "net.py").write_text(
        "from torch import nn\n"
        "class Net(nn.Module):\n"
        "    def __init__(self, classes=10):\n"
        "        super().__init__()\n"
        "        self.layers = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(72, classes))\n"
        "    def forward(self, x):\n"
        "        return self.layers(x)\n"
    )
    monkeypatch.setenv("CNNLAB_MODELS", str(tmp_path))
    _session, records = run(small(source="", own="net:Net", epochs=1, backbone_lr=0.1))
    assert records[-1]["reason"] == "finished"
    assert "lr/backbone" in of_kind(records, "step")[0]
    with pytest.raises(SpecError, match=r"answers with 10, and training needs one score for each of the 2 classes"):
        Session(small(source="", own="net:Net", classes=(0, 1)))


def test_pretrained_values_go_into_all_but_the_head(monkeypatch):
    """The file is stood in for by another network of the same form, which load_weights would have read."""
    name = "ResNet18_Weights.IMAGENET1K_V1"
    other = build(MODELS["resnet18"](), "cpu", seed=99).state_dict()
    monkeypatch.setattr(network, "load_weights", lambda model, weights: model.load_state_dict(other) and model)
    config = replace(FEW, model=MODELS["resnet18"](), weights=name)
    model, head = made(config, 3, (3, 224, 224))
    for key, value in model.state_dict().items():
        assert (key in head) != (value.shape == other[key].shape and torch.equal(value, other[key])), key
    assert callable(load_weights)


def test_inception_s_second_head_trains_too():
    """In evaluation there is one head, in training there are two."""
    model, head = made(replace(FEW, model=MODELS["googlenet"]()), 3, (3, 224, 224))
    model.train()
    assert any(name.startswith("aux1") for name in head)
    assert len(model(torch.zeros(2, 3, 64, 64))) == 3


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model": "fcos_resnet50_fpn"}, "fcos_resnet50_fpn is not trained here.*choose a network for classification"),
        ({"model": "raft_small"}, "raft_small is not trained here"),
        ({"model": "r3d_18"}, "r3d_18 is not trained here"),
        ({"model": "UNet"}, "answers with 2 × 128 × 128|answers with 3 × 128 × 128"),
        ({"model": "ToyModel"}, "training needs one score for each of the 3 classes"),
        ({"model": "LeNet", "side": 28}, r"does not take pictures of 3 × 28 × 28 \(.*\): use side=32"),
        (
            {"source": "nn.Sequential(nn.Flatten(), nn.Linear(3072, 7))"},
            "answers with 7, and training needs one score for each of the 3",
        ),
        (
            {"source": "nn.Sequential(nn.Flatten(), nn.Linear(5, 3))"},
            r"does not take pictures of 3 × 32 × 32 \(.*\): use another side",
        ),
        ({"source": "nn.Sequential(nn.Conv2d(5, 3, 3))"}, "The network takes 5 channels, and the pictures have 3"),
        (
            {"source": "nn.Linear(2, 2)", "weights": "ResNet18_Weights.IMAGENET1K_V1"},
            "are for a model of the catalogue: leave them out",
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_what_would_do(changes, message):
    named = {"model": MODELS[changes["model"]].example()} if "model" in changes else {}
    with pytest.raises(SpecError, match=message):
        Session(replace(FEW, **{**changes, **named}))


def test_a_last_batch_of_one_is_refused_where_batch_normalisation_would_fail():
    source = "nn.Sequential(nn.Flatten(), nn.Linear(64, 9), nn.BatchNorm1d(9), nn.Linear(9, 10))"
    config = small(samples=41, validation=0.0, batch_size=20, source=source)
    with pytest.raises(SpecError, match=r"The last batch of an epoch has one picture.*set drop_last, or batch_size=21"):
        Session(config)
    Session(replace(config, drop_last=True))
    Session(replace(config, batch_size=21))
    Session(replace(config, source="nn.Sequential(nn.Flatten(), nn.Linear(64, 10))"))


def test_refusing_leaves_the_network_as_it_was():
    source = "nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(144, 10))"
    session = Session(small(samples=41, validation=0.0, batch_size=20, source=source))
    assert session.model[1].num_batches_tracked == 0
    assert isinstance(session.model, nn.Module)
