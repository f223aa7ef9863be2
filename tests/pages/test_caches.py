"""What is kept for later visitors is found again by all it depends on: a warm page says what a cold one says."""

from dataclasses import fields, replace
from typing import Any

import pytest
import streamlit as st
from google.protobuf.json_format import MessageToDict
from streamlit.testing.v1 import AppTest
from visit import visit

from cnnlab.augmentation import Pipeline
from cnnlab.augmentation.view import View as AugmentationView
from cnnlab.layers import LAYERS
from cnnlab.layers.view import View as LayersView
from cnnlab.loading import DATASETS
from cnnlab.loading.view import View as LoadingView
from cnnlab.models import INITIALISATIONS, MODELS
from cnnlab.summary.view import View as SummaryView
from cnnlab.training import LOSSES, OPTIMIZERS, SCHEDULES
from cnnlab.training.view import View as TrainingView
from cnnlab.workshop.desk import Here
from pages.layers import looks as layers
from pages.loading import looks as loading
from pages.serving.hall import hall
from pages.summary import looks as summary
from pages.table import PAGES

FLOATS = "v2.ToImage(), v2.ToDtype(torch.float32, scale=True)"
# For each page a view to begin with, and another value for each of its fields.
FIRST = {
    "augmentation": AugmentationView(
        "scene", Pipeline.from_code(f"[v2.RandomCrop(64), {FLOATS}, v2.Normalize([0.5], [0.2])]"), count=3
    ),
    "layers": LayersView(
        layers=(LAYERS["Conv2d"](in_channels=3, out_channels=6, kernel_size=5), LAYERS["ReLU"]()),
        shape=(3, 9, 9),
        fill="random",
        kernel="model",
        origin={"model": "LeNet"},
        row="conv1",
    ),
    "summary": SummaryView(model=MODELS["LeNet"](), row="conv2", weights=""),
    "loading": LoadingView(samples=110),
    "training": TrainingView(epochs=3),
}
OTHERS = {
    "augmentation": {
        "image": "coffee",
        "pipeline": Pipeline.from_code("[v2.RandomCrop((64, 32))]"),
        "seed": 5,
        "count": 2,
        "place": 1,
        "rolls": {0: 70},
        "raw": True,
        "targets": False,
    },
    "layers": {
        "layers": (LAYERS["ConvTranspose2d"](in_channels=3, out_channels=6, kernel_size=5, stride=2),),
        "place": 1,
        "shape": (3, 7, 10),
        "fill": "ones",
        "kernel": "blur",
        "numbers": {"x": tuple(range(243))},
        "others": {1: {"x": (1.0, 2.0)}},
        "origin": {"model": "LeNet", "seed": "3"},
        "row": "conv2",
        "seed": 9,
        "image": "coffee",
        "look": "shape",
        "element": (0, 1, 1),
        "channel": 2,
        "goal": (14, 28),
        "step": 1,
        "training": False,
    },
    "summary": {
        "model": MODELS["LeNet"](classes=7),
        "source": "nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())",
        "own": "net:Net",
        "shape": (3, 32, 32),
        "batch": 2,
        "precision": "bfloat16",
        "optimizer": "SGD",
        "gib": 2,
        "row": "conv1",
        "image": "coffee",
        "scheme": {"convolution": INITIALISATIONS["constant_"](val=0.5)},
        "weights": "SqueezeNet1_1_Weights.IMAGENET1K_V1",
        "seed": 9,
        "against": MODELS["AlexNet"](),
        "look": "graph",
        "channel": 2,
        "unit": (3, 4),
        "rivals": ("kaiming",),
    },
    "loading": {
        "data": DATASETS["FakeData"](size=200),
        "classes": (1, 2),
        "samples": 90,
        "validation": 0.5,
        "test": 0.1,
        "split_seed": 4,
        "batch_size": 7,
        "sampler": "balanced",
        "drop_last": True,
        "workers": 1,
        "normalise": False,
        "side": 16,
        "augmentation": Pipeline.from_code("[v2.RandomCrop(6)]"),
        "evaluation": Pipeline.from_code("[v2.CenterCrop(6)]"),
        "seed": 9,
        "look": "batches",
        "picture": 3,
        "part": "validation",
        "label": 4,
        "page": 2,
    },
    "training": {
        "data": DATASETS["FakeData"](size=50),
        "classes": (1, 2),
        "samples": 90,
        "validation": 0.5,
        "test": 0.1,
        "split_seed": 4,
        "batch_size": 2000,
        "sampler": "balanced",
        "drop_last": True,
        "workers": 1,
        "normalise": False,
        "side": 16,
        "augmentation": Pipeline.from_code("[v2.RandomCrop(6)]"),
        "evaluation": Pipeline.from_code("[v2.CenterCrop(6)]"),
        "model": MODELS["LeNetSigmoid"](),
        "source": "nn.Sequential(nn.Flatten(), nn.LazyLinear(10))",
        "own": "net:Net",
        "weights": "SqueezeNet1_1_Weights.IMAGENET1K_V1",
        "scheme": {"convolution": INITIALISATIONS["constant_"](val=0.5)},
        "frozen": "backbone",
        "backbone_lr": 0.1,
        "dropout": 0.3,
        "loss": LOSSES["CrossEntropyLoss"](label_smoothing=0.1),
        "class_weights": True,
        "optimizer": OPTIMIZERS["SGD"](lr=0.1),
        "schedule": SCHEDULES["StepLR"](step_size=2),
        "warmup": 5,
        "clip": 1.0,
        "decay_all": False,
        "epochs": 4,
        "patience": 2,
        "seed": 9,
        "device": "cuda:1",
        "threads": 2,
        "precision": "bfloat16",
        "channels_last": True,
        "compile": True,
        "deterministic": False,
        "histograms": 10,
        "run": "A" * 22,
        "look": "compare",
        "runs": ("B" * 22,),
        "parent": "C" * 22,
        "step": 40,
    },
}
NET = "from torch import nn\n\nclass Net(nn.Sequential):\n    def __init__(self):\n        super().__init__(nn.Conv2d(3, 5, 3))\n"
TABS = {"layers": layers.LOOKS, "loading": loading.LOOKS, "summary": summary.LOOKS}
QUICK = 1  # how many tabs of a page are tried in every run, the others by `make test-all`
TURNS = [
    pytest.param(page.path, tab, id=f"{page.path}-{tab}", marks=[pytest.mark.sweep] if place >= QUICK else [])
    for page in PAGES
    for place, tab in enumerate([look.name for look in TABS.get(page.path, ())] or [""])
]


def said(app: AppTest) -> list[Any]:
    """All elements of the page as plain data."""
    assert not app.exception, app.exception
    protos = [element.proto for element in app.main if getattr(element, "proto", None)]
    return [plain(MessageToDict(proto)) for proto in protos]


def plain(data: dict[str, Any]) -> dict[str, Any]:
    """Without the number that Streamlit gives a download that is made when asked for."""
    return {name: value for name, value in data.items() if name != "deferredFileId"}


def shown(path: str, view: Any, look: str) -> list[Any]:
    query = {"look": look} if look else {}
    return said(visit(path, {**query, **view.to_query()}, **{"summary.run": {"net:Net"}}))


def emptied() -> None:
    st.cache_data.clear()
    st.cache_resource.clear()
    hall().desk = Here()


@pytest.fixture(autouse=True)
def _folder(monkeypatch, tmp_path):
    """A class of one's own."""
    monkeypatch.setenv("CNNLAB_MODELS", str(tmp_path))
    (tmp_path / "net.py").write_text(NET)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
def test_there_is_another_value_for_every_field(page):
    assert list(OTHERS[page.path]) == [field.name for field in fields(page.view)]
    for name, value in OTHERS[page.path].items():
        assert getattr(FIRST[page.path], name) != value


def turned(path: str, name: str) -> Any:
    """The first view of a page with another value for one field."""
    model = {"model": MODELS["squeezenet1_1"]()} if name == "weights" else {}
    if model and path == "summary":
        model["row"] = "features.0"
    return replace(FIRST[path], **model, **{name: OTHERS[path][name]})


@pytest.mark.parametrize(("path", "look"), TURNS)
def test_a_page_shows_the_same_whatever_was_looked_at_before(path, look):
    views = {name: turned(path, name) for name in OTHERS[path]}
    emptied()
    shown(path, FIRST[path], look)
    warm = {name: shown(path, view, look) for name, view in views.items()}
    for name, view in views.items():
        emptied()
        assert shown(path, view, look) == warm[name], name
