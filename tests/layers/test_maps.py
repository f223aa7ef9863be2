"""A layer's maps of a photo are torch's; what is too large is refused before it is made."""

import gzip
import json
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn
from torch.nn import functional as F

from cnnlab.images import sample
from cnnlab.layers import LAYERS
from cnnlab.layers.jobs import ARRAY, MAPS, asked
from cnnlab.layers.maps import on_photo
from cnnlab.layers.presets import MODEL
from cnnlab.layers.view import View
from cnnlab.models import MODELS
from cnnlab.specs import SpecError
from cnnlab.summary.maps import feature_maps
from cnnlab.summary.pictures import pictured
from cnnlab.summary.subject import Subject
from cnnlab.summary.view import View as Origin

CALL = LAYERS["Conv2d"](in_channels=3, out_channels=5, kernel_size=3, stride=2)
VIEW = View(layers=(CALL,), shape=(3, 48, 64), kernel="default", seed=4, image="coffee")


def array(view: View) -> np.ndarray:
    return np.load(BytesIO(ARRAY.do(asked(view).to_query()).data))


def layer() -> nn.Module:
    torch.manual_seed(4)
    return nn.Conv2d(3, 5, 3, stride=2)


def test_maps_are_what_the_layer_makes_of_the_photo():
    with torch.no_grad():
        expected = layer()(pictured(sample("coffee"), (3, 48, 64))[None])[0].numpy()
    assert array(VIEW) == pytest.approx(expected, abs=1e-5)
    answer = MAPS.do(asked(VIEW).to_query())
    assert (answer.path, answer.count, answer.photo.crop, answer.reduced) == ("Conv2d", 5, (48, 64), 1)
    told = json.loads(gzip.decompress(answer.rows))
    assert told["size"] == list(expected.shape[1:])
    assert told["kernel"] == [3, 3, 3]
    assert told["high"] == pytest.approx(expected.max((1, 2)).tolist(), rel=1e-3)
    tile = np.asarray(Image.open(BytesIO(answer.pictures[0])))[: told["size"][0], : told["size"][1]]
    shares = (expected[0] - expected[0].min()) / (expected[0].max() - expected[0].min())
    assert np.abs(tile / 255 - shares).max() < 0.003


def test_weights_that_were_typed_meet_the_photo_too():
    call = LAYERS["Conv2d"](in_channels=1, out_channels=1, kernel_size=3)
    typed = View(layers=(call,), shape=(1, 48, 64), image="coffee", numbers={"w": tuple(range(9)), "b": (2.0,)})
    weight = torch.arange(9.0).reshape(1, 1, 3, 3)
    expected = nn.functional.conv2d(pictured(sample("coffee"), (1, 48, 64))[None], weight, torch.tensor([2.0]))
    assert array(typed) == pytest.approx(expected[0].numpy(), abs=1e-4)


@pytest.mark.parametrize(("shape", "photo"), [((3, 8, 8), (3, 224, 224)), ((3, 32, 40), (3, 32, 40))])
def test_a_photo_is_as_large_as_it_takes_to_be_seen(shape, photo):
    assert on_photo(asked(replace(VIEW, shape=shape))).photo.x.shape == photo
    fixed = LAYERS["LayerNorm"](normalized_shape=(3, 8, 8))  # its size is part of it
    assert on_photo(asked(View(layers=(fixed,), shape=(3, 8, 8)))).photo.x.shape == (3, 8, 8)


@pytest.mark.parametrize(
    "name", [name for name, row in LAYERS.items() if row.sides in (2, None) and len(row.input) == 3]
)
def test_every_layer_of_pictures_has_maps(name):
    call = LAYERS[name].example()
    view = View(layers=(call,), image="digit_3")
    assert np.isfinite(array(view)).any()


def test_an_unpooling_puts_back_what_its_pooling_took():
    call = LAYERS["MaxUnpool2d"](kernel_size=2)
    maps = array(View(layers=(call,), shape=(1, 40, 40), image="coffee"))
    x = pictured(sample("coffee"), (1, 40, 40))
    pooled, indices = F.max_pool2d(x[None], 2, return_indices=True)
    assert np.array_equal(maps, F.max_unpool2d(pooled, indices, 2)[0].numpy())


@pytest.mark.parametrize("training", [True, False])
def test_the_mode_and_the_seed_are_those_of_the_view(training):
    dropout = View(layers=(LAYERS["Dropout"](),), shape=(1, 40, 40), training=training, seed=3)
    assert (array(dropout) == 0).mean() == pytest.approx(0.5 if training else 0, abs=0.1)
    assert np.array_equal(array(dropout), array(dropout))
    norm = View(layers=(LAYERS["BatchNorm2d"](num_features=3),), shape=(3, 40, 40), training=training)
    assert (np.abs(array(norm).mean((1, 2))).max() < 1e-4) == training


def test_a_layer_of_a_model_gets_what_reaches_it_there():
    origin = Origin(model=MODELS["LeNet"].example(), seed=2)
    call = LAYERS["Conv2d"](in_channels=6, out_channels=16, kernel_size=5)
    view = View(layers=(call,), shape=(6, 14, 14), kernel=MODEL, origin=origin.to_query(), row="conv2", image="coffee")
    model = Subject(origin).real()
    expected = feature_maps(model, "conv2", pictured(sample("coffee"), (3, 32, 32)))
    assert array(view) == pytest.approx(expected.maps, abs=1e-5)
    answer = MAPS.do(asked(view).to_query())
    assert (answer.path, answer.photo.crop) == ("conv2", (32, 32))
    other = array(replace(view, layers=(call.replace(stride=2),)))  # what comes behind need not fit
    assert other == pytest.approx(expected.maps[:, ::2, ::2], abs=1e-5)


def test_nothing_reaches_a_layer_in_pictures_behind_a_flattening():
    origin = Origin(model=MODELS["LeNet"].example())
    call = LAYERS["Linear"](in_features=400, out_features=120)
    with pytest.raises(SpecError, match="^What reaches fc1 is 400, and not pictures"):
        array(View(layers=(call,), kernel=MODEL, origin=origin.to_query(), row="fc1"))


@pytest.mark.parametrize(
    ("call", "shape", "says"),
    [(LAYERS["Conv2d"](in_channels=4096, out_channels=1, kernel_size=1), (4096, 4096, 4096),
      "^The input would take 274,877,906,944 bytes, 256.0 GiB; here 1.0 GiB are allowed"),
     (LAYERS["Conv2d"](in_channels=1, out_channels=65536, kernel_size=1), (1, 512, 512),
      "^The output would take 68,719,476,736 bytes, 64.0 GiB"),
     (LAYERS["Conv2d"](in_channels=4096, out_channels=65536, kernel_size=3, padding=1), (4096, 8, 8),
      "^The weights would take [0-9,]+ bytes, 9.0 GiB"),
     (LAYERS["Conv2d"](in_channels=12000, out_channels=12000, kernel_size=1, stride=32), (12000, 112, 112),
      "^Input, weights and output would take [0-9,]+ bytes, 1.1 GiB"),
     (LAYERS["Linear"](in_features=64, out_features=999999), (1, 64, 64),
      "^The output would have 63,999,936 numbers, and maps of 25,000,000 at most are shown"),
     (LAYERS["AdaptiveMaxPool2d"](output_size=4096), (3, 999, 999), "^The output would have 50,331,648 numbers"),
     (LAYERS["Upsample"](size=None, scale_factor=256.0, mode="bicubic"), (3, 32, 32),
      "^The output would have 201,326,592 numbers"),
     (LAYERS["Conv1d"](in_channels=1, out_channels=1, kernel_size=3), (1, 64),
      "^This layer takes 1 × 64, and not a picture"),
     (LAYERS["Conv2d"](in_channels=1, out_channels=8, kernel_size=3, padding=1), (1, 1024, 1024),
      "^These maps would be a file of 33,554,432 bytes; here 15,000,000 are allowed")],
    ids=["input", "output", "weights", "all", "long rows", "large maps", "enlarged", "signal", "file"],
)  # fmt: skip
def test_what_is_too_large_is_refused_with_its_bytes(call, shape, says, monkeypatch):
    if "file" not in says:
        monkeypatch.delattr("cnnlab.layers.maps.weighted")  # before anything is made
        monkeypatch.delattr("cnnlab.layers.maps.framed")
    with pytest.raises(SpecError, match=says):
        array(View(layers=(call,), shape=shape, kernel="default"))
