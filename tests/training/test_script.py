"""A run as plain PyTorch: run, it gives the losses and the weights of the run to the last bit."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from cnnlab.augmentation import Pipeline
from cnnlab.loading import DATASETS
from cnnlab.models import MODELS
from cnnlab.specs import SpecError
from cnnlab.training import LOSSES, OPTIMIZERS, SCHEDULES, Session, TrainConfig
from cnnlab.training.script import LINES, script

SMALL = TrainConfig(epochs=2, samples=200, batch_size=48)
SGD = OPTIMIZERS["SGD"](lr=0.1, momentum=0.9)
DENSE = "nn.Sequential(nn.Flatten(), nn.Linear(64, 32), nn.ReLU(), nn.Dropout(0.5), nn.Linear(32, 10))"
RUNS = {
    "as it begins": SMALL,
    "clipped, warmed up, other classes": replace(
        SMALL, clip=0.5, warmup=3, drop_last=True, seed=3, split_seed=5, test=0.1, classes=(1, 3, 8)
    ),
    "by epochs": replace(
        SMALL, schedule=SCHEDULES["StepLR"](step_size=1, gamma=0.5), optimizer=SGD, warmup=2, sampler="in order"
    ),
    "no normalisation": replace(SMALL, normalise=False, schedule=SCHEDULES["constant"]()),
    "one cycle": replace(SMALL, schedule=SCHEDULES["OneCycleLR"](), loss=LOSSES["CrossEntropyLoss"](label_smoothing=0.1)),
    "batch norm": replace(SMALL, model=MODELS["LeNetSigmoid"](batch_norm=True), schedule=SCHEDULES["CosineAnnealingLR"]()),
    "dropout in a pasted network": replace(SMALL, source=DENSE),
    "torchvision": replace(SMALL, model=MODELS["resnet18"](), side=32, samples=40, batch_size=16, epochs=1),
}  # fmt: skip


@pytest.mark.parametrize("name", list(RUNS))
def test_a_script_gives_the_losses_and_the_weights_of_the_run(name):
    config, scope = RUNS[name], {}
    session = Session(config)
    losses = [record["train/loss"] for record in session.records() if record["kind"] == "step"]
    was = torch.are_deterministic_algorithms_enabled(), torch.get_num_threads()
    try:
        exec(script(config), scope)
    finally:
        torch.use_deterministic_algorithms(was[0])
        torch.set_num_threads(was[1])
    assert [np.float32(loss) for loss in losses] == [np.float32(loss) for loss in scope["losses"]]
    theirs = scope["model"].state_dict()
    assert all(torch.equal(value, theirs[name]) for name, value in session.model.state_dict().items())


@pytest.mark.parametrize("name", list(RUNS))
def test_a_script_is_short_and_needs_no_cnnlab(name):
    text = script(RUNS[name])
    assert text.count("\n") <= LINES + (30 if name == "batch norm" else 0)  # whose network is longer
    assert "import cnnlab" not in text
    assert "from cnnlab" not in text
    assert max(map(len, text.splitlines())) <= 132


@pytest.mark.parametrize(
    ("changed", "names"),
    [({"augmentation": Pipeline.from_code("v2.Compose([v2.RandomHorizontalFlip()])")}, "augmentation"),
     ({"own": "net:Net", "precision": "bfloat16"}, "own, precision"),
     ({"dropout": 0.5, "backbone_lr": 0.1}, "backbone_lr, dropout"),
     ({"loss": LOSSES["FocalLoss"](), "sampler": "weighted"}, "sampler, loss"),
     ({"data": DATASETS["FakeData"]()}, "data")],
)  # fmt: skip
def test_what_a_script_cannot_say_is_named(changed, names):
    with pytest.raises(SpecError, match=f"^A plain script .* settings of the run: {names}. Take the run itself"):
        script(replace(SMALL, **changed))
