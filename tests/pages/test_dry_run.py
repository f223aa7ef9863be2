"""What the page tells of a dry run, without a browser: for every outcome that there is."""

from dataclasses import replace

import pytest
import visit
from visit import said

from cnnlab.augmentation import Pipeline
from cnnlab.images import png
from cnnlab.loading.card import card_pixels
from cnnlab.loading.dry_run.answers import Collated, Draws, Effects, Quartiles, Rehearsed, Sent, Speed, Trap
from cnnlab.loading.jobs import REHEARSED, rehearsal
from cnnlab.loading.view import View
from cnnlab.messages import Message
from cnnlab.specs import SpecError
from pages.loading import trial_look

FLIP = Pipeline.from_code("[v2.RandomHorizontalFlip(p=0.5)]")
STEADY = Quartiles(99, 100, 101, 5)
TOLD = Rehearsed(
    total=1437, samples=1437, batch_size=64, cores=2, here=False, sample_seconds=0.01,
    collated=Collated((64, 1, 8, 8), "float32", -0.8125, 1.85, "int64", "PIL L 1 × 8 × 8 uint8", "TypeError: no", FLIP.link),
    traps=(), own=Draws(8, 8, 0, True), stand_in=False, classic=Draws(8, 4, 8), persistent=Draws(8, 4, 0),
    classic_code="class Turned(Dataset): …",
    sent=(Sent("fork", 0.05), Sent("spawn"), Sent("forkserver", failure="PicklingError: no")),
    unsendable=(), lambda_words="AttributeError: no",
    speeds=(
        Speed(0, STEADY, 0.01), Speed(1, Quartiles(119, 120, 121, 5), 0.1, 10 << 20, 90 << 20),
        Speed(2, Quartiles(198, 200, 202, 5), 0.2, 11 << 20, 80 << 20),
    ),
    effects=Effects(2, 0.31, 0.012, ((1, STEADY), (2, STEADY), (4, STEADY)), 17_408), pictures=(png(card_pixels()),) * 3,
)  # fmt: skip


@pytest.fixture
def opened(monkeypatch):
    """The tab of the dry run, asked for and answered so."""

    def opened(answer=None, **view):
        def done(kind, recipe, says=""):
            if isinstance(answer, SpecError):
                raise answer
            return answer

        monkeypatch.setattr(trial_look, "done", done)
        now = View(look="trial", **view)
        asked = {trial_look.ASKED: rehearsal(now)} if answer else {}
        app = visit.visit("loading", now.to_query(), **asked)
        assert not app.exception, app.exception
        return app

    return opened


def texts(app) -> str:
    boxes = (*app.markdown, *app.caption, *app.success, *app.warning, *app.error)
    return "\n".join(visit.unquoted(box.value) for box in boxes)


def button(app, key):
    return next((one for one in app.button if one.key == f"loading.{key}"), None)


def test_nothing_runs_before_it_is_asked_for(opened):
    app = opened()
    assert button(app, "rehearse").label == "Run the loader"
    assert app.success == app.warning == []


def test_a_change_of_what_is_loaded_asks_again_and_a_change_of_the_look_does_not(opened):
    app = opened(TOLD)
    assert "It will train." in texts(app)
    assert button(app, "rehearse").label == "Measure again"
    app.number_input(key="loading.batch_size").set_value(32).run()
    assert button(app, "rehearse").label == "Run the loader"
    asked = rehearsal(View(look="trial"))
    assert REHEARSED.job(asked) == REHEARSED.job(rehearsal(View(look="", picture=3)))
    assert REHEARSED.job(asked) != REHEARSED.job(rehearsal(View(), turn=1))


def test_what_works_is_told_in_numbers(opened):
    words = texts(opened(TOLD))
    for sentence in (
        "A batch is 64 × 1 × 8 × 8, float32 from −0.812 to 1.85; its labels are int64.",
        "**200 samples a second with num_workers=2**: the fewest that come within 5 % of the fastest. That is 2 times as many as "
        "without.",
        "with num_workers=2 each takes 11.0 MiB for itself alone, and its share of what they have in common (PSS 80.0 MiB).",
        "it takes 310 ms where workers are made anew, and 12 ms where they are kept (num_workers=2).",
        "1 ahead: 100, 2 ahead: 100, 4 ahead: 100. Every one more holds 34.0 KiB. These do not differ by more than they waver",
        "**pin_memory:** not measured: no GPU.",
        "**fork:** a worker gave its first batch after 50 ms.",
        "**spawn:** not tried to the end, for the time was up",
        "**forkserver:** a worker could not be started: `PicklingError: no`",
        "No draw comes twice",
        "4 of 8 draws of an epoch are repeated, and 8 of 8 come again in the next.",
        "4 of 8 draws of an epoch are repeated, and 0 of 8 come again in the next.",
        "`AttributeError: no`",
    ):
        assert sentence in words, sentence
    assert "Unstable" not in words


def test_the_best_number_of_workers_is_taken_by_one_click(opened):
    app = opened(TOLD)
    button(app, "workers.best").click().run()
    assert visit.shown(app, "loading").workers == 2
    assert "It will train." in texts(app)  # what was found holds for all numbers of workers
    assert button(opened(TOLD, workers=2), "workers.best") is None


def test_a_trap_comes_with_what_mends_it(opened):
    trap = Trap(Message("Gray <b>{step}</b>.", {"step": "a"}), Message("Use one."), FLIP.link)
    app = opened(replace(TOLD, traps=(trap, Trap(Message("Of my own."), own=True))))
    assert "It works, with something to look at: 1" in texts(app)
    assert "Of my own." in texts(app)
    button(app, "trap.0").click().run()
    assert visit.shown(app, "loading").augmentation == FLIP
    assert app.session_state[trial_look.ASKED].augmentation == FLIP  # and is run at once
    app = opened(TOLD)
    button(app, "collate").click().run()
    assert visit.shown(app, "loading").augmentation == FLIP


def test_more_workers_than_cores_are_told(opened):
    assert "9 workers on 2 cores wait for each other." in texts(opened(TOLD, workers=9))


def test_what_could_not_be_measured_says_why(opened):
    speeds = (
        Speed(0, Quartiles(50, 100, 150, 5)),
        Speed(1, failure=Message("The loader stopped: {words}", {"words": "Bus error"})),
        Speed(2),
    )
    told = replace(
        TOLD, speeds=speeds, effects=None, samples=500, batch_size=3, stand_in=True, unsendable=(("Lambda", "no"),)
    )
    words = texts(opened(told))
    for sentence in (
        "Unstable",
        "num_workers=1: The loader stopped: Bus error",
        "num_workers=2: not tried, for the time was up.",
        "Tried with 500 of the 1,437 pictures there are for training.",
        "Tried with batches of 3 instead of 64: one sample takes 10 ms",
        "**Settings:** not measured",
        "RandomRotation(30) stands in",
        "`Lambda` cannot be sent to a worker: `no`",
    ):
        assert sentence in words, sentence
    assert "not measured: no GPU" not in words


def test_with_a_gpu_pinned_memory_is_told_by_its_seconds(opened):
    effects = replace(TOLD.effects, usual_seconds=0.002, pinned_seconds=0.001)
    assert "a batch is on the GPU in 2 ms, out of pinned memory in 1 ms." in texts(
        opened(replace(TOLD, effects=effects))
    )


def test_a_refusal_is_one_sentence(opened):
    app = opened(SpecError("A batch of {size} is too much.", size=4096))
    assert said(app) == ["A batch of 4096 is too much."]
