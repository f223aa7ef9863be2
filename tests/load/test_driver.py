"""The driver against real servers: the app itself, and a small script that does what the driver must notice."""

import asyncio
from random import Random

import pytest

from tests.load.bad import LOOKS, MODEL, PICTURE, PIPELINE, STATE, look
from tests.load.deeds import Set
from tests.load.light import LIGHT, NORMALISED, light
from tests.load.server import Server
from tests.load.session import Action, Visitor
from tests.load.widgets import picked

SCRIPT = """
import streamlit as st

st.html("<img src='picture/nothing.png?a=1'>")
if st.session_state.pop("rename", False):
    st.session_state["name"] = "again"
st.text_input("Name", "a", key="name")
st.selectbox("Choice", ["a", "b"], index=None, key="choice")
if st.checkbox("Hidden", key="hidden"):
    st.number_input("Number", 0, 9, 3, key="number")
if st.button("Again", key="again"):
    st.session_state["rename"] = True
    st.rerun()
if st.button("Raise", key="raise"):
    raise ValueError("a red box")
first, second = st.tabs(["One", "Two"], key="tabs", on_change="rerun")
st.text_input("Open", key="open-two" if second.open else "open-one")

def wait():
    st.session_state["looked"] = str(int(st.session_state.get("looked", 0)) + 1)
    st.text_input("Looked", key="looked")
    if st.session_state["looked"] == "3":
        st.rerun()

if st.checkbox("Timer", key="timer"):
    waits = int(st.session_state.get("looked", 0)) < 3
    if waits:
        st.fragment(wait, run_every=0.05)()
    else:
        st.text_input("Looked", "3", key="looked")

file = st.file_uploader("File", key="file")
if file:
    st.text_input("What came", f"{file.name} {len(file.getvalue())}", key="came")
"""


@pytest.fixture(scope="module")
def app():
    server = Server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def script(tmp_path_factory):
    path = tmp_path_factory.mktemp("script") / "script.py"
    path.write_text(SCRIPT)
    server = Server.start(script=str(path))
    yield server
    server.stop()


def test_two_visitors_of_the_app_act_and_see_no_red_box(app):
    async def visit(page: str) -> list[Action]:
        async with Visitor(app.url) as visitor:
            rng = Random(page)
            return [await visitor.open(page), *[await light(visitor, rng) for _ in range(4)]]

    async def both() -> list[Action]:
        return [
            action for actions in await asyncio.gather(visit("augmentation"), visit("summary")) for action in actions
        ]

    before = app.cpu()
    actions = asyncio.run(both())
    assert [action.problems for action in actions] == [[]] * 10
    assert all(0 < action.text_s <= action.all_s for action in actions)
    assert all(action.socket_bytes > 1000 for action in actions)
    assert "nothing to touch" not in [action.name for action in actions]
    assert app.cpu().since(before).alone > 0
    assert app.memory().resident >= app.memory().own > 0
    assert app.tracebacks == []


def test_pictures_of_a_page_are_fetched(app):
    async def home() -> Action:
        async with Visitor(app.url) as visitor:
            return await visitor.open()

    action = asyncio.run(home())
    assert action.problems == []
    assert action.pictures >= 2
    assert action.picture_bytes > 10_000


def test_the_pages_have_what_the_driver_looks_for(app):
    async def shown(page: str, query: str = "", *steps: Set) -> tuple[Visitor, set[str]]:
        async with Visitor(app.url) as visitor:
            await visitor.open(page, query)
            for step in steps:
                await step(visitor)
            return visitor, {touch.name for touch in LIGHT[page] if touch.change(visitor, Random(1))}

    async def look_around() -> None:
        playground, touched = await shown("augmentation", NORMALISED)
        assert touched >= {touch.name for touch in LIGHT["augmentation"]} - {"undo"}
        assert all(playground.find(key) for key in (PICTURE, rf"{PIPELINE}\.text", rf"FormSubmitter:{PIPELINE}\..*"))
        summary, touched = await shown("summary", "", look("State dict"))
        assert touched >= {touch.name for touch in LIGHT["summary"]} - {"undo", "toggle", "pick a row", "pick a map"}
        assert all(summary.find(key) for key in (STATE, rf"{MODEL}\.text", rf"FormSubmitter:{MODEL}\..*"))
        (tabs,) = summary.find(r"summary\.look")
        assert tuple(tabs.labels) == LOOKS
        assert "pick a map" in (await shown("summary", "model=LeNet", look("Feature maps")))[1]
        summary, touched = await shown("summary")
        assert "pick a row" in touched
        assert any(picked(*summary.find(r"summary\.tree"), Random(n))["picked"]["row"] != "" for n in range(9))

    asyncio.run(look_around())


async def change(visitor: Visitor, key: str, value: object) -> Action:
    (widget,) = visitor.find(key)
    return await visitor.act(key, widget.sent(value))


async def tell(url: str) -> None:
    async with Visitor(url) as visitor:
        action = await visitor.open()
        assert [problem.split(":")[0] for problem in action.problems] == ["broken picture"]
        (name,) = visitor.find("name")
        assert visitor.values[name.id].string_value == "a"
        (choice,) = visitor.find("choice")
        assert visitor.values[choice.id].WhichOneof("value") is None
        assert visitor.find("number") == []

        await change(visitor, "hidden", True)
        (number,) = visitor.find("number")
        assert visitor.values[number.id].int_value == 3

        await change(visitor, "again", True)
        assert visitor.find("number"), "widgets stay over a run that starts another"
        assert visitor.values[name.id].string_value == "again", "the page set a widget"

        await change(visitor, "hidden", False)
        assert number.id not in visitor.values, "what the page no longer shows is forgotten"

        boxed = await change(visitor, "raise", True)
        assert any("red box: ValueError" in problem for problem in boxed.problems)
        fine = await change(visitor, "hidden", True)
        assert not any("red box" in problem for problem in fine.problems)


def test_the_driver_speaks_as_the_frontend_does(script):
    asyncio.run(tell(script.url))
    assert script.tracebacks == ["ValueError: a red box"]


def test_a_tab_is_chosen_by_its_label(script):
    async def visit() -> list[str]:
        async with Visitor(script.url) as visitor:
            await visitor.open()
            (tabs,) = visitor.find("tabs")
            await change(visitor, "tabs", tabs.labels[1])
            return [widget.key for widget in visitor.find("open-.*")]

    assert asyncio.run(visit()) == ["open-two"]


def test_an_action_is_over_when_fragments_no_longer_look_again(script):
    async def visit() -> tuple[Action, str]:
        async with Visitor(script.url) as visitor:
            await visitor.open()
            action = await change(visitor, "timer", True)
            action.problems = [problem for problem in action.problems if "picture" not in problem]
            return action, visitor.find("looked")[0].proto.value

    action, looked = asyncio.run(visit())
    assert looked == "3"
    assert action.problems == []
    assert 0.1 <= action.all_s - action.text_s < 10


def test_a_file_is_uploaded_as_a_browser_does(script):
    async def visit() -> str:
        async with Visitor(script.url) as visitor:
            await visitor.open()
            (uploader,) = visitor.find("file")
            await visitor.upload(uploader, "a.bin", b"x" * 1000)
            (came,) = visitor.find("came")
            return visitor.values[came.id].string_value

    assert asyncio.run(visit()) == "a.bin 1000"
