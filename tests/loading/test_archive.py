"""A visitor's zip: the same dataset as torchvision's ImageFolder makes of it, and nothing that a hostile one wants."""

import io
import json
import stat
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from PIL import Image
from torchvision import datasets
from zips import PETS, picture, zipped

from cnnlab import limits, shelf
from cnnlab.images.jobs import Uploaded
from cnnlab.loading import DATASETS, Selection, Unpacked, describe, prepare
from cnnlab.loading.jobs import UNPACK
from cnnlab.loading.uploads import kept_in, naming, take, unnamed
from cnnlab.loading.view import View
from cnnlab.specs import SpecError


@pytest.fixture
def kept():
    """`kept(data)` is the hash of what a visitor sent, gone at the end."""
    held = []

    def kept(data: bytes) -> str:
        held.append(shelf.keep(data))
        return held[-1]

    yield kept
    for digest in held:
        shelf.release(digest)


@pytest.fixture
def taken(kept):
    """`taken(data)` is what the workshop says of a zip; SpecError in its place."""

    def taken(data: bytes) -> Unpacked:
        return UNPACK.do(Uploaded(kept(data), "pets.zip").to_query())

    return taken


def told(answer: Unpacked) -> list[str]:
    return [str(note) for note in answer.notes]


def test_a_clean_zip_is_torchvision_s_folder(kept, tmp_path):
    files = {
        **PETS,
        "cat/more/UPPER.JPG": picture(50, "JPEG"),
        "cat/a b/1.png": picture(51),
        "cat/B/2.png": picture(52),
        "cat b/1.png": picture(53),
    }
    data = zipped(dict(reversed(files.items())))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        archive.extractall(tmp_path)
    source, theirs = DATASETS["Upload"](digest=kept(data)).build(), datasets.ImageFolder(tmp_path)
    assert list(source.classes) == theirs.classes
    assert source.labels.tolist() == theirs.targets
    assert [str(tmp_path / name) for name in source.names] == [path for path, _ in theirs.samples]
    assert [path.read_bytes() for path in source.paths] == [Path(path).read_bytes() for path, _ in theirs.samples]
    assert source.notes == ()


def test_pictures_are_those_of_the_zip(kept):
    data = prepare(Selection(DATASETS["Upload"](digest=kept(zipped(PETS))), validation=0.4, side=6))
    assert data.shape == (3, 6, 6)
    whole = np.asarray(Image.open(io.BytesIO(PETS["cat/0.png"])))
    part = next(part for part in (data.train, data.validation) if 0 in part.indices)
    assert np.array_equal(part.picture(0).permute(1, 2, 0).numpy(), whole[:, 1:7])


@pytest.mark.parametrize("top", ["pets/", "a/b/", "./pets/"])
def test_a_folder_round_all_of_them_is_taken_off(taken, top):
    answer = taken(zipped({top + name: data for name, data in PETS.items()}))
    assert answer == Unpacked(("cat", "dog"), 6)


def test_folders_of_parts_are_taken_together(taken):
    files = {f"pets/{part}/{name}": data for part in ("train", "val") for name, data in PETS.items()}
    answer = taken(zipped(files))
    assert (answer.classes, answer.pictures) == (("cat", "dog"), 12)
    assert told(answer)[0] == "The folders train, val are taken together: the pictures are divided anew here."


SKIPPED = [
    ("__MACOSX/cat/._0.png", "Hidden files are left out: 1, such as __MACOSX/cat/._0.png."),
    (".git/cat.png", "Hidden files are left out: 1, such as .git/cat.png."),
    ("../out/cat.png", "Files whose paths lead out of the archive are left out: 1, such as ../out/cat.png."),
    ("cat/../../../etc/x.png", "Files whose paths lead out of the archive are left out: 1, such as cat/../../../etc/x.png."),
    ("/etc/cat.png", "Files whose paths lead out of the archive are left out: 1, such as /etc/cat.png."),
    ("C:\\pets\\cat.png", "Files whose paths lead out of the archive are left out: 1, such as C:/pets/cat.png."),
    ("cat/\x1b[2J.png", "Files with names that cannot be shown are left out: 1, such as cat/�[2J.png."),
    ("x" * 300 + "/1.png", "Files with names that cannot be shown are left out: 1, such as …" + "x" * 73 + "/1.png."),
    ("cat/more.zip", "Archives inside the archive are not opened: 1, such as cat/more.zip."),
    ("cat/notes.txt", "Files without the ending of a picture are left out: 1, such as cat/notes.txt."),
    ("loose.png", "Pictures beside the folders of the classes are left out: 1, such as loose.png."),
    ("cat/no.png", "Files that cannot be read as a picture are left out: 1, such as cat/no.png."),
]  # fmt: skip


@pytest.mark.parametrize(("name", "sentence"), SKIPPED, ids=lambda text: text[:14])
def test_what_is_no_picture_of_a_class_is_left_out_and_told(taken, name, sentence):
    answer = taken(zipped({**PETS, name: b"#!/bin/sh" if name == "cat/no.png" else picture(7)}))
    assert (answer.classes, answer.pictures) == (("cat", "dog"), 6)
    assert told(answer) == [sentence]


def test_links_are_not_followed(taken):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in PETS.items():
            archive.writestr(name, data)
        link = zipfile.ZipInfo("cat/link.png")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    assert told(taken(out.getvalue())) == ["Links and other special files are left out: 1, such as cat/link.png."]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_that_comes_twice_is_taken_once(taken):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in (*PETS.items(), ("cat/0.png", picture(90)), ("cat//1.png", picture(91))):
            archive.writestr(name, data)
    answer = taken(out.getvalue())
    assert answer.pictures == 6
    assert told(answer) == ["Of files that the archive holds twice the first is taken: 2, such as cat/0.png."]


def test_other_ways_of_packing_are_left_out(taken):
    out = io.BytesIO(zipped(PETS))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_LZMA) as archive:
        archive.writestr("cat/lzma.png", picture(8))
    assert told(taken(out.getvalue())) == [
        "Files that are packed otherwise than zip usually does are left out: 1, such as cat/lzma.png."
    ]


def test_a_damaged_file_is_left_out(taken):
    data = zipped(PETS, zipfile.ZIP_STORED)
    place = data.index(PETS["dog/1.png"]) + 40
    answer = taken(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
    assert answer.pictures == 5
    assert told(answer) == ["Files that cannot be read as a picture are left out: 1, such as dog/1.png."]


def test_a_class_without_one_picture_is_none(taken):
    answer = taken(zipped({**PETS, "bird/1.png": b"no picture"}))
    assert answer.classes == ("cat", "dog")


FEW = "pets.zip must hold a folder for each class, at least two with pictures in them: it has {count}."
REFUSED = {
    "empty": (zipped({}), FEW.format(count=0)),
    "no pictures": (zipped({"a/x.txt": b"x", "b/y.txt": b"y"}), FEW.format(count=0)),
    "loose": (zipped({"1.png": picture(1), "2.png": picture(2)}), FEW.format(count=0)),
    "one class": (zipped({"cat/1.png": picture(1), "cat/2.png": picture(2)}), FEW.format(count=1)),
    "none readable": (zipped({"cat/1.png": b"1", "dog/2.png": b"2"}), FEW.format(count=0)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_makes_no_dataset_is_refused(taken, name):
    data, sentence = REFUSED[name]
    with pytest.raises(SpecError) as refused:
        taken(data)
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    "data", [b"no zip", b"", zipped(PETS)[:-30], b"PK\5\6" + bytes(18)[:10]], ids=["text", "0", "cut", "short"]
)
def test_what_is_no_zip_is_refused(taken, data):
    with pytest.raises(SpecError, match=r"^pets\.zip is no zip that can be read \(.*\): pack the folders anew\.$"):
        taken(data)


def test_a_locked_zip_is_refused(taken):
    data = bytearray(zipped(PETS))
    data[data.index(b"PK\1\2") + 8] |= 1  # the flag in the list of files
    with pytest.raises(SpecError, match=r"^pets\.zip is locked by a password: pack the folders anew without one\.$"):
        taken(bytes(data))


def test_a_bomb_is_refused_before_it_is_unpacked(taken):
    with pytest.raises(
        SpecError, match=r"cat/bomb\.png alone would grow to [0-9,]+ times its size\): it is not unpacked"
    ):
        taken(zipped({**PETS, "cat/bomb.png": bytes(30 << 20)}))


def test_files_that_overlap_are_refused(taken):
    """As in bombs that pack the same bytes many times over."""
    data = bytearray(zipped({f"cat/{number}.png": picture(1) for number in range(3)}, zipfile.ZIP_STORED))
    first = data.index(b"PK\1\2")
    struct.pack_into("<I", data, first + 20, 10**6)  # its packed size
    with pytest.raises(SpecError, match="is packed as no pictures are"):
        taken(bytes(data))


def test_a_file_cannot_be_more_than_the_list_says(taken):
    data = bytearray(zipped({**PETS, "cat/long.png": picture(5) + bytes(5 << 20)}))
    for mark, place in ((b"PK\1\2", 24), (b"PK\3\4", 22)):
        at = data.rindex(b"cat/long.png") - 46 if mark == b"PK\1\2" else data.index(b"cat/long.png") - 30
        assert data[at : at + 4] == mark
        struct.pack_into("<I", data, at + place, 100)
    answer = taken(bytes(data))
    assert answer.pictures == 6
    assert told(answer) == ["Files that cannot be read as a picture are left out: 1, such as cat/long.png."]


LIMITS = [
    ("ZIP_FILES", 5, r"^The zip lists more than 5 files: choose fewer of them\.$"),
    ("ZIP_DIRECTORY_BYTES", 100, r"^The zip lists more than 50,000 files: choose fewer of them\.$"),
    ("ZIP_BYTES", 100, r"^pets\.zip would unpack to 0 MB, and 0 MB are allowed: choose fewer or smaller pictures\.$"),
    ("CLASSES", 1, r"^pets\.zip holds 2 folders of pictures, and 1 classes are allowed: choose fewer\.$"),
]


@pytest.mark.parametrize(("name", "limit", "sentence"), LIMITS, ids=[row[0] for row in LIMITS])
def test_limits_hold(taken, monkeypatch, name, limit, sentence):
    monkeypatch.setattr(limits, name, limit)
    with pytest.raises(SpecError, match=sentence):
        taken(zipped(PETS))


def test_a_picture_that_is_too_large_is_left_out(taken, monkeypatch):
    monkeypatch.setattr(limits, "ZIP_PICTURE_BYTES", max(map(len, PETS.values())))
    answer = taken(zipped({**PETS, "cat/large.png": picture(3) + bytes(500)}))
    assert told(answer) == ["Files too large for a picture are left out: 1, such as cat/large.png."]


def test_what_does_not_fit_on_the_shelf_is_not_unpacked(kept, monkeypatch):
    digest = kept(zipped(PETS))
    monkeypatch.setattr(limits, "SHELF_BYTES", shelf.path(digest).stat().st_size + 10)
    with pytest.raises(SpecError, match="try again later"):
        DATASETS["Upload"](digest=digest).build()
    assert not list(shelf.folder().glob(f"{digest}.*"))


NAMES = some.lists(
    some.text(some.sampled_from("ab./\\:é~ \x01"), max_size=12).map(lambda name: name + ".png"), max_size=6, unique=True
)


@given(NAMES)
@settings(max_examples=40)
def test_nothing_is_written_but_numbered_pictures(names):
    """Whatever the names are: only files of ours, in a folder that goes with the zip."""
    digest = shelf.keep(zipped({**PETS, **dict.fromkeys(names, picture(1))}))
    try:
        source = DATASETS["Upload"](digest=digest).build()
        folder = source.paths[0].parents[1]
        assert folder == shelf.folder() / f"{digest}.unpacked"
        files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
        assert files == {"index.json", "bytes", *(path.relative_to(folder).as_posix() for path in source.paths)}
        assert all(path.parent.name.isdigit() and path.stem.isdigit() for path in source.paths)
        assert len(source.names) == len(set(source.names))
    finally:
        shelf.release(digest)


def test_all_of_it_goes_with_the_session(taken, kept):
    taken(zipped(PETS))
    (folder,) = shelf.folder().glob("*.unpacked")
    digest = folder.name.partition(".")[0]
    assert json.loads((folder / "index.json").read_text())["classes"] == ["cat", "dog"]
    shelf.keep(zipped(PETS))
    shelf.release(digest)
    assert folder.is_dir()  # another session has the same
    shelf.release(digest)
    assert not folder.exists()
    with pytest.raises(SpecError, match=r"^The zip of pictures is no longer here: choose it again\.$"):
        DATASETS["Upload"](digest=digest).build()
    shelf.keep(zipped(PETS))  # what the fixture lets go


def test_what_was_unpacked_takes_room_on_the_shelf(kept, monkeypatch):
    digest = kept(zipped(PETS))
    DATASETS["Upload"](digest=digest).build()
    held = shelf.path(digest).stat().st_size + sum(map(len, PETS.values()))
    monkeypatch.setattr(limits, "SHELF_BYTES", held + 10)
    shelf.refuse_full(10)
    with pytest.raises(SpecError, match="try again later"):
        shelf.refuse_full(11)


def test_what_a_worker_left_of_a_session_that_is_gone_is_removed():
    left = shelf.folder() / f"{'0' * 64}.abc.partial"
    left.mkdir()
    shelf.refuse_full(1)
    assert not left.exists()


@pytest.mark.parametrize("digest", ["", "0" * 64, "../../etc/passwd", "x" * 300], ids=["", "none", "path", "long"])
def test_only_a_hash_that_is_held_opens_anything(digest):
    with pytest.raises(SpecError, match="choose (it again|one, or another dataset)"):
        describe(Selection(DATASETS["Upload"](digest=digest)))


def test_a_run_s_own_copy_is_enough(kept, tmp_path):
    digest = shelf.keep(zipped(PETS))
    call = DATASETS["Upload"](digest=digest)
    take(call, tmp_path / "uploads")
    shelf.release(digest)
    with kept_in(tmp_path / "uploads"):
        assert call.build().classes == ("cat", "dog")
    with pytest.raises(SpecError):
        call.build()
    take(DATASETS["digits"](), tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_a_link_says_that_files_are_one_s_own_and_no_more():
    view = View(data=DATASETS["Upload"](digest="a" * 64), batch_size=7)
    query = unnamed(view).to_query()
    assert "a" * 20 not in str(query)
    there = View.from_query(query)
    assert naming(there, "b" * 64) == View(data=DATASETS["Upload"](digest="b" * 64), batch_size=7)
    assert naming(View(), "b" * 64) == View()
