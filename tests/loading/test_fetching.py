"""Downloads from a server on this machine: whole and checked, or one sentence and nothing left behind."""

import errno
import gzip
import tarfile
from pathlib import Path

import numpy as np
import pytest
import torch
from served import TEST, TRAIN, cifar, labels, md5, mnist, pictures, site, svhn, tar
from torchvision import datasets

from cnnlab import limits
from cnnlab.loading import Selection, describe, fetch, fetched, prepare
from cnnlab.loading.keeping import source_of
from cnnlab.specs import SpecError


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    monkeypatch.setenv("CNNLAB_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def web():
    with site() as made:
        yield made


@pytest.fixture
def known(monkeypatch):
    """torchvision checks the hashes of what it reads, so it is told those of our small files."""

    def tell(inside: dict[str, bytes]) -> None:
        def hashed(names):
            return [[name, md5(inside[f"{datasets.CIFAR10.base_folder}/{name}"])] for name, _ in names]

        monkeypatch.setattr(datasets.CIFAR10, "train_list", hashed(datasets.CIFAR10.train_list))
        monkeypatch.setattr(datasets.CIFAR10, "test_list", hashed(datasets.CIFAR10.test_list))
        ((_, meta),) = hashed([["batches.meta", ""]])
        monkeypatch.setattr(datasets.CIFAR10, "meta", datasets.CIFAR10.meta | {"md5": meta})

    return tell


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def refusal(call, *arguments) -> str:
    with pytest.raises(SpecError) as refused:
        fetch(call, *arguments)
    assert not fetched(call)
    return str(refused.value)


def test_mnist_comes_and_is_what_torchvision_reads(web, folder):
    call = web.call("MNIST", mnist())
    assert not fetched(call)
    said = []
    fetch(call, lambda done, total: said.append((done, total)))
    assert fetched(call)
    assert said[-1] == (call.spec.nbytes, call.spec.nbytes)
    assert said == sorted(said)
    theirs = datasets.MNIST(folder, train=True)
    data = prepare(Selection(call, validation=0.25))
    assert [len(part) for part in (data.train, data.validation, data.test)] == [30, 10, TEST]
    for index in data.train.indices.tolist():
        assert torch.equal(data.train.picture(index)[0], theirs.data[index])
        assert theirs.targets[index] == data.train.labels[data.train.indices == index]
    assert np.array_equal(data.test.pictures[:, 0].numpy(), pictures(TEST, 28, 28))
    assert not any(name.endswith((".gz", ".partial")) for name in files(folder))


def test_cifar_comes_and_is_what_torchvision_reads(web, folder, known):
    inside = cifar()
    known(inside)
    call = web.call("CIFAR10", {"cifar-10-python.tar.gz": tar(inside)})
    fetch(call)
    data = prepare(Selection(call))
    theirs = datasets.CIFAR10(folder, train=False)
    assert np.array_equal(data.test.pictures.permute(0, 2, 3, 1).numpy(), theirs.data)
    assert data.test.labels.tolist() == theirs.targets
    assert data.train.pictures.is_contiguous()


def test_svhn_comes_with_its_zeros_called_zero(web, monkeypatch):
    inside = svhn()
    call = web.call("SVHN", inside)
    for part in ("train", "test"):
        listed = [call.spec.files[part == "test"].mirrors[0], f"{part}_32x32.mat", md5(inside[f"{part}_32x32.mat"])]
        monkeypatch.setitem(datasets.SVHN.split_list, part, listed)
    fetch(call)
    data = prepare(Selection(call))
    assert np.array_equal(data.test.pictures.numpy(), pictures(TEST, 3, 32, 32))
    assert data.test.labels.tolist() == labels(TEST).tolist()


def test_what_is_there_is_described_without_torch_s_pictures(web):
    call = web.call("MNIST", mnist())
    fetch(call)
    source = source_of(call)
    assert np.array_equal(source.labels, labels(TRAIN))
    assert sum(describe(Selection(call)).test) == TEST


def test_what_is_there_is_not_brought_again(web):
    call = web.call("MNIST", mnist())
    fetch(call)
    web.asked.clear()
    fetch(call)
    assert web.asked == []


def test_an_attempt_that_broke_off_leaves_whole_files_to_the_next(web):
    data = mnist()
    call = web.call("MNIST", data)
    last = list(data)[-1]
    web.files[f"/{last}"] = 503
    assert refusal(call).startswith("The server answered 503 (Service Unavailable)")
    web.files[f"/{last}"] = data[last]
    web.asked.clear()
    fetch(call)
    assert web.asked == [f"/{last}"]


def test_one_mirror_without_the_file_is_not_the_end(web):
    call = web.call("MNIST", mnist(), mirrors=("gone/", "here/"))
    web.files = {path: data for path, data in web.files.items() if path.startswith("/here")}
    fetch(call)
    assert web.asked[:2] == [f"/{mirror}/{call.spec.files[0].path}" for mirror in ("gone", "here")]


def test_a_download_that_breaks_off_is_not_kept(web, folder):
    call = web.call("MNIST", mnist())
    url = call.spec.files[0].mirrors[0]
    path, size = f"/{call.spec.files[0].path}", call.spec.files[0].nbytes
    web.files[path], web.said[path] = web.files[path][:100], size
    assert refusal(call) == f"The download of {url} broke off after 100 of {size} bytes: try again."
    assert files(folder) == set()


def test_other_bytes_than_the_published_ones_are_not_kept(web, folder):
    call = web.call("MNIST", mnist())
    remote = call.spec.files[0]
    web.files[f"/{remote.path}"] = b"other"
    assert refusal(call) == (
        f"What {remote.mirrors[0]} sent is not the published file: its MD5 is {md5(b'other')} instead of {remote.md5}. "
        "Nothing was kept."
    )
    assert files(folder) == set()


def test_an_answer_without_end_is_cut_off(web):
    call = web.call("MNIST", mnist())
    web.files[f"/{call.spec.files[0].path}"] = bytes(50 << 20)
    said = []
    assert "is not the published file" in refusal(call, lambda done, total: said.append(done))
    assert said[-1] < 10 << 20


def test_who_is_offline_is_told_so():
    with site() as gone:
        call = gone.call("MNIST", mnist())
    url = call.spec.files[0].mirrors[0]
    assert refusal(call) == (
        f"{url} cannot be reached ([Errno 111] Connection refused): "
        "downloading needs the internet once; the digits need none."
    )


def test_a_full_disk_is_named(web, folder, monkeypatch):
    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    call = web.call("MNIST", mnist())
    monkeypatch.setattr("cnnlab.loading.fetching._received", full)
    assert refusal(call) == (
        f"The data cannot be kept in {folder} (No space left on device): "
        "make room, or let CNNLAB_DATA name another folder."
    )
    assert files(folder) == set()


def linked(name: str, target: str, kind: bytes) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


HOSTILE = {
    "above": tar({"a/x": b"", "../up": b"x"}),
    "absolute": tar({"a/x": b"", "/tmp/up": b"x"}),
    "symbolic": tar({"a/x": b""}, linked("a/link", "/etc", tarfile.SYMTYPE)),
    "hard": tar({"a/x": b""}, linked("a/link", "../up", tarfile.LNKTYPE)),
    "device": tar({"a/x": b""}, linked("a/null", "", tarfile.CHRTYPE)),
    "several": tar({"a/x": b"", "MNIST/raw/y": b""}),
    "loose": tar({"a/x": b"", "y": b""}),
    "empty": tar({}),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_an_archive_that_reaches_beyond_its_folder_is_not_unpacked(kind, web, folder):
    call = web.call("CIFAR10", {"cifar-10-python.tar.gz": HOSTILE[kind]})
    assert refusal(call).endswith("which is no plain file in a folder of its own: nothing of it was unpacked.")
    assert files(folder.parent) == {"data/cifar-10-python.tar.gz"}


def test_an_archive_that_unpacks_to_too_much_is_not_unpacked(web, folder, monkeypatch):
    monkeypatch.setattr(limits, "UNPACKED_BYTES", 1 << 20)
    call = web.call("CIFAR10", {"cifar-10-python.tar.gz": tar({"a/x": bytes(1 << 20), "a/y": b"1"})})
    assert refusal(call) == (
        "cifar-10-python.tar.gz unpacks to more than 1 MiB, which no dataset here does: nothing of it was unpacked."
    )
    assert files(folder) == {"cifar-10-python.tar.gz"}


BROKEN = {"no archive": b"no archive", "cut off": gzip.compress(bytes(100))[:-9], "its first bytes": b"\x1f\x8b"}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_what_cannot_be_unpacked_is_named(broken, web):
    data = mnist()
    data[next(iter(data))] = broken
    assert "train-images-idx3-ubyte.gz is damaged and cannot be unpacked" in refusal(web.call("MNIST", data))
    call = web.call("CIFAR10", {"cifar-10-python.tar.gz": broken})
    assert "cifar-10-python.tar.gz is damaged and cannot be unpacked" in refusal(call)


def test_data_that_changed_afterwards_must_be_fetched_again(web, folder):
    call = web.call("MNIST", mnist())
    fetch(call)
    raw = folder / "MNIST/raw/train-images-idx3-ubyte"
    raw.write_bytes(raw.read_bytes()[:-1] + b"!")
    with pytest.raises(SpecError) as refused:
        prepare(Selection(call))
    assert str(refused.value) == (
        "MNIST/raw/train-images-idx3-ubyte has changed since it was downloaded: download MNIST again."
    )
    assert not fetched(call)
    fetch(call)
    prepare(Selection(call))


def test_data_that_is_not_here_is_asked_for(web):
    call = web.call("MNIST", mnist())
    with pytest.raises(SpecError) as refused:
        describe(Selection(call))
    assert str(refused.value) == "MNIST is not on this machine yet: download it first, which takes 0 MB."
