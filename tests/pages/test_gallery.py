"""The look at a dataset's pictures: what is chosen, what it says of twins and odd files, and that it takes no nonsense."""

import json

import numpy as np
import pytest
from PIL import Image
from visit import forge, said, shown, visit

from cnnlab.loading import DATASETS, Numbers
from cnnlab.loading.jobs import NUMBERS
from cnnlab.loading.view import View
from cnnlab.loading.work import numbers, page
from pages.loading.findings import difference, normalize


def pick(app, key: str, **what) -> View:
    forge(app, key, "json_value", json.dumps({"picked": what}))
    assert said(app) == []
    return shown(app, "loading")


def words(app) -> str:
    return "\n".join(box.value for kind in ("markdown", "caption", "warning", "info") for box in app.get(kind))


@pytest.fixture
def folder(monkeypatch, tmp_path):
    """Two classes with a twin in each, another picture that has both labels, and a file that is none."""
    chance = np.random.default_rng(0)
    for name in ("cats", "dogs"):
        (tmp_path / name).mkdir()
        for number in range(5):
            size = (9 + number, 9, 3)
            Image.fromarray(chance.integers(0, 256, size, np.uint8)).save(tmp_path / name / f"{number}.png")
        (tmp_path / name / "again.png").write_bytes((tmp_path / name / "0.png").read_bytes())
    (tmp_path / "dogs" / "cat.png").write_bytes((tmp_path / "cats" / "3.png").read_bytes())
    (tmp_path / "dogs" / "broken.png").write_bytes(b"no picture")
    monkeypatch.setenv("CNNLAB_PICTURES", str(tmp_path))
    return View(data=DATASETS["ImageFolder"](), validation=0.0, side=8)


def test_a_picture_a_class_and_a_page_are_chosen_and_nothing_that_is_not_there():
    app = visit("loading", {"page": "2"})
    view = pick(app, "loading.page", tile=3)
    assert view.picture == page(View(page=2)).tiles[3].index
    assert f"Picture {view.picture} · " in words(app)
    for nonsense in ({"tile": 84}, {"tile": -1}, {"tile": "3"}, {"tile": True}, {"group": 2}, {}):
        assert pick(app, "loading.page", **nonsense) == view
    assert pick(app, "loading.classes", group=4).label == 4
    assert shown(app, "loading").page == 1
    assert pick(app, "loading.classes", group=10).label == 4
    assert pick(app, "loading.classes", group=4).label is None
    app.number_input(key="loading.turning").set_value(18).run()
    assert shown(app, "loading").page == 18
    assert app.button(key="loading.page.sample").disabled  # the picture lies on another page
    app.number_input(key="loading.turning").set_value(2).run()
    app.button(key="loading.page.sample").click().run()
    assert (shown(app, "loading").look, shown(app, "loading").picture) == ("sample", view.picture)


def test_what_is_beyond_the_last_page_or_of_another_dataset_s_class_is_shown_as_what_there_is():
    app = visit("loading", {"page": "9999", "label": "77", "part": "validation"})
    assert said(app) == []
    assert app.number_input(key="loading.turning").value == 5
    assert app.selectbox(key="loading.label").value == -1


def test_a_part_without_pictures_says_so():
    assert "This part has no pictures: give it a share of them." in words(visit("loading", {"part": "test"}))


def test_data_that_is_not_here_is_one_sentence(monkeypatch, tmp_path):
    monkeypatch.setenv("CNNLAB_DATA", str(tmp_path))
    app = visit("loading", View(data=DATASETS["MNIST"]()).to_query())
    assert said(app) == ["MNIST is not on this machine yet: download it first, which takes 12 MB."]


def test_twins_and_odd_files_are_told(folder):
    app = visit("loading", folder.to_query())
    assert said(app) == []
    text = words(app)
    assert "3 pictures repeat another one pixel for pixel, in 3 groups." in text
    assert "Groups in which the same picture has different labels: 1. At most one of them is right." in text
    assert "more than one part" not in text
    assert "Of 13 of 14 training pictures" in text
    assert [box.label for box in app.expander if box.label not in ("More settings", "Link")] == [
        "1 of 14 pictures cannot be read, such as dogs/broken.png: mend or remove them, or the run will stop."
    ]
    assert normalize(numbers(folder)) in [box.value for box in app.code]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("digits", "Here the two are nearly the same, for all pictures are about as bright."),
        ("FakeData", "Divided by it, these values would have a std of up to"),
    ],
)
def test_the_difference_between_the_two_deviations_is_put_in_words(data, words):
    call = DATASETS[data](**({"side": 2, "channels": 1} if data == "FakeData" else {}))
    assert words in difference(NUMBERS.do(View(data=call).to_query()))


def test_pictures_of_one_value_each_have_no_deviation_of_their_own():
    plain = Numbers(40, 40, 0, (0.5,) * 3, (0.3, 0.2, 0.0), (1e-9, 0.0, 0.0), (0.3, 0.2, 0.0), ((1,),) * 3)
    words = difference(plain)
    assert "nothing can be divided by it" in words
    assert "nearly the same" not in words
    assert "Divided by it" not in words
