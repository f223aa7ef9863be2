"""Shapes and parameter totals beside torchinfo, where its released version is right."""

import warnings

import pytest
import torch
import torchinfo
import torchvision
from torch import nn

from cnnlab.summary import summarize


class Autoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.pool = nn.Conv2d(3, 8, 3, padding=1), nn.MaxPool2d(2, return_indices=True)
        self.unpool, self.back = nn.MaxUnpool2d(2), nn.ConvTranspose2d(8, 3, 3, padding=1)

    def forward(self, x):
        x, places = self.pool(self.conv(x))
        return self.back(self.unpool(x, places))


class Siamese(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.head = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten()), nn.Linear(144, 2)

    def forward(self, a, b):
        return self.head((self.body(a) - self.body(b)).abs())


class Choice(nn.Module):
    def __init__(self):
        super().__init__()
        self.choices = nn.ModuleDict({"conv": nn.Conv2d(3, 4, 3), "pool": nn.MaxPool2d(3)})
        self.after = nn.ModuleList([nn.ReLU(), nn.Conv2d(4, 2, 1)])

    def forward(self, x):
        x = self.choices["conv"](x)
        for layer in self.after:
            x = layer(x)
        return x


class Words(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.recurrent = nn.Embedding(20, 6), nn.LSTM(6, 5, batch_first=True)
        self.decoder = nn.Linear(5, 20)

    def forward(self, x):
        x, (hidden, cell) = self.recurrent(self.embedding(x))
        return self.decoder(x), hidden, cell


ZOO = ("alexnet", "vgg11", "resnet18", "resnet152", "mobilenet_v2", "densenet121", "convnext_tiny", "vit_b_32")
OWN = {
    "autoencoder": (Autoencoder, [torch.zeros(1, 3, 8, 8)]),
    "siamese": (Siamese, [torch.zeros(1, 3, 8, 8)] * 2),
    "choice": (Choice, [torch.zeros(1, 3, 8, 8)]),
    "words": (Words, [torch.zeros(2, 7, dtype=torch.long)]),
}
CASES = {**{name: (torchvision.models.get_model_builder(name), [torch.zeros(1, 3, 224, 224)]) for name in ZOO}, **OWN}


def theirs(model, inputs):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # torchinfo reads TypedStorage
        # In training mode their pass sees the children of attention, which the fast path of eval mode hides.
        return torchinfo.summary(model, input_data=inputs, verbose=0, mode="train" if len(inputs[0]) > 1 else "eval")


@pytest.mark.parametrize("name", CASES)
def test_totals_of_parameters(name):
    build, inputs = CASES[name]
    model = build()
    other = theirs(model, inputs)
    report = summarize(model, *inputs)
    assert (report.params, report.trainable) == (other.total_params, other.trainable_params)


@pytest.mark.parametrize("name", [name for name in CASES if name != "vit_b_32"])
def test_shapes_of_every_layer_that_runs(name):
    build, inputs = CASES[name]
    model = build()
    called = [row for row in summarize(model, *inputs).modules if row.calls]
    ours = {row.name: (list(row.input_shape), list(row.output_shape)) for row in called}
    names = {id(module): path for path, module in model.named_modules()}
    first = {}
    for layer in theirs(model, inputs).summary_list:
        if layer.executed and layer.output_size:
            first.setdefault(names[layer.layer_id], layer)
    assert len(first) > 2
    for path, layer in first.items():
        assert ours[path][1] == list(layer.output_size), path
        if path != "" or len(inputs) == 1:
            assert ours[path][0] == list(layer.input_size), path


def test_lazy_models_have_the_same_total():
    def build():
        return nn.Sequential(nn.LazyConv2d(4, 3), nn.Flatten(), nn.LazyLinear(2))

    assert summarize(build(), (3, 8, 8)).params == theirs(build(), [torch.zeros(1, 3, 8, 8)]).total_params
