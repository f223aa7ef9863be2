"""The hooks of one module: what the page shows is what the exported code prints, and torch says the same."""

import contextlib
import copy
import io
import math
import re
from dataclasses import replace

import pytest
import torch
from PIL import Image
from torch import nn

from cnnlab import shelf
from cnnlab.models import INITIALISATIONS, MODELS
from cnnlab.specs import SpecError
from cnnlab.summary.batches import FILE, inputs
from cnnlab.summary.calling import Way, calls
from cnnlab.summary.jobs import CALLS, asked
from cnnlab.summary.lessons import (
    BACKWARD_HOOK,
    BACKWARD_PRE_HOOK,
    HOOK,
    IN_PLACE,
    NO_LOSS,
    NO_TENSOR,
    NOT_IN_PLACE,
    PRE_HOOK,
    Calls,
)
from cnnlab.summary.subject import Subject
from cnnlab.summary.view import View
from cnnlab.workshop.plain import packed, unpacked
from tests.sampling import some

STAGES = [PRE_HOOK, HOOK, BACKWARD_PRE_HOOK, BACKWARD_HOOK]
TWICE = "c = nn.Conv2d(3, 3, 3, padding=1)\nmodel = nn.Sequential(c, nn.ReLU(), c, nn.Flatten(), nn.Linear(3072, 10))"
NAMES = (
    "torch = 3\nprinted = nn.ReLU()\nwatch = 4\nMOST = 5\nmodel = nn.Sequential(nn.Conv2d(torch, watch, 3), printed)"
)
VIEWS = {
    "a layer": View(model=MODELS["LeNet"](), row="conv2", image="coffee", seed=4),
    "the model itself": View(model=MODELS["LeNet"](), seed=4),
    "no root of its own": View(model=MODELS["UNet"].example(), row="bottom.0", shape=(3, 32, 32)),
    "sigmoids": View(model=MODELS["LeNetSigmoid"](batch_norm=True), row="fc"),
    "starting values": View(model=MODELS["LeNet"](), row="fc1", scheme={"linear": INITIALISATIONS["normal_"](std=0.5)}),
    "in place behind it": View(model=MODELS["resnet18"](), row="layer1.0.bn1", shape=(3, 32, 32)),
    "in place by the model": View(model=MODELS["resnet18"](), row="layer1.0.bn2", shape=(3, 32, 32)),
    "a tuple": View(model=MODELS["vit_b_16"].example(), row="encoder.layers.encoder_layer_0.self_attention"),
    "a dict": View(model=MODELS["lraspp_mobilenet_v3_large"].example(), row="backbone", shape=(3, 64, 64)),
    "twice": View(source=TWICE, row="0"),
    "numbers": View(source="nn.Sequential(nn.Linear(6, 4, dtype=torch.float64), nn.Tanh())", row="0", seed=3),
    "our names": View(source=NAMES, row="0"),
    "several inputs": View(model=MODELS["raft_small"](), row="feature_encoder.convnormrelu.0", shape=(3, 128, 128)),
    "in place at once": View(
        source="nn.Sequential(nn.ReLU(inplace=True), nn.Conv2d(3, 2, 3))", shape=(3, 8, 8), row="0"
    ),
}


def told(view: View) -> Calls:
    return unpacked(packed(CALLS.do(dict(CALLS.job(asked(view)).query))))


def ran(code: str) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), torch.random.fork_rng(devices=[]):
        exec(code, {})
    return out.getvalue()


@pytest.mark.parametrize("view", some(VIEWS, 3))
@pytest.mark.filterwarnings("ignore:.*(init|weights):FutureWarning")
def test_the_page_shows_what_the_code_prints(view):
    answer = told(view)
    assert answer.output == ran(answer.code)
    assert answer.output.startswith("forward pre-hook 1\n    args[0]: (")


def test_the_steps_stand_in_the_order_in_which_torch_runs_the_hooks():
    assert [event.stage for event in told(VIEWS["a layer"]).events] == STAGES


def test_torch_gives_the_same_numbers_without_hooks():
    view = VIEWS["a layer"]
    subject = Subject(view)
    model = subject.real()
    (x,) = inputs(subject, model)
    seen = model.conv1(x).relu()
    seen = nn.functional.max_pool2d(seen, 2).detach().requires_grad_()
    out = model.conv2(seen)
    out.retain_grad()
    scores = model.fc3(model.fc2(model.fc1(nn.functional.max_pool2d(out.relu(), 2).flatten(1)).relu()).relu())
    target = torch.randint(10, (1,), generator=torch.Generator().manual_seed(4))
    nn.functional.cross_entropy(scores, target).backward()
    lines = {stage: event.lines[0] for stage, event in told(view).of(1).items()}
    for stage, tensor in ((PRE_HOOK, seen), (HOOK, out), (BACKWARD_PRE_HOOK, out.grad), (BACKWARD_HOOK, seen.grad)):
        mean, std = tensor.detach().double().mean(), tensor.detach().double().std(correction=0)
        assert f": {tuple(tensor.shape)} float32, mean {mean:.4g}, std {std:.4g}, first " in lines[stage]


def test_calls_are_numbered_and_the_way_back_meets_the_last_one_first():
    answer = told(VIEWS["twice"])
    assert (answer.count, answer.returns) == (2, (2, 1))
    first, second = answer.of(1), answer.of(2)
    assert list(first) == list(second) == [PRE_HOOK, HOOK, BACKWARD_PRE_HOOK, BACKWARD_HOOK]
    lines = [event.lines[0] for event in (second[BACKWARD_HOOK], first[BACKWARD_PRE_HOOK])]
    sizes = [math.hypot(*map(float, re.search(r"mean (\S+), std (\S+),", line).groups())) for line in lines]
    assert sizes[0] > sizes[1]  # a ReLU stands between them, and stops some


def test_a_call_that_the_loss_does_not_depend_on_gets_nothing_back():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = nn.Linear(3, 2)

        def forward(self, x):
            kept = self.inner(x)
            self.inner(2 * x)
            return kept

    answer, _ = calls(Net(), "inner", (torch.ones(1, 3),))
    assert (answer.count, answer.returns) == (2, (1,))
    assert BACKWARD_HOOK in answer.of(1)
    assert list(answer.of(2)) == [PRE_HOOK, HOOK]


def test_a_call_that_gives_two_tensors_comes_back_once():
    class Both(nn.Linear):
        def forward(self, x):
            return super().forward(x), 2 * x

    class Net(nn.Sequential):
        def forward(self, x):
            one, two = self[0](x)
            return one @ two.T

    answer, _ = calls(Net(Both(3, 3)), "0", (torch.ones(1, 3),))
    assert (answer.count, answer.returns) == (1, (1,))
    assert len(answer.of(1)[BACKWARD_PRE_HOOK].lines) == 2


def test_where_torch_refuses_backward_hooks_the_page_says_why():
    behind, model, table = (told(VIEWS[name]) for name in ("in place behind it", "in place by the model", "a dict"))
    assert (behind.note, model.note, table.note.template) == (NOT_IN_PLACE, IN_PLACE, NO_TENSOR)
    assert str(table.note).endswith("this module puts out OrderedDict.")
    assert [event.stage for event in behind.events] == STAGES
    assert [event.stage for event in model.events] == [event.stage for event in table.events] == STAGES[:2]
    assert "layer.inplace = False" in behind.code


def test_numbers_without_gradients_have_no_way_back():
    class Argmax(nn.Linear):
        def forward(self, x):
            return super().forward(x).argmax(1)

    answer, way = calls(nn.Sequential(Argmax(3, 2)), "0", (torch.ones(1, 3),))
    assert (answer.note, way) == (NO_LOSS, Way(back=False))
    assert [event.stage for event in answer.events] == STAGES[:2]


@pytest.mark.parametrize("path", ["", "layer1.0.bn1", "layer1.0.bn2"])
def test_the_model_is_left_as_it_is(path):
    subject = Subject(View(shape=(3, 32, 32)))
    model = subject.real()
    model.layer1[0].register_forward_hook(lambda module, args, output: pytest.fail("a hook of the model's own ran"))
    before = copy.deepcopy(model.state_dict())
    calls(model, path, inputs(subject, model))
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert all(parameter.grad is None and parameter.requires_grad for parameter in model.parameters())
    assert not any(module._backward_hooks or module._forward_pre_hooks for module in model.modules())
    assert model.layer1[0].relu.inplace


def test_an_own_picture_is_a_file_beside_the_code(monkeypatch, tmp_path):
    file = io.BytesIO()
    photo = Image.effect_noise((40, 30), 90).convert("RGB")
    photo.save(file, "PNG")
    digest = shelf.keep(file.getvalue())
    answer = told(replace(VIEWS["a layer"], image=digest))
    shelf.release(digest)
    monkeypatch.chdir(tmp_path)
    photo.save(FILE)
    assert digest not in answer.code
    assert answer.output == ran(answer.code)


@pytest.mark.parametrize(
    ("view", "refusal"),
    [
        (
            View(model=MODELS["ssdlite320_mobilenet_v3_large"].example()),
            "A detector learns from pictures with the boxes in them, which are not at hand here: choose another model.",
        ),
        (replace(VIEWS["a layer"], row="conv9"), "LeNet has no module 'conv9'."),
        (
            View(source="nn.MultiheadAttention(4, 1)", row="out_proj", shape=(3, 4)),
            "MultiheadAttention cannot take 1 × 3 × 4: ",
        ),
        (View(source="nn.Sequential(nn.Conv2d(3, 4, 3), nn.Linear(5, 2))", row="0"), "Layer 1 (Linear) expects 5"),
        (
            View(source="nn.Sequential(nn.Conv2d(3, 8, 3), nn.Upsample(scale_factor=2000.0))", row="0"),
            "Running this model for real ",
        ),
    ],
    ids=["detector", "no such module", "several inputs", "fails", "costly"],
)
def test_what_cannot_be_run_is_refused_in_one_sentence(view, refusal):
    with pytest.raises(SpecError) as error:
        told(view)
    assert str(error.value).startswith(refusal)


def test_a_module_that_is_never_called_is_said_to_be():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.used, self.spare, self.passed_by = nn.Linear(3, 3), nn.Linear(3, 3), nn.Linear(3, 3)

        def forward(self, x):
            return self.passed_by.forward(self.used(x))

    for path in ("spare", "passed_by"):
        with pytest.raises(SpecError, match=f"^{path} is not called when this model runs, so nothing goes through its"):
            calls(Net(), path, (torch.ones(1, 3),))
