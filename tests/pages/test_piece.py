"""Pieces of a page that are drawn by themselves. A press of a piece's own button draws all of the page here, and the piece
in a browser: see tests/browser/test_pieces.py.
"""

from math import inf

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared.work import SOON_S, Wish
from tests.pages.visit import query, visit


def page_of_pieces():
    """Two pieces and what is around them; each tells how often it was drawn."""
    import streamlit as st

    from pages.shared.piece import piece, renew

    def drawn(name: str) -> None:
        st.session_state[name] = st.session_state.get(name, 0) + 1

    def first() -> int:
        drawn("first")
        st.button("light", key="light", on_click=renew, args=("second",))
        st.button("unknown", key="unknown", on_click=renew, args=("second", "third"))
        return 7

    drawn("page")
    st.session_state["gives"] = piece("first", first)
    piece("second", lambda: drawn("second"))


@pytest.mark.parametrize(
    ("button", "drawn"),
    [("light", (1, 1, 2)), ("unknown", (2, 2, 2))],
    ids=["a piece", "one that is not there, so all"],
)
def test_a_touch_draws_what_it_changes(button, drawn):
    app = AppTest.from_function(page_of_pieces).run()
    assert (app.session_state["page"], app.session_state["gives"]) == (1, 7)
    app.button(key=button).click().run()
    assert not app.exception
    assert tuple(app.session_state[name] for name in ("page", "first", "second")) == drawn


def test_what_is_late_in_a_piece_is_drawn_once_more_with_it_alone(monkeypatch):
    app = visit("augmentation", {"count": "2"})
    seen = []
    monkeypatch.setattr(Wish, "answers", late(Wish.answers, seen))
    app.number_input(key="augmentation.seed").set_value(9).run()
    assert not app.exception
    assert query(app)["seed"] == "9"
    assert seen == [SOON_S, inf, inf]  # in a moment; before it is drawn again; then at once


def late(answers, seen):
    """The answers to several wishes, the first time too late."""

    def some(wish, seconds=inf):
        if wish._says != "Drawing the samples …":
            return answers(wish, seconds)
        seen.append(seconds)
        return [None for _ in answers(wish)] if len(seen) == 1 else answers(wish)

    return some


def test_undo_in_its_piece_draws_the_whole_page():
    app = visit("augmentation", {"count": "2"})
    app.number_input(key="augmentation.seed").set_value(9).run()
    assert not app.button(key="augmentation.undo").disabled
    app.button(key="augmentation.undo").click().run()
    assert app.number_input(key="augmentation.seed").value == 0
    assert "seed" not in query(app)
