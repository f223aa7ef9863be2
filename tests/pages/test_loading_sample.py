"""The look at one sample, run without a browser: moved about, broken in the classic ways, and mended."""

from dataclasses import replace

import visit
from PIL import Image
from visit import forge, said, shown

from cnnlab.augmentation import Pipeline
from cnnlab.loading import DATASETS
from cnnlab.loading.samples import unequal
from cnnlab.loading.view import View
from cnnlab.loading.work import batch, by_hand, sample

FIRST = View(samples=100, test=0.1, look="sample")
KEY = "loading.sample"


def opened(view, **state):
    app = visit.visit("loading", view.to_query(), **state)
    assert not app.exception, app.exception
    return app


def html(app):
    return "\n".join(element.proto.body for element in app.get("html"))


def words(app):
    return [box.value for box in app.markdown]


def test_a_sample_is_told_step_by_step_and_its_batch_with_it():
    view = replace(FIRST, picture=30, target="one-hot")
    app = opened(view)
    assert said(app) == []
    told = sample(view)
    opens = f"`len(dataset)` is {told.length}. `dataset[{told.place}]` opens picture {told.index} "
    assert any(text.startswith(opens) for text in words(app))
    assert any("`tensor([" in text and "Tensor float32 · 10 · 0 … 1" in text for text in words(app))
    page = html(app)
    assert page.count("picture/loading.sample/") == len(told.stills) == 4
    assert page.count("picture/loading.batch/") == len(batch(view).entries) == 8
    assert "<span>Tensor float32 · 64 × 1 × 8 × 8 · " in page
    assert shown(app, "loading") == view


def test_numbers_arrows_and_classes_lead_to_pictures_which_a_link_names():
    app = opened(FIRST)
    near = sample(FIRST).neighbours
    app.button(key=f"{KEY}.after").click().run()
    assert shown(app, "loading").picture == near.after
    app.button(key=f"{KEY}.before").click().run()
    assert shown(app, "loading").picture == sample(FIRST).index
    app.selectbox(key=f"{KEY}.class").select(3).run()
    assert shown(app, "loading").picture == near.of_class[3]
    assert sample(shown(app, "loading")).label == 3
    app.number_input(key=f"{KEY}.picture").set_value(10**7).run()
    assert app.number_input(key=f"{KEY}.picture").value == sample(replace(FIRST, picture=10**7)).index < 1797
    app.selectbox(key=f"{KEY}.part").select("test").run()
    assert shown(app, "loading").part == "test"
    assert said(app) == []


def test_a_part_without_pictures_leaves_the_way_to_the_others():
    app = opened(View(look="sample", part="test"))
    assert said(app) == ["This part has no picture: choose another, or give it a share."]
    app.selectbox(key=f"{KEY}.part").select("train").run()
    assert said(app) == []


def test_what_a_browser_forges_changes_nothing():
    app = opened(FIRST)
    forge(app, f"{KEY}.target", "string_value", "__class__")
    forge(app, "loading.batch.collate", "string_value", "os.system")
    assert not app.exception
    assert shown(app, "loading") == FIRST


def test_each_classic_failure_is_one_press_away_and_so_is_what_mends_it():
    for lesson, count in (("left", 1), ("sizes", 3)):
        for number in range(count):
            app = opened(FIRST)
            app.button(key=f"loading.batch.{lesson}").click().run()
            (why,) = said(app)
            assert why.startswith("A batch is one tensor")
            words = batch(shown(app, "loading")).trouble.words
            assert words.replace("<", "&lt;").replace(">", "&gt;").replace("'", "&#x27;") in html(app)
            app.button(key=f"loading.batch.fix.{number}").click().run()
            assert said(app) == []
            assert batch(shown(app, "loading")).trouble is None
            assert "<b>images</b>" in html(app)


def test_crops_are_a_list_and_the_way_back_from_the_photos_is_there():
    app = opened(FIRST)
    app.button(key="loading.batch.crops").click().run()
    assert "a list of 5, each Tensor float32 · 64 × 1 × 4 × 4" in html(app)
    assert "scores.unflatten(0, (-1, 5))" in "".join(block.value for block in app.code)
    app.button(key="loading.batch.sizes").click().run()
    app.button(key="loading.batch.back").click().run()
    assert shown(app, "loading") == FIRST


def test_a_step_that_fails_is_told_and_nothing_is_stacked():
    app = opened(replace(FIRST, augmentation=Pipeline.from_code("[v2.Normalize([0.5], [0.2])]")))
    (error,) = said(app)
    assert error.startswith("Normalize works on tensors, and a PIL picture reaches it")
    assert "picture/loading.batch/" not in html(app)


def test_what_training_does_besides_is_told():
    cut = replace(FIRST, augmentation=Pipeline.from_code("[v2.CenterCrop((4, 6))]"))
    assert "Training then fits it to 1 × 8 × 8 again" in "".join(text.value for text in opened(cut).caption)
    five = replace(FIRST, augmentation=Pipeline.from_code("[v2.FiveCrop(4)]"))
    assert "refuses steps that make 5" in "".join(text.value for text in opened(five).caption)
    for view in (FIRST, replace(cut, tensors=False)):
        assert not [text for text in opened(view).caption if text.value.startswith("Training")]


def test_a_picture_of_another_part_is_told_with_the_one_in_its_place():
    there = opened(View(look="sample")), opened(View(look="sample", picture=36))
    assert not [text for app in there for text in app.caption if "is not in this part" in text.value]
    for asked, index in ((37, 38), (10**7, 1796)):
        told = [text.value for text in opened(View(look="sample", picture=asked)).caption]
        assert f"Picture {asked:,} is not in this part, and {index:,} is shown in its place." in told


def test_files_are_said_to_reach_a_network_in_its_size(monkeypatch, tmp_path):
    for number in range(10):
        (tmp_path / str(number % 2)).mkdir(exist_ok=True)
        Image.new("RGB", (20 + number, 30)).save(tmp_path / str(number % 2) / f"{number}.png")
    monkeypatch.setenv("CNNLAB_PICTURES", str(tmp_path))
    files = View(data=DATASETS["ImageFolder"](), look="sample")
    crop = Pipeline.from_code("[v2.CenterCrop(8)]")
    for view in (files, replace(files, augmentation=crop)):
        (note,) = (text.value for text in opened(view).caption if text.value.startswith("Training"))
        assert note.startswith("Training brings each file to the side")
    for view in (replace(files, side=16), replace(files, tensors=False)):
        assert not [text for text in opened(view).caption if "each file" in text.value]


def test_the_epoch_is_asked_for_where_chance_draws():
    assert not [field for field in opened(FIRST).number_input if field.key == "loading.epoch"]
    turned = replace(FIRST, augmentation=Pipeline.from_code("[v2.RandomRotation(30)]"))
    app = opened(turned)
    before = html(app)
    app.number_input(key="loading.epoch").set_value(3).run()
    assert shown(app, "loading") == replace(turned, epoch=3)
    assert html(app) != before


def test_the_source_is_written_when_it_is_asked_for():
    view = unequal(FIRST)
    assert not any("class Digits(Dataset)" in block.value for block in opened(view).code)
    app = opened(view, **{f"{KEY}.code": True})
    assert by_hand(view).strip() in [block.value for block in app.code]
