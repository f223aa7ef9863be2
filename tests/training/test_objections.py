"""What cannot be trained as it is set up, and that each mend mends."""

from dataclasses import replace

import pytest

from cnnlab.training import SCHEDULES, TrainConfig
from cnnlab.training.objections import objections

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
