"""What came of a run, without a browser and without weights: where its pictures lead."""

import pytest

from cnnlab.training import TrainConfig
from cnnlab.training.answers import Outcome
from cnnlab.training.jobs import Looked
from cnnlab.training.judging import Mistake
from cnnlab.training.run import Run
from pages.training import after

PIXEL = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x08\x00\x00\x00\x08"


@pytest.mark.parametrize(("mistakes", "leads"), [((Mistake(57, 1, 0, 0.9), Mistake(3, 0, 1, 0.8)), 157), ((), 100)])
def test_the_first_of_these_pictures_is_the_surest_mistake_and_where_there_is_none_the_first_of_all(
    monkeypatch, tmp_path, mistakes, leads
):
    linked = []
    monkeypatch.setattr(after.st, "page_link", lambda page, query_params, **how: linked.append(query_params))
    elements = (*(100 + mistake.place for mistake in mistakes), 100)
    told = Outcome(
        "train", 30, 3, 60, 58, 0.1, ("0", "1"), ((29, 1), (1, 29)), (), mistakes, (PIXEL,) * len(mistakes),
        elements=elements, shape=(3, 32, 32),
    )  # fmt: skip
    run = Run.create(tmp_path / "run", TrainConfig())
    after._mistakes(told, Looked("run", "last.pt", 30, "train"), run)
    (link,) = linked
    assert link["image"].endswith(f".{leads}"), link
