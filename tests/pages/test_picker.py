"""A picture of the visitor's own, good or broken."""

import gc
from io import BytesIO
from types import SimpleNamespace

import pytest
import visit
from PIL import Image
from streamlit.runtime.scriptrunner import StopException
from streamlit.testing.v1 import AppTest
from visit import said

from cnnlab import images
from cnnlab.specs import SpecError
from pages.shared import upload
from pages.shared.uploader import called


def opened(image: str = "coffee") -> AppTest:
    return visit.visit("augmentation", {"image": image})


def picture(app: AppTest) -> str:
    """The picture that the page's link names."""
    return visit.shown(app, "augmentation").image


def png(size: tuple[int, int] = (40, 30), colour: str = "teal") -> bytes:
    file = BytesIO()
    Image.new("RGB", size, colour).save(file, "PNG")
    return file.getvalue()


def test_an_upload_becomes_the_picture():
    app = opened()
    app.file_uploader(key="augmentation.upload").upload("mine.png", png(), "image/png").run()
    assert (said(app), picture(app)) == ([], "own")
    held = app.session_state["own.held"]
    assert images.picture(held.digest).getpixel((0, 0)) == (0, 128, 128)


def test_the_name_of_a_file_is_text_that_a_link_can_carry():
    assert called(SimpleNamespace(name="mine \ud800.png")) == "mine ?.png"
    assert called(SimpleNamespace(name="x" * 400 + ".png")) == "x" * 296 + ".png"


def test_an_upload_is_gone_with_its_session():
    app = opened()
    app.file_uploader(key="augmentation.upload").upload("mine.png", png((41, 30)), "image/png").run()
    digest = app.session_state["own.held"].digest
    del app.session_state["own.held"]
    gc.collect()
    with pytest.raises(SpecError, match="upload it again"):
        images.picture(digest)


def test_an_upload_whose_run_was_cut_short_becomes_the_picture_in_the_next(monkeypatch):
    app, take = opened(), upload._take

    def cut_short(*args):
        monkeypatch.setattr(upload, "_take", take)
        raise StopException

    monkeypatch.setattr(upload, "_take", cut_short)
    app.file_uploader(key="augmentation.upload").upload("mine.png", png(), "image/png").run()
    app.run()
    assert (said(app), picture(app)) == ([], "own")


BROKEN = {
    "zero bytes": b"",
    "text": b"This is no picture.",
    "cut off": png((400, 300))[:200],
    "only a signature": b"\x89PNG\r\n\x1a\n",
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_a_file_that_cannot_be_read_gives_one_sentence_and_changes_nothing(data):
    app = opened()
    app.file_uploader(key="augmentation.upload").upload("broken.png", data, "image/png").run()
    assert len(said(app)) == 1
    assert picture(app) == "coffee"


def test_the_refusal_of_a_file_goes_with_the_file():
    app = opened()
    uploader = app.file_uploader(key="augmentation.upload")
    uploader.upload("broken.png", b"", "image/png").run()
    app.file_uploader(key="augmentation.upload").clear().run()
    assert said(app) == []


def test_a_broken_file_that_is_taken_away_leaves_the_picture_before_it():
    app = opened()
    app.file_uploader(key="augmentation.upload").upload("mine.png", png(), "image/png").run()
    app.file_uploader(key="augmentation.upload").upload("broken.png", b"", "image/png").run()
    assert len(said(app)) == 1
    app.file_uploader(key="augmentation.upload").clear().run()
    assert (said(app), picture(app)) == ([], "own")
    assert "own.held" in app.session_state


def test_a_picture_that_is_taken_away_is_gone_and_the_first_sample_stands_there():
    app = opened()
    app.file_uploader(key="augmentation.upload").upload("mine.png", png(), "image/png").run()
    app.file_uploader(key="augmentation.upload").clear().run()
    assert (said(app), picture(app)) == ([], "chelsea")
    assert "own.held" not in app.session_state


def test_one_who_opens_a_link_with_somebodys_own_picture_is_told():
    (told,) = [info.value for info in opened("own").info]
    assert told.startswith("This link was made with a picture of its sender's own, which is not part of a link: ")
