"""Gradients of every layer: as torch's own for the same seeds, and as the exported code prints them."""

import contextlib
import copy
import io
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from cnnlab import limits
from cnnlab.images import sample
from cnnlab.models import INITIALISATIONS, MODELS
from cnnlab.models.initialisations import RIVALS
from cnnlab.specs import SpecError
from cnnlab.summary.batches import MIRRORED, inputs
from cnnlab.summary.gradients import gradients, spread
from cnnlab.summary.jobs import GRADIENTS, REPORT, asked
from cnnlab.summary.lessons import CROSS_ENTROPY, FACTOR, SQUARES, Gradients, Layer, Spread
from cnnlab.summary.pictures import pictured
from cnnlab.summary.subject import Subject
from cnnlab.summary.view import View
from cnnlab.workshop.plain import packed, unpacked
from tests.sampling import some

SIGMOID = View(model=MODELS["LeNetSigmoid"](), seed=5)
VIEWS = {
    "sigmoids": SIGMOID,
    "normalised": replace(SIGMOID, model=MODELS["LeNetSigmoid"](batch_norm=True)),
    "started anew": replace(SIGMOID, scheme=RIVALS["kaiming"][1]),
    "with dropout": View(model=MODELS["AlexNet"].example(), image="camera", seed=2),
    "several heads": View(model=MODELS["googlenet"](), shape=(3, 64, 64)),
    "pixels": View(model=MODELS["UNet"].example(), shape=(3, 32, 32)),
    "attention": View(model=MODELS["vit_b_16"](image_size=32), shape=(3, 32, 32)),
    "numbers": View(
        source="nn.Sequential(nn.Linear(6, 4, dtype=torch.float64), nn.BatchNorm1d(4, dtype=torch.float64))"
    ),
}


def told(view: View) -> Gradients:
    return unpacked(packed(GRADIENTS.do(dict(GRADIENTS.job(asked(view)).query))))


def ran(code: str) -> list[str]:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), torch.random.fork_rng(devices=[]):
        exec(code, {})
    return out.getvalue().splitlines()


@pytest.mark.parametrize("view", some(VIEWS, 3))
@pytest.mark.filterwarnings("ignore:.*(init|weights):FutureWarning")
def test_the_code_prints_the_numbers_on_the_screen(view):
    answer = told(view)
    loss, *lines = ran(answer.code)
    assert loss == f"loss {answer.loss:.6g}"
    norms = {}
    for layer in answer.layers:
        gradient = "none" if layer.gradient is None else f"{layer.gradient.norm:.6g}"
        norms[layer.name] = f"gradient {gradient}, weights {layer.weight.norm:.6g}"
    printed = dict(line.split(": ", 1) for line in lines)
    assert norms == {name.removesuffix(".weight"): text for name, text in printed.items()}


def test_the_gradients_are_those_of_torch():
    """The same model, picture and seeds, put together without anything that the page uses for its pass."""
    model = Subject(SIGMOID).real().train()
    x = pictured(sample("chelsea"), (1, 28, 28))[None]
    target = torch.randint(10, (1,), generator=torch.Generator().manual_seed(5))
    weights = [parameter for parameter in model.parameters() if parameter.dim() > 1]
    loss = F.cross_entropy(model(x), target)
    theirs = torch.autograd.grad(loss, weights)
    ours = told(SIGMOID)
    assert ours.loss == pytest.approx(loss.item(), rel=1e-6)
    assert [layer.gradient.norm for layer in ours.layers] == pytest.approx([g.norm().item() for g in theirs], rel=1e-5)
    assert [layer.weight.norm for layer in ours.layers] == pytest.approx([w.norm().item() for w in weights], rel=1e-5)
    for layer, gradient in zip(ours.layers, theirs, strict=True):
        assert (layer.gradient.low, layer.gradient.high) == (gradient.min().item(), gradient.max().item())


def test_a_normalised_model_is_given_the_picture_and_its_mirror_images():
    view = VIEWS["normalised"]
    subject = Subject(view)
    model = subject.real().train()
    x = pictured(sample("chelsea"), (1, 28, 28))
    batch = torch.stack([x, x.flip(2), x.flip(1), x.flip(1, 2)])
    target = torch.randint(10, (MIRRORED,), generator=torch.Generator().manual_seed(5))
    F.cross_entropy(model(batch), target).backward()
    answer = told(view)
    assert answer.batch == MIRRORED
    norms = [parameter.grad.norm().item() for parameter in model.parameters() if parameter.dim() > 1]
    assert [layer.gradient.norm for layer in answer.layers] == pytest.approx(norms, rel=1e-4)


def test_the_loss_suits_what_the_model_puts_out():
    classes, pixels = told(SIGMOID), told(VIEWS["pixels"])
    assert (classes.loss_name, classes.scores) == (CROSS_ENTROPY, 10)
    assert (pixels.loss_name, pixels.scores) == (SQUARES, 2 * 32 * 32)


def test_layers_stand_in_the_order_in_which_they_are_used():
    source = "last = nn.Linear(4, 2)\nmodel = nn.Sequential(nn.Linear(6, 4), nn.Tanh(), last, nn.BatchNorm1d(2))"
    assert [layer.name for layer in told(View(source=source)).layers] == ["0", "2"]

    class Backwards(nn.Module):
        def __init__(self):
            super().__init__()
            self.second, self.first, self.spare = nn.Linear(3, 2), nn.Linear(3, 3), nn.Linear(2, 2)

        def forward(self, x):
            return self.second(self.first(x))

    layers = gradients(Backwards(), (torch.ones(1, 3),)).layers
    assert [layer.name for layer in layers if layer.gradient] == ["first", "second"]
    assert [layer.name for layer in layers if not layer.gradient] == ["spare"]


def test_attention_counts_as_weights_where_the_module_runs():
    names = [layer.name for layer in told(VIEWS["attention"]).layers]
    first = "encoder.layers.encoder_layer_0."
    attention = [f"{first}self_attention.in_proj_weight", f"{first}self_attention.out_proj"]
    place = names.index(attention[0])
    assert names[place : place + 3] == [*attention, f"{first}mlp.0"]


@pytest.mark.parametrize("size", [1, 7, 50_000])
def test_a_spread_is_the_histogram_and_the_norm_of_all_values(size, monkeypatch):
    monkeypatch.setattr("cnnlab.summary.gradients.BLOCK", 999)
    values = torch.randn(size, generator=torch.Generator().manual_seed(size))
    told = spread(values)
    assert told.norm == pytest.approx(values.double().norm().item())
    assert sum(told.counts) == size
    counts, _edges = np.histogram(values.numpy(), bins=len(told.counts), range=(told.low, told.high))
    assert np.abs(counts - np.array(told.counts)).sum() <= max(2, size // 5000)  # a value on an edge


def test_what_is_not_finite_is_left_out_of_the_histogram_alone():
    told = spread(torch.tensor([1.0, math.inf, 3.0, math.nan]))
    assert (told.low, told.high, sum(told.counts)) == (1, 3, 2)
    assert not math.isfinite(told.norm)
    assert sum(spread(torch.full((2, 2), math.nan)).counts) == 0
    assert spread(torch.full((2,), 1e30)).norm == pytest.approx(2**0.5 * 1e30)  # its square is no float32


def passed(*norms: float | None) -> Gradients:
    made = [Spread(1.0, 0.0, 1.0, (1,)) if norm is None else Spread(norm, 0.0, 1.0, (1,)) for norm in norms]
    layers = [
        Layer(str(i), "Linear", (1, 1), made[i], made[i] if norms[i] is not None else None) for i in range(len(made))
    ]
    return Gradients(1.0, SQUARES, 1, 1, tuple(layers))


@pytest.mark.parametrize(
    ("norms", "marks"),
    [
        ((1, 1, 1 / FACTOR), "--v"),
        ((1, 1, 1.01 / FACTOR), "---"),
        ((1, FACTOR, 1), "-x-"),
        ((1, FACTOR * 0.99, 1), "---"),
        ((2, 0, 2), "-v-"),
        ((2, math.inf, math.nan), "-xx"),
        ((0, 0, 0), "vvv"),
        ((3, None, 3), "---"),
        ((math.nan, math.nan), "xx"),
    ],
)
def test_what_vanishes_and_explodes_is_a_factor_from_the_median(norms, marks):
    told = passed(*norms)
    assert "".join("v" if told.vanishing(one) else "x" if told.exploding(one) else "-" for one in told.layers) == marks


def test_sigmoids_let_gradients_vanish_and_better_starts_less():
    """What Xavier and Kaiming are for: the first layer's gradient against the last one's."""
    shares = {}
    for name, (_title, scheme) in {"torch": ("", {}), **RIVALS}.items():
        layers = told(replace(SIGMOID, scheme=scheme)).layers
        shares[name] = layers[0].gradient.norm / layers[-1].gradient.norm
    assert shares["small"] < shares["torch"] / 10
    assert shares["torch"] < min(shares["xavier"], shares["kaiming"])
    assert told(SIGMOID).vanishing(told(SIGMOID).layers[0])


@pytest.mark.parametrize("name", RIVALS)
def test_a_rival_starts_convolutions_and_linear_layers_alike(name):
    scheme = RIVALS[name][1]
    assert scheme["convolution"] == scheme["linear"]
    assert scheme["bias"] == INITIALISATIONS["constant_"](val=0)


def test_the_model_is_left_as_it_is():
    subject = Subject(VIEWS["normalised"])
    model = subject.real()
    before = copy.deepcopy(model.state_dict())
    state = torch.get_rng_state()
    gradients(model, inputs(subject, model, MIRRORED))
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert not model.training
    assert all(parameter.grad is None for parameter in model.parameters())
    assert not any(module._forward_pre_hooks for module in model.modules())


@pytest.mark.parametrize(
    ("view", "refusal"),
    [
        (
            View(model=MODELS["fasterrcnn_resnet50_fpn"].example()),
            "A detector learns from pictures with the boxes in them, which are not at hand here: choose another model.",
        ),
        (
            View(source="nn.Sequential(nn.ReLU(), nn.BatchNorm2d(3))"),
            "Sequential has no weights of two or more dimensions.",
        ),
        (View(source="nn.Sequential(nn.Conv2d(3, 4, 3), nn.Linear(5, 2))"), "Layer 1 (Linear) expects 5"),
        (
            View(source="nn.Sequential(nn.Conv2d(3, 8, 3), nn.Upsample(scale_factor=2000.0))"),
            "Running this model for real ",
        ),
        (View(source="nn.LazyLinear(3)"), "LazyLinear has lazy layers"),
    ],
    ids=["detector", "no weights", "fails", "costly", "lazy"],
)
def test_what_cannot_be_gone_back_through_is_refused_in_one_sentence(view, refusal):
    with pytest.raises(SpecError) as error:
        told(view)
    assert str(error.value).startswith(refusal)


def test_the_way_back_is_foreseen_beside_the_way_there(monkeypatch):
    """A model that may run may be too slow to be gone back through: three times as long."""
    there = REPORT.do(asked(SIGMOID).to_query()).report.effort.seconds
    monkeypatch.setattr(limits, "REAL_SECONDS", 4 * there)
    told(SIGMOID)
    monkeypatch.setattr(limits, "REAL_SECONDS", 2 * there)
    with pytest.raises(SpecError, match="^Running this model for real would take about "):
        told(SIGMOID)


def test_numbers_without_gradients_have_no_way_back():
    class Argmax(nn.Linear):
        def forward(self, x):
            return super().forward(x).argmax(1)

    with pytest.raises(SpecError, match="^There is no way back from what Argmax puts out: "):
        gradients(Argmax(3, 2), (torch.ones(1, 3),))


@pytest.mark.parametrize(
    "values",
    [
        torch.tensor([-3e38, 3e38]),
        torch.tensor([1e150, -1e150], dtype=torch.float64),
        torch.full((2,), 1e30),
        torch.tensor([3 + 4j, 0]),
    ],
)
def test_a_spread_counts_every_finite_value(values):
    told = spread(values)
    assert sum(told.counts) == 2
    assert told.norm == pytest.approx(math.hypot(*map(abs, values.tolist())))
