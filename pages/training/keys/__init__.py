"""What the visitor's browser keeps: who it is in the queue, and the keys of the runs that were started in it.

A key is what stops, forks and deletes a run. It stays in the browser (localStorage): not in a link, which is for showing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import streamlit as st

from cnnlab.training.view import RUN
from pages.shared.component import component

KEY, GIVEN = "training.keys", "training.keys.given"
_component = component("keys", '<span class="keys" hidden></span>', Path(__file__).parent)


@dataclass(frozen=True)
class Held:
    """What a browser holds: its `visitor` name, and the key of each run by its id, the newest last."""

    visitor: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)


def _told() -> object:
    state = st.session_state.get(KEY) or {}
    return state.get("held") if hasattr(state, "get") else None


def answered() -> bool:
    """Whether the browser has said what it holds: a moment after the page was opened."""
    return isinstance(_told(), dict)


def held() -> Held:
    """What the browser said it holds, and what it was given since."""
    told = _told()
    told = told if isinstance(told, dict) else {}
    keys = told.get("keys")
    kept = {run: key for run, key in keys.items() if _sound(run) and _sound(key)} if isinstance(keys, dict) else {}
    visitor = told.get("visitor")
    given = st.session_state.get(GIVEN, {})
    now = {**kept, **{run: key for run, key in given.items() if key}}
    return Held(visitor if _sound(visitor) else "", {run: key for run, key in now.items() if given.get(run, key)})


def _sound(text: object) -> bool:
    return isinstance(text, str) and bool(RUN.fullmatch(text))


def give(run: str, key: str) -> None:
    """The key of a run for the browser to keep; "" lets it forget one."""
    st.session_state[GIVEN] = {**st.session_state.get(GIVEN, {}), run: key}


def keyring() -> None:
    """The part of the page that nobody sees, which asks the browser for what it holds and gives it what is new."""
    with st.container(key="training.keyring"):
        _component(
            key=KEY,
            data={"give": st.session_state.get(GIVEN, {})},
            default={"held": None},
            on_held_change=lambda: None,
            height=1,
        )
