"""Every class of torch.nn is a row of the layer inspector, or is not for a reason."""

import inspect

import pytest
from torch import nn
from torch.nn.modules.loss import _Loss

from cnnlab.layers import LAYERS
from cnnlab.layers.rows import call_arguments, per_side, setting
from cnnlab.layers.view import View, fitted, understood

NOT_ROWS = {
    "Module": "the base class",
    "Container": "an old base class",
    "Sequential": "holds layers, which the page shows one by one",
    "ModuleList": "holds layers",
    "ModuleDict": "holds layers",
    "ParameterList": "holds tensors",
    "ParameterDict": "holds tensors",
    "DataParallel": "a wrapper for several GPUs",
    "SyncBatchNorm": "BatchNorm for several GPUs",
    "CrossMapLRN2d": "an old LocalResponseNorm",
    "CosineSimilarity": "compares two inputs",
    "PairwiseDistance": "compares two inputs",
    "Embedding": "looks rows of a table up by whole numbers",
    "EmbeddingBag": "looks rows of a table up by whole numbers",
    "MultiheadAttention": "attention, made of several layers",
    "Transformer": "attention, made of several layers",
    "TransformerEncoder": "attention, made of several layers",
    "TransformerEncoderLayer": "attention, made of several layers",
    "TransformerDecoder": "attention, made of several layers",
    "TransformerDecoderLayer": "attention, made of several layers",
    "RNNBase": "recurrent: steps through a sequence",
    "RNNCellBase": "recurrent: steps through a sequence",
    "RNN": "recurrent: steps through a sequence",
    "RNNCell": "recurrent: steps through a sequence",
    "LSTM": "recurrent: steps through a sequence",
    "LSTMCell": "recurrent: steps through a sequence",
    "GRU": "recurrent: steps through a sequence",
    "GRUCell": "recurrent: steps through a sequence",
    "AdaptiveLogSoftmaxWithLoss": "a loss",
}
CLASSES = {name: item for name, item in vars(nn).items() if inspect.isclass(item) and issubclass(item, nn.Module)}


def losses() -> set[str]:
    return {name for name, item in CLASSES.items() if issubclass(item, _Loss)}


def lazy() -> set[str]:
    """They become the plain layers when they first run."""
    return {name for name in CLASSES if name.startswith("Lazy") and name.removeprefix("Lazy") in LAYERS}


def test_every_class_of_torch_nn_is_a_row_or_is_not_for_a_reason():
    assert set(CLASSES) - losses() - lazy() == {*LAYERS, *NOT_ROWS}
    assert not set(LAYERS) & set(NOT_ROWS)


@pytest.mark.parametrize("spec", LAYERS.values(), ids=LAYERS)
def test_a_row_names_its_family_and_an_input(spec):
    assert spec.family
    assert spec.input
    assert spec.sides in (None, 1, 2, 3)
    if spec.sides and spec.family not in ("fold", "unfold"):
        assert len(spec.input) == spec.sides + 1


def test_one_value_or_one_for_each_side():
    assert per_side(3, 2) == (3, 3)
    assert per_side((3,), 2) == (3, 3)
    assert per_side((3, 4), 2) == (3, 4)
    assert per_side(None, 2) == (None, None)


def test_what_a_layer_does_without_a_parameter_stands_in_its_row():
    assert setting(LAYERS["UpsamplingBilinear2d"](size=4), "mode") == "bilinear"
    assert setting(LAYERS["Upsample"](size=4, mode="area"), "mode") == "area"
    assert setting(LAYERS["ReflectionPad1d"](padding=1), "mode") == "reflect"
    assert call_arguments(LAYERS["MaxUnpool1d"](kernel_size=2, output_size=(5,))) == {"output_size": (5,)}
    assert call_arguments(LAYERS["MaxUnpool1d"](kernel_size=2)) == {}


@pytest.mark.parametrize("name", ["Linear", "Bilinear"])
def test_a_layer_of_the_most_features_can_be_given_its_input(name):
    call = fitted(LAYERS[name], None)
    most = {param.name: param.high for param in call.spec.params if param.name.startswith("in")}
    view = View(layers=(call.replace(**most),))
    assert view.here.error is None
    assert View.from_query(view.to_query()) == view
    assert understood(str(view.first_shape[-1]), view.first_shape)[0][-1] == max(most.values())
