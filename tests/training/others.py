"""A value for each field of a TrainConfig that is not its default; together they are one that a link can say."""

from cnnlab.augmentation import Pipeline
from cnnlab.loading import DATASETS
from cnnlab.models import INITIALISATIONS, MODELS
from cnnlab.training import LOSSES, OPTIMIZERS, SCHEDULES

OTHER = {
    "data": DATASETS["FakeData"](size=50),
    "classes": (1, 2),
    "samples": 90,
    "validation": 0.5,
    "test": 0.1,
    "split_seed": 4,
    "normalise": False,
    "side": 16,
    "batch_size": 2000,
    "sampler": "balanced",
    "drop_last": True,
    "workers": 1,
    "augmentation": Pipeline.from_code("[v2.RandomCrop(6)]"),
    "evaluation": Pipeline.from_code("[v2.CenterCrop(6)]"),
    "seed": 9,
    "model": MODELS["squeezenet1_1"](),
    "source": "nn.Sequential(nn.Flatten(), nn.LazyLinear(10))",
    "own": "net:Net",
    "weights": "SqueezeNet1_1_Weights.IMAGENET1K_V1",
    "scheme": {"convolution": INITIALISATIONS["constant_"](val=0.5)},
    "frozen": "backbone",
    "backbone_lr": 0.1,
    "dropout": 0.3,
    "loss": LOSSES["CrossEntropyLoss"](label_smoothing=0.1),
    "class_weights": True,
    "optimizer": OPTIMIZERS["SGD"](lr=0.1, momentum=0.9, nesterov=True),
    "schedule": SCHEDULES["MultiStepLR"](milestones=(2, 5)),
    "warmup": 5,
    "clip": 1.0,
    "decay_all": False,
    "epochs": 4,
    "patience": 2,
    "device": "cuda:1",
    "threads": 2,
    "precision": "bfloat16",
    "channels_last": True,
    "compile": True,
    "deterministic": False,
    "histograms": 10,
}
