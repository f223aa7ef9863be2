"""The looks that run a model there and back: what a call does, and gradients for several starts."""

import html
import re

import pytest
import visit
from visit import said

from cnnlab.models import MODELS
from cnnlab.models.initialisations import RIVALS
from cnnlab.summary.jobs import CALLS, GRADIENTS, asked
from cnnlab.summary.view import View
from pages.summary.gradients import started

LENET = View(model=MODELS["LeNetSigmoid"](), row="conv.3")
TWICE = View(
    source="r = nn.Tanh()\nnn.Sequential(nn.Conv2d(3, 2, 3), r, nn.Conv2d(2, 2, 3), r)", shape=(3, 9, 9), row="1"
)


def opened(view, look):
    app = visit.visit("summary", {**view.to_query(), "look": look})
    assert not app.exception, app.exception
    return app


def now(app):
    return app.session_state["summary.trail"].now


def steps(app) -> list[list[str]]:
    """The lines of code in each step, in order."""
    (page,) = [element.proto.body for element in app.get("html") if 'class="calls"' in element.proto.body]
    lists = re.findall(r"<li class=.*?</li>", page)
    plain = [re.sub("</?span>", "", step) for step in lists]
    return [[html.unescape(line) for line in re.findall("<code>(.*?)</code>", step)] for step in plain]


def answer(kind, view):
    return kind.do(dict(kind.job(asked(view)).query))


def test_the_steps_of_a_call_show_what_its_hooks_were_given():
    app = opened(LENET, "call")
    told = answer(CALLS, LENET)
    assert said(app) == []
    shown = steps(app)
    assert [lines[:1] for lines in shown] == [
        ["hook(module, args)"],
        ["forward(input: torch.Tensor) -> torch.Tensor"],
        ["hook(module, args, output)"],
        [],
        ["hook(module, grad_output)"],
        [],
        ["hook(module, grad_input, grad_output)"],
    ]
    assert [line for lines in shown for line in lines[1:]] == [line for event in told.events for line in event.lines]
    texts = [box.value.strip() for box in app.code]
    assert told.code.strip() in texts
    assert told.output.strip() in texts


def test_another_call_of_a_module_that_is_called_twice():
    app = opened(TWICE, "call")
    told = answer(CALLS, TWICE)
    for call in (1, 2):
        app.number_input(key="summary.calls.call.1").set_value(call).run()
        lines = [line for event in told.of(call).values() for line in event.lines]
        assert [line for step in steps(app) for line in step[1:]] == lines
    assert told.of(1) != told.of(2)


def test_an_operation_is_looked_at_through_the_module_that_it_stands_in():
    app = opened(View(model=MODELS["LeNet"](), row="/relu:1", shape=(3, 32, 32)), "call")
    assert app.selectbox(key="summary.calls.module").value == ""
    app.selectbox(key="summary.calls.module").select("fc1").run()
    assert now(app).row == "fc1"
    assert steps(app)[0][1].startswith("args[0]: (1, 400) float32")


@pytest.mark.parametrize("look", ["call", "gradients"])
def test_why_a_model_fails_is_told_once_and_this_look_says_where(look):
    app = opened(View(model=MODELS["LeNet"](), shape=(3, 100, 100)), look)
    assert len(said(app)) == 1
    (info,) = [info.value for info in app.info]
    assert info.endswith("why, and what helps, stands above.")


def test_gradients_of_a_small_model_are_compared_at_once_and_others_when_asked():
    app = opened(LENET, "gradients")
    assert said(app) == []
    (table,) = [box.value for box in app.dataframe if "Start" in box.value.columns]
    assert list(table["Start"]) == ["the model's own start", *(title for title, _ in RIVALS.values())]
    told = [answer(GRADIENTS, view) for view in (LENET, *(started(LENET, name) for name in RIVALS))]
    assert list(table["Median gradient"]) == [f"{one.median:.3g}" for one in told]
    marked = [[layer.name for layer in one.layers if one.vanishing(layer)] for one in told]
    assert [text.partition(":")[0] for text in table["Vanishing"]] == [str(len(names)) for names in marked]
    assert table["Vanishing"][0] == "1: conv.0"
    assert app.selectbox(key="summary.gradients.layer").value == "conv.3"


def test_the_starts_that_are_compared_are_in_the_link():
    view = View(model=MODELS["LeNetSigmoid"](), rivals=("kaiming",))
    assert view.to_query()["rivals"] == "kaiming"
    assert View(rivals=()).to_query()["rivals"] == "none"
    assert View.from_query({"rivals": "none"}).rivals == ()
    app = opened(view, "gradients")
    (table,) = [box.value for box in app.dataframe if "Start" in box.value.columns]
    assert list(table["Start"]) == ["the model's own start", "Kaiming"]
    app.button_group(key="summary.gradients.rivals").set_value([]).run()
    assert now(app).rivals == ()
    assert said(app) == []


@pytest.mark.parametrize("text", ["", "kaiming-", "other", "xavier-xavier-" * 100])
def test_a_link_with_other_starts_is_damaged(text):
    app = visit.visit("summary", {"rivals": text})
    assert said(app) == ["The link is damaged, so what it showed cannot be restored: ask for it again."]


def test_a_model_without_a_picture_is_given_random_numbers_and_says_so():
    app = opened(View(source="nn.Sequential(nn.Linear(6, 4), nn.Tanh(), nn.Linear(4, 3))"), "gradients")
    assert said(app) == []
    assert not [box for box in app.selectbox if box.key == "summary.gradients.image"]
    assert any(text.value.startswith("Random numbers run through the model once") for text in app.caption)


def test_layers_that_start_at_zero_are_named():
    view = View(source="nn.Sequential(nn.Linear(6, 4), nn.Linear(4, 3))", rivals=())
    zero = {"linear": RIVALS["small"][1]["bias"]}
    app = opened(View(source=view.source, rivals=(), scheme=zero), "gradients")
    assert any("Zero at the start: 0, 1." in text.value for text in app.caption)
    assert not any("Zero at the start" in text.value for text in opened(view, "gradients").caption)
