"""Answers about a run that was deleted, or whose pictures a host hides, are given no more although they are kept."""

import asyncio
import shutil

import pytest
import runs
from starlette.applications import Starlette

from cnnlab.hosting import SHARED
from cnnlab.images import png, sample, to_pixels
from cnnlab.layers import LAYERS
from cnnlab.layers.jobs import MAPS as MAPS_OF_LAYER
from cnnlab.layers.jobs import asked as of_layer
from cnnlab.layers.presets import MODEL
from cnnlab.layers.view import View as Layer
from cnnlab.loading import DATASETS
from cnnlab.models import MODELS
from cnnlab.specs import SpecError
from cnnlab.summary.answers import Pictures
from cnnlab.summary.jobs import CALLS, GRADIENTS, MAPS, SIGHT, SLOPE, asked
from cnnlab.summary.learnt import Element, Learnt
from cnnlab.summary.view import View
from cnnlab.training import TrainConfig
from cnnlab.training.jobs import EVENTS, EXPORT, OUTCOME, Exported, Looked, Recorded
from cnnlab.workshop import PICTURES
from cnnlab.workshop.desk import Here
from pages.serving.answers import address, answer_routes
from pages.serving.hall import hall

GONE = "There is no such run any more"


def ask(path: str) -> tuple[int, bytes]:
    """Status and body of a GET."""
    sent = []

    async def send(message):
        sent.append(message)

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    path, _, query = path.partition("?")
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "headers": [],
        "root_path": "",
        "query_string": query.encode(),
    }
    asyncio.run(Starlette(routes=answer_routes())(scope, receive, send))
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


def of_network(run: str) -> View:
    return View(model=MODELS["LeNet"](), learnt=Learnt(run, "last", 30), image="digit_3", row="conv2")


def of_picture(run: str) -> View:
    return View(model=MODELS["LeNet"](), image=str(Element(run, False, 0)), row="conv2")


def of_origin(run: str):
    origin = of_network(run).to_query()
    return of_layer(
        Layer(
            (LAYERS["Conv2d"](in_channels=6, out_channels=16, kernel_size=5),),
            shape=(6, 14, 14),
            kernel=MODEL,
            origin=origin,
            row="conv2",
        )
    )


ANSWERS = {
    "mistakes": (OUTCOME, lambda run: Looked(run, "last.pt", 30)),
    "weights as a file": (EXPORT, lambda run: Exported(run, "last.pt", 30)),
    "events": (EVENTS, lambda run: Recorded(run, 3)),
    **{f"{kind.name} learnt": (kind, lambda run: asked(of_network(run))) for kind in (MAPS, SIGHT, SLOPE, CALLS)},
    **{f"{kind.name} of a picture": (kind, lambda run: asked(of_picture(run))) for kind in (MAPS, GRADIENTS)},
    "a layer of it": (MAPS_OF_LAYER, of_origin),
}


@pytest.fixture
def desk(monkeypatch, tmp_path):
    monkeypatch.setenv("CNNLAB_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr(hall(), "desk", Here())
    return hall().desk


def keep(desk, kind, recipe) -> Pictures:
    answer = Pictures((png(to_pixels(sample("digit_3"))),))
    desk.store.put(kind.job(recipe), (answer,), 1)
    assert desk.value(kind, recipe) is answer
    return answer


@pytest.mark.parametrize("name", ANSWERS)
def test_what_was_kept_of_a_run_goes_with_it(name, desk, tmp_path):
    run, _ = runs.written(tmp_path / "runs", code=0)
    kind, recipe = ANSWERS[name][0], ANSWERS[name][1](run.folder.name)
    answer, place = keep(desk, kind, recipe), "/" + address(kind, recipe)
    if PICTURES in kind.gives:
        assert ask(place) == (200, answer.pictures[0])
    shutil.rmtree(run.folder)
    assert ask(place)[0] == 404
    desk.store.put(kind.job(recipe), (answer,), 1)
    with pytest.raises(SpecError, match=GONE):
        desk.value(kind, recipe)
    assert desk.store.held == 0


@pytest.mark.parametrize("look", ["mistakes", "summary.maps of a picture"])
def test_pictures_of_folders_that_a_host_hides_meanwhile_are_given_no_more(look, desk, tmp_path, monkeypatch):
    config = TrainConfig(data=DATASETS["ImageFolder"](root=str(tmp_path)))
    run, _ = runs.written(tmp_path / "runs", config, code=0)
    kind, recipe = ANSWERS[look][0], ANSWERS[look][1](run.folder.name)
    keep(desk, kind, recipe)
    monkeypatch.setenv(SHARED, "1")
    assert ask("/" + address(kind, recipe))[0] == 404


def test_answers_about_no_run_stay(desk):
    recipe = asked(View(model=MODELS["LeNet"](), image="digit_3", row="conv2"))
    answer = keep(desk, MAPS, recipe)
    assert ask("/" + address(MAPS, recipe)) == (200, answer.pictures[0])
