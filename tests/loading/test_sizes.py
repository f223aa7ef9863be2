"""Sizes of pictures, what is odd about their files, and that what mends it does."""

import numpy as np
import pytest
from PIL import ExifTags, Image
from torchvision.datasets import ImageFolder

from cnnlab.loading import DATASETS, prepare
from cnnlab.loading import folder as traps
from cnnlab.loading.gallery.fixes import FIXES
from cnnlab.loading.view import View
from cnnlab.loading.work import sizes

VIEW = View(data=DATASETS["ImageFolder"](), validation=0.0, side=8)


def picture(seed: int) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (8, 8, 3), np.uint8))


@pytest.fixture
def root(monkeypatch, tmp_path):
    for place, name in enumerate(("cats", "dogs")):
        (tmp_path / name).mkdir()
        for number in range(3):
            picture(10 * place + number).save(tmp_path / name / f"{number}.png")
    monkeypatch.setenv("CNNLAB_PICTURES", str(tmp_path))
    return tmp_path


def turned(root):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    picture(0).save(root / "cats" / "0.png", exif=exif)


def deep(root):
    Image.fromarray(np.linspace(0, 65535, 64).astype(np.uint16).reshape(8, 8)).save(root / "cats" / "0.png")


def see_through(root):
    whole = picture(0)
    whole.putalpha(Image.linear_gradient("L").resize((8, 8)))
    whole.save(root / "cats" / "0.png")


def gray(root):
    picture(0).convert("L").save(root / "cats" / "0.png")


def damaged(root):
    (root / "cats" / "0.png").write_bytes((root / "cats" / "0.png").read_bytes()[:40])
    (root / "cats" / "1.png").write_bytes(b"no picture")


def hidden(root):
    (root / ".ipynb_checkpoints").mkdir()
    picture(7).save(root / ".ipynb_checkpoints" / "0.png")


def empty(root):
    (root / "birds").mkdir()


PLANTED = {
    traps.TURNED: turned,
    traps.DEEP: deep,
    traps.SEE_THROUGH: see_through,
    traps.GRAY: gray,
    traps.HIDDEN: hidden,
    traps.EMPTY: empty,
}


@pytest.mark.parametrize("template", PLANTED)
def test_an_oddity_is_named_and_its_fix_gives_torchvision_the_pictures_that_are_shown_here(root, template):
    assert sizes(VIEW).odd == ()
    PLANTED[template](root)
    (odd,) = sizes(VIEW).odd
    assert odd.said.template == template
    assert odd.files in ((), ("cats/0.png",))
    assert (odd.fix, odd.code) == FIXES[template]
    scope = {"root": root}
    exec(odd.code, scope)
    ours = prepare(VIEW).train
    assert len(scope["dataset"]) == len(ours)
    for index, (theirs, label) in enumerate(scope["dataset"]):
        assert label == ours.labels[index]
        difference = np.asarray(theirs).transpose(2, 0, 1).astype(int) - ours.picture(index).numpy()
        assert abs(difference).max() <= (1 if template == traps.SEE_THROUGH else 0)  # two ways to round a mixture


def test_torchvision_alone_reads_other_pictures_or_none(root):
    for plant in (turned, deep, see_through):
        plant(root)
        theirs = np.asarray(ImageFolder(root)[0][0]).transpose(2, 0, 1)
        assert not np.array_equal(theirs, prepare(VIEW).train.picture(0).numpy()), plant.__name__


def test_damaged_files_are_left_out_by_the_code_that_mends_it(root):
    damaged(root)
    (odd,) = sizes(VIEW).odd
    assert odd.said.template == traps.DAMAGED
    scope = {"root": root}
    exec(odd.code, scope)
    assert len(scope["dataset"]) == 4


def test_gray_pictures_are_odd_among_coloured_ones_alone(root):
    for path in root.rglob("*.png"):
        Image.open(path).convert("L").save(path)
    assert sizes(VIEW).odd == ()


def test_everything_that_is_said_of_a_folder_has_a_fix():
    said = {value for name, value in vars(traps).items() if name.isupper() and isinstance(value, str) and " " in value}
    assert set(FIXES) == said


def test_sizes_are_counted_upright(root):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    for ending in ("jpg", "tif"):
        Image.new("RGB", (40, 20)).save(root / "dogs" / f"a.{ending}", exif=exif)
    found = sizes(VIEW)
    assert (found.seen, found.count, found.different) == (8, 8, 2)
    assert (found.smallest, found.largest) == ((8, 8), (20, 40))
    assert (sum(found.widths), sum(found.heights)) == (8, 8)
    assert found.heights[-1] == 2
    assert found.widths[-1] == 0


def test_pictures_that_lie_in_no_files_have_one_size():
    found = sizes(View(data=DATASETS["FakeData"](size=20, side=7)))
    assert (found.different, found.smallest, found.largest, found.count, found.odd) == (1, (7, 7), (7, 7), 20, ())
