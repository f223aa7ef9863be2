"""Folders of pictures: the same classes and pictures as torchvision's ImageFolder, and its traps named."""

import numpy as np
import pytest
import torch
from PIL import ExifTags, Image
from torchvision import datasets
from torchvision.transforms import v2

from cnnlab import limits
from cnnlab.loading import DATASETS, Feeding, Selection, batches, describe, prepare
from cnnlab.loading.reading import Files
from cnnlab.specs import SpecError

CALL = DATASETS["ImageFolder"]()


def picture(value: int, size=(12, 8), mode="RGB") -> Image.Image:
    return Image.fromarray(np.random.default_rng(value).integers(0, 256, (*size[::-1], 3), np.uint8)).convert(mode)


@pytest.fixture
def root(monkeypatch, tmp_path):
    """Two classes of six pictures, one of them in a folder of its own."""
    folder = tmp_path / "own"
    for place, name in enumerate(("cats", "dogs")):
        (folder / name / "more").mkdir(parents=True)
        for number in range(5):
            picture(10 * place + number).save(folder / name / f"{number}.png")
        picture(10 * place + 9).save(folder / name / "more" / "UPPER.JPG")
    monkeypatch.setenv("CNNLAB_PICTURES", str(folder))
    return folder


def said(root="."):
    return [str(note) for note in describe(Selection(DATASETS["ImageFolder"](root=root)), closely=True).notes]


def test_a_clean_folder_is_torchvision_s(root):
    source, theirs = CALL.build(), datasets.ImageFolder(root)
    assert list(source.classes) == theirs.classes
    assert [(str(path), label) for path, label in zip(source.paths, source.labels, strict=True)] == theirs.samples
    assert said() == []


def test_pictures_are_those_that_pil_decodes(root):
    data = prepare(Selection(CALL, validation=0.25, side=8))
    assert data.shape == (3, 8, 8)
    for part in (data.train, data.validation):
        for index in part.indices.tolist():
            path, label = datasets.ImageFolder(root).samples[index]
            whole = np.asarray(Image.open(path).convert("RGB"))
            assert np.array_equal(part.picture(index).permute(1, 2, 0).numpy(), whole[:, 2:10])
            assert part.labels[part.indices == index] == label


def test_pictures_held_in_memory_and_those_read_in_turn_are_the_same(root, monkeypatch):
    selection = Selection(CALL, validation=0.25, side=6)
    held = prepare(selection, channels=1)
    monkeypatch.setattr(limits, "DATA_BYTES", 0)
    lazy = prepare(selection, channels=1)
    assert isinstance(held.train.pictures, torch.Tensor)
    assert not isinstance(lazy.train.pictures, torch.Tensor)
    assert torch.equal(held.mean, lazy.mean)
    assert torch.equal(held.std, lazy.std)
    for workers in (0, 1):
        for ours, theirs in zip(
            batches(held, held.train, Feeding(4), 0),
            batches(lazy, lazy.train, Feeding(4, workers=workers), 0),
            strict=True,
        ):
            assert all(torch.equal(one, other) for one, other in zip(ours, theirs, strict=True))


def test_hidden_and_empty_folders_are_no_classes(root):
    (root / ".ipynb_checkpoints").mkdir()
    picture(1).save(root / ".ipynb_checkpoints" / "0.png")
    (root / "empty").mkdir()
    assert CALL.build().classes == ("cats", "dogs")
    assert said() == [
        ".ipynb_checkpoints is hidden and left out; torchvision's ImageFolder would take it for a class.",
        "empty holds no picture and is left out; torchvision's ImageFolder would refuse the whole folder.",
    ]
    with pytest.raises(FileNotFoundError):
        datasets.ImageFolder(root)
    assert [str(note) for note in describe(Selection(CALL)).notes] == said()


def test_files_that_are_left_out_are_named(root):
    (root / "cats" / "notes.txt").write_text("")
    (root / "cats" / ".DS_Store").write_text("")
    picture(1).save(root / "loose.png")
    assert said() == [
        "Pictures beside the folders of the classes are left out: 1, such as loose.png.",
        "Files without the ending of a picture are left out: 1, such as cats/notes.txt.",
    ]


def test_classes_that_differ_in_capitals_are_named(root):
    (root / "Dogs").mkdir()
    picture(1).save(root / "Dogs" / "0.png")
    assert said() == ["Dogs and dogs are two classes, though their names differ in small and capital letters alone."]


def test_pictures_are_upright_where_torchvision_leaves_them_lying(root):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    turned = root / "cats" / "0.png"
    picture(0).save(turned, exif=exif)
    assert said() == ["1 of 12 pictures are turned upright as their cameras say; torchvision would leave them lying."]
    assert datasets.ImageFolder(root)[0][0].size == (12, 8)
    data = prepare(Selection(CALL, side=12))
    upright = np.asarray(picture(0))[::-1].transpose(1, 0, 2)  # 90 degrees clockwise
    part = next(part for part in (data.train, data.validation) if 0 in part.indices)
    usual = v2.Compose([v2.Resize(12), v2.CenterCrop(12)])
    assert torch.equal(part.picture(0), usual(torch.from_numpy(upright.copy()).permute(2, 0, 1)))


def test_deep_pictures_are_scaled(root):
    deep = np.linspace(0, 65535, 64).astype(np.uint16).reshape(8, 8)
    Image.fromarray(deep).save(root / "cats" / "0.png")
    assert said() == [
        "1 of 12 pictures have more than 8 bits a value: they are scaled; torchvision would cut them off at 255."
    ]
    data = prepare(Selection(CALL, side=8))
    part = next(part for part in (data.train, data.validation) if 0 in part.indices)
    assert np.array_equal(part.picture(0)[0].numpy(), np.rint(deep / 257))


def test_damaged_pictures_are_named_before_and_stop_a_run_in_a_sentence(root):
    (root / "cats" / "0.png").write_bytes(b"no picture")
    assert said() == ["1 of 12 pictures cannot be read, such as cats/0.png: mend or remove them, or the run will stop."]
    with pytest.raises(SpecError) as refused:
        prepare(Selection(CALL, side=8))
    assert str(refused.value).startswith("cats/0.png is not a picture that can be read")


def test_pictures_that_went_away_are_named(root):
    paths = CALL.build().paths
    paths[0].unlink()
    with pytest.raises(SpecError, match=r"^cats/0.png cannot be read any more \(No such file or directory\)"):
        Files(paths, 3, 8)[torch.tensor([0])]


REFUSED = [
    ("cats/none", "There is no folder cats/none in {root}: check the name."),
    ("../", "There is no folder ../ in {root}: check the name."),
    ("/etc", "There is no folder /etc in {root}: check the name."),
    ("out", "There is no folder out in {root}: check the name."),
    ("x" * 300, "There is no folder " + "x" * 80 + " in {root}: check the name."),
    ("cats", "cats must hold a folder for each class, at least two with pictures in them: it has 1."),
]


@pytest.mark.parametrize(("name", "sentence"), REFUSED, ids=lambda value: value[:12])
def test_only_folders_inside_the_named_one_are_read(root, name, sentence):
    (root / "out").symlink_to("/usr")
    with pytest.raises(SpecError) as refused:
        CALL.spec(root=name).build()
    assert str(refused.value) == sentence.format(root=root)


def test_without_leave_no_folder_is_read(monkeypatch):
    monkeypatch.delenv("CNNLAB_PICTURES", raising=False)
    with pytest.raises(SpecError) as refused:
        CALL.build()
    assert str(refused.value) == (
        "Folders of pictures are switched off: start cnnlab with CNNLAB_PICTURES set to the folder that holds them."
    )


def test_a_folder_of_too_many_pictures_is_refused(root, monkeypatch):
    monkeypatch.setattr(limits, "FOLDER_PICTURES", 11)
    with pytest.raises(SpecError, match=r"^\. holds more than 11 pictures: name a smaller one\.$"):
        CALL.build()


def test_a_folder_needs_a_side(root):
    with pytest.raises(SpecError, match=r"^The pictures of a folder have many sizes: say the side"):
        prepare(Selection(CALL))
