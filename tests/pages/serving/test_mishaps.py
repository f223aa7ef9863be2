"""What is logged of what a page did not catch."""

import json
import logging

import pytest
import visit
from streamlit.runtime import fragment
from streamlit.runtime.scriptrunner import exec_code
from streamlit.testing.v1 import AppTest

from pages.serving import mishaps

DEEP, LONG = "[" * 100_000, f'{{"picked": {"9" * 5000}}}'
BENCH = "streamlit.runtime"  # which says that there is no server here


@pytest.fixture
def app(monkeypatch):
    """A page whose mishaps are met as on the server."""
    monkeypatch.setattr(
        exec_code, "handle_user_script_exception", lambda error, handler: mishaps.on_script_error(error)
    )
    mishaps.log_briefly()
    return visit.visit("augmentation", {"count": "1"})


def written(log) -> str:
    return "\n".join(logging.Formatter().format(record) for record in log.records if not record.name.startswith(BENCH))


@pytest.mark.parametrize("text", ["{", DEEP, LONG], ids=["cut off", "deep", "long"])
@pytest.mark.parametrize("within", [False, True], ids=["", "in a string"])
def test_a_message_that_is_no_json_is_a_line_of_the_log_and_changes_nothing(text, within, app, caplog):
    before = visit.shown(app, "augmentation")
    caplog.clear()
    visit.forge(app, "augmentation..add", "json_value", json.dumps(text) if within else text)
    lines = written(caplog).splitlines()
    assert 0 < len(lines) <= 2  # one for each run: of the callbacks, and of the page
    assert max(map(len, lines)) < 250
    assert visit.shown(app, "augmentation") == before


def test_what_fails_for_another_reason_keeps_its_traceback(app, caplog):
    with pytest.raises(json.JSONDecodeError) as ours:
        json.loads("{")
    mishaps.on_script_error(ours.value)
    assert "Traceback" in written(caplog)


def page_with_a_broken_piece():
    import streamlit as st

    from pages.shared.piece import piece

    piece("broken", lambda: 1 // 0)
    st.caption("below")


def test_a_piece_that_fails_shows_the_box_in_its_place_and_the_page_goes_on(monkeypatch):
    told = lambda error, handler: mishaps.on_script_error(error)  # noqa: E731
    monkeypatch.setattr(fragment, "handle_user_script_exception", told)
    app = AppTest.from_function(page_with_a_broken_piece).run()
    assert len(app.error) == 1
    assert "our fault" in app.error[0].value
    assert mishaps.PENDING not in app.session_state
