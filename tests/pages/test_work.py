"""What pages ask of the workshop."""

import pytest

from cnnlab.images.jobs import SMALL, Named
from cnnlab.specs import SpecError
from cnnlab.workshop.desk import Here
from pages.serving.hall import hall
from pages.shared.work import done_all


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
