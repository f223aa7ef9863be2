"""What pages ask of the workshop."""

import threading
from contextlib import contextmanager

import pytest
from streamlit.testing.v1 import AppTest

from cnnlab import limits
from cnnlab.images.jobs import SMALL, Named
from cnnlab.specs import SpecError
from cnnlab.workshop.desk import Here
from cnnlab.workshop.errands import Errand
from pages.serving.hall import hall
from pages.shared import work
from pages.shared.work import AGAIN, done_all


class Crowded(Here):
    """Takes two wishes, and notes what is dropped."""

    def __init__(self):
        super().__init__()
        self.asked, self.dropped = 0, 0

    def ask(self, *wish):
        if self.asked == 2:
            raise SpecError("Too many.")
        self.asked += 1
        return super().ask(*wish)

    def drop(self, errand):
        self.dropped += 1


def test_what_was_asked_before_a_refusal_is_dropped(monkeypatch):
    desk = Crowded()
    monkeypatch.setattr(hall(), "desk", desk)
    with pytest.raises(SpecError, match="Too many"):
        done_all(SMALL, [Named("coffee"), Named("rocket"), Named("moon")])
    assert (desk.asked, desk.dropped) == (2, 2)


class Slow(Here):
    """Has its answers only when it is told to `work`."""

    def __init__(self):
        super().__init__()
        self.waiting: list[Errand] = []
        self.begun: list[str] = []

    def _errand(self, job, kind, visitor):
        self.begun.append(dict(job.query).get("name", ""))
        errand = Errand(job, kind)
        self.waiting.append(errand)
        return errand

    def work(self) -> None:
        while self.waiting:
            errand = self.waiting.pop()
            errand.finish(super()._errand(errand.job, errand.kind, "").future.result())


def page_of_pictures():
    """A page that begins one picture ahead, and shows the others as far as they are there."""
    import streamlit as st

    from cnnlab.images.jobs import SMALL, Named
    from pages.shared.work import asking, done

    with asking() as asked:
        asked.ahead(SMALL, [Named("rocket")])
        answers = asked.so_far(SMALL, [Named("coffee"), Named("moon")])
        st.session_state.setdefault("seen", []).append([answer is None for answer in answers])
        done(SMALL, Named("rocket"))


@contextmanager
def at_work(desk: Slow):
    """Somebody who works once the whole page has been drawn, however long that takes."""
    stopped = threading.Event()

    def busy() -> None:
        while not stopped.wait(0.05):
            if len(desk.begun) > 3:
                desk.work()

    worker = threading.Thread(target=busy)
    worker.start()
    try:
        yield
    finally:
        stopped.set()
        worker.join()


def test_work_that_is_asked_for_ahead_begins_first_and_what_is_late_is_drawn_in_a_second_run(monkeypatch):
    desk = Slow()
    monkeypatch.setattr(hall(), "desk", desk)
    app = AppTest.from_function(page_of_pictures)
    with at_work(desk):
        app.run(timeout=60)
    assert not app.exception
    assert app.session_state["seen"] == [[True, True], [False, False]]
    assert desk.begun[:3] == ["rocket", "coffee", "moon"]
    assert AGAIN not in app.session_state


def test_what_is_there_in_a_moment_is_drawn_in_one_run(monkeypatch):
    monkeypatch.setattr(hall(), "desk", Here())
    app = AppTest.from_function(page_of_pictures).run(timeout=60)
    assert app.session_state["seen"] == [[False, False]]


def test_an_answer_that_comes_while_the_rest_of_the_page_is_drawn_is_drawn_too(monkeypatch):
    desk = Slow()
    monkeypatch.setattr(hall(), "desk", desk)
    monkeypatch.setattr(work, "SOON_S", 0)
    monkeypatch.setattr(work, "done", lambda kind, recipe: desk.work())
    app = AppTest.from_function(page_of_pictures).run(timeout=60)
    assert app.session_state["seen"] == [[True, True], [False, False]]


def test_a_page_is_not_drawn_again_for_ever_where_answers_are_not_kept(monkeypatch):
    monkeypatch.setattr(limits, "STORE_BYTES", 0)
    desk = Slow()
    monkeypatch.setattr(hall(), "desk", desk)
    monkeypatch.setattr(work, "SOON_S", 0)
    app = AppTest.from_function(page_of_pictures)
    with at_work(desk):
        app.run(timeout=60)
    assert app.session_state["seen"] == [[True, True], [False, False]]
