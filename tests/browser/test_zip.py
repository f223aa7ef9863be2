"""A visitor's zip of pictures, from the disk to a training run that could start, and gone again."""

import io
import re
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from cnnlab.loading import DATASETS
from cnnlab.loading.view import View
from tests.load.links import link

PATH = "/loading?" + link(**View(data=DATASETS["Upload"]()).to_query())


def at(page, key: str):
    return page.locator(".st-key-" + re.sub(r"[^a-zA-Z0-9_-]", "-", key))


@pytest.fixture(scope="module")
def pets(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("zip") / "pets.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(20):
            picture = io.BytesIO()
            Image.effect_noise((12, 10), 80).save(picture, "PNG")
            archive.writestr(f"pets/{'cat' if number % 2 else 'dog'}/{number}.png", picture.getvalue())
        archive.writestr("__MACOSX/pets/._1.png", b"x")
        archive.writestr("pets/../../out.png", picture.getvalue())
    return path


def test_a_zip_is_taken_counted_and_taken_on_to_training(open_page, settle, pets):
    page = open_page(PATH)
    at(page, "loading.zip.upload").locator("input[type=file]").set_input_files(pets)
    page.get_by_text("pets.zip: 20 pictures of 2 classes.").wait_for()
    at(page, "loading.comes").get_by_text("16 to learn from, 4 for validation, 0 for the test; 2 classes.").wait_for()
    page.get_by_text(
        "Files whose paths lead out of the archive are left out: 1, such as pets/../../out.png."
    ).first.wait_for()
    assert not re.search("[0-9a-f]{64}", page.url)
    settle(page)
    page.get_by_role("link", name="Train on these pictures").click()
    page.get_by_text("16 samples, batches of 64 → 1 iterations per epoch").wait_for()
    at(page, "training.zip.remove").get_by_role("button").click()
    at(page, "training.zip.remove").wait_for(state="detached")


def test_a_file_that_is_no_zip_is_refused_in_a_sentence(open_page, settle, pets, tmp_path):
    page = open_page(PATH)
    files = at(page, "loading.zip.upload").locator("input[type=file]")
    files.set_input_files(pets)
    page.get_by_text("pets.zip: 20 pictures of 2 classes.").wait_for()
    settle(page)
    (tmp_path / "bad.zip").write_bytes(b"PK\3\4 and no more")
    files.set_input_files(tmp_path / "bad.zip")
    page.get_by_text("bad.zip is no zip that can be read").wait_for()
