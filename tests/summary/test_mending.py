"""Every change that is offered for a model that stops can be carried out, and it works: torch itself is asked."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from cnnlab.models import MODELS, edited, from_source
from cnnlab.summary import work
from cnnlab.summary.jobs import asked
from cnnlab.summary.mending import layer_line
from cnnlab.summary.subject import Subject
from cnnlab.summary.view import View

PASTED = """nn.Sequential(
    nn.Conv2d(3, 6, 5), nn.ReLU(),  # 你好
    nn.MaxPool2d(2), nn.Flatten(), nn.Linear(
        6 * 12 *
        3, 10),
)"""
LISTED = {
    "LeNet": ((3, 224, 224), {"in_features": 44944}),
    "LeNetSigmoid": ((1, 32, 32), {"in_features": 400}),
    "AlexNet": ((3, 224, 224), {"in_channels": 3}),
    "VGG": ((1, 96, 96), {"in_features": 4608}),
    "vit_b_32": ((3, 256, 256), {"image_size": 256}),
}


def stopped(view):
    return work.report(asked(view)).report.failure


def runs(view):
    about = Subject(view)
    model = about.real()
    model(torch.zeros(2, *about.shapes[0]))
    return stopped(view) is None


@pytest.mark.parametrize("name", LISTED)
def test_a_setting_of_the_catalogue_s_model_mends_it(name):
    shape, params = LISTED[name]
    view = View(model=MODELS[name].example(), shape=shape)
    (fix,) = [fix for fix in stopped(view).fixes if fix.params]
    assert dict(fix.params) == params
    assert str(fix.message).startswith("Set ")
    assert runs(replace(view, model=view.model.replace(**fix.params)))


def test_a_pasted_text_is_edited_where_it_says_the_number_and_nowhere_else():
    failure = stopped(View(source=PASTED, shape=(3, 32, 32)))
    assert str(failure.error).endswith("got 1,176: 6 × 14 × 14 = 1,176 after 3 (Flatten).")
    (fix,) = [fix for fix in failure.fixes if fix.source]
    assert fix.source == PASTED.replace("6 * 12 *\n        3", "1176")
    assert runs(View(source=fix.source, shape=(3, 32, 32)))
    from_source(fix.source)(torch.zeros(1, 3, 32, 32))


@pytest.mark.parametrize(
    ("text", "path", "after"),
    [
        ("n = 9\nmodel = nn.Sequential(nn.Linear(n, 2))", "0", "n = 9\nmodel = nn.Sequential(nn.Linear(7, 2))"),
        (
            "nn.Sequential(nn.Linear(out_features=2, in_features=9))",
            "0",
            "nn.Sequential(nn.Linear(out_features=2, in_features=7))",
        ),
        (
            "a = nn.Linear(9, 9); nn.Sequential(a, nn.ReLU(), a)",
            "2",
            "a = nn.Linear(7, 9); nn.Sequential(a, nn.ReLU(), a)",
        ),
        (
            "```\n>>> nn.Sequential(nn.Sequential(nn.Linear(9, 2)))\n```",
            "0.0",
            "\nnn.Sequential(nn.Sequential(nn.Linear(7, 2)))\n",
        ),
        ("nn.Sequential(nn.Linear(*[9, 2]))", "0", None),
        ("nn.Sequential(nn.Linear(9, 2))", "1", None),
    ],
)
def test_an_argument_is_edited_in_its_place(text, path, after):
    assert edited(text, path, "in_features", 7) == after


def test_a_line_of_code_mends_what_has_no_setting():
    view = View(model=MODELS["resnet18"].example(), shape=(1, 64, 64))
    (fix,) = [fix for fix in stopped(view).fixes if fix.module]
    scope = {"nn": nn, "model": Subject(view).real()}
    exec(fix.code, scope)
    assert scope["model"](torch.zeros(1, 1, 64, 64)).shape == (1, 1000)
    assert scope["model"].conv1.in_channels == 1


def test_a_class_of_ones_own_is_told_the_line_of_its_constructor(monkeypatch, tmp_path):
    (tmp_path / "mendable.py").write_text(
        "from torch import nn\n\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.body = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten())\n        self.fc = nn.Linear(9, 2)\n\n"
        "    def forward(self, x):\n        return self.fc(self.body(x))\n"
    )
    monkeypatch.setenv("CNNLAB_MODELS", str(tmp_path))
    (fix,) = [fix for fix in stopped(View(own="mendable:Net", shape=(3, 8, 8))).fixes if fix.module]
    assert fix.code == "self.fc = nn.Linear(in_features=144, out_features=2)"


def test_a_layer_s_line_says_all_that_is_not_usual():
    model = nn.Sequential(nn.ModuleDict({"my conv": nn.Conv2d(3, 8, 3, padding=1, bias=False)}))
    line = layer_line(model, "model", "0.my conv", {"in_channels": 1})
    exec(line, {"nn": nn, "model": model})
    (conv,) = model[0].values()
    assert (conv.in_channels, conv.kernel_size, conv.padding, conv.bias) == (1, (3, 3), (1, 1), None)


@pytest.mark.parametrize(
    ("name", "shape"), [("r3d_18", (3,)), ("raft_small", (3, 224)), ("LeNet", (1, 2, 3, 4)), ("vit_b_16", (3, 224))]
)
def test_what_no_small_change_mends_takes_the_input_it_was_made_for(name, shape):
    view = View(model=MODELS[name].example(), shape=shape)
    (fix,) = stopped(view).fixes
    assert fix.inputs[0].shape[1:] == Subject(view).natural[0]
    assert stopped(replace(view, shape=fix.inputs[0].shape[1:])) is None
