"""The summary page's view in a URL and back."""

import json
import os

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.models import MODELS, cached, course_scheme, find_weights
from cnnlab.models.folder import last_change
from cnnlab.specs import SpecError
from cnnlab.summary import OPTIMIZERS, PRECISIONS, summarize
from cnnlab.summary.view import View, handed_over, parse_shape

SOURCE = "nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU())"
SIDES = st.lists(st.integers(1, 512), min_size=1, max_size=4)
VIEWS = st.builds(
    View,
    model=st.sampled_from([MODELS[name].example() for name in ("LeNet", "resnet18", "UNet", "vit_b_16", "VGG")]),
    source=st.sampled_from(["", SOURCE]),
    shape=st.none() | SIDES.map(tuple),
    batch=st.integers(1, 4096),
    precision=st.sampled_from(list(PRECISIONS)),
    optimizer=st.sampled_from(list(OPTIMIZERS)),
    gib=st.integers(1, 1024),
    row=st.sampled_from(["", "layer1.0.conv1"]),
    scheme=st.sampled_from([{}, course_scheme()]),
    seed=st.integers(0, 99),
    against=st.none() | st.just(MODELS["alexnet"].example()),
)


@given(VIEWS)
def test_a_view_survives_its_url(view):
    back = View.from_query(view.to_query())
    assert back.to_query() == view.to_query()
    assert (back.source, back.shape, back.row, back.against) == (view.source, view.shape, view.row, view.against)
    if not view.source:
        assert back == view


@pytest.mark.parametrize(
    "query",
    [
        {"model": "nothing"},
        {"model": "VGG", "params": "xx"},
        {"shape": "3x-1"},
        {"shape": "9" * 50},
        {"batch": "0"},
        {"precision": "float1"},
        {"source": "abc"},
        {"against": "??"},
        {"optimizer": "__import__('os')"},
    ],
)
def test_a_damaged_link_is_refused_in_one_sentence(query):
    with pytest.raises(SpecError) as refusal:
        View.from_query(query)
    assert "\n" not in str(refusal.value)


@given(st.text(max_size=20))
def test_any_text_is_a_shape_or_one_sentence(text):
    try:
        shape = parse_shape(text)
    except SpecError as refusal:
        assert "is not a shape" in str(refusal)  # noqa: PT017 both outcomes are right
    else:
        assert all(side >= 1 for side in shape)


@pytest.mark.parametrize("name", ["LeNet", "resnet18", "fasterrcnn_mobilenet_v3_large_320_fpn", "raft_small", "r3d_18"])
def test_every_kind_of_model_is_given_inputs_it_takes(name):
    view = View(model=MODELS[name].example())
    assert summarize(view.meta, *view.inputs).failure is None


def test_a_pasted_model_is_given_an_input_for_its_first_layer():
    assert View(source=SOURCE).shapes == ((1, 32, 32),)
    assert View(source="nn.Linear(7, 2)").shapes == ((7,),)


def test_the_same_seed_gives_the_same_values_and_the_course_starts_otherwise():
    view = View(model=MODELS["LeNet"].example())
    first, second, course = view.real(), view.real(), View(model=view.model, scheme=course_scheme()).real()
    weights = [next(model.parameters()) for model in (first, second, course)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_a_model_too_large_for_values_is_refused():
    with pytest.raises(SpecError, match="parameters, more than"):
        View(model=MODELS["vit_h_14"].example()).real()


def test_a_layer_is_handed_over_with_all_it_takes_to_get_its_weights():
    view = View(model=MODELS["LeNet"].example(), scheme=course_scheme(), seed=5)
    data = json.loads(json.dumps(handed_over(view, summarize(view.meta, *view.inputs).row("conv2"))))
    assert (data["name"], data["input_shape"], data["params"]["out_channels"]) == ("Conv2d", [6, 14, 14], 16)
    layer = View.from_query(data["model"]).real().get_submodule(data["path"])
    assert torch.equal(layer.weight, view.real().conv2.weight)


def test_weights_of_another_model_in_a_link_are_refused():
    with pytest.raises(SpecError, match="^The link says weights=Nothing: use one of"):
        View.from_query({"weights": "Nothing"})
    with pytest.raises(SpecError, match="The link says weights="):
        View.from_query({"model": "LeNet", "weights": "ResNet18_Weights.IMAGENET1K_V1"})


def test_an_edited_file_of_ones_own_is_another_model(monkeypatch, tmp_path):
    monkeypatch.setenv("CNNLAB_MODELS", str(tmp_path))
    file = tmp_path / "net.py"
    net = "from torch import nn\n\nclass Net(nn.Sequential):\n    def __init__(self):\n        super().__init__(nn.Linear({}, 2))\n"
    file.write_text(net.format(7))
    view = View.from_query({"own": "net:Net"})
    before = (view.model_key, view.shapes)
    file.write_text(net.format(9))
    os.utime(file, ns=(1, last_change() + 10**9))
    assert before[1] == ((7,),)
    assert view.shapes == ((9,),)
    assert view.model_key != before[0]


@pytest.mark.parametrize(
    ("view", "published"),
    [
        (View(), True),
        (View(shape=(3, 224, 224)), True),  # what it was made for, said once more
        (View(model=MODELS["googlenet"]()), True),
        (View(model=MODELS["fcn_resnet50"](aux_loss=True)), True),
        (View(model=MODELS["fcn_resnet50"].example().replace(aux_loss=True)), True),
        (View(model=MODELS["fcn_resnet50"]()), False),  # torchvision's figure is for both heads
        (View(batch=2), False),
        (View(shape=(3, 224, 256)), False),
        (View(model=MODELS["resnet18"](num_classes=10)), False),
        (View(model=MODELS["LeNet"]()), False),
        (View(source=SOURCE), False),
    ],
    ids=lambda value: value.name if isinstance(value, View) else "",
)
def test_published_figures_are_claimed_for_the_very_model_and_input_alone(view, published):
    assert (view.published is not None) == published
    if published:
        report = summarize(view.meta, *view.inputs, batch=view.batch)
        assert round(report.macs / 1e9, 3) == view.published.meta["_ops"]


def test_weights_go_into_the_model_on_the_screen_or_are_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(torch.hub, "_hub_dir", str(tmp_path))
    monkeypatch.setattr("cnnlab.models.weights.fetch", lambda weights, progress=None: None)
    view = View(model=MODELS["squeezenet1_1"](num_classes=7), weights="SqueezeNet1_1_Weights.IMAGENET1K_V1")
    path = cached(find_weights(view.weights))
    path.parent.mkdir()
    torch.save(View(model=MODELS["squeezenet1_1"]()).real().state_dict(), path)
    with pytest.raises(SpecError, match="do not fit this model"):
        view.real()
