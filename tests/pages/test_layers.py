"""The layer inspector, run without a browser."""

import gzip
import json
from dataclasses import replace
from urllib.parse import parse_qsl

import numpy as np
import pytest
import torch
import visit
from visit import choose, forge, said, shown, unquoted

from cnnlab.layers import LAYERS, by_hand
from cnnlab.layers.jobs import PIXELS, asked
from cnnlab.layers.lessons import LESSONS
from cnnlab.layers.searching import settings
from cnnlab.layers.view import View
from pages.layers.goal import taken
from pages.layers.looks import LOOKS
from pages.layers.take import written_out
from tests.sampling import some

CONV = LAYERS["Conv2d"](in_channels=3, out_channels=6, kernel_size=5)
UP = LAYERS["ConvTranspose2d"](in_channels=1, out_channels=1, kernel_size=3, stride=2)
POOL = LAYERS["MaxPool2d"](kernel_size=2)
TAKEN = ["Python", "By hand, in NumPy", "Link"]
STACK = View(layers=(CONV, LAYERS["ReLU"](), POOL), shape=(3, 32, 32), look="shape")


def opened(view=None, language="en", **query):
    """The page as a visitor with this link sees it."""
    app = visit.visit("layers", {**(view or View(look="shape")).to_query(), **query, "lang": language})
    assert not app.exception, app.exception
    return app


def now(app):
    return app.session_state["layers.trail"].now


def metric(app):
    return {metric.label: metric.value for metric in app.metric}


@pytest.mark.parametrize("name", some(list(LAYERS), 4))
def test_every_layer_is_shown_with_what_it_puts_out(name):
    view = View(look="shape").of(LAYERS[name].example())
    app = opened(view)
    assert said(app) == []
    assert metric(app)["Output"].endswith(" × ".join(map(str, view.here.output)))
    assert app.code[0].value == view.call.code()


def test_another_layer_takes_the_input_where_it_can():
    app = choose(opened(View(shape=(3, 32, 32), layers=(CONV,), look="shape")), "layers.layer", "MaxPool2d")
    assert (now(app).call.name, now(app).shape) == ("MaxPool2d", (3, 32, 32))
    choose(app, "layers.layer", "BatchNorm2d")
    assert (now(app).call["num_features"], now(app).shape) == (3, (3, 32, 32))
    choose(app, "layers.layer", "Conv1d")
    assert (now(app).call.name, now(app).shape, said(app)) == ("Conv1d", None, [])


def test_a_setting_changes_the_layer_and_undo_brings_it_back():
    app = opened(View(shape=(3, 32, 32), layers=(CONV,), look="shape"))
    app.number_input(key="layers.Conv2d.stride.0").set_value(2).run()
    assert (now(app).call["stride"], metric(app)["Output"]) == (2, "3 × 32 × 32 → 6 × 14 × 14")
    app.button(key="layers.undo").click().run()
    assert now(app).call == CONV


@pytest.mark.parametrize(
    ("text", "shape"), [("28", (3, 28, 28)), ("3x28x30", (3, 28, 30)), ("1 3 9 9", (3, 9, 9)), ("3,5,5", (3, 5, 5))]
)
def test_a_shape_is_typed_as_people_write_it(text, shape):
    app = opened(View(layers=(CONV,), look="shape"))
    app.text_input(key="layers.shape").set_value(text).run()
    assert (said(app), now(app).first_shape) == ([], shape)


@pytest.mark.parametrize("text", ["", "x", "3x0x8", "9" * 300, "3x" * 40, "inf", "-3x8x8", "1e9", "3×8×8\0"])
def test_what_is_no_shape_stays_with_a_sentence(text):
    app = opened(View(layers=(CONV,), look="shape"))
    app.text_input(key="layers.shape").set_value(text).run()
    (sentence,) = said(app)
    assert "is not a shape: write sides from 1 to 999999" in sentence
    assert app.text_input(key="layers.shape").value == text[:200]
    assert now(app).shape is None


def test_an_input_that_does_not_fit_says_why_and_what_would_do():
    app = opened(View(layers=(CONV,), shape=(1, 32, 32), look="shape"))
    assert len(said(app)) == 1
    assert "in_channels=3" in said(app)[0]
    app.button(key="layers.mend.0").click().run()
    assert said(app) == []
    assert now(app).here.output


def test_the_layers_of_a_stack_are_chosen_moved_and_removed():
    app = opened(STACK)
    assert [app.button(key=f"layers.place.{place}").label for place in range(3)] == ["Conv2d", "ReLU", "MaxPool2d"]
    app.button(key="layers.place.2").click().run()
    assert (now(app).index, metric(app)["Output"]) == (2, "6 × 28 × 28 → 6 × 14 × 14")
    app.button(key="layers.earlier").click().run()
    assert [call.name for call in now(app).layers] == ["Conv2d", "MaxPool2d", "ReLU"]
    app.button(key="layers.remove").click().run()
    assert [call.name for call in now(app).layers] == ["Conv2d", "ReLU"]
    app.button(key="layers.place.1").click().run()
    app.button(key="layers.alone").click().run()
    assert (now(app).layers, now(app).shape) == ((LAYERS["ReLU"](),), (6, 28, 28))
    assert shown(app, "layers") == now(app)


def test_undo_brings_a_model_s_weights_back_after_another_layer_was_looked_at():
    app = opened(STACK)
    of_model = replace(now(app), origin={"model": "LeNet"}, row="conv1", numbers={"w": (1.0, 2.0)}, element=(0, 1, 1))
    app.session_state["layers.trail"] = app.session_state["layers.trail"].changed(of_model)
    app.run()
    app.button(key="layers.place.1").click().run()
    assert (now(app).row, now(app).numbers) == ("", {})
    app.button(key="layers.undo").click().run()
    assert now(app) == of_model


def test_typed_numbers_are_there_again_without_undo():
    app = opened(STACK)
    typed = replace(now(app), numbers={"w": (1.0, 2.0)})
    app.session_state["layers.trail"] = app.session_state["layers.trail"].changed(typed)
    app.run()
    for place in (1, 0):
        app.button(key=f"layers.place.{place}").click().run()
    assert now(app) == typed


def test_a_look_at_another_layer_that_loses_nothing_is_no_step():
    app = opened(STACK)
    app.button(key="layers.place.1").click().run()
    assert app.button(key="layers.undo").disabled


def test_what_reaches_a_later_layer_may_be_too_long_to_look_at():
    app = opened(View(layers=(LAYERS["Flatten"](), LAYERS["ReLU"]()), shape=(16, 256, 256), place=1))
    assert metric(app)["Output"] == "1048576 → 1048576"
    assert {text.split(",")[0] for text in said(app)} == {"1048576 reaches ReLU"}


def test_a_layer_is_added_behind_with_the_channels_that_reach_it():
    app = choose(opened(STACK), "layers.add", "Conv2d")
    assert [call.name for call in now(app).layers] == ["Conv2d", "Conv2d", "ReLU", "MaxPool2d"]
    assert (now(app).index, now(app).call["in_channels"], said(app)) == (1, 6, [])


def test_a_full_stack_says_so():
    app = opened(View(layers=(LAYERS["ReLU"](),) * 24))
    assert "There is room for 24 layers." in [caption.value for caption in app.caption]


def test_what_stands_behind_a_refusal_says_which_to_mend():
    app = opened(View(layers=(CONV, POOL), shape=(1, 32, 32), place=1, look="shape"))
    assert said(app) == ["A layer before this one cannot take its input: mend that one first."]
    app.button(key="layers.broken").click().run()
    assert now(app).index == 0
    typed = View(layers=(CONV, POOL), shape=(1, 32, 32), place=1, look="shape", numbers={"x": (1.0,)})
    app = opened(typed)
    app.button(key="layers.broken").click().run()
    app.button(key="layers.place.1").click().run()
    assert now(app) == typed


def test_a_stack_is_pasted():
    app = opened()
    app.text_area(key="layers.paste.text").set_value("nn.Sequential(nn.Conv2d(3, 6, 5), nn.ReLU(), nn.MaxPool2d(2))")
    app.button(key="FormSubmitter:layers.paste.form-Read it").click().run()
    assert said(app) == []
    assert [call.name for call in now(app).layers] == ["Conv2d", "ReLU", "MaxPool2d"]


@pytest.mark.parametrize(
    "text", ["", "x", "nn.Sequential()", "import os", "nn.Sequential(nn.Nope(1))", "nn.LSTM(2, 3)"]
)
def test_a_paste_that_is_no_stack_stays_with_a_sentence(text):
    app = opened()
    app.text_area(key="layers.paste.text").set_value(text)
    app.button(key="FormSubmitter:layers.paste.form-Read it").click().run()
    assert len(said(app)) == 1
    assert now(app).layers == View().layers


def test_a_lesson_is_opened_and_says_what_to_look_at():
    app = opened()
    app.session_state["layers.lessons.0"] = True
    app.run()
    app.button(key="layers.lesson.8").click().run()
    lesson = LESSONS[8]
    assert now(app) == lesson.view
    assert [box.value for box in app.info] == [f"**{lesson.title}**  \n{lesson.told()}"]
    app.number_input(key="layers.Flatten.start_dim.0").set_value(2).run()
    assert not app.info


def test_a_lesson_that_was_met_by_chance_says_nothing():
    conv = LAYERS["Conv2d"](in_channels=1, out_channels=1, kernel_size=3, padding=1)
    app = opened(View(layers=(conv,), shape=(1, 4, 4), look="shape"))
    app.number_input(key="layers.Conv2d.padding.0").set_value(0).run()
    lesson = next(lesson for lesson in LESSONS if lesson.title == "No padding")
    assert lesson.shows(now(app))
    assert not app.info
    assert len(opened(lesson.view).info) == 1


@pytest.mark.parametrize("lesson", [each for each in LESSONS if each.view.look], ids=lambda lesson: lesson.title)
def test_every_lesson_s_look_is_there(lesson):
    look = {look.name: look for look in LOOKS}[lesson.view.look]
    assert look.suits(lesson.view.here)
    assert look.patient or lesson.view.here.output is not None


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
def test_every_look_draws_the_layers_that_it_suits(look, language):
    families = {spec.family: spec for spec in LAYERS.values()}
    views = [View(look=look.name).of(spec.example()) for spec in families.values()]
    suited = [view for view in views if look.suits(view.here)]
    assert suited
    for view in suited:
        app = opened(view, language)
        assert said(app) == [], view.call
        assert app.session_state["layers.look"] != ""


@pytest.mark.parametrize("look", ["", "<none>", "checkerboard"])
@pytest.mark.parametrize(
    ("layer", "title"),
    [
        ("Conv2d", "Pixels"),
        ("Sigmoid", "Curve"),
        ("BatchNorm2d", "By hand"),
        ("GroupNorm", "By hand"),
        ("Dropout2d", "Dropout"),
    ],
)
def test_the_first_look_is_the_one_made_for_the_layer_and_needs_no_name_in_a_link(layer, title, look):
    app = opened(View().of(LAYERS[layer].example()), look=look)
    titles = [tab.label for tab in app.tabs if tab.label not in TAKEN]
    assert (titles[0], app.session_state["layers.look"]) == (title, title)
    assert len({look.name for look in LOOKS}) == len(LOOKS)


@pytest.mark.parametrize("name", some(list(LAYERS), 4))
def test_what_a_batch_or_chance_makes_is_not_said_to_come_of_a_window(name):
    (pixels,) = [look for look in LOOKS if look.name == "pixels"]
    family = LAYERS[name].family
    normalised = family.endswith("_norm") and family != "local_response_norm"
    assert pixels.suits(View().of(LAYERS[name].example()).here) != (normalised or family == "dropout")


def test_every_setting_that_leads_to_a_goal_is_listed_and_taken_by_a_press():
    app = opened(View(layers=(UP,), shape=(1, 14, 14), look="shape"))
    app.number_input(key="layers.goal.to").set_value(28).run()
    assert (now(app).goal, said(app)) == ((14, 28), [])
    found = settings(LAYERS["ConvTranspose2d"], 14, 28)
    (table,) = app.dataframe
    assert list(table.value["kernel_size"]) == [each.values["kernel_size"] for each in found]
    for row in (0, 1, len(found) - 1):
        view = taken(now(app), UP.spec, found[row].values, (14, 28))
        assert view.here.output == (1, 28, 28)
        assert tuple(view.call.build()(torch.ones(1, 1, 14, 14)).shape[1:]) == (1, 28, 28)


@pytest.mark.parametrize(
    "name", ["Conv1d", "ConvTranspose3d", "MaxPool2d", "AvgPool3d", "LPPool1d", "MaxUnpool2d", "Upsample"]
)
def test_a_setting_is_taken_by_another_layer_too(name):
    view = (
        View(layers=(CONV,), shape=(3, 32, 32))
        if name in ("MaxPool2d", "Upsample")
        else View().of(LAYERS[name].example())
    )
    for setting in settings(LAYERS[name], 7, 14)[:5] or settings(LAYERS[name], 14, 7)[:5]:
        size, goal = (7, 14) if settings(LAYERS[name], 7, 14) else (14, 7)
        there = taken(view, LAYERS[name], setting.values, (size, goal))
        assert there.call.name == name
        assert there.here.output[1:] == (goal,) * (len(there.first_shape) - 1)
        assert View.from_query(there.to_query()) == there


BY_HAND = [name for name, row in LAYERS.items() if row.family in by_hand.BY_HAND]
CHANNELS = {"in_channels": 2, "out_channels": 4, "groups": 2}


@pytest.mark.parametrize("name", BY_HAND)
def test_the_sums_by_hand_are_the_numbers_on_the_screen(name):
    """Of every layer that is written out, on two channels as on those that it is first shown with."""
    first = LAYERS[name].example()
    several = first.replace(**{key: value for key, value in CHANNELS.items() if key in first.values})
    views = [View().of(first)]
    if name != "Linear":
        views.append(View(kernel="default", fill="random").of(several, shape=(2, *View().of(first).first_shape[1:])))
    for view in views:
        pixels = PIXELS.do(asked(view).to_query())
        scope = {}
        exec(written_out(pixels), scope)
        output = json.loads(gzip.decompress(pixels.rows))["output"]["values"]
        np.testing.assert_allclose(scope["output"].flatten(), output, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("call", "shape", "says"),
    [(LAYERS["Conv2d"](in_channels=64, out_channels=64, kernel_size=9), (64, 56, 56), []),
     (LAYERS["ConvTranspose2d"](in_channels=1, out_channels=1, kernel_size=40), (1, 4, 4), ["Weights"]),
     (LAYERS["Conv2d"](in_channels=1, out_channels=1, kernel_size=40), (1, 50, 50), ["Input, Weights"])],
)  # fmt: skip
def test_numbers_too_many_to_be_typed_are_said_to_be(call, shape, says):
    app = opened(View(layers=(call,), shape=shape, kernel="ones"))
    words = "More than 1,024 numbers cannot be typed, so that these stay as they are: "
    assert said(app) == []
    assert [text.value.partition(words)[2].rstrip(".") for text in app.caption if words in text.value] == says


def test_typed_numbers_that_no_longer_fit_are_told():
    words = "Typed numbers that no longer fit are left out: Weights, Bias."
    view = View(shape=(1, 4, 4), numbers={"x": (1.0,) * 16, "w": (1.0,) * 9, "b": (1.0,)})
    app = opened(view)
    assert words not in [text.value for text in app.caption]
    app.number_input(key="layers.Conv2d.out_channels.0").set_value(2).run()
    assert words in [text.value for text in app.caption]


def test_a_layer_of_a_stack_says_that_its_input_is_a_fresh_one():
    words = "Its input is a fresh one"
    unpool = View(layers=(POOL, LAYERS["MaxUnpool2d"](kernel_size=2)), shape=(1, 4, 4), place=1)
    after = View(layers=(LAYERS["Conv2d"].example(), POOL), shape=(1, 4, 4), place=1)
    typed = replace(unpool, others={0: {"x": (1.0,) * 16}})
    for view, told in ((View(), False), (after, True), (unpool, False), (typed, False)):
        assert any(text.value.startswith(words) for text in opened(view).caption) == told


def test_a_refusal_leaves_the_choice_of_other_weights():
    origin = {"model": "LeNet"}
    app = opened(View(layers=(CONV,), shape=(3, 32, 32), origin=origin, row="conv9", kernel="model"))
    assert "has no module" in said(app)[0]
    app.selectbox(key="layers.kernel").set_value("default").run()
    assert (said(app), now(app).kernel) == ([], "default")


def test_a_setting_of_another_layer_takes_nothing_of_this_one_over():
    mine = {"numbers": {"w": (1.0,)}, "origin": {"model": "LeNet"}, "row": "conv1", "kernel": "model", "step": 2}
    view = View(layers=(UP,), shape=(1, 7, 7), **mine)
    same = taken(view, UP.spec, {"kernel_size": 2, "stride": 2}, (7, 14))
    other = taken(view, LAYERS["Conv2d"], {"kernel_size": 2, "stride": 2}, (7, 3))
    assert {name: getattr(same, name) for name in mine} == mine
    assert (other, other.goal) == (View(layers=(other.call,), shape=(1, 7, 7), goal=(7, 3)), (7, 3))


@pytest.mark.parametrize("rows", [5, {"a": 1}, "0", [[]], ["0"], [True], [10**6], [-1], None, []])
def test_a_forged_row_of_a_goal_is_not_taken(rows):
    app = opened(View(layers=(UP,), shape=(1, 14, 14), goal=(14, 28), look="shape"))
    before = now(app)
    forge(app, "layers.goal.ConvTranspose2d.14.28", "string_value", json.dumps({"selection": {"rows": rows}}))
    assert (now(app), said(app)) == (before, [])


def test_a_row_of_a_goal_that_is_there_is_taken():
    app = opened(View(layers=(UP,), shape=(1, 14, 14), goal=(14, 28), look="shape"))
    forge(app, "layers.goal.ConvTranspose2d.14.28", "string_value", json.dumps({"selection": {"rows": [0]}}))
    assert (now(app).call["kernel_size"], now(app).call["stride"]) == (2, 2)


def test_the_sums_by_hand_of_a_larger_layer_say_what_is_drawn_in_its_place():
    view = View(layers=(LAYERS["Linear"](in_features=400, out_features=120),), shape=(400,))
    source = written_out(PIXELS.do(asked(view).to_query()))
    assert source.startswith("# The input is drawn with 12 numbers in place of 400;")
    exec(source, {})


def test_what_can_be_taken_away_is_named_and_shown():
    app = opened(View(look="shape"))
    assert [tab.label for tab in app.tabs if tab.label in TAKEN] == TAKEN
    for place, words in enumerate(["torch.manual_seed", "import numpy", "/layers"]):
        app.session_state["layers.take"] = TAKEN[place]
        app.run()
        assert any(words in code.value for code in app.code), TAKEN[place]
    app = opened(View(layers=(CONV,), shape=(1, 8, 8)))
    assert [tab.label for tab in app.tabs if tab.label in TAKEN] == ["Link"]


def test_a_goal_that_nothing_reaches_is_told():
    app = opened(View(layers=(CONV,), shape=(3, 32, 32), goal=(4, 3000), look="shape"))
    assert "No setting of Conv2d does that." in [caption.value for caption in app.caption]


def test_the_way_back_leads_to_the_row():
    origin = {"model": "LeNet", "row": "conv1"}
    app = opened(View(layers=(CONV,), shape=(3, 32, 32), origin=origin, row="conv1", look="shape"))
    (link,) = [proto for proto in protos(app, "page_link") if "Back to" in proto.label]
    assert link.label == "Back to conv1 of LeNet"
    assert link.query_string == "model=LeNet&row=conv1&lang=en"


def test_a_row_of_the_summary_opens_here():
    app = visit.visit("summary", {"model": "LeNet", "row": "conv2"})
    (link,) = [proto for proto in protos(app, "page_link") if proto.label == "Open in the layer inspector"]
    app = visit.visit("layers", dict(parse_qsl(link.query_string)))
    assert (now(app).row, now(app).kernel, now(app).shape) == ("conv2", "model", (6, 14, 14))
    app = visit.visit("summary", {"model": "LeNet"})
    assert not [proto for proto in protos(app, "page_link") if proto.label == "Open in the layer inspector"]


def test_a_class_of_one_s_own_is_run_for_its_weights_after_a_click_alone(monkeypatch, tmp_path):
    monkeypatch.setenv("CNNLAB_MODELS", str(tmp_path))
    (tmp_path / "net.py").write_text(
        "from pathlib import Path\nfrom torch import nn\nPath(__file__).with_name('ran').touch()\n\n"
        "class Net(nn.Sequential):\n    def __init__(self):\n        super().__init__(nn.Conv2d(3, 6, 5))\n"
    )
    view = View(layers=(CONV,), shape=(3, 9, 9), kernel="model", origin={"own": "net:Net"}, row="0")
    app = opened(view)
    assert "net:Net" in unquoted(app.warning[0].value)
    assert not (tmp_path / "ran").exists()
    app.button(key="layers.run.it").click().run()
    assert said(app) == []
    assert not app.warning


def protos(app, kind):
    return [element.proto for element in app.main if element.type == kind]
