"""What is said of a run before, while and after it learns, held against what the loading does."""

import pytest

from cnnlab.loading import DATASETS, iterations, split
from cnnlab.loading.embedded import digits
from cnnlab.training import TrainConfig
from cnnlab.training.folder import ENDS
from cnnlab.training.words import STATES, before, guessing, last_words, numbers, pace


def test_the_sentence_before_the_first_run():
    assert str(before(TrainConfig())) == (
        "1,437 samples, batches of 64 → 23 iterations per epoch (22 with drop_last); 12 epochs = 276 steps."
    )


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("samples", [0, 200, 1000])
@pytest.mark.parametrize(("validation", "test"), [(0.2, 0.0), (0.9, 0.0), (0.15, 0.25), (0.0, 0.0)])
def test_the_numbers_are_those_of_the_split(validation, test, samples, drop_last):
    config = TrainConfig(samples=samples, validation=validation, test=test, batch_size=48, drop_last=drop_last)
    parts = split(digits().labels, samples=samples, validation=validation, test=test)
    told = numbers(config)
    assert told.samples == len(parts.train)
    assert told.iterations == iterations(len(parts.train), 48, drop_last)
    assert told.steps == told.iterations * config.epochs


@pytest.mark.parametrize(
    ("accuracy", "rose", "told"),
    [
        (0.13, False, "No better than guessing (10.0%)."),
        (0.05, True, "No better than guessing (10.0%), and the loss rose: try a smaller learning rate."),
        (0.1301, False, "None"),  # 0.1 + 2 * sqrt(0.1 * 0.9 / 400) is 0.13
        (None, False, "None"),
    ],
)
def test_an_accuracy_that_guessing_has_too_is_told_with_the_share_of_the_largest_class(accuracy, rose, told):
    assert str(guessing({"guess": 0.1, "guessed": 400}, accuracy, rose)) == told
    assert guessing({}, accuracy, rose) is None  # of a run from before


def test_nothing_is_promised_where_only_the_data_tells():
    assert before(TrainConfig(data=DATASETS["FakeData"]())) is None


def test_every_state_that_a_run_may_have_has_a_sentence():
    assert set(STATES) == {"queued", "running", "paused", "lost", *ENDS.values(), "failed"}
    assert [name for name, state in STATES.items() if state.lives] == ["queued", "running", "paused"]


def test_the_pace_is_that_of_the_last_attempt():
    rows = [{"t": 10.0 + n / 4, "step": n, "samples": 64, "attempt": 1 if n < 3 else 2} for n in range(7)]
    assert pace(rows).steps == 4
    assert pace(rows).samples == 256
    assert pace(rows[:4]) is None  # one step of this attempt
    assert pace([]) is None


def test_numbers_that_are_not_finite_are_told_with_their_step_and_layer():
    told = last_words({"reason": "not finite", "step": 1200, "what": "activation", "layer": "fc1"})
    assert str(told).startswith("At step 1,200 a number was no longer finite (activation in fc1)")
    assert last_words({"reason": "stopped", "step": 3}) is None


def test_the_test_is_told_where_there_was_one():
    told = last_words({"reason": "finished", "step": 276, "test/accuracy": 0.975, "test/loss": 0.1})
    assert (
        str(told)
        == "All epochs are done, after 276 steps. On the pictures held back for the test: 97.5% right, loss 0.1."
    )
