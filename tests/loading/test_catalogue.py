"""The datasets' rows against what torchvision's classes and scikit-learn say of them."""

import numpy as np
import pytest
from sklearn.datasets import load_digits
from torchvision import datasets

from cnnlab.loading import DATASETS
from cnnlab.specs import SpecError

MNISTS = ("MNIST", "FashionMNIST", "KMNIST")


@pytest.mark.parametrize("name", MNISTS)
def test_mnist_and_its_like_come_from_where_torchvision_has_them(name):
    theirs, rows = getattr(datasets, name), DATASETS[name].files
    assert [(row.path, row.md5) for row in rows] == [(f"{name}/raw/{file}", md5) for file, md5 in theirs.resources]
    for row, (file, _) in zip(rows, theirs.resources, strict=True):
        assert row.mirrors == tuple(mirror + file for mirror in theirs.mirrors)
    assert [named.partition(" - ")[0] for named in theirs.classes] == list(DATASETS[name].classes)


@pytest.mark.parametrize("name", ["CIFAR10", "CIFAR100"])
def test_cifar_comes_from_where_torchvision_has_it(name):
    theirs, (row,) = getattr(datasets, name), DATASETS[name].files
    assert (row.path, row.mirrors, row.md5) == (theirs.filename, (theirs.url,), theirs.tgz_md5)


def test_svhn_comes_from_where_torchvision_has_it():
    theirs = [datasets.SVHN.split_list[part] for part in ("train", "test")]
    assert [[*row.mirrors, row.path, row.md5] for row in DATASETS["SVHN"].files] == theirs


def test_cifar_100_has_a_hundred_names_in_alphabetical_order():
    names = DATASETS["CIFAR100"].classes
    assert len(set(names)) == 100
    assert list(names) == sorted(names)


def test_the_digits_are_scikit_learn_s():
    source, theirs = DATASETS["digits"]().build(), load_digits()
    assert np.array_equal(source.labels, theirs.target)
    assert np.array_equal(np.rint(source.read()[:, 0] * (16 / 255)), theirs.images)
    assert (source.read().min(), source.read().max()) == (0, 255)


@pytest.mark.parametrize("name", [name for name, row in DATASETS.items() if row.counts and not row.files])
def test_a_row_says_what_its_data_is(name):
    row, source = DATASETS[name], DATASETS[name]().build()
    assert (row.classes, row.counts) == (source.classes, (len(source.labels),))
    assert row.shape == source.read().shape[1:]


def test_noise_is_as_large_as_asked_for_and_a_function_of_its_seed():
    call = DATASETS["FakeData"](size=25, classes=4, side=6, channels=1, seed=3)
    source = call.build()
    assert source.read().shape == (25, 1, 6, 6)
    assert sorted(np.bincount(source.labels)) == [6, 6, 6, 7]
    assert np.array_equal(source.read(), call.build().read())
    assert not np.array_equal(source.read(), call.replace(seed=4).build().read())


@pytest.mark.parametrize("root", [5, None, "x" * 301, "a\x00b", "a\nb"])
def test_a_folder_s_name_is_a_line_of_text(root):
    with pytest.raises(SpecError, match=r"^root"):
        DATASETS["ImageFolder"](root=root)
