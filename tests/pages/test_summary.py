"""The summary page, run without a browser."""

import gc
import io
import pickle
import re
from dataclasses import replace

import pytest
import streamlit as st
import torch
import visit
from PIL import Image
from streamlit.testing.v1.element_tree import Selectbox
from visit import said, unquoted

from cnnlab.images import picture
from cnnlab.models import MODELS, build, cached
from cnnlab.quantities import binary
from cnnlab.specs import SpecError
from cnnlab.summary import memory
from cnnlab.summary.jobs import MEMORY_AT
from cnnlab.summary.view import View
from pages.serving.hall import hall
from pages.shared import upload
from pages.shared.ledger import LEDGER
from pages.shared.uploader import TICKET
from pages.summary.looks import LOOKS

SOURCE = "nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(inplace=True), nn.Flatten(), nn.Linear(8 * 30 * 30, 10))"


def opened(view=None, look="", language="en", query=None):
    """The page as a visitor with this link sees it."""
    told = {"look": look} if look else {}
    app = visit.visit("summary", {**(view or View()).to_query(), **told, **(query or {}), "lang": language})
    assert not app.exception, app.exception
    return app


def now(app):
    return app.session_state["summary.trail"].now


@pytest.mark.parametrize(
    "name", ["LeNet", "resnet50", "UNet", "raft_small", "r3d_18", "SpatialTransformer", "vit_b_16"]
)
def test_every_kind_of_model_is_summarised(name):
    app = opened(View(model=MODELS[name].example()))
    assert said(app) == []
    shown = {metric.label: metric.value for metric in app.metric}
    count = sum(parameter.numel() for parameter in build(MODELS[name].example()).parameters())
    assert float(shown["Parameters"].split()[0].replace(",", "")) == pytest.approx(
        count / 1000 ** ("  kMG".find(shown["Parameters"][-1]) - 1 if shown["Parameters"][-1] in "kMG" else 0), rel=0.01
    )


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("look", [look.name for look in LOOKS])
def test_every_look_draws(look, language):
    app = opened(View(model=MODELS["LeNet"].example(), against=MODELS["AlexNet"].example()), look, language)
    assert said(app) == []


@pytest.mark.parametrize("name", ["LeNet", "resnet18", "SpatialTransformer", "vit_b_16"])
def test_the_counts_of_layers_and_rows_agree_with_each_other_and_with_torch(name):
    app = opened(View(model=MODELS[name].example()))
    (metric,) = [metric for metric in app.metric if metric.label == "Layers and operations"]
    numbers = [int(number.replace(",", "")) for number in re.findall(r"[\d,]*\d", metric.help)]
    layers, operations, rows, holders, rest = numbers
    modules = list(build(MODELS[name].example()).modules())
    assert layers == sum(not list(module.children()) for module in modules)
    assert holders == len(modules) - layers
    assert int(metric.value.replace(",", "")) == layers + operations
    assert rows == layers + operations + holders + rest
    if name == "resnet18":
        assert numbers == [52, 9, 85, 16, 8]


def test_a_pasted_line_is_named_after_its_kind_and_laid_out_over_lines():
    app = opened(View(source=SOURCE, shape=(1, 32, 32)))
    assert "Your Sequential" in [unquoted(header.value) for header in app.header]
    layers = ["nn.Conv2d(1, 8, 3)", "nn.ReLU(inplace=True)", "nn.Flatten()", "nn.Linear(8 * 30 * 30, 10)"]
    lines = "nn.Sequential(\n" + "".join(f"    {layer},\n" for layer in layers) + ")"
    assert [lines in box.value for box in app.code] == [True, True]
    assert now(app).source == SOURCE


def test_the_card_of_a_row_says_no_setting_that_goes_without_saying():
    for row in ("", "conv1"):
        app = opened(View(model=MODELS["resnet18"](), row=row))
        (card,) = [box.value for box in app.markdown if ":small[parameters]" in box.value]
        assert "groups" not in card
        assert "dilation" not in card
        assert ("stride" in card) == (row == "conv1")


def test_a_link_restores_model_input_and_row():
    view = View(model=MODELS["VGG"].example(), shape=(1, 96, 96), batch=4, row="0", optimizer="SGD", gib=2)
    app = opened(view)
    assert now(app) == view
    assert "1x96x96" in app.query_params["shape"]


@pytest.mark.parametrize(
    "query",
    [
        {"model": "nothing"},
        {"shape": "0x1"},
        {"source": "zzz"},
        {"batch": "-3"},
        {"own": "os:path"},
        {"model": "LeNet", "row": "<script>"},
    ],
)
def test_a_damaged_link_gives_one_sentence_and_a_page(query):
    app = opened(query=query)
    assert len(said(app)) == (0 if "row" in query else 1)
    assert app.title[0].value == "Model summary"


def test_a_pasted_model_is_read_and_summarised():
    app = opened()
    app.text_area(key="summary.paste.text").input(SOURCE)
    app.button(key="FormSubmitter:summary.paste.form-Read it").click().run()
    assert now(app).source == SOURCE
    assert {metric.label: metric.value for metric in app.metric}["Output"] == "10"


@pytest.mark.parametrize(
    "text", ["__import__('os').system('true')", "nn.Sequential(print('x'))", "nn.Linear(10**9, 10**9)", "x ="]
)
def test_a_hostile_or_broken_paste_is_refused_and_the_model_stays(text):
    app = opened()
    app.text_area(key="summary.paste.text").input(text)
    app.button(key="FormSubmitter:summary.paste.form-Read it").click().run()
    assert not app.exception
    assert len(said(app)) == 1
    assert now(app) == View()


def test_an_input_that_does_not_fit_is_explained_and_the_offered_fix_mends_it():
    app = opened(View(model=MODELS["AlexNet"].example(), shape=(3, 100, 100)))
    assert said(app) == [
        "Layer conv.0 (Conv2d) expects 1 channel (in_channels), and got 3: its input is 1 × 3 × 100 × 100."
    ]
    app.button(key="summary.fix.0").click().run()
    assert said(app) == []
    assert now(app).shape == (1, 224, 224)


@pytest.mark.parametrize(
    ("typed", "shape"),
    [("224", (3, 224, 224)), ("(1,3,64,64)", (3, 64, 64)), ("3 48 64", (3, 48, 64)), ("torch.Size([3, 32, 32])", None)],
)
def test_a_shape_is_taken_as_people_write_it_and_what_was_added_is_said(typed, shape):
    app = opened(View(model=MODELS["LeNet"].example()))
    app.text_input(key="summary.shape").input(typed).run()
    assert now(app).shape == shape
    said_so = [unquoted(box.value) for box in app.caption if unquoted(box.value).startswith(f"{typed} is read as ")]
    assert len(said_so) == (typed in ("224", "(1,3,64,64)"))
    if shape:
        app.button(key="summary.undo").click().run()
    assert not any(" is read as " in box.value for box in app.caption)


def test_what_is_no_shape_is_explained_beside_the_field_which_keeps_it():
    app = opened()
    app.text_input(key="summary.shape").input("3 by 224").run()
    assert said(app) == ["3 by 224 is not a shape: write sides from 1 to 4096, such as 3 x 224 x 224."]
    assert app.text_input(key="summary.shape").value == "3 by 224"
    app.text_input(key="summary.shape").input("3x64x64").run()
    assert (said(app), now(app).shape) == ([], (3, 64, 64))


@pytest.mark.parametrize("look", ["memory", "maps", "field"])
def test_a_failure_is_told_once_whichever_look_is_open(look):
    app = opened(View(model=MODELS["LeNet"](), shape=(3, 224, 224)), look=look)
    words = (
        "Layer fc1 (Linear) expects 400 features (in_features), and got 44,944: 16 × 53 × 53 = 44,944 after flatten."
    )
    assert said(app) == [words]
    assert [box.value for box in app.info] == [
        "The model stops before there is anything to see here: why, and what helps, stands above."
    ]
    assert {metric.label: metric.value for metric in app.metric}["MACs"].startswith("≥ ")
    app.button(key="summary.fix.1").click().run()
    assert said(app) == []
    assert now(app).model["in_features"] == 44944


def test_a_pasted_model_is_mended_in_its_text_and_the_box_closes_over_it():
    app = opened()
    app.session_state["summary.paste"] = True
    app.text_area(key="summary.paste.text").input(SOURCE.replace("8 * 30 * 30", "72"))
    app.button(key="FormSubmitter:summary.paste.form-Read it").click().run()
    assert app.session_state["summary.paste"] is False
    assert len(said(app)) == 1
    app.button(key="summary.fix.0").click().run()
    assert (said(app), now(app).source) == ([], SOURCE.replace("8 * 30 * 30", "7200"))


def test_what_has_no_setting_is_a_line_to_copy():
    app = opened(View(model=MODELS["resnet18"](), shape=(1, 64, 64)))
    (line,) = [box.value for box in app.code if box.value.startswith("model.conv1 = nn.Conv2d(in_channels=1, ")]
    assert line.count("\n") == 0


def test_undo_leads_back():
    app = opened()
    visit.choose(app, "summary.model", "alexnet")
    assert now(app).model.name == "alexnet"
    app.button(key="summary.undo").click().run()
    assert now(app).model.name == "resnet18"


class Payload:
    def __reduce__(self):
        return (exec, ("raise SystemExit('ran')",))


def saved(value):
    file = io.BytesIO()
    torch.save(value, file)
    return file.getvalue()


def test_a_state_dict_is_held_against_the_model():
    view = View(model=MODELS["LeNet"].example())
    app = opened(view, "state")
    app.file_uploader(key="summary.state.upload").upload("lenet.pt", saved(build(view.model, "cpu").state_dict())).run()
    assert not app.exception
    assert len(app.success) == 1


@pytest.mark.parametrize("data", [pickle.dumps(Payload()), b"\0" * 4096, saved({"w": Payload()}), b"", b"PK\3\4"])
def test_a_hostile_or_broken_file_of_weights_is_refused_and_nothing_in_it_runs(data):
    app = opened(View(model=MODELS["LeNet"].example()), "state")
    app.file_uploader(key="summary.state.upload").upload("weights.pt", data).run()
    assert not app.exception
    assert len(said(app)) == 1


def test_weights_that_are_not_at_hand_are_asked_for_and_not_fetched(monkeypatch, tmp_path):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    view = View(weights="ResNet18_Weights.IMAGENET1K_V1")
    app = opened(view, "maps")
    assert said(app) == [
        "ResNet18_Weights.IMAGENET1K_V1 are not on this machine yet: fetch them under Starting values."
    ]
    assert list(tmp_path.rglob("*.pth")) == []


def test_a_picture_of_ones_own_is_looked_at_by_the_model():
    app = opened(View(model=MODELS["LeNet"].example(), row="conv1"), "maps")
    file = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(file, "PNG")
    app.file_uploader(key="summary.maps.image.upload").upload("mine.png", file.getvalue()).run()
    assert said(app) == []
    assert now(app).image == "own"
    constant = next(metric.value for metric in app.metric if metric.label == "Constant maps")
    assert constant == "6"  # a white picture, no padding: every map is flat


def test_one_who_opens_a_link_with_somebodys_own_picture_is_told():
    for look in ("maps", "field"):
        app = opened(View(model=MODELS["LeNet"].example(), image="own"), look)
        (told,) = [info.value for info in app.info]
        assert told.startswith("This link was made with a picture of its sender's own, which is not part of a link: ")
        assert "here is Chelsea the cat instead" in told
        assert now(app).image == "own"
    app = opened(View(model=MODELS["LeNet"].example(), image="nobody"), "maps")
    assert said(app) == ["There is no picture called nobody here: choose one of those above."]


def uploaded(look):
    """The page with a picture of the visitor's own on it."""
    app = opened(View(model=MODELS["LeNet"].example(), row="conv1", channel=3), look)
    data = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(data, "PNG")
    return app.file_uploader(key=f"summary.{look}.image.upload").upload("mine.png", data.getvalue()).run()


def test_the_sender_of_a_link_is_told_that_an_own_picture_does_not_go_with_it():
    app = uploaded("maps")
    app.session_state["summary.take"] = "Link"
    app.run()
    words = [caption.value for caption in app.caption]
    assert (
        "Your own picture is not part of the link: whoever opens it sees Chelsea the cat instead, and is told so."
        in words
    )
    assert app.info == []


def test_a_picture_of_ones_own_goes_when_it_is_taken_away(monkeypatch):
    monkeypatch.setattr(upload, "REPLACING_S", 0)
    app = uploaded("maps")
    digest = app.session_state["own.held"].digest
    app.file_uploader(key="summary.maps.image.upload").clear().run()
    assert (said(app), now(app).image, app.info) == ([], "chelsea", [])
    assert "own.held" not in app.session_state
    gc.collect()
    with pytest.raises(SpecError, match="upload it again"):
        picture(digest)


def test_a_picture_of_ones_own_can_be_taken_away_where_its_file_is_not_shown_any_more():
    app = uploaded("maps")
    app.query_params["look"] = "field"
    app.run()
    app.selectbox(key="summary.field.image").select("coffee").run()
    app.button(key="summary.field.image.remove").click().run()
    assert (said(app), now(app).image) == ([], "coffee")
    assert "own.held" not in app.session_state


def test_a_link_opens_the_tab_that_it_names_and_the_first_where_there_is_none():
    for look in LOOKS:
        app = opened(View(model=MODELS["LeNet"].example()), look.name)
        assert app.session_state["summary.look"] == look.title
        assert now(app).look == look.name
    assert opened(query={"model": "LeNet", "look": "<none>"}).session_state["summary.look"] == LOOKS[0].title
    assert len({look.name for look in LOOKS}) == len(LOOKS)


def test_a_place_of_the_receptive_field_is_in_the_link():
    app = opened(View(model=MODELS["LeNet"].example(), row="conv1", unit=(3, 20)), "field")
    assert [app.slider(key=f"summary.field.conv1.{axis}").value for axis in (0, 1)] == [3, 20]
    app.slider(key="summary.field.conv1.1").set_value(5).run()
    assert now(app).unit == (3, 5)
    assert any("sees rows 3 to 7 and columns 5 to 9" in caption.value for caption in app.caption)
    app.selectbox(key="summary.field.layer").select("conv2").run()
    assert (now(app).row, now(app).unit, app.slider(key="summary.field.conv2.0").value) == ("conv2", None, 5)
    for unit in ((99, 1), (1,), (1, 2, 3)):  # of a link
        app = opened(View(model=MODELS["LeNet"].example(), row="conv1", unit=unit), "field")
        assert (said(app), app.slider(key="summary.field.conv1.0").value) == ([], 14)


def test_a_pasted_model_takes_neither_batch_nor_channel_of_the_one_before():
    app = opened(View(batch=64, channel=7, unit=(1, 2), row="conv1", optimizer="SGD"), "maps")
    app.text_area(key="summary.paste.text").input(SOURCE)
    app.button(key="FormSubmitter:summary.paste.form-Read it").click().run()
    assert now(app) == View(source=SOURCE, optimizer="SGD", look="maps")
    assert said(app) == []


@pytest.mark.parametrize("look", ["maps", "field"])
def test_a_batch_is_no_matter_where_one_photo_is_shown(look):
    app = opened(View(model=MODELS["LeNet"].example(), batch=4096), look)
    assert said(app) == []
    alone = opened(View(model=MODELS["LeNet"].example()), look)
    assert [metric.value for metric in app.metric] == [metric.value for metric in alone.metric]


def test_the_knobs_of_memory_change_its_numbers_and_the_code_says_them(monkeypatch):
    app = opened(View(model=MODELS["LeNet"].example()), "memory")
    asked, ask = [], hall().desk.ask
    monkeypatch.setattr(hall().desk, "ask", lambda kind, *more: asked.append(kind.name) or ask(kind, *more))
    app.number_input(key="summary.batch").set_value(64).run()
    app.selectbox(key="summary.precision").select("mixed").run()
    app.selectbox(key="summary.optimizer").select("SGD").run()
    needs = memory(build(MODELS["LeNet"].example()), (3, 32, 32), batch=64, precision="mixed", optimizer="SGD")
    shown = {metric.label: metric.value for metric in app.metric}
    assert (shown["Training"], shown["Inference"]) == (binary(needs.training), binary(needs.inference))
    (code,) = [block.value for block in app.code if "memory(" in block.value]
    assert 'memory(model, (3, 32, 32), batch=64, precision="mixed", optimizer="SGD")' in code
    assert MEMORY_AT.name not in asked


def test_a_memory_that_does_not_grow_evenly_is_measured_for_the_batch(folder):
    (folder / "net.py").write_text(
        "from torch import nn\n\nclass Net(nn.Linear):\n    def __init__(self):\n        super().__init__(9, 9)\n\n"
        "    def forward(self, x):\n        x = super().forward(x)\n        return (x @ x.T).exp()\n"
    )
    app = visit.visit("summary", {"own": "net:Net", "look": "memory", "batch": "8"}, **{"summary.run": {"net:Net"}})
    assert said(app) == []
    words = "The memory of this model does not grow evenly with the batch: it is measured for this batch alone."
    assert words in [caption.value for caption in app.caption]
    shown = {metric.label: metric.value for metric in app.metric}
    assert shown["Largest batch in 8 GiB"] == "–"
    # The input, what the linear layer and the product put out; two of the layer's 90 weights beside them for AdamW.
    assert shown["Training"] == binary(4 * (90 * 4 + 2 + 8 * 9 * 2 + 8 * 8))


def test_two_settings_of_one_model_are_compared():
    app = opened(View(model=MODELS["LeNet"].example(), against=MODELS["LeNet"].example()), "compare")
    app.number_input(key="summary.against.LeNet.classes.0").set_value(3).run()
    assert said(app) == []
    assert now(app).against["classes"] == 3


def captions(app):
    return [unquoted(caption.value) for caption in app.caption]


def test_a_model_that_cannot_take_the_input_of_the_other_is_compared_on_its_own():
    app = opened(View(model=MODELS["LeNet"].example(), against=MODELS["AlexNet"].example()), "compare")
    (sentence,) = (text for text in captions(app) if text.startswith("A runs on "))
    assert sentence == (
        "A runs on 3 × 32 × 32, B on its own 1 × 224 × 224, as it does not take A's input: "
        "Layer conv.0 (Conv2d) expects 1 channel (in_channels), and got 3: its input is 1 × 3 × 32 × 32."
    )
    view = View(model=MODELS["LeNet"].example(), against=MODELS["resnet18"](), shape=(3, 40, 40))
    app = opened(view, "compare")
    assert "Both run on 3 × 40 × 40." in captions(app)
    (sentence,) = (text for text in captions(app) if text.startswith("A stopped"))
    assert sentence.startswith(
        "A stopped, so these are its numbers up to there: Layer fc1 (Linear) expects 400 features"
    )


def test_the_card_of_a_row_has_its_whole_path_and_says_which_call_it_is():
    view = View(model=MODELS["resnet50"](), row="layer3.0.conv2")
    assert any("`layer3.0.conv2`" in text.value for text in opened(view).markdown)
    app = opened(replace(view, row="layer3.0.relu:3"))
    assert any("`layer3.0.relu:3`" in text.value for text in app.markdown)
    assert "Call 3 of 3 of layer3.0.relu: the parameters are counted at the first." in captions(app)
    first = "The first of 3 calls; the others have rows of their own, without parameters."
    assert first in captions(opened(replace(view, row="layer3.0.relu")))


def test_the_choice_of_a_layer_follows_a_row_that_is_a_later_call():
    app = opened(View(model=MODELS["resnet18"](), row="layer1.0.relu:2"), "field")
    assert app.selectbox(key="summary.field.layer").value == "layer1.0.relu"


def test_torchs_own_words_wait_behind_one_word():
    app = opened()
    (line,) = (text for text in captions(app) if "FlopCounterMode" in text)
    assert line == "✓ torch's FlopCounterMode counts the same. ✓ torchvision publishes 1.814 GMACs."
    (method,) = (text for text in captions(app) if "native_batch_norm ×20" in text)
    assert method.startswith("MACs are those of convolutions and matrix products.")


def test_a_link_says_what_it_carries_and_what_it_leaves_out(folder):
    app = opened(View(source=SOURCE))
    app.session_state["summary.take"] = "Link"
    (line,) = (text for text in captions(app.run()) if text.startswith("Carries"))
    assert line == (
        "Carries the pasted text of the model, its input and settings, the open tab, "
        "and what is chosen in it: a row, a map, a unit, a second model. "
        "Left out: files of your own (pictures, weights), and what is folded or searched in the tables."
    )
    app = opened(query={"own": "net:Net"})
    app.button(key="summary.run.it").click().run()
    app.session_state["summary.take"] = "Link"
    (line,) = (text for text in captions(app.run()) if text.startswith("Carries"))
    assert line.endswith("whoever opens the link needs net:Net in the folder of models there.")


def test_a_model_too_costly_to_run_is_summarised_and_not_run():
    app = opened(View(source="nn.Sequential(nn.Conv2d(3, 8, 3), nn.Upsample(scale_factor=2000.0))"), "maps")
    assert len(said(app)) == 1
    assert said(app)[0].startswith("Running this model for real ")


NET = "from torch import nn\n\nclass Net(nn.Sequential):\n    def __init__(self):\n        super().__init__(nn.Conv2d(3, 5, 3))\n"


@pytest.fixture
def folder(monkeypatch, tmp_path):
    """A folder of one's own with a class whose file tells when it is run."""
    monkeypatch.setenv("CNNLAB_MODELS", str(tmp_path))
    (tmp_path / "net.py").write_text(f"{NET}\nopen({str(tmp_path / 'ran')!r}, 'w').close()\n")
    return tmp_path


def test_a_link_runs_a_class_of_ones_own_only_after_a_click(folder):
    app = opened(query={"own": "net:Net"})
    assert not (folder / "ran").exists()
    (warning,) = app.warning
    assert unquoted(warning.value).startswith("This link asks to run the class net:Net out of ")
    assert said(app) == []
    app.button(key="summary.run.it").click().run()
    assert (folder / "ran").exists()
    assert {metric.label: metric.value for metric in app.metric}["Parameters"] == "140"
    app.query_params["row"] = "0"
    assert not app.run().warning  # remembered for the session


def test_a_class_that_was_typed_here_is_run(folder):
    app = opened()
    app.text_input(key="summary.own").input("net:Net").run()
    assert said(app) == []
    assert now(app).own == "net:Net"
    assert {metric.label: metric.value for metric in app.metric}["Parameters"] == "140"
    app.text_input(key="summary.own").input("os.system").run()
    assert said(app) == ["'os.system' is not of the form module:Class: for the class Net in net.py write net:Net."]
    assert now(app).own == "net:Net"


def test_a_link_with_a_broken_text_shows_the_text_and_says_where_it_breaks():
    source = "nn.Sequential(\n  nn.Conv2D(1, 1, 1))"
    app = opened(View(source=source))
    assert said(app) == ["Line 2: torch.nn has no layer Conv2D that is read here: did you mean Conv2d?"]
    assert app.code[0].value == source
    app.text_area(key="summary.paste.text").input(source.replace("D", "d"))
    app.button(key="FormSubmitter:summary.paste.form-Read it").click().run()
    assert said(app) == []
    assert now(app).source == source.replace("D", "d")


FORGED = ["", "nothing", "Any kind", "{}: is no option", "__class__"]


@pytest.mark.parametrize(
    ("key", "look"),
    [
        ("summary.kind", ""),
        ("summary.model", ""),
        ("summary.precision", "memory"),
        ("summary.optimizer", "memory"),
        ("summary.start.linear", ""),
        ("summary.weights", ""),
        ("summary.maps.layer", "maps"),
        ("summary.maps.image", "maps"),
        ("summary.against", "compare"),
    ],
)
def test_what_is_no_option_changes_nothing_and_is_no_exception(monkeypatch, key, look):
    app = opened(View(model=MODELS["squeezenet1_1"]()), look=look)
    before = now(app)
    for value in FORGED:
        forge(monkeypatch, key, value)
        app.run()
        assert not app.exception, (value, app.exception)
        assert now(app) == before, value


def forge(monkeypatch, key, value):
    """Lets the next run of a page hear of a word in a choice that the choice does not have."""
    honest = Selectbox._widget_state

    def state(self):
        told = honest.fget(self)
        if self.key == key:
            told.string_value = value
        return told

    monkeypatch.setattr(Selectbox, "_widget_state", property(state))


@pytest.mark.parametrize(
    ("said", "address", "allowed"),
    [
        (None, "localhost", True),
        (None, "127.0.0.1", True),
        (None, "0.0.0.0", False),
        (None, None, False),
        ("1", "0.0.0.0", True),
        ("0", "localhost", False),
    ],
)
def test_weights_are_fetched_where_the_host_allows_it(monkeypatch, tmp_path, said, address, allowed):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.delenv("CNNLAB_WEIGHTS", raising=False)
    if said:
        monkeypatch.setenv("CNNLAB_WEIGHTS", said)
    get = st.get_option
    monkeypatch.setattr(st, "get_option", lambda name: address if name == "server.address" else get(name))
    app = opened(View(weights="ResNet18_Weights.IMAGENET1K_V1"))
    assert ("summary.weights.fetch" in [button.key for button in app.button]) == allowed


@pytest.mark.parametrize(("address", "most"), [("localhost", 512), ("::1", 512), ("0.0.0.0", 128), (None, 128)])
def test_a_file_of_weights_may_be_larger_where_the_server_is_for_its_own_machine(monkeypatch, address, most):
    get = st.get_option
    monkeypatch.setattr(st, "get_option", lambda name: address if name == "server.address" else get(name))
    app = opened(look="state")
    uploader = app.file_uploader(key="summary.state.upload")
    assert uploader.label == f"A file of weights, .pt, .pth, .bin, .safetensors, up to {most} MB"
    assert uploader.proto.max_upload_size_mb == most
    assert LEDGER.most(app.session_state[TICKET].session) == most << 20
    assert any(f"This file was not taken: it is larger than {most} MB" in text.value for text in app.markdown)


def test_weights_are_fetched_on_a_click(monkeypatch, tmp_path):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setenv("CNNLAB_WEIGHTS", "1")
    fetched = []

    def fetch(weights, progress):
        fetched.append(weights.name)
        path = cached(weights)
        path.parent.mkdir(parents=True)
        path.write_bytes(b"12345")
        return path

    monkeypatch.setattr("cnnlab.summary.work.fetch", fetch)
    app = opened(View(weights="ResNet18_Weights.IMAGENET1K_V1"))
    assert fetched == []
    app.button(key="summary.weights.fetch").click().run()
    assert fetched == ["ResNet18_Weights.IMAGENET1K_V1"]
    assert "summary.weights.fetch" not in [button.key for button in app.button]
