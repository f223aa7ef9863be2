"""Parameters and MACs of torchvision's models are those that torchvision publishes with its weights."""

import warnings

import pytest
import torch
import torchvision
from torchvision.models import get_model_builder, get_model_weights, list_models

from cnnlab.models import find_weights
from cnnlab.summary import agreement, summarize

SUBSET = (
    "alexnet",
    "vgg11",
    "vgg16_bn",
    "resnet18",
    "resnet50",
    "resnext50_32x4d",
    "wide_resnet50_2",
    "densenet121",
    "mobilenet_v2",
    "mobilenet_v3_small",
    "efficientnet_b0",
    "efficientnet_v2_s",
    "googlenet",
    "inception_v3",
    "shufflenet_v2_x1_0",
    "squeezenet1_1",
    "mnasnet1_0",
    "regnet_y_400mf",
    "convnext_tiny",
    "vit_b_32",
)
FRAMES = 16


def entries(module, names=None):
    return [
        pytest.param(name, weights, id=f"{name}-{weights.name}")
        for name in list_models(module=module)
        if names is None or name in names
        for weights in get_model_weights(name)
    ]


def build(name, **settings):
    def made():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # googlenet's own, about its initialisation
            return get_model_builder(name)(weights=None, **settings)

    return made


def holds(name, weights, shape, **settings):
    report = summarize(build(name, **settings), shape)
    assert report.failure is None
    assert round(report.macs / 1e9, 3) == weights.meta["_ops"]
    return report


def classification(name, weights):
    size = weights.transforms().crop_size[0]
    settings = {"image_size": size} if name.startswith("vit_") else {}
    if name == "googlenet":  # published without the auxiliary heads
        settings = {"aux_logits": False, "init_weights": False}
    if name == "inception_v3":
        settings = {"init_weights": False}
    report = holds(name, weights, (3, size, size), **settings)
    assert report.params == weights.meta["num_params"]


@pytest.mark.parametrize(("name", "weights"), entries(torchvision.models, SUBSET))
def test_published_figures_of_twenty_models(name, weights):
    classification(name, weights)


@pytest.mark.sweep
@pytest.mark.parametrize(("name", "weights"), entries(torchvision.models))
def test_published_figures_of_all_classification_models(name, weights):
    classification(name, weights)


@pytest.mark.sweep
@pytest.mark.parametrize(("name", "weights"), entries(torchvision.models.segmentation))
def test_published_figures_of_all_segmentation_models(name, weights):
    heads = {} if name.startswith("lraspp") else {"aux_loss": True}
    report = holds(name, weights, (3, 520, 520), weights_backbone=None, **heads)
    assert report.params == weights.meta["num_params"]


@pytest.mark.sweep
@pytest.mark.parametrize(("name", "weights"), entries(torchvision.models.video))
def test_published_figures_of_all_video_models(name, weights):
    size = weights.transforms().crop_size
    height, width = size if len(size) == 2 else size * 2
    report = holds(name, weights, (3, FRAMES, height, width))
    assert report.params == weights.meta["num_params"]


def test_the_subset_is_twenty_models():
    assert len(set(SUBSET)) == 20
    assert set(SUBSET) <= set(list_models(module=torchvision.models))


def test_agreement_names_torchs_count_and_the_published_one():
    weights = find_weights("ResNet18_Weights.IMAGENET1K_V1")
    with torch.device("meta"):
        model = torchvision.models.resnet18()
    found = agreement(summarize(model, (3, 224, 224)), model, weights)
    assert (found.with_torch, found.with_published) == (True, True)
    other = agreement(summarize(model, (3, 64, 64)), model, weights)
    assert (other.with_torch, other.with_published) == (True, False)
