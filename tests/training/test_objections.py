"""What cannot be trained as it is set up, and that each mend mends."""

from dataclasses import replace
from pathlib import Path

import pytest

from cnnlab.specs import SpecError
from cnnlab.training import SCHEDULES, TrainConfig
from cnnlab.training.checkpoints import Checkpoint
from cnnlab.training.objections import objections
from cnnlab.training.resuming import VERSION, refuse_fork

WRONG = {
    "nothing to learn from": TrainConfig(validation=0.6, test=0.5),
    "one class": TrainConfig(classes=(3,)),
    "no full batch": TrainConfig(batch_size=2048, drop_last=True),
    "patience without validation": TrainConfig(validation=0.0, patience=3),
    "a plateau without validation": TrainConfig(validation=0.0, schedule=SCHEDULES["ReduceLROnPlateau"]()),
    "halves on the processor": TrainConfig(precision="float16"),
}


def test_nothing_stands_in_the_way_of_the_default():
    assert objections(TrainConfig()) == ()


@pytest.mark.parametrize("config", WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_is_said_once_and_every_mend_mends_it(config):
    (objection,) = objections(config)
    assert str(objection.error)
    assert objection.mends
    for mend in objection.mends:
        assert objections(replace(config, **mend.values)) == (), str(mend.label)


def test_a_fork_keeps_what_its_checkpoint_needs():
    stem = TrainConfig()
    assert objections(replace(stem, optimizer=stem.optimizer.replace(lr=0.1)), stem) == ()
    other = replace(stem, weights="a", samples=100)
    (objection,) = objections(other, stem)
    assert str(objection.error) == "A fork keeps its data and its network, so samples, weights cannot change here."
    assert objections(replace(other, **objection.mends[0].values), stem) == ()


@pytest.mark.parametrize(
    ("epoch", "place", "change", "names"),
    [
        (12, 0, {}, "epochs"),
        (12, 0, {"epochs": 6}, "epochs"),
        (3, 5, {"batch_size": 32}, "batch_size"),
        (3, 0, {"batch_size": 32}, ""),
    ],
)
def test_what_a_fork_would_refuse_is_known_before_it_begins(epoch, place, change, names):
    stem, at = TrainConfig(), Checkpoint(Path("last.pt"), 23 * epoch + place, epoch, place, 0.0, 1)
    config = replace(stem, **change)
    found = objections(config, stem, None, at)
    stands = {"version": VERSION, "config": stem.to_query(), "epoch": epoch, "place": place}
    if not names:
        assert found == ()
        refuse_fork(config, stands)
        return
    (objection,) = found
    with pytest.raises(SpecError) as refused:
        refuse_fork(config, stands)
    assert str(objection.error) == str(refused.value)
    assert names in str(refused.value)
    for mend in objection.mends:
        assert objections(replace(config, **mend.values), stem, None, at) == ()
        refuse_fork(replace(config, **mend.values), stands)
