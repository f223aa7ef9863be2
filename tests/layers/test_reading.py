"""Pasted nn.Sequential becomes a stack of layers."""

import pytest

from cnnlab.layers import LAYERS
from cnnlab.layers.jobs import READ, Pasted
from cnnlab.layers.reading import read
from cnnlab.layers.view import View
from cnnlab.links import pack
from cnnlab.specs import Call, SpecError

NET = """
import torch.nn as nn
width = 8
model = nn.Sequential(
    nn.Conv2d(3, width, kernel_size=(3, 3), padding="same", bias=False),
    nn.Sequential(nn.BatchNorm2d(width), nn.ReLU(inplace=True)),
    nn.MaxPool2d(2),
    nn.Flatten(),
    nn.Linear(width * 16 * 16, 10, device=None),
)
"""


def calls(text: str) -> list[Call]:
    return [Call.from_dict(data, LAYERS) for data in read(text).layers]


def test_layers_are_read_with_their_arguments_in_the_order_in_which_they_run():
    stack = calls(NET)
    assert [call.code() for call in stack] == [
        "nn.Conv2d(in_channels=3, out_channels=8, kernel_size=(3, 3), padding='same', bias=False)",
        "nn.BatchNorm2d(num_features=8)",
        "nn.ReLU(inplace=True)",
        "nn.MaxPool2d(kernel_size=2)",
        "nn.Flatten()",
        "nn.Linear(in_features=2048, out_features=10)",
    ]
    view = View(layers=tuple(stack), shape=(3, 32, 32))
    assert view.places()[-1].output == (10,)


def test_one_layer_alone_and_one_used_twice_are_read():
    assert [call.name for call in calls("nn.ReLU()")] == ["ReLU"]
    assert [call.name for call in calls("a = nn.Tanh()\nnn.Sequential(a, nn.Identity(), a)")] == [
        "Tanh",
        "Identity",
        "Tanh",
    ]


@pytest.mark.parametrize("name", LAYERS)
def test_every_layer_is_read_from_its_own_source(name):
    call = LAYERS[name].example()
    assert calls(call.code())[0].build().extra_repr() == call.build().extra_repr()


def test_layers_that_are_not_on_offer_are_left_out_and_named():
    stack = read("nn.Sequential(\n    nn.LSTM(3, 4),\n    nn.ReLU(),\n    nn.LSTM(4, 4))")
    assert [layer["name"] for layer in stack.layers] == ["ReLU"]
    assert list(map(str, stack.notes)) == [
        "Line 2: nn.LSTM is not among the layers that can be looked at here, and was left out.",
        "Line 4: nn.LSTM is not among the layers that can be looked at here, and was left out.",
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [("x = 1\nnn.Sequential(nn.Conv2d(3))", "^Line 2: nn.Conv2d does not take these arguments"),
     ("\nnn.Sequential(nn.ReLU(),\n nn.Conv2d(4, 6, 3, groups=4))", "^Line 3: "),
     ("nn.Sequential(nn.LSTM(3, 4))", "^Line 1: None of these layers can be looked at here: nn.LSTM."),
     ("nn.Sequential()", "^Line 1: None of these layers can be looked at here: nn.Sequential."),
     ("nn.ModuleList([nn.ReLU()])", "^Line 1: nn.ModuleList says nothing of the order"),
     ("nn.Sequential(\n*[nn.ReLU()] * 30)", "^Line 2: this comes to 30 layers: at most 24"),
     ("nn.MaxPool2d(2, stride=5000)", "^Line 1: stride=5000 is too large: use 1024 or less"),
     ("import os", "^Line 1: os is not imported here"),
     ("def f(): pass", "^Line 1: a class or function of your own"),
     ("", "^Line 1: there is no model here")],
)  # fmt: skip
def test_refusals_name_the_line(text, says):
    with pytest.raises(SpecError, match=says):
        read(text)


def test_what_is_pasted_travels_as_a_link():
    pasted = Pasted(NET)
    assert READ.do(pasted.to_query()) == read(NET)
    assert Pasted.from_query(pasted.to_query()) == pasted
    for damaged in ("x", pack(5), pack("x" * 30_000)):
        with pytest.raises(SpecError, match="^The link is damaged"):
            Pasted.from_query({"source": damaged})
