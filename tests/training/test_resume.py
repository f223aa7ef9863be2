"""Resuming: bit-identical weights from any step on; into another run only as a fork, whose rules are said."""

import io
from dataclasses import replace

import pytest
import torch
from tiny_runs import FULL, of_kind, run, small

from cnnlab.augmentation import Pipeline
from cnnlab.models import MODELS
from cnnlab.specs import SpecError
from cnnlab.training import LOSSES, OPTIMIZERS, SCHEDULES, TrainConfig
from cnnlab.training.resuming import KEPT, MEASURE, ORDER, RATE
from cnnlab.training.session import Session


def saved(session):
    """The state as a file would bring it back."""
    file = io.BytesIO()
    torch.save(session.state(), file)
    file.seek(0)
    return torch.load(file, weights_only=True)


def without_times(records):
    return [{k: v for k, v in record.items() if "time" not in k and k != "seconds"} for record in records]


@pytest.fixture(scope="module")
def whole():
    """The uninterrupted run, and its state after every record."""
    session, records, states = Session(FULL), [], []
    for record in session.records():
        records.append(record)
        states.append(saved(session))
    return session, records, states


def test_every_step_can_be_resumed_to_the_same_weights_and_the_same_records(whole):
    session, records, states = whole
    for place in (
        0,
        2,
        3,
        5,
        9,
        len(states) - 2,
    ):  # in mid-epoch, at an epoch's last step, after its record, at the end
        other = Session(FULL)
        other.restore(states[place])
        rest = list(other.records())
        assert other.weights_hash() == session.weights_hash(), place
        assert without_times(rest) == without_times(records[place + 1 :]), place


def test_what_a_checkpoint_leaves_out_makes_another_run(whole):
    """The judge can say no: without its optimizer, its buffers or its schedule the run ends elsewhere."""
    session, _, states = whole
    for part in ("optimizer", "model", "rate"):
        other = Session(FULL)
        other.restore({**states[5], part: Session(FULL).state()[part]})
        list(other.records())
        assert other.weights_hash() != session.weights_hash(), part


def test_early_stopping_and_the_plateau_remember_too():
    config = small(
        samples=60,
        epochs=6,
        patience=3,
        optimizer=OPTIMIZERS["SGD"](lr=0.5),
        schedule=SCHEDULES["ReduceLROnPlateau"](patience=0),
    )
    session, records = run(config)
    first = Session(config)
    going = first.records()
    while next(going)["kind"] != "epoch":
        pass
    next(going)
    second = Session(config)
    second.restore(saved(first))
    assert without_times(list(second.records())) == without_times(records[first.step + 1 :])
    assert second.weights_hash() == session.weights_hash()


def test_a_state_holds_only_what_a_safe_reader_takes(whole):
    assert whole[2][0]["config"] == FULL.to_query()


def test_the_hash_is_of_names_types_shapes_and_bytes():
    session = Session(small())
    before = session.weights_hash()
    session.model[0].weight.data[0, 0, 0, 0] += 1e-6
    changed = session.weights_hash()
    session.model[1].num_batches_tracked += 1
    assert len({before, changed, session.weights_hash()}) == 3


def test_another_config_is_refused_with_its_fields(whole):
    other = Session(replace(FULL, clip=2.0, seed=4))
    with pytest.raises(
        SpecError, match=r"a run with other settings \(clip, seed\): go on with its own, or begin a fork"
    ):
        other.restore(whole[2][4])


def test_a_checkpoint_of_another_version_is_refused(whole):
    with pytest.raises(SpecError, match="another version of cnnlab"):
        Session(FULL).restore({**whole[2][4], "version": 0})


def forked(state, **changes):
    other = Session(replace(FULL, **changes))
    other.fork(state)
    return other


def test_a_fork_with_nothing_changed_is_the_run_itself(whole):
    session, _, states = whole
    other = forked(states[5])
    list(other.records())
    assert other.weights_hash() == session.weights_hash()


def test_a_fork_with_another_rate_keeps_what_the_optimizer_remembers(whole):
    session, records, states = whole
    other = forked(states[5], optimizer=OPTIMIZERS["AdamW"](lr=0.001))
    assert other.optimizer.state_dict()["state"].keys() == states[5]["optimizer"]["state"].keys()
    rest = list(other.records())
    theirs, ours = (of_kind(some, "step")[0]["lr"] for some in (records[6:], rest))
    assert ours == pytest.approx(theirs / 10)
    assert other.weights_hash() != session.weights_hash()


def test_a_fork_with_another_schedule_stands_where_that_would_stand(whole):
    _, _, states = whole
    chosen = replace(FULL, schedule=SCHEDULES["CosineAnnealingLR"]())
    records = run(chosen)[1]
    rest = list(forked(states[5], schedule=chosen.schedule).records())
    rates = {record["step"]: record["lr"] for record in of_kind(records, "step")}
    assert {record["step"]: record["lr"] for record in of_kind(rest, "step")} == {
        step: pytest.approx(rate) for step, rate in rates.items() if step > states[5]["step"]
    }


def test_a_fork_with_another_optimizer_begins_to_remember_anew(whole):
    other = forked(whole[2][5], optimizer=OPTIMIZERS["SGD"](lr=0.01, momentum=0.9))
    assert other.optimizer.state_dict()["state"] == {}
    assert list(other.records())[-1]["reason"] == "finished"


def test_a_fork_with_more_epochs_goes_on_after_the_end(whole):
    _, _, states = whole
    other = forked(states[-2], epochs=4, schedule=SCHEDULES["constant"]())
    records = list(other.records())
    assert [record["epoch"] for record in of_kind(records, "epoch")] == [4]
    assert (records[-1]["step"], records[-1]["reason"]) == (other.total, "finished")


def test_a_fork_with_another_measure_counts_its_best_anew(whole):
    other = forked(whole[2][5], loss=LOSSES["MSELoss"]())
    assert (other.best, other.waited) == (float("inf"), 0)


# One value for each field, other than FULL's.
OTHERS = {
    "data": {"data": TrainConfig().data.marked(id="other")},
    "model": {"model": MODELS["LeNet"](in_features=400)},
    "samples": {"samples": 100},
    "validation": {"validation": 0.3},
    "split_seed": {"split_seed": 1},
    "normalise": {"normalise": False},
}


@pytest.mark.parametrize("name", OTHERS)
def test_data_and_network_stay_in_a_fork(whole, name):
    config = replace(FULL, **OTHERS[name])
    if name == "model":
        config = replace(config, model=MODELS["resnet18"]())
    with pytest.raises(SpecError, match=f"A fork keeps its data and its network: change {name} in a new run"):
        Session(FULL).fork({**whole[2][5], "config": config.to_query()})


def test_the_order_changes_only_between_epochs(whole):
    with pytest.raises(SpecError, match="stands within an epoch, and batch_size would change what is left of it"):
        forked(whole[2][5], batch_size=16)
    between = forked(whole[2][4], batch_size=16)
    assert between.place == 0
    assert between.total == between.step + 2 * between.iterations
    assert list(between.records())[-1]["step"] == between.total


def test_a_fork_must_end_after_it_begins(whole):
    with pytest.raises(SpecError, match="epochs=1 are over at this checkpoint, which has 1 behind it"):
        forked(whole[2][5], epochs=1)


def test_a_fork_may_change_its_augmentation_alone(whole):
    session, _, states = whole
    other = forked(states[5], augmentation=Pipeline())
    assert other.optimizer.param_groups[0]["lr"] == states[5]["optimizer"]["param_groups"][0]["lr"]
    list(other.records())
    assert other.weights_hash() != session.weights_hash()


def test_what_the_rules_of_a_fork_name_are_fields():
    names = {row.name for row in TrainConfig.FIELDS}
    assert {*KEPT, *ORDER, *RATE, *MEASURE} <= names
    assert not {*KEPT} & {*ORDER, *RATE, *MEASURE}
