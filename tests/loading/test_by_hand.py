"""One sample and its batch: what training gives, torch's own words where there is none, and source that does the same."""

import os
from contextlib import suppress
from dataclasses import replace

import numpy as np
import PIL.Image
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from served import TEST, cifar, mnist, site, svhn, tar
from torch.utils.data import DataLoader, default_collate
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as TF

from cnnlab import limits
from cnnlab.augmentation import AUGMENTATIONS, Pipeline
from cnnlab.images import media_type
from cnnlab.loading import DATASETS, batches, fetch, prepare
from cnnlab.loading.augmenting import sample_number
from cnnlab.loading.by_hand import PAIR, ByHand, collated, opened
from cnnlab.loading.dataset_code import written
from cnnlab.loading.jobs import BATCH, BY_HAND, SAMPLE
from cnnlab.loading.padding import padded
from cnnlab.loading.samples import LEFT, OTHER, SIZES, fixes, left_in, many_crops, unequal
from cnnlab.loading.shown import SHOWN, batch_of, sample_of
from cnnlab.loading.targets import COLLATES, TARGETS
from cnnlab.loading.view import View
from cnnlab.specs import SpecError

DIGITS = View(samples=100, test=0.1)
NOISE = DATASETS["FakeData"](size=40, side=12)
TURNED = Pipeline.from_code(
    "v2.Compose([v2.RandomRotation(30), v2.RandomApply([v2.RandomInvert(1.0)], p=0.5), v2.ColorJitter(brightness=0.4)])"
)
HALVED = Pipeline.from_code("v2.Compose([v2.ToImage(), v2.CenterCrop(8), v2.ToDtype(torch.float32, scale=True)])")
OWN = Pipeline.from_code(
    "v2.Compose([v2.ToImage(), v2.ToDtype(torch.float32, scale=True), v2.Normalize([0.5], [0.2])])"
)
PARTS = ("train", "validation", "test")


def by_hand(view):
    return ByHand(view, opened(view))


def values(view):
    return dict(batch_of(view).values)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("epoch", [0, 2])
@pytest.mark.parametrize("pipeline", [Pipeline(), TURNED, HALVED, OWN], ids=["none", "turned", "halved", "own"])
def test_a_sample_is_what_a_network_is_trained_on(part, epoch, pipeline):
    view = replace(DIGITS, part=part, epoch=epoch, seed=5, augmentation=pipeline, batch_size=7)
    data, mine = prepare(view), by_hand(view)
    x, y, indices = (torch.cat(column) for column in zip(*batches(data, getattr(data, part), view, epoch), strict=True))
    places = [mine.near(int(index)) for index in indices]
    assert mine.places.indices[places].tolist() == indices.tolist()
    assert torch.equal(torch.stack([mine[place][0] for place in places]), x)
    assert [mine[place][1] for place in places] == y.tolist()
    assert len(mine) == len(getattr(data, part))


def test_a_side_is_the_side_that_training_uses():
    view = replace(DIGITS, side=5)
    data = prepare(view)
    x, _, indices = next(batches(data, data.validation, view, 0))
    mine = by_hand(replace(view, part="validation"))
    assert torch.equal(mine[mine.near(int(indices[3]))][0], x[3])


def test_of_very_many_pictures_some_tell_how_to_normalise_as_in_training(monkeypatch):
    monkeypatch.setattr(limits, "DATA_BYTES", 1000)
    monkeypatch.setattr(limits, "STATISTICS", 5)
    view = View(data=DATASETS["FakeData"](size=43, side=9), picture=2, seed=1)
    data, mine = prepare(view), by_hand(view)
    x, _, indices = next(batches(data, data.train, view, 0))
    assert torch.equal(mine[mine.near(int(indices[0]))][0], x[0])


def test_where_a_mean_would_take_long_to_know_it_is_called_unknown(monkeypatch):
    assert not sample_of(DIGITS).unknown
    assert not sample_of(replace(DIGITS, normalise=False)).unknown
    monkeypatch.setattr(limits, "AVERAGED_BYTES", 1000)
    sample = sample_of(replace(DIGITS, split_seed=8))
    assert sample.unknown
    assert [still.name for still in sample.stills] == ["input", "ToImage", "ToDtype"]


def test_each_step_is_told_with_its_type_shape_dtype_and_range():
    sample = sample_of(replace(DIGITS, picture=11))
    data = by_hand(DIGITS)
    assert (sample.index, sample.length) == (int(data.places.indices[sample.place]), len(data))
    assert [still.name for still in sample.stills] == ["input", "ToImage", "ToDtype", "Normalize"]
    assert [still.type for still in sample.stills] == ["PIL L", "Image", "Image", "Image"]
    assert [still.dtype for still in sample.stills] == ["uint8", "uint8", "float32", "float32"]
    assert {still.shape for still in sample.stills} == {(1, 8, 8)}
    x = data[sample.place][0]
    assert (sample.stills[-1].low, sample.stills[-1].high) == (x.min().item(), x.max().item())
    assert sample.added == 3
    assert [media_type(picture) for picture in sample.pictures] == ["image/webp"] * 4
    bare = sample_of(replace(DIGITS, picture=11, tensors=False))
    assert (bare.stills, bare.added) == (sample.stills[:1], 0)


def test_a_step_that_fails_ends_the_film_and_is_explained():
    failing = Pipeline.from_code("[v2.Normalize([0.5], [0.2])]")
    sample = sample_of(replace(DIGITS, augmentation=failing))
    assert (len(sample.stills), sample.failure.step) == (1, "Normalize")
    with pytest.raises(SpecError) as refusal:
        batch_of(replace(DIGITS, augmentation=failing))
    assert str(refusal.value) == str(sample.failure.error)


@given(st.integers(0, limits.TRAIN_SAMPLES), st.sampled_from(PARTS))
def test_whatever_number_a_link_names_leads_to_a_picture_of_the_part(number, part):
    data = by_hand(replace(DIGITS, part=part))
    indices = data.places.indices
    place = data.near(number)
    assert place == min(sum(indices < number), len(indices) - 1)
    near = data.neighbours(place)
    assert (near.before, near.after) == (indices[place - 1], indices[(place + 1) % len(indices)])
    for label, index in enumerate(near.of_class):
        ahead = [(place + step) % len(data) for step in range(1, len(data) + 1)]
        same = [other for other in ahead if data.places.labels[other] == label]
        assert index == (indices[same[0]] if same else -1)


def test_a_part_without_pictures_is_refused():
    with pytest.raises(SpecError) as refusal:
        sample_of(View(part="test"))
    assert str(refusal.value) == "This part has no picture: choose another, or give it a share."


def test_labels_become_targets():
    classes = 10
    for label in range(classes):
        made = {name: row.of(classes) for name, row in TARGETS.items()}
        assert made["label"] is None
        assert made["one-hot"](label).tolist() == [float(place == label) for place in range(classes)]
        assert made["halves"](label) == (label >= 5)
    scores = torch.randn(4, classes)
    labels = torch.tensor([3, 0, 9, 3])
    hot = torch.stack([TARGETS["one-hot"].of(classes)(int(label)) for label in labels])
    assert torch.allclose(
        torch.nn.functional.cross_entropy(scores, hot), torch.nn.functional.cross_entropy(scores, labels)
    )


def test_a_batch_is_what_a_loader_makes_of_the_dataset():
    view = replace(DIGITS, picture=30, batch_size=12, target="one-hot")
    data, batch = by_hand(view), batch_of(view)
    start = data.near(30)
    images, labels = next(iter(DataLoader([data[(start + step) % len(data)] for step in range(12)], batch_size=12)))
    said = dict(batch.values)
    assert said["images"].shape == tuple(images.shape)
    assert (said["images"].low, said["images"].high) == (images.min().item(), images.max().item())
    assert said["labels"].shape == tuple(labels.shape) == (12, 10)
    assert [entry.name for entry in batch.entries] == [str(int(label.argmax())) for label in labels[:SHOWN]]
    assert (batch.asked, batch.count, len(batch.pictures)) == (12, 12, SHOWN)


def test_large_batches_and_slow_steps_are_made_in_part(monkeypatch):
    batch = batch_of(replace(DIGITS, batch_size=4096))
    assert (batch.asked, batch.count) == (len(by_hand(DIGITS)), limits.COLLATED)
    monkeypatch.setattr(limits, "COLLATED_SECONDS", 0)
    assert batch_of(DIGITS).count == 2


def torch_says(samples):
    with suppress(SpecError):
        try:
            default_collate(samples)
        except Exception as error:
            return f"{type(error).__name__}: {error}"
    return ""


def test_pil_left_in_is_told_in_torch_s_words_and_mended():
    view = left_in(replace(DIGITS, augmentation=OWN), sample_of(replace(DIGITS, augmentation=OWN)))
    trouble = batch_of(view).trouble
    assert (trouble.kind, trouble.words) == (LEFT, torch_says([by_hand(view)[0]]))
    assert "found <class 'PIL" in trouble.words
    (fix,) = fixes(view, trouble)
    assert values(fix.view)["images"].shape == (64, 1, 8, 8)
    assert values(fix.view)["images"].dtype == "float32"
    assert values(replace(fix.view, tensors=True))["images"].high > 1  # then training normalises them as well


def test_what_makes_tensors_is_taken_out_and_the_steps_before_stay():
    view = replace(DIGITS, augmentation=TURNED.added(*OWN.calls))
    left = left_in(view, sample_of(view))
    assert [call.name for call in left.augmentation.calls] == ["RandomRotation", "RandomApply", "ColorJitter"]
    assert batch_of(left).trouble.kind == LEFT


def test_unequal_sizes_are_told_in_torch_s_words_and_mended_in_three_ways():
    view = unequal(DIGITS)
    trouble = batch_of(view).trouble
    pictures = [torch.zeros(3, *size) for _, size in PAIR]
    assert (trouble.kind, trouble.words) == (SIZES, torch_says([(picture, 0) for picture in pictures]))
    assert "[3, 100, 200] at entry 0 and [3, 150, 170] at entry 1" in trouble.words
    shapes = [{name: value.shape for name, value in values(fix.view).items()} for fix in fixes(view, trouble)]
    assert shapes == [
        {"images": (2, 3, 100, 100), "labels": (2,)},
        {"images": (2, 3, 150, 200), "padding": (2, 150, 200), "labels": (2,)},
        {"images": (2, 3, 160, 224), "padding": (2, 160, 224), "labels": (2,)},
    ]


def test_a_fix_stands_before_what_makes_tensors():
    view = replace(unequal(DIGITS), augmentation=OWN)
    fix = fixes(view, batch_of(view).trouble)[0]
    assert [call.name for call in fix.view.augmentation.calls][:2] == ["Resize", "CenterCrop"]
    assert [call.name for call in fix.view.augmentation.calls][2:] == [call.name for call in OWN.calls]


def test_what_has_other_channels_is_no_matter_of_sizes():
    view = replace(DIGITS, collate="padded", tensors=False)
    assert batch_of(view).trouble.kind == LEFT
    crops = replace(many_crops(DIGITS, sample_of(DIGITS)), collate="padded")
    assert batch_of(crops).trouble.kind == OTHER
    assert fixes(crops, batch_of(crops).trouble) == ()


def test_five_crops_make_a_list_of_five_batches():
    view = many_crops(DIGITS, sample_of(DIGITS))
    images = values(view)["images"]
    assert (images.several, images.shape) == (5, (64, 1, 4, 4))
    made, _ = collated([(steps.result, target) for steps, target in by_hand(view).samples(0)], view)
    picture = by_hand(replace(view, augmentation=Pipeline()))[0][0]
    assert torch.equal(torch.stack([crops[0] for crops in made]), torch.stack(TF.five_crop(picture, [4, 4])))


SHAPES = st.lists(st.tuples(st.integers(1, 40), st.integers(1, 40)), min_size=1, max_size=5)


@given(SHAPES, st.integers(1, 40), st.integers(1, 3))
def test_padding_loses_nothing_and_hides_nothing_else(sizes, multiple, channels):
    samples = [(torch.rand(channels, *size) + 1, label) for label, size in enumerate(sizes)]
    images, padding, labels = padded(samples, multiple)
    assert labels.tolist() == list(range(len(sizes)))
    rows, columns = images.shape[-2:]
    for side, longest in ((rows, max(row for row, _ in sizes)), (columns, max(column for _, column in sizes))):
        assert side % multiple == 0
        assert longest <= side < longest + multiple
    for image, hidden, (picture, _) in zip(images, padding, samples, strict=True):
        assert torch.equal(image[:, ~hidden], picture.flatten(1))
        assert not image[:, hidden].any()
        assert torch.equal(image[:, : picture.shape[1], : picture.shape[2]], picture)


def test_a_padded_batch_that_is_too_large_is_refused(monkeypatch):
    monkeypatch.setattr(limits, "COLLATED_NUMBERS", 100_000)
    with pytest.raises(SpecError) as refusal:
        batch_of(replace(unequal(DIGITS), collate="padded", multiple=1024))
    assert str(refusal.value) == (
        "The padded batch would hold 6,291,456 numbers; here 100,000 are allowed: use a smaller batch_size, or resize the "
        "pictures first."
    )


def folder(root):
    """Pictures of unequal size in folders, one below another, beside what is no picture."""
    chance = np.random.default_rng(0)
    for number, name in enumerate(
        ["ants/1.png", "ants/more/2.png", "ants/3.BMP", "bees/a.png", "bees/b.png", "bees/c.png"]
    ):
        path = root / "insects" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        PIL.Image.fromarray(chance.integers(0, 256, (9 + number, 12, 3), np.uint8)).save(path)
    (root / "insects" / "ants" / "notes.txt").write_text("no picture")
    (root / "insects" / ".hidden").mkdir()


def ran(view):
    """What the source of a view defines, run where nothing else is."""
    scope = {}
    exec(compile(written(view), "dataset.py", "exec"), scope)
    return scope


def same(view):
    """Whether the source's dataset is ours, picture for picture, and its loader makes our batch."""
    scope, mine = ran(view), by_hand(view)
    assert len(scope["dataset"]) == len(mine)
    for place in range(0, len(mine), 7):
        (picture, target), (ours, wanted) = scope["dataset"][place], mine[place]
        assert torch.equal(torch.as_tensor(target), torch.as_tensor(wanted))
        assert torch.equal(picture, ours)
    start = mine.near(view.picture)
    assert torch.equal(scope["picture"], mine[start][0])
    shown, count = values(view), batch_of(view).count
    together = scope["loader"].collate_fn([scope["dataset"][(start + step) % len(mine)] for step in range(count)])
    shapes = [tuple(part.shape) for part in together]
    assert shapes == [value.shape for value in shown.values()]
    assert together[0].min().item() == shown["images"].low
    assert together[0].max().item() == shown["images"].high
    return True


@pytest.mark.parametrize("collate", list(COLLATES))
@pytest.mark.parametrize("target", list(TARGETS))
def test_the_source_of_digits_is_the_same_dataset(collate, target):
    part = PARTS[list(TARGETS).index(target)]
    assert same(replace(DIGITS, picture=20, part=part, collate=collate, multiple=3, target=target, batch_size=5))


@pytest.mark.parametrize(
    "view",
    [
        View(data=NOISE, classes=(1, 4, 7), split_seed=3, part="validation"),
        View(data=NOISE, side=7, normalise=False, augmentation=HALVED),
        View(
            data=NOISE, augmentation=Pipeline.from_code("[v2.RandomHorizontalFlip(p=1.0), v2.Grayscale(3)]"), samples=30
        ),
    ],
    ids=["classes", "side", "steps"],
)
def test_the_source_of_noise_is_the_same_dataset(view):
    assert same(view)


def test_with_the_dice_of_a_sample_the_source_gives_that_very_sample():
    pipeline = TURNED.added(AUGMENTATIONS["SaltAndPepperNoise"](p=1.0))
    view = replace(DIGITS, augmentation=pipeline, seed=3, epoch=2, picture=40)
    scope, mine, replayed = ran(view), by_hand(view), {}
    place = mine.near(40)
    exec(pipeline.code(seed=3, sample=sample_number(2, int(mine.places.indices[place]))), replayed)
    ending = v2.Compose(scope["transform"].transforms[len(pipeline.calls) :])
    scope["dataset"].transform = lambda picture: ending(replayed["transform"](picture))
    assert torch.equal(scope["dataset"][place][0], mine[place][0])


@pytest.mark.parametrize("side", [0, 8])
def test_the_source_of_a_folder_is_the_same_dataset(tmp_path, monkeypatch, side):
    folder(tmp_path)
    monkeypatch.setenv("CNNLAB_PICTURES", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    view = View(data=DATASETS["ImageFolder"](root="insects"), side=side, validation=0.3, collate="padded", batch_size=3)
    assert len(by_hand(view)) == 4
    assert same(view)
    trouble = batch_of(replace(view, collate="default")).trouble
    assert (trouble.kind if trouble else None) == (None if side else SIZES)
    assert str(tmp_path) not in written(view)


FILES = {"MNIST": mnist, "CIFAR10": lambda: {"cifar-10-python.tar.gz": tar(cifar())}, "SVHN": svhn}


@pytest.mark.parametrize("name", list(FILES))
def test_the_source_of_what_was_downloaded_is_the_same_dataset(tmp_path, monkeypatch, name):
    monkeypatch.setenv("CNNLAB_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    for module in ("cifar", "svhn", "utils"):  # torchvision knows the hashes of the real files
        monkeypatch.setattr(
            f"torchvision.datasets.{module}.check_integrity", lambda path, md5=None: os.path.exists(path)
        )
    with site() as web:
        fetch(web.call(name, FILES[name]()))
    view = View(data=DATASETS[name](), batch_size=6, picture=3, validation=0.25)
    for part in ("validation", "test"):
        assert same(replace(view, part=part))
    assert len(by_hand(replace(view, part="test"))) == TEST


@pytest.mark.parametrize("kind", [SAMPLE, BATCH, BY_HAND], ids=lambda kind: kind.name)
def test_folders_of_a_host_stay_hidden(tmp_path, monkeypatch, kind):
    folder(tmp_path)
    (tmp_path / "host.toml").write_text("train = true")
    monkeypatch.setenv("CNNLAB_PICTURES", str(tmp_path))
    query = View(data=DATASETS["ImageFolder"](root="insects"), validation=0.3).to_query()
    kind.do(query)
    monkeypatch.setenv("CNNLAB_HOST", str(tmp_path / "host.toml"))
    with pytest.raises(SpecError) as refusal:
        kind.do(query)
    assert str(refusal.value) == (
        "ImageFolder: folders of this machine are not for its visitors. Take another dataset."
    )


def test_a_side_of_one_pixel_is_refused_for_files_too(tmp_path, monkeypatch):
    folder(tmp_path)
    monkeypatch.setenv("CNNLAB_PICTURES", str(tmp_path))
    for data in (DATASETS["ImageFolder"](root="insects"), DATASETS["digits"]()):
        with pytest.raises(SpecError) as refusal:
            sample_of(View(data=data, side=1, validation=0.3))
        assert str(refusal.value) == "side=1 leaves a single pixel of each picture: use 2 or more."


def test_the_source_leaves_loading_to_the_settings():
    last = written(replace(DIGITS, drop_last=True)).splitlines()[-1]
    assert last == "loader = DataLoader(dataset, batch_size=64, shuffle=True, drop_last=True)"
    last = written(replace(DIGITS, sampler="in order", collate="padded", multiple=32)).splitlines()[-1]
    assert last == "loader = DataLoader(dataset, batch_size=64, collate_fn=partial(padded, multiple=32))"
    assert (
        written(replace(DIGITS, part="test", drop_last=True)).splitlines()[-1]
        == "loader = DataLoader(dataset, batch_size=64)"
    )
