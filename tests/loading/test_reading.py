"""The pictures of a selection in the channels and the size of a network, and their mean and deviation."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torchvision.transforms.v2 import functional as F

from cnnlab import limits
from cnnlab.loading import DATASETS, Feeding, Selection, batches, describe, iterations, prepare
from cnnlab.loading.reading import fitted
from cnnlab.specs import SpecError

NOISE = DATASETS["FakeData"](size=30, classes=3, side=6)


def test_training_alone_decides_mean_and_deviation():
    data = prepare(Selection(NOISE, validation=0.4, test=0.2))
    values = data.train.pictures.double() / 255
    assert torch.allclose(data.mean, values.mean((0, 2, 3)), atol=1e-12)
    assert torch.allclose(data.std, values.std((0, 2, 3), unbiased=False), atol=1e-12)


def test_normalised_training_pictures_have_mean_0_and_deviation_1():
    data = prepare(Selection(NOISE), side=9)
    x = torch.cat([x for x, _, _ in batches(data, data.train, Feeding(), 0)]).double()
    assert torch.allclose(x.mean((0, 2, 3)), torch.zeros(3, dtype=torch.double), atol=1e-6)
    assert torch.allclose(x.std((0, 2, 3), unbiased=False), torch.ones(3, dtype=torch.double), atol=1e-6)


def test_a_channel_of_one_value_is_not_divided_by_nothing(monkeypatch):
    monkeypatch.setattr("cnnlab.loading.embedded._noise", lambda shape, seed: np.full(shape, 7, np.uint8))
    data = prepare(Selection(NOISE))
    assert data.mean.tolist() == [7 / 255] * 3
    assert torch.count_nonzero(next(batches(data, data.train, Feeding(), 0))[0].abs() > 1e-6) == 0


@pytest.mark.parametrize("channels", [1, 3])
def test_channels_and_side_are_the_network_s(channels):
    small = prepare(Selection(NOISE, side=4), channels, side=12)
    raw = torch.from_numpy(NOISE.build().read())
    assert small.shape == (channels, 4, 4)
    for index in small.train.indices.tolist():
        picture = raw[index] if channels == 3 else F.rgb_to_grayscale(raw[index])
        assert torch.equal(small.train.picture(index), F.resize(picture, [4, 4], antialias=True))


def test_gray_pictures_become_three_equal_channels():
    data = prepare(Selection(samples=60), channels=3)
    assert torch.equal(data.train.pictures[:, 0], data.train.pictures[:, 2])
    assert data.shape == (3, 8, 8)


def test_other_channels_are_refused():
    with pytest.raises(SpecError, match=r"^The network takes 4 channels, and the pictures have 3: "):
        prepare(Selection(NOISE), channels=4)


def test_a_single_pixel_is_no_picture():
    with pytest.raises(SpecError, match=r"^side=1 leaves a single pixel of each picture: use 2 or more\.$"):
        prepare(Selection(NOISE, side=1))


def test_pictures_too_many_for_memory_are_fitted_when_their_turn_comes(monkeypatch):
    held = prepare(Selection(NOISE, test=0.2), channels=1, side=12)
    monkeypatch.setattr(limits, "DATA_BYTES", 24 * 144 - 1)
    lazy = prepare(Selection(NOISE, test=0.2), channels=1, side=12)
    assert isinstance(held.train.pictures, torch.Tensor)
    assert isinstance(lazy.train.pictures, torch.Tensor) is (len(lazy.train) * 144 <= limits.DATA_BYTES)
    for one, other in zip(
        batches(held, held.train, Feeding(7), 0), batches(lazy, lazy.train, Feeding(7), 0), strict=True
    ):
        assert torch.equal(one[0], other[0])


def test_statistics_of_pictures_not_held_are_those_of_some(monkeypatch):
    monkeypatch.setattr(limits, "DATA_BYTES", 0)
    exact = prepare(Selection(NOISE))
    whole = exact.train.pictures[torch.arange(24)].double() / 255
    assert torch.allclose(exact.mean, whole.mean((0, 2, 3)), atol=1e-12)
    monkeypatch.setattr(limits, "STATISTICS", 5)
    some = prepare(Selection(NOISE))
    places = torch.linspace(0, 23, 5).round().long()
    assert torch.allclose(some.mean, (some.train.pictures[places].double() / 255).mean((0, 2, 3)), atol=1e-12)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(2, 24))
def test_a_picture_of_any_size_becomes_a_square(height, width, side):
    picture = torch.zeros((1, height, width), dtype=torch.uint8)
    assert fitted(picture, 3, side).shape == (3, side, side)


@given(
    samples=st.sampled_from([0, 60, 333]),
    validation=st.sampled_from([0.0, 0.2, 0.3]),
    test=st.sampled_from([0.0, 0.15]),
    classes=st.sampled_from([(), (1, 4), (0, 5, 9)]),
    seed=st.integers(0, 99),
)
def test_a_description_is_what_is_prepared(samples, validation, test, classes, seed):
    selection = Selection(classes=classes, samples=samples, validation=validation, test=test, split_seed=seed)
    described, data = describe(selection), prepare(selection)
    assert {name: getattr(described, name) for name in ("train", "validation", "test")} == data.counts
    assert described.classes == data.classes


def test_the_default_run_has_23_iterations_an_epoch_and_22_without_the_last():
    described = describe(Selection())
    assert sum(described.train) == 1437
    assert described.iterations(Feeding()) == iterations(1437, 64) == 23
    assert described.iterations(Feeding(drop_last=True)) == 22
    data = prepare(Selection())
    assert len(list(batches(data, data.train, Feeding(), 0))) == 23
    assert len(list(batches(data, data.train, Feeding(drop_last=True), 0))) == 22


def test_a_part_is_found_again_by_its_indices():
    data, raw = prepare(Selection(samples=100)), DATASETS["digits"]().build().read()
    for part in (data.train, data.validation):
        for index in part.indices.tolist()[:5]:
            assert np.array_equal(part.picture(index).numpy(), raw[index])
