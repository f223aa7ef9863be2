"""The Python that a summary exports makes the very model on the screen."""

import hashlib
import warnings
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torchvision.models import SqueezeNet1_1_Weights, WeightsEnum

from cnnlab.images import sample
from cnnlab.models import INITIALISATIONS, MODELS, build, cached, course_scheme, find_weights, published
from cnnlab.summary import feature_maps, memory
from cnnlab.summary.code import code
from cnnlab.summary.pictures import pictured
from cnnlab.summary.subject import Subject
from cnnlab.summary.view import View

SOURCE = "nn.Sequential(nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU())"
SOURCES = {
    "alone": SOURCE,
    "with another name": f"net = {SOURCE}",
    "with a width": f"width = 8\nmodel = {SOURCE.replace('8', 'width')}",
    "over several lines": "nn.Sequential(OrderedDict([\n    ('a', nn.Conv2d(1, 2, 3)),\n    ('b', nn.ReLU()),\n]))",
    "whose name a later line takes": "m = nn.Linear(3, 2)\nm = 4",
    "before another name": "m = nn.Linear(3, 2)\nk = 4",
    "with its type": "x: nn.Module = nn.Linear(2, 2)",
    "before words": "m = nn.Linear(3, 2)\n'words'",
    "before a name on its line": "nn.Linear(2, 2); x = 3",
    "after another on its line": "net = nn.Linear(2, 2); nn.Linear(2, 3)",
    "behind letters of two bytes": "'é'; a = nn.Linear(4, 4); nn.Sequential(a, a)  # é",
    "by the full name of a table": "nn.Sequential(collections.OrderedDict([('a', nn.Linear(2, 2))]))",
    "that takes our names": "torch = 4\ninit = 3\nsummarize = 2\nnn.Linear(torch, init)",
    "made in another order than it is used": (
        "last = nn.Conv2d(4, 4, 3)\nunused = nn.Linear(3, 3)\nmodel = nn.Sequential(nn.Conv2d(1, 4, 3), last)"
    ),
}
SCHEMES = {
    "the course's": course_scheme(),
    "convolutions alone": {"convolution": INITIALISATIONS["kaiming_normal_"](nonlinearity="relu", mode="fan_out")},
    "biases alone": {"bias": INITIALISATIONS["constant_"](val=3)},
    "every kind": {
        "convolution": INITIALISATIONS["orthogonal_"](gain=2),
        "linear": INITIALISATIONS["uniform_"](a=-0.5, b=0.25),
        "normalisation": INITIALISATIONS["normal_"](mean=1, std=0.5),
        "bias": INITIALISATIONS["normal_"](std=0.5),
    },
}


def made(view: View) -> torch.nn.Module:
    scope = {}
    with torch.random.fork_rng(devices=[]):
        exec(code(Subject(view)), scope)
    return scope["model"]


def assert_same(view: View) -> None:
    """Every value of the state is equal, to the last bit."""
    ours, theirs = made(view).state_dict(), Subject(view).real().state_dict()
    assert list(ours) == list(theirs)
    assert [name for name in ours if not torch.equal(ours[name], theirs[name])] == []


@pytest.mark.parametrize(
    "view",
    [
        View(),
        View(model=MODELS["LeNet"](), seed=7),
        View(model=MODELS["VGG"](arch="VGG13", narrower=8)),
        View(model=MODELS["raft_small"](), shape=(3, 128, 128), seed=1),
        View(model=MODELS["fasterrcnn_mobilenet_v3_large_320_fpn"]()),
        *(View(source=source, seed=5) for source in SOURCES.values()),
    ],
    ids=lambda view: view.source[:30] or view.name,
)
def test_exported_code_makes_and_summarises_the_same_model(view, capsys):
    assert_same(view)
    assert "Layer (type)" in capsys.readouterr().out


@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=SCHEMES)
@pytest.mark.parametrize(
    "subject",
    [
        View(model=MODELS["LeNetSigmoid"](batch_norm=True), seed=3),
        View(source=SOURCE, seed=4),
        View(source="nn.Sequential(nn.BatchNorm1d(3, affine=False), nn.Linear(3, 2, bias=False))"),
        View(source="torch = 4\ninit = 4\nnn.Linear(torch, init)"),
    ],
    ids=["course", "pasted", "without weights or biases", "that takes our names"],
)
def test_exported_code_starts_the_layers_as_the_scheme_does(subject, scheme):
    view = replace(subject, scheme=scheme)
    assert_same(view)
    kinds = set(scheme) - {"bias"}
    assert ("init." in code(Subject(view))) == bool(kinds)


def test_feature_maps_of_the_exported_model_are_those_on_the_screen():
    view = View(model=MODELS["LeNet"](), scheme=course_scheme(), seed=11)
    picture = pictured(sample("coffee"), Subject(view).shapes[0])
    ours, theirs = (feature_maps(model, "conv2", picture).maps for model in (made(view), Subject(view).real()))
    assert (ours == theirs).all()
    assert not (ours == feature_maps(Subject(replace(view, seed=12)).real(), "conv2", picture).maps).all()


def test_a_class_of_ones_own_starts_the_same(monkeypatch, tmp_path):
    monkeypatch.setenv("CNNLAB_MODELS", str(tmp_path))
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "own_net.py").write_text(
        "from torch import nn\n\nclass Net(nn.Sequential):\n    def __init__(self):\n"
        "        super().__init__(nn.Linear(7, 2), nn.LazyLinear(3))\n"
    )
    plain = View(own="own_net:Net", seed=2)
    for view in (plain, replace(plain, scheme=course_scheme())):
        ours, theirs = made(view), Subject(view).real()
        assert torch.equal(ours[0].weight, theirs[0].weight)
        assert torch.equal(ours[0].bias, theirs[0].bias)


def test_pretrained_weights_are_named_in_the_code(monkeypatch, tmp_path):
    """torch.hub takes a file that lies in its cache as it is, so a file of our own stands for the download."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    weights = find_weights("SqueezeNet1_1_Weights.IMAGENET1K_V1")
    other = Subject(View(model=MODELS["squeezenet1_1"](), seed=9)).real()
    path = cached(weights)
    path.parent.mkdir(parents=True)
    torch.save(other.state_dict(), path)
    url = weights.url.replace("b8a52dc0", hashlib.sha256(path.read_bytes()).hexdigest()[:8])
    monkeypatch.setattr(SqueezeNet1_1_Weights.IMAGENET1K_V1.value, "url", url)
    monkeypatch.setitem(published.WEIGHTS, weights.name, replace(weights, url=url))
    path.rename(path.with_name(url.rpartition("/")[2]))
    view = View(model=MODELS["squeezenet1_1"](), weights=weights.name)
    assert_same(view)
    assert torch.equal(made(view).features[0].weight, other.features[0].weight)


def test_weights_for_a_changed_model_are_put_into_that_model():
    source = code(Subject(View(model=MODELS["resnet18"](num_classes=10), weights="ResNet18_Weights.IMAGENET1K_V1")))
    assert "model = models.resnet18(num_classes=10)\n" in source
    assert 'load_weights(model, "ResNet18_Weights.IMAGENET1K_V1")\n' in source
    compile(source, "model.py", "exec")


@pytest.mark.parametrize("heads", [True, False])
@pytest.mark.parametrize(
    ("name", "weights"),
    [("googlenet", "GoogLeNet_Weights.IMAGENET1K_V1"), ("inception_v3", "Inception_V3_Weights.IMAGENET1K_V1")],
)
def test_the_model_with_weights_is_the_one_whose_rows_are_shown(monkeypatch, tmp_path, name, weights, heads):
    state = build(MODELS[name](init_weights=False), "cpu").state_dict()
    torch.save(state, tmp_path / "state.pt")
    monkeypatch.setattr(WeightsEnum, "get_state_dict", lambda self, *args, **more: state)
    monkeypatch.setattr("cnnlab.models.weights.fetch", lambda *args: tmp_path / "state.pt")
    monkeypatch.setattr("cnnlab.summary.subject.cached", lambda weights: Path(__file__))
    about = Subject(View(model=MODELS[name].example().replace(aux_logits=heads), weights=weights))
    names = list(dict(about.meta.named_modules()))
    assert list(dict(about.real().named_modules())) == names
    assert any("aux" in name.lower() for name in names) == heads
    scope = {}
    with warnings.catch_warnings(action="ignore"):
        exec(code(about), scope)
    assert list(dict(scope["model"].named_modules())) == names


def test_where_memory_is_looked_at_the_code_prints_it_for_the_same_batch_precision_and_optimizer(capsys):
    view = View(
        model=MODELS["LeNet"](), look="memory", batch=64, precision="mixed", optimizer="SGD with momentum", gib=2
    )
    assert_same(view)
    needs = memory(Subject(view).meta, (3, 32, 32), batch=64, precision="mixed", optimizer="SGD with momentum")
    assert capsys.readouterr().out.splitlines()[-2:] == [
        f"{needs.training:,} bytes to train, {needs.inference:,} to run",
        f"The largest batch in 2 GiB: {needs.largest_batch(2)}",
    ]
    for other in (replace(view, look="maps"), View(model=MODELS["ssd300_vgg16"].example(), look="memory")):
        assert "memory" not in code(Subject(other))
    assert_same(View(source="memory = 3\nnn.Linear(memory, 2)", look="memory"))
