"""Batches: torchvision's arithmetic, the playground's dice, and the same whoever loads them and from where on."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset
from torchvision.transforms import v2

from cnnlab import limits
from cnnlab.augmentation import Pipeline
from cnnlab.loading import DATASETS, Feeding, Selection, batches, epoch_order, prepare
from cnnlab.loading.augmenting import as_pipelines_take, refuse_unfit, sample_number
from cnnlab.loading.feeding import Shelf
from cnnlab.specs import SpecError

TURNED = Pipeline.from_code("v2.Compose([v2.RandomHorizontalFlip(p=0.5), v2.RandomRotation(degrees=15)])")
NESTED = Pipeline.from_code(
    "v2.Compose([v2.RandomApply([v2.RandomRotation(30)], p=0.4), v2.RandomChoice([v2.RandomInvert(1.0), v2.Pad(2)]),"
    " v2.RandomOrder([v2.ColorJitter(brightness=0.4), v2.RandomAutocontrast()]), v2.RandomCrop(7)])"
)
OWN = Pipeline.from_code(
    "v2.Compose([v2.ToImage(), v2.ToDtype(torch.float32, scale=True), v2.Normalize(mean=[0.5], std=[0.25])])"
)


def pipeline(steps):
    return Pipeline.from_code(f"v2.Compose([{steps}])")


@pytest.fixture(scope="module")
def data():
    return prepare(Selection(samples=100, test=0.1))


def one(batch):
    return torch.cat([column.flatten().double() for column in batch])


def same(some, others):
    some, others = list(some), list(others)
    return len(some) == len(others) and all(torch.equal(one(a), one(b)) for a, b in zip(some, others, strict=True))


def test_a_batch_is_what_torchvision_s_own_preprocessing_gives(data):
    usual = v2.Compose(
        [v2.ToImage(), v2.ToDtype(torch.float32, scale=True), v2.Normalize(data.mean.tolist(), data.std.tolist())]
    )
    for x, _, indices in batches(data, data.train, Feeding(), 0):
        pictures = [as_pipelines_take(data.train.picture(index)) for index in indices.tolist()]
        assert torch.equal(x, torch.stack([usual(picture) for picture in pictures]))
        assert x.is_contiguous()


def test_pictures_kept_as_floats_are_those_made_for_each_batch(data, monkeypatch):
    kept = list(batches(data, data.train, Feeding(), 1))
    monkeypatch.setattr(limits, "FLOAT_BYTES", 0)
    assert same(kept, batches(replace(data), data.train, Feeding(), 1))


@pytest.mark.parametrize("drop_last", [False, True])
def test_batches_are_cut_as_a_data_loader_cuts_them(data, drop_last):
    order = epoch_order(data.train.labels.numpy(), "shuffled", seed=4, epoch=2)
    theirs = DataLoader(
        TensorDataset(data.train.labels, data.train.indices), 16, sampler=order.tolist(), drop_last=drop_last
    )
    ours = batches(data, data.train, Feeding(16, drop_last=drop_last, seed=4), 2)
    assert same([batch[1:] for batch in ours], theirs)


def test_only_training_is_shuffled_augmented_and_loses_its_last_batch(data):
    feeding = Feeding(64, drop_last=True, augmentation=TURNED)
    (batch,) = batches(data, data.validation, feeding, 5)
    assert len(batch[0]) == 20
    assert batch[2].tolist() == sorted(batch[2].tolist())
    assert same([batch], batches(data, data.validation, Feeding(64), 0))


@pytest.mark.parametrize("steps", [TURNED, NESTED], ids=["flat", "nested"])
def test_a_sample_is_the_last_stage_of_the_playground(data, steps):
    feeding = Feeding(16, augmentation=steps, seed=9)
    x, _, indices = next(batches(data, data.train, feeding, 3))
    for picture, index in zip(x, indices.tolist(), strict=True):
        shown = as_pipelines_take(data.train.picture(index))
        last = steps.stages(shown, seed=9, sample=sample_number(3, index))[-1].image
        floats = v2.functional.to_dtype(
            v2.functional.resize(v2.functional.to_image(last), [8, 8]), torch.float32, scale=True
        )
        assert torch.equal(picture, data.normalised(floats.as_subclass(torch.Tensor).clone()))


def test_an_augmentation_is_another_one_each_epoch_and_an_evaluation_the_same(data):
    feeding = Feeding(augmentation=TURNED, evaluation=TURNED, sampler="in order")
    first, second = (next(batches(data, data.train, feeding, epoch)) for epoch in (0, 1))
    assert torch.equal(first[2], second[2])
    assert not torch.equal(first[0], second[0])
    assert same(*(batches(data, data.validation, feeding, epoch) for epoch in (0, 1)))


def test_a_pipeline_that_normalises_is_left_to_it(data):
    x, _, indices = next(batches(data, data.train, Feeding(4, augmentation=OWN), 0))
    raw = data.train.picture(int(indices[0])).float().mul_(1 / 255)
    assert torch.equal(x[0], (raw - 0.5) / 0.25)


def test_results_do_not_depend_on_who_loads_nor_on_where_an_epoch_begins(data):
    feeding = Feeding(16, augmentation=NESTED, seed=1)
    here = list(batches(data, data.train, feeding, 2))
    before = torch.get_rng_state()
    assert same(here[3:], batches(data, data.train, replace(feeding, workers=2), 2, start=3))
    assert torch.equal(before, torch.get_rng_state())
    assert same(here[3:], batches(data, data.train, feeding, 2, start=3))


@pytest.mark.parametrize("world", [2, 8])
def test_ranks_share_the_rows_of_each_batch(data, world):
    feeding = Feeding(16, augmentation=TURNED)
    whole = list(batches(data, data.train, feeding, 1))
    for rank in range(world):
        shared = batches(data, data.train, feeding, 1, rank=rank, world=world)
        assert same(([column[rank::world] for column in batch] for batch in whole), shared)


def test_what_loading_processes_are_given_can_be_sent(data):
    shelf = Shelf(data, data.train, NESTED.link, 0, 0)
    here, there = shelf[torch.tensor([3])], pickle.loads(pickle.dumps(shelf))[torch.tensor([3])]
    assert same([here], [there])


class Counted:
    """Pictures that note which of them were asked for."""

    def __init__(self, pictures):
        self.pictures, self.asked = pictures, []

    def __len__(self):
        return len(self.pictures)

    def __getitem__(self, places):
        self.asked += places.tolist()
        return self.pictures[places]


def test_batches_before_the_start_are_not_read(data):
    counted = Counted(data.train.pictures)
    list(batches(data, replace(data.train, pictures=counted), Feeding(16), 0, start=3))
    assert len(counted.asked) == len(data.train) - 3 * 16


def test_normalisation_can_be_left_out():
    data = prepare(Selection(normalise=False))
    x, _, indices = next(batches(data, data.train, Feeding(), 0))
    assert torch.equal(x[0], data.train.picture(int(indices[0])).float().mul_(1 / 255))


def test_noise_feeds_too():
    data = prepare(Selection(DATASETS["FakeData"](size=40, classes=4, side=8)))
    counts = [len(x) for x, _, _ in batches(data, data.train, Feeding(10), 0)]
    assert counts == [10, 10, 10, 2]


FLOATS = "v2.ToImage(), v2.ToDtype(torch.float32, scale=False)"
UNFIT = [
    (
        "v2.ToImage(), v2.ToDtype(torch.float32, scale=True), v2.MixUp(num_classes=10)",
        "MixUp mixes the pictures and labels of whole batches, and a run is trained on pictures of one class each: "
        "switch the step off.",
    ),
    (
        "v2.FiveCrop(4)",
        "The last step of the augmentation leaves several pictures of each, and a network is trained on one: switch the step off.",
    ),
    (
        FLOATS,
        "The augmentation leaves values up to 255, and a network is given values from 0 to 1: "
        "use ToDtype with scale=True, or leave that step out.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("steps", "sentence"), UNFIT, ids=["mixing", "several", "large"])
def test_what_no_run_can_use_is_refused_before_the_first_batch(data, steps, sentence):
    with pytest.raises(SpecError) as refusal:
        next(batches(data, data.train, Feeding(augmentation=pipeline(steps)), 0))
    assert str(refusal.value) == sentence


@pytest.mark.parametrize("workers", [0, 1])
def test_a_step_that_fails_in_mid_epoch_is_explained_by_whoever_loads(data, workers):
    steps = pipeline("v2.RandomApply([v2.RandomCrop(9)], p=0.05)")
    fed = batches(data, data.train, Feeding(8, augmentation=steps, workers=workers), 0)
    refuse_unfit(steps, as_pipelines_take(data.train.pictures[0]), seed=0)
    with pytest.raises(SpecError) as refusal:
        list(fed)
    assert str(refusal.value) == (
        "RandomCrop wants 9 × 9 pixels, and the picture has only 8 × 8: make size smaller, or resize the picture first."
    )


def test_a_batch_larger_than_the_part_is_refused_where_it_would_be_dropped(data):
    sentence = (
        "A batch of 128 is more than the 70 pictures there are, and drop_last drops it: "
        "use smaller batches, or keep the last one."
    )
    with pytest.raises(SpecError) as refusal:
        next(batches(data, data.train, Feeding(128, drop_last=True), 0))
    assert str(refusal.value) == sentence


def test_labels_count_the_kept_classes_from_zero():
    data = prepare(Selection(classes=(8, 3)))
    _, y, indices = next(batches(data, data.train, Feeding(), 0))
    digits = DATASETS["digits"]().build().labels
    assert data.classes == ("3", "8")
    assert np.array_equal(np.array([3, 8])[y.numpy()], digits[indices.numpy()])
