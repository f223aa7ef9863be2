"""Every page of the table: its script, its links, and links that were shared before."""

from dataclasses import fields
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from cnnlab.augmentation import Pipeline
from cnnlab.augmentation.view import View as AugmentationView
from cnnlab.images import png_size
from cnnlab.layers import LAYERS
from cnnlab.layers.view import View as LayersView
from cnnlab.models import INITIALISATIONS, MODELS
from cnnlab.specs import SpecError
from cnnlab.summary.view import View as SummaryView
from cnnlab.training.view import View as TrainingView
from pages.table import PAGES

PAGE = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
VIEWS = [(page, view) for page in PAGES for view in (page.view(), *page.examples.values())]
FOLDER = Path(__file__).parents[2] / "pages"


@PAGE
def test_a_page_has_a_script_a_card_and_examples(page):
    assert (FOLDER / page.script).is_file()
    assert page.about.endswith(".")
    assert page.title
    assert page.invitation
    assert page.alt
    assert page.examples


@PAGE
def test_the_picture_of_a_card_has_the_size_that_the_table_says(page):
    (picture,) = page.card.do({}).pictures
    assert png_size(picture) == page.size


def test_every_folder_with_a_page_is_in_the_table():
    assert {page.path for page in PAGES} == {script.parent.name for script in FOLDER.glob("*/page.py")}


@PAGE
def test_the_first_view_needs_no_parameters(page):
    assert page.view().to_query() == {}
    assert page.view.from_query({}) == page.view()


@pytest.mark.parametrize(("page", "view"), VIEWS, ids=lambda value: "")
def test_an_example_survives_its_link(page, view):
    assert page.view.from_query(view.to_query()) == view


def test_a_model_is_named_with_its_parameters():
    query = SummaryView(model=MODELS["resnet18"](num_classes=10)).to_query()
    assert query["model"] == "resnet18"
    assert SummaryView.from_query(query).model == MODELS["resnet18"](num_classes=10)


@PAGE
def test_every_field_of_a_view_travels_in_its_link(page):
    assert {field.attribute for field in page.view.FIELDS} == {field.name for field in fields(page.view)}
    assert len({field.name for field in page.view.FIELDS}) == len(page.view.FIELDS)


@PAGE
def test_whole_numbers_are_taken_at_their_bounds_and_refused_beyond(page):
    counts = [field for field in page.view.FIELDS if field.name == "count"]
    for field in page.view.FIELDS:
        if field.low is None:
            continue
        room = {count.name: str(count.high) for count in counts} if field.name == "place" else {}
        first = 1 if field.name == "place" else 0  # counted from one in a link, from zero in the view
        for number in (field.low, field.high):
            assert getattr(page.view.from_query({**room, field.name: str(number)}), field.attribute) == number - first
        for number in (field.low - 1, field.high + 1):
            with pytest.raises(SpecError) as refusal:
                page.view.from_query({field.name: str(number)})
            assert str(refusal.value) == (
                f"The link says {field.name}={number}: it must be a whole number from {field.low} to {field.high}."
            )


# Links that were shared, and what they showed. What a link leaves out stands at its default, so neither the text of a
# field nor a default may ever change: these literals are older than any change to come.
DEFAULTS = {
    "augmentation": {"image": "chelsea", "seed": 0, "count": 8, "place": 0, "rolls": {}, "raw": False, "targets": True},
    "layers": {
        "place": 0,
        "shape": None,
        "fill": "digit",
        "kernel": "sobel",
        "numbers": {},
        "others": {},
        "origin": {},
        "row": "",
        "seed": 0,
        "image": "chelsea",
        "look": "",
        "element": None,
        "channel": 0,
        "goal": None,
        "step": 0,
        "training": True,
    },
    "summary": {
        "source": "",
        "own": "",
        "shape": None,
        "batch": 1,
        "precision": "float32",
        "optimizer": "AdamW",
        "gib": 8,
        "row": "",
        "image": "chelsea",
        "scheme": {},
        "weights": "",
        "seed": 0,
        "against": None,
        "look": "",
        "channel": 0,
        "unit": None,
        "rivals": None,
    },
    "loading": {
        "classes": (),
        "samples": 0,
        "validation": 0.2,
        "test": 0.0,
        "split_seed": 0,
        "batch_size": 64,
        "sampler": "shuffled",
        "drop_last": False,
        "workers": 0,
        "normalise": True,
        "side": 0,
        "seed": 0,
        "look": "",
        "picture": 0,
        "part": "train",
        "label": None,
        "page": 1,
    },
    "training": {
        "classes": (),
        "samples": 0,
        "validation": 0.2,
        "test": 0.0,
        "split_seed": 0,
        "batch_size": 64,
        "sampler": "shuffled",
        "drop_last": False,
        "workers": 0,
        "normalise": True,
        "side": 0,
        "source": "",
        "own": "",
        "weights": "",
        "scheme": {},
        "frozen": "nothing",
        "backbone_lr": 1.0,
        "dropout": None,
        "class_weights": False,
        "warmup": 0,
        "clip": 0.0,
        "decay_all": True,
        "epochs": 12,
        "patience": 0,
        "seed": 0,
        "device": "cpu",
        "threads": 1,
        "precision": "float32",
        "channels_last": False,
        "compile": False,
        "deterministic": True,
        "histograms": 0,
        "run": "",
        "look": "",
        "runs": (),
        "parent": "",
        "step": 0,
    },
}
BEGINNING = ("data", "model", "loss", "optimizer", "schedule", "augmentation", "evaluation")
FIRST_STEPS = (
    "v2.RandomResizedCrop(224, scale=(0.4, 1.0)), v2.RandomHorizontalFlip(), v2.RandomRotation(15), "
    "v2.ColorJitter(0.3, 0.3, 0.3, 0.05)"
)
SHARED = [
    (
        "image=coffee&steps=eNpdzKsKgDAUBuB3OXmIQQ1Wm9EqhjN21MEucjaLsnd3xYHG_8I33-DQEvQwoVPeDuwPEHAgow3Q3xD0ldeuSQK0-t_IoTSU68"
        "gnJVGswRvPo46R-INJ1tseHYWc6qp9ze-9oCuaQGl5AGFRNss&seed=11&count=6&place=3&rolls=4-65&raw=1&targets=0",
        AugmentationView(
            "coffee",
            Pipeline.from_code("[v2.RandomCrop(64), v2.ColorJitter(0.5)]").toggled("ColorJitter"),
            seed=11,
            count=6,
            place=2,
            rolls={3: 64},
            raw=True,
            targets=False,
        ),
    ),
    (
        "model=VGG&params=eNqrVkosSs5QslIKc3c3NFaqBQAp5QSh&shape=1x96x64&batch=3&precision=bfloat16&optimizer=SGD&gib=2&row=net"
        "&image=coffee&scheme=eNqrVkrKTCxWsqpWykvMTVWyUkrOzysuScwriVfSUSpILErMBUuWJeYoWRnX6iil5iUm5aSmKFmVFJWm1tYCAKPjFYk"
        "&seed=5&against=eNqrVspLzE1VslLySfVLLVHSUSpILErMLVayqlZKzkksLk4FMo1rdZRS8xKTclJTlKxKikpTawHjcRIu",
        SummaryView(
            model=MODELS["VGG"](arch="VGG13"),
            shape=(1, 96, 64),
            batch=3,
            precision="bfloat16",
            optimizer="SGD",
            gib=2,
            row="net",
            image="coffee",
            scheme={"bias": INITIALISATIONS["constant_"](val=3)},
            seed=5,
            against=MODELS["LeNet"](classes=3),
        ),
    ),
    (
        "layers=eNpdzb0KAjEQBOB3mXqrEy3SWgv2ImFNVg0mG8n9IB737uZQRK_bWZhvDiOUk8Bgm3VoPAh3LpxamBFBrbuyqsQaV4Tcdz-PDeEmpd6"
        "2Dc8qrOeq90EvNmU_k0XOUVyHiSDKpygepiu9TPRd3fFjn3NcDP-5DcFJiB_03V94xxdg5URn&place=2&shape=3x30x31&fill=random&ke"
        "rnel=model&numbers=eNqrVqpQsoo21DHSM9XRNY6tBQAjjwQl&origin=eNqrVsrNT0nNUbJS8kn1Sy1R0lEqyi8H8pLz88oMlWoBnpsJ0Q&"
        "row=conv1&seed=5&image=coffee&look=shape&element=0x1x2&channel=3&goal=14x28&step=7&training=0",
        LayersView(
            layers=(
                LAYERS["Conv2d"](in_channels=3, out_channels=6, kernel_size=5, padding_mode="reflect"),
                LAYERS["MaxPool2d"](kernel_size=2, ceil_mode=True),
            ),
            place=1,
            shape=(3, 30, 31),
            fill="random",
            kernel="model",
            numbers={"x": (1, 2.5, -3)},
            origin={"model": "LeNet", "row": "conv1"},
            row="conv1",
            seed=5,
            image="coffee",
            look="shape",
            element=(0, 1, 2),
            channel=3,
            goal=(14, 28),
            step=7,
            training=False,
        ),
    ),
]


@PAGE
def test_what_a_link_leaves_out_means_what_it_always_meant(page):
    values = {field.name: getattr(page.view(), field.name) for field in fields(page.view)}
    assert {name: values[name] for name in DEFAULTS[page.path]} == DEFAULTS[page.path]
    assert set(values) - set(DEFAULTS[page.path]) <= {"pipeline", "layers", "model", *BEGINNING}


def test_the_first_steps_the_first_layer_and_the_first_model_are_the_same_for_ever():
    assert [call.code() for call in LayersView().layers] == [
        "nn.Conv2d(in_channels=1, out_channels=1, kernel_size=3, padding=1)"
    ]
    assert AugmentationView().pipeline == Pipeline.from_code(f"[{FIRST_STEPS}]")
    assert SummaryView().model.code() == "models.resnet18()"
    training = TrainingView()
    calls = (training.data, training.model, training.loss, training.optimizer, training.schedule)
    assert [call.name for call in calls] == ["digits", "LeNet", "CrossEntropyLoss", "AdamW", "OneCycleLR"]
    assert [call.changed() for call in calls] == [{}, {}, {}, {"lr": 0.003}, {}]
    assert training.augmentation == training.evaluation == Pipeline()


@pytest.mark.parametrize(("link", "view"), SHARED, ids=["augmentation", "summary", "layers"])
def test_a_link_that_was_shared_shows_what_it_showed(link, view):
    query = dict(parse_qsl(link))
    assert type(view).from_query(query) == view
    assert view.to_query() == query
    for name in query:  # each parameter counts
        gone = {"model", "params"} if name == "model" else {name}
        assert type(view).from_query({other: text for other, text in query.items() if other not in gone}) != view
