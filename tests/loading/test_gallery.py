"""The pictures of a dataset as they are: every page, every class, and each thumbnail the picture itself."""

import io
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from served import TEST, labels, mnist, pictures, site

from cnnlab import limits
from cnnlab.hosting import VARIABLE
from cnnlab.loading import DATASETS, Page, fetch, prepare
from cnnlab.loading.embedded import FakeData, digits
from cnnlab.loading.gallery.answers import DAMAGED, LARGE
from cnnlab.loading.jobs import CLASSES, NUMBERS, PAGE, SIZES, TWINS, suited
from cnnlab.loading.parts import PARTS
from cnnlab.loading.view import View
from cnnlab.loading.work import classes, numbers, page, sizes, twins
from cnnlab.specs import SpecError
from cnnlab.workshop import Lane

FOLDER = DATASETS["ImageFolder"]()
NOISE = View(data=DATASETS["FakeData"](size=200, side=5, channels=3))


def cells(answer) -> list[np.ndarray]:
    """The thumbnails, cut out as the browser does it."""
    sheet, whole = answer.sheet, np.asarray(Image.open(io.BytesIO(answer.pictures[0])).convert("RGB"))
    assert whole.shape[1::-1] == sheet.size
    cut = []
    tiles = answer.tiles if isinstance(answer, Page) else [tile for kept in answer.classes for tile in kept.tiles]
    for at, tile in enumerate(tiles):
        top, left = at // sheet.columns * sheet.step[1], at % sheet.columns * sheet.step[0]
        cut.append(whole[top : top + tile.thumbnail[1], left : left + tile.thumbnail[0]])
    return cut


@pytest.fixture
def folder(monkeypatch, tmp_path):
    """Two classes of pictures of many sizes: one of them large, one damaged."""
    for place, name in enumerate(("cats", "dogs")):
        (tmp_path / name).mkdir()
        for number in range(6):
            size = (12 + number, 8, 3)
            Image.fromarray(np.random.default_rng(10 * place + number).integers(0, 256, size, np.uint8)).save(
                tmp_path / name / f"{number}.png"
            )
    Image.new("RGB", (300, 200), "red").save(tmp_path / "cats" / "0.png")
    (tmp_path / "dogs" / "5.png").write_bytes(b"no picture")
    monkeypatch.setenv("CNNLAB_PICTURES", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("label", [None, 4])
def test_the_pages_of_a_part_hold_each_of_its_pictures_once(part, label):
    view = replace(View(), test=0.1, part=part, label=label, classes=(1, 4, 7), page=1)
    data = prepare(view)
    mine = getattr(data, part)
    wanted = mine.indices[mine.labels == 1] if label else mine.indices
    pages = [page(replace(view, page=number)) for number in range(1, page(view).pages + 1)]
    tiles = [tile for one in pages for tile in one.tiles]
    assert [tile.index for tile in tiles] == wanted.tolist()
    assert all(tile.label == digits().labels[tile.index] and tile.part == part for tile in tiles)
    assert {one.count for one in pages} == {len(wanted)}
    for one in pages:
        for tile, pixels in zip(one.tiles, cells(one), strict=True):
            assert np.array_equal(pixels[:, :, 0], digits().read()[tile.index, 0])


def test_a_page_or_a_class_that_is_not_there_is_the_last_one_and_all_classes():
    assert page(View(page=limits.TRAIN_SAMPLES)) == page(View(page=18))
    assert page(View(label=999)).label is None
    nothing = page(View(part="test"))
    assert (nothing.count, nothing.pages, nothing.tiles) == (0, 1, ())


def test_each_class_has_its_counts_and_its_own_pictures():
    view = replace(NOISE, test=0.1)
    answer, data = classes(view), prepare(view)
    assert [kept.name for kept in answer.classes] == list(data.classes)
    for part in PARTS:
        assert tuple(kept.counts[part] for kept in answer.classes) == data.counts[part]
    assert all(tile.label == kept.label for kept in answer.classes for tile in kept.tiles)
    shown = [tile.index for kept in answer.classes for tile in kept.tiles]
    whole = view.data.build().read()
    for index, pixels in zip(shown, cells(answer), strict=True):
        assert np.array_equal(pixels, whole[index].transpose(1, 2, 0))


def test_very_many_classes_have_fewer_samples_each_or_none():
    many = classes(View(data=DATASETS["FakeData"](size=1000, classes=100, side=2)))
    assert {len(kept.tiles) for kept in many.classes} == {3}
    assert not any(
        kept.tiles for kept in classes(View(data=DATASETS["FakeData"](size=4000, classes=1000, side=1))).classes
    )


@pytest.mark.parametrize("shape", [(3, 5, 7), (1, 1, 1), (1, 3, 3)], ids=str)
def test_some_noise_is_what_all_noise_has_there(shape):
    source = FakeData(30, side=shape[1], channels=shape[0], seed=4)
    for places in ([0], [29], [3, 4, 5, 9, 28], [7, 2, 2], []):
        assert np.array_equal(source.some(np.array(places, int)), source.read()[places])


def test_thumbnails_of_files_are_small_and_those_that_cannot_be_seen_say_why(folder, monkeypatch):
    view = View(data=FOLDER, validation=0.0)
    tiles = page(view).tiles
    assert (tiles[0].size, tiles[0].thumbnail) == ((300, 200), (80, 53))
    assert [tile.fault for tile in tiles] == [*[""] * 11, DAMAGED]
    assert np.allclose(cells(page(view))[0][8:-8, 8:-8], (255, 0, 0), atol=3)  # its edges run into what is beside it
    monkeypatch.setattr(limits, "GALLERY_PIXELS", 300 * 200)
    assert [tile.fault for tile in page(view).tiles] == ["", *[LARGE] * 11]


@pytest.mark.parametrize("side", [0, 4])
def test_mean_and_deviation_are_those_that_torch_computes_and_a_run_uses(side):
    view = replace(NOISE, classes=(1, 2, 5), side=side)
    values = prepare(view).train.pictures.double() / 255
    found = numbers(view)
    for name, wanted in {
        "mean": values.mean((0, 2, 3)),
        "std": values.std((0, 2, 3), correction=0),
        "own_std": values.flatten(2).std(2, correction=0).mean(0),
        "std_of_means": values.mean((2, 3)).std(0, correction=0),
    }.items():
        assert torch.allclose(torch.tensor(getattr(found, name)).double(), wanted, atol=1e-9), name
    assert torch.allclose(torch.tensor(found.std).double(), prepare(view).std.double())
    assert (found.seen, found.count, found.side) == (len(values), len(values), side)
    assert sum(found.counts[0]) == values[:, 0].numel()


def test_the_figure_that_is_often_copied_is_smaller_where_pictures_differ_in_brightness(folder):
    for name, value in (("cats", 40), ("dogs", 200)):
        for number in range(6):
            Image.new("L", (9, 9), value + number).save(folder / name / f"{number}.png")
    found = numbers(View(data=FOLDER, validation=0.0, side=8))
    assert found.own_std == (0.0, 0.0, 0.0)
    assert found.std[0] == pytest.approx(80 / 255, abs=0.01)
    assert found.std == pytest.approx(prepare(View(data=FOLDER, validation=0.0, side=8)).std.tolist())


def test_numbers_of_files_leave_out_damaged_ones_and_stay_within_a_job(folder, monkeypatch):
    view = View(data=FOLDER, validation=0.0)
    found = numbers(view)
    assert (found.seen, found.count, found.side) == (11, 12, 224)
    monkeypatch.setattr(limits, "NUMBERS_PIXELS", 1)
    assert numbers(view).seen == 1
    for path in folder.rglob("*.png"):
        path.write_bytes(b"no picture")
    with pytest.raises(SpecError, match=r"^None of the training pictures can be read"):
        numbers(view)


def test_a_downloaded_dataset_is_written_down_once_and_seen_page_by_page(monkeypatch, tmp_path):
    monkeypatch.setenv("CNNLAB_DATA", str(tmp_path))
    with site() as web:
        call = web.call("MNIST", mnist())
        view = replace(View(), data=call)
        with pytest.raises(SpecError, match=r"^MNIST is not on this machine yet"):
            page(view)
        fetch(call)
    theirs = page(replace(view, part="test"))
    assert [tile.index for tile in theirs.tiles] == list(range(TEST))
    assert [tile.label for tile in theirs.tiles] == labels(TEST).tolist()
    for pixels, wanted in zip(cells(theirs), pictures(TEST, 28, 28), strict=True):
        assert np.array_equal(pixels[:, :, 1], wanted)
    assert (tmp_path / ".cnnlab" / "MNIST-test.npy").is_file()
    assert sizes(view).count == 60
    assert numbers(view).mean == pytest.approx(prepare(view).mean.tolist())
    assert twins(view).groups == 0


@pytest.mark.parametrize("work", [classes, page, numbers, twins, sizes])
def test_folders_of_a_host_are_not_opened_for_visitors(work, folder, monkeypatch, tmp_path):
    (tmp_path / "host.toml").write_text("")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "host.toml"))
    with pytest.raises(SpecError, match=r"^ImageFolder: folders of this machine are not for its visitors"):
        work(View(data=FOLDER))


def test_files_that_people_made_are_opened_by_workers_of_their_own():
    for kind in (CLASSES, PAGE, NUMBERS, TWINS, SIZES):
        assert suited(kind, View(data=FOLDER)).lane is Lane.HEAVY
    assert suited(PAGE, View()) is PAGE
