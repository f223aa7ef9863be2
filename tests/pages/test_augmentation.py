"""The playground as Streamlit runs it, without a browser: links in, steps edited, code and pictures read."""

import json

import pytest
import streamlit as st
import visit
from streamlit.testing.v1 import AppTest
from visit import choose, query, said, unquoted

from cnnlab import limits
from cnnlab.augmentation import AUGMENTATIONS, Pipeline
from cnnlab.augmentation.calls import walk
from cnnlab.augmentation.presets import PRESETS
from cnnlab.augmentation.reading import read_code
from cnnlab.augmentation.view import View, preset
from cnnlab.links import pack
from cnnlab.specs import Call, SpecError
from pages.shared import work
from pages.shared.language import LANGUAGES
from tests.sampling import some

FLOATS = "v2.ToImage(), v2.ToDtype(torch.float32, scale=True)"
IMAGENET = "v2.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))"
READ = "FormSubmitter:augmentation.paste.form-Read it"


def opened(**query: str) -> AppTest:
    """The page after its first run, on a link with these parameters."""
    return visit.visit("augmentation", query)


def taking(tab: str, **query: str) -> AppTest:
    """The page on such a link, with this tab of the bar below open."""
    return visit.visit("augmentation", query, **{"augmentation.take": tab})


def built(*calls: Call, **view) -> AppTest:
    return opened(**View(pipeline=Pipeline(calls), count=1, **view).to_query())


def shown(app: AppTest) -> View:
    return visit.shown(app, "augmentation")


def steps(app: AppTest) -> Pipeline:
    return shown(app).pipeline


def refusal(act) -> str:
    with pytest.raises(SpecError) as caught:
        act()
    return str(caught.value)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_opens_with_a_working_example(language):
    app = opened(lang=language)
    assert said(app) == []
    assert shown(app) == View()
    assert {block.key for block in app.get("bidi_component")} == {
        "augmentation.picture",
        "augmentation.histograms",
        "augmentation.sheet",
        "augmentation.strip",
        "augmentation..add",
    }


def test_a_link_restores_picture_steps_seed_and_all_else():
    view = View("scene", Pipeline.from_code("[v2.RandomRotation(30), v2.RandomCrop(64)]"), seed=77, count=5, place=3)
    view = view.rolled(3)
    app = opened(**view.to_query())
    assert said(app) == []
    assert shown(app) == view
    assert app.number_input(key="augmentation.seed").value == 77
    assert app.segmented_control(key="augmentation.count").value == 5
    assert app.code[0].value == view.pipeline.code().strip()


def nested(levels: int) -> dict:
    step = {"name": "Identity"}
    for _ in range(levels):
        step = {"name": "Compose", "params": {"transforms": [step]}}
    return step


HOSTILE = {
    "steps that are no packed text": {"steps": "garbage"},
    "steps left empty": {"steps": ""},
    "steps far too long": {"steps": "A" * (limits.LINK_PACKED + 1)},
    "steps that unpack to too much": {"steps": pack("0" * 300_000)},
    "steps that are no list": {"steps": pack({"a": 1})},
    "steps that are no objects": {"steps": pack([1, None])},
    "a step that is not on offer": {"steps": pack([{"name": "os.system", "params": {"command": "id"}}])},
    "a parameter that is not there": {"steps": pack([{"name": "Resize", "params": {"self": 1}}])},
    "a number too large for a float": {"steps": pack([{"name": "RandomInvert", "params": {"p": 10**400}}])},
    "a value that is no number": {"steps": pack([{"name": "RandomInvert", "params": {"p": {"a": []}}}])},
    "more steps than fit": {"steps": pack([{"name": "Identity"}] * (limits.STEPS + 1))},
    "steps nested too deeply": {"steps": pack([nested(40)])},
    "steps nested beyond Python's stack": {"steps": pack([nested(300)])},
    "a negative seed": {"seed": "-1"},
    "a seed in letters": {"seed": "abc"},
    "a seed in other digits": {"seed": "١٢"},
    "a seed beyond 32 bits": {"seed": "9" * 10},
    "a place off the sheet": {"place": "999"},
    "no samples": {"count": "0"},
    "rolls in letters": {"rolls": "xx"},
    "rolls of three": {"rolls": "1-2-3"},
}


@pytest.mark.parametrize("query", HOSTILE.values(), ids=HOSTILE)
def test_a_damaged_link_gives_one_sentence_and_the_default_view(query):
    app = opened(**query)
    assert said(app) == [refusal(lambda: View.from_query(query))]
    assert shown(app) == View()


def test_a_link_to_a_picture_that_is_not_there_gives_one_sentence_and_the_cat():
    app = opened(image="../../etc/passwd")
    assert len(said(app)) == 1
    assert "../../etc/passwd" in app.error[0].value
    assert steps(app) == View().pipeline


def test_what_a_link_says_is_never_read_as_markdown():
    app = opened(image="![x](https://example.org/x.png)")
    assert "![x](https://" not in app.error[0].value


def test_a_sample_rolled_often_still_has_a_link_that_opens():
    app = opened(rolls="1-999999")
    app.button(key="augmentation.roll_one").click().run()
    assert said(opened(**query(app))) == []


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_replaces_the_steps_and_works_on_its_picture(name):
    app = opened(seed="1", steps=pack([]))
    app.selectbox(key="augmentation.preset").set_value(name).run()
    assert said(app) == []
    assert (steps(app), shown(app).image) == (preset(name), PRESETS[name].image)


def parameters(call: Call) -> list[str]:
    return [param.name for param in call.spec.params if param.type is not Call]


@pytest.mark.parametrize("name", some(list(AUGMENTATIONS), 4))
def test_every_step_can_be_added_and_opens_with_a_widget_for_each_parameter(name):
    app = built(image="digit_3")
    choose(app, "augmentation..add", name)
    assert not app.exception
    assert steps(app) == Pipeline((AUGMENTATIONS[name].example(),))
    (call,) = steps(app).calls
    keys = {element.key for element in app.main if getattr(element, "key", None)}
    for param in parameters(call):
        stem = f"augmentation.{name}.{param}"
        assert any(key == stem or key.startswith(f"{stem}.") for key in keys), param
    app.query_params["image"] = "scene"
    assert not app.run().exception


@pytest.mark.parametrize("name", some(list(AUGMENTATIONS), 4))
def test_every_step_may_follow_normalised_floats(name):
    before = Pipeline.from_code(f"[{FLOATS}, {IMAGENET}]").calls
    assert not built(*before, AUGMENTATIONS[name].example()).exception


def test_a_step_that_cannot_work_is_marked_and_its_remedy_mends_it():
    app = built(AUGMENTATIONS["Normalize"](mean=(0.5,), std=(0.5,)))
    assert len(said(app)) == 1
    app.button(key="augmentation.remedy").click().run()
    assert said(app) == []
    assert [call.name for call in steps(app).calls] == ["ToImage", "ToDtype", "Normalize"]


def test_a_remedy_that_no_longer_fits_is_refused_in_words():
    normalize = AUGMENTATIONS["Normalize"](mean=(0.5,), std=(0.5,))
    app = built(*[AUGMENTATIONS["Identity"]()] * (limits.STEPS - 1), normalize)
    app.button(key="augmentation.remedy").click().run()
    assert any(str(limits.STEPS) in sentence for sentence in said(app))
    assert len(steps(app).calls) == limits.STEPS


EDITS = {
    "up": ("button", lambda pipeline, id: pipeline.moved(id, -1)),
    "down": ("button", lambda pipeline, id: pipeline.moved(id, 1)),
    "copy": ("button", lambda pipeline, id: pipeline.duplicated(id)),
    "remove": ("button", lambda pipeline, id: pipeline.removed(id)),
    "on": ("toggle", lambda pipeline, id: pipeline.toggled(id)),
}
HOLDER = Pipeline.from_code(
    "[v2.RandomInvert(), v2.RandomChoice([v2.RandomHorizontalFlip(), v2.RandomGrayscale()], p=[1, 2]), v2.RGB()]"
)


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("id", [call.id for call in walk(HOLDER.calls)])
def test_a_card_edits_as_the_pipeline_itself_does(id, edit):
    kind, expected = EDITS[edit]
    app = built(*HOLDER.calls, image="digit_3")
    app.button(key=f"augmentation.{id}.title").click().run()
    widget = getattr(app, kind)(key=f"augmentation.{id}.{edit}")
    if not widget.disabled:
        (widget.set_value(not widget.value) if kind == "toggle" else widget.click()).run()
    assert said(app) == []
    assert steps(app) == expected(HOLDER, id)


def test_a_step_is_added_inside_a_container():
    app = built(*HOLDER.calls, image="digit_3")
    app.button(key="augmentation.RandomChoice.title").click().run()
    choose(app, "augmentation.RandomChoice.add", "Resize")
    assert said(app) == []
    assert steps(app) == HOLDER.added(AUGMENTATIONS["Resize"].example(), into="RandomChoice")


def test_switches_turned_in_quick_succession_all_count():
    app = opened()
    for id in ("RandomHorizontalFlip", "ColorJitter"):
        app.toggle(key=f"augmentation.{id}.on").set_value(False)
    app.run()
    assert steps(app) == View().pipeline.toggled("RandomHorizontalFlip").toggled("ColorJitter")


def test_a_click_sent_before_the_address_has_changed_counts_all_the_same():
    app = opened(seed="5")
    app.button(key="augmentation.roll").click().run()
    app.query_params["seed"] = "5"  # what the browser still shows while the first click is drawn
    app.button(key="augmentation.roll").click().run()
    assert shown(app).seed == 7


def test_undo_and_redo_walk_through_the_views():
    app = opened()
    app.toggle(key="augmentation.RandomRotation.on").set_value(False).run()
    app.button(key="augmentation.roll").click().run()
    views = [View(), View(pipeline=View().pipeline.toggled("RandomRotation"))]
    for expected in reversed(views):
        app.button(key="augmentation.undo").click().run()
        assert shown(app) == expected
    assert app.button(key="augmentation.undo").disabled
    app.button(key="augmentation.redo").click().run()
    assert shown(app) == views[1]


def test_pasted_course_notes_become_the_steps_and_the_translation_is_shown():
    code = "transforms.Compose([transforms.RandomSizedCrop(96), transforms.ToTensor()])"
    app = opened()
    app.text_area(key="augmentation.paste.text").set_value(code)
    app.button(key=READ).click().run()
    assert said(app) == []
    assert steps(app) == Pipeline.from_code(code)
    assert [unquoted(box.value) for box in app.info] == ["\n\n".join(str(note) for note in read_code(code).notes)]
    assert ":material/check: Steps read: 3. Translated: 2, see below the steps." in [box.value for box in app.caption]
    app.toggle(key="augmentation.ToImage.on").set_value(False).run()
    assert list(app.info) == []


def test_what_was_translated_is_no_longer_told_beside_the_next_refusal():
    app = opened()
    for text, boxes in (("transforms.Compose([transforms.ToTensor()])", (0, 1)), ("v2.Compose([", (1, 0))):
        app.text_area(key="augmentation.paste.text").set_value(text)
        app.button(key=READ).click().run()
        assert (len(said(app)), len(app.info)) == boxes


def test_pasted_json_becomes_the_steps():
    app = opened()
    app.text_area(key="augmentation.paste.text").set_value(json.dumps(HOLDER.to_dict()))
    app.button(key=READ).click().run()
    assert (said(app), steps(app)) == ([], HOLDER)


@pytest.mark.parametrize(
    "text", ["import os\nos.system('id')", "{", "v2.Compose([", "[" * 5000, "\0", "💥" * limits.PASTE_CHARACTERS]
)
def test_pasted_nonsense_gives_one_sentence_and_keeps_the_steps(text):
    app = opened(seed="3")
    app.text_area(key="augmentation.paste.text").set_value(text)
    app.button(key=READ).click().run()
    assert len(said(app)) == 1
    assert shown(app) == View(seed=3)


def test_a_batch_shows_every_picture_with_the_shares_of_its_label():
    app = opened()
    app.selectbox(key="augmentation.preset").set_value("cutmix").run()
    (sheet,) = (block for block in app.get("bidi_component") if block.key == "augmentation.batch")
    labels = [tile["lines"][0][1] for tile in json.loads(sheet.proto.json)["tiles"]]
    assert len(labels) == View().count
    for label in labels:
        assert sum(float(part.split()[0]) for part in label.split(" + ")) == pytest.approx(1, abs=0.02)


def test_the_code_on_the_page_is_the_pipelines_own():
    pipeline = View().pipeline
    (code,), (exact,), (data,) = (
        [block.value for block in taking(tab, seed="7", place="3").code]
        for tab in ("Python", "This sample, exactly", "JSON")
    )
    assert (code, exact) == (pipeline.code().strip(), pipeline.code(seed=7, sample=2).strip())
    assert Pipeline.from_json(data) == pipeline


def told(app: AppTest, key: str) -> dict:
    """What a component of the page is told."""
    return next(
        json.loads(block.proto.json) for block in app.get("bidi_component") if block.key == f"augmentation.{key}"
    )


def test_screen_code_and_link_give_a_sample_one_number():
    app = taking("This sample, exactly", place="5")
    assert told(app, "strip")["words"]["heading"] == "Sample 5"
    assert [tile["title"] for tile in told(app, "sheet")["tiles"]] == [str(number) for number in range(1, 9)]
    assert '"""Sample 5 of seed 0, pixel for pixel."""' in app.code[0].value
    assert query(app)["place"] == "5"
    app.button(key="augmentation.roll_one").click().run()
    assert told(app, "strip")["words"]["heading"] == "Sample 65"
    assert told(app, "sheet")["tiles"][4]["title"] == "65"
    assert '"""Sample 65 of seed 0, pixel for pixel."""' in app.code[0].value
    assert query(app)["rolls"] == "5-65"


@pytest.mark.parametrize(
    ("name", "words"), [("cutmix", "8 pictures go in together"), ("tencrop", "10 pictures of one")]
)
def test_a_batch_and_several_crops_are_said_to_be_special(name, words):
    app = opened(image=PRESETS[name].image, steps=preset(name).link)
    assert any(words in box.value for box in app.caption)
    assert not any(words in box.value for box in opened().caption)


def test_a_picture_says_that_normalize_was_undone_to_show_it():
    def undone(**query) -> list[str]:
        tiles = told(opened(image="chelsea", steps=preset("cifar10").link, **query), "strip")["tiles"]
        return [tile["title"] for tile in tiles if ["", "shown with Normalize undone"] in tile["lines"]]

    assert undone() == ["Normalize"]
    assert undone(raw="1") == []


def test_the_steps_stand_before_any_picture_is_waited_for(monkeypatch):
    drawn = []

    def never(*asked):
        drawn.extend(key for key in st.session_state if str(key).endswith(".on"))
        raise SpecError("Not today.")

    monkeypatch.setattr(work, "done", never)
    assert said(opened()) == ["Not today."]
    assert set(drawn) == {f"augmentation.{call.id}.on" for call in View().pipeline.calls}


def test_a_failure_is_told_once_with_its_reason_in_the_row_and_at_its_picture():
    app = built(AUGMENTATIONS["Normalize"](mean=(0.5,), std=(0.5,)))
    (sentence,) = said(app)
    film = told(app, "strip")
    last = film["tiles"][-1]
    assert (last["title"], last["alt"]) == ("Normalize", sentence)
    assert (film["words"]["before"], film["words"]["after"]) == ("Before: {step}", "After: {step}")
    assert len({tile["id"] for tile in film["tiles"]}) == len(film["tiles"])


@pytest.mark.parametrize("count", [1, 5, 64])
def test_any_number_of_samples_that_a_link_carries_is_on_offer(count):
    control = opened(count=str(count)).segmented_control(key="augmentation.count")
    assert control.value == count
    assert {1, 4, 8, 16, 32, 64} <= {int(option) for option in control.options}


def test_buttons_of_a_step_carry_its_name():
    app = opened()
    app.button(key="augmentation.ColorJitter.title").click().run()
    labels = [app.button(key=f"augmentation.ColorJitter.{act}").label for act in ("up", "down", "copy", "remove")]
    assert all("ColorJitter" in label for label in labels)


def test_a_switch_that_stands_as_it_should_is_told_nothing():
    """What the server says of a switch would undo a click that is under way to it."""
    app = opened()
    switches = [f"augmentation.{call.id}.on" for call in View().pipeline.calls]
    assert [app.toggle(key=key).proto.set_value for key in switches] == [True] * 4
    app.toggle(key=switches[0]).set_value(False).run()
    assert [app.toggle(key=key).proto.set_value for key in switches] == [False] * 4
    app.button(key="augmentation.undo").click().run()
    assert [app.toggle(key=key).proto.set_value for key in switches] == [True, False, False, False]
