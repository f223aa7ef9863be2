"""The loop: losses bit-equal to a bare one, figures as others count them, and everything left as it was."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score
from tiny_runs import FULL, SMALL, of_kind, run, small
from torch import nn
from torchmetrics.aggregation import MeanMetric
from torchmetrics.classification import MulticlassAccuracy

from cnnlab.loading import DATASETS, batches, prepare
from cnnlab.models import read_source
from cnnlab.specs import SpecError
from cnnlab.training import LOSSES, OPTIMIZERS, SCHEDULES, TrainConfig, train
from cnnlab.training.conditions import dice
from cnnlab.training.session import Session

LINEAR = "nn.Sequential(nn.Flatten(), nn.Linear(64, 10))"
STEP = {"kind", "step", "epoch", "train/loss", "train/accuracy", "lr", "grad/norm", "samples"} | {
    f"time/{part}" for part in ("data", "transfer", "forward", "backward", "optimizer")
}
EPOCH = {"kind", "step", "epoch", "train/loss", "train/accuracy", "val/loss", "val/accuracy", "best", "seconds"}


@pytest.fixture(scope="module")
def whole():
    """A run with a test part whose last batches are short."""
    return run(replace(FULL, test=0.1, histograms=4))


def bare(config):
    """The losses of a plain loop, and its network."""
    data = prepare(config, 1)
    model = read_source(config.source).build("cpu", config.seed).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    total = config.epochs * math.ceil(len(data.train) / config.batch_size)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.01, total)
    losses, step = [], 0
    for epoch in range(config.epochs):
        for pictures, labels, _ in batches(data, data.train, config, epoch):
            torch.manual_seed(dice(config.seed, step))
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(pictures), labels)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), config.clip)
            optimizer.step()
            step += 1
            if step < total:
                schedule.step()
            losses.append(loss.item())
    return losses, model


def test_losses_and_weights_are_those_of_a_bare_loop():
    config = replace(FULL, warmup=0)
    session, records = run(config)
    state, threads = torch.get_rng_state(), torch.get_num_threads()
    torch.set_num_threads(config.threads)  # sums of other threads have other last digits
    losses, model = bare(config)
    torch.set_num_threads(threads)
    torch.set_rng_state(state)
    assert [record["train/loss"] for record in of_kind(records, "step")] == losses
    for name, value in model.state_dict().items():
        assert torch.equal(value, session.model.state_dict()[name]), name


def test_records_come_in_order_with_their_fields(whole):
    session, records = whole
    assert [record["kind"] for record in records[:5]] == ["step"] * 3 + ["epoch", "histograms"]
    assert records[5]["step"] == records[4]["step"] == 4  # the step's own record comes last, and with it its state
    assert all(set(record) == STEP for record in of_kind(records, "step"))
    assert all(set(record) == EPOCH for record in of_kind(records, "epoch"))
    assert [record["step"] for record in of_kind(records, "step")] == list(range(1, session.total + 1))
    assert [record["epoch"] for record in of_kind(records, "epoch")] == [1, 2, 3]
    assert set(records[-1]) == {"kind", "step", "epoch", "reason", "guess", "guessed", "test/loss", "test/accuracy"}
    shares = np.bincount(session.data.validation.labels) / len(session.data.validation)
    assert (records[-1]["guess"], records[-1]["guessed"]) == (max(shares), len(session.data.validation))
    assert (records[-1]["kind"], records[-1]["reason"], records[-1]["step"]) == ("end", "finished", session.total)


def test_the_samples_of_an_epoch_are_all_there_are(whole):
    session, records = whole
    seen = sum(record["samples"] for record in of_kind(records, "step"))
    assert seen == 3 * len(session.data.train)
    assert len({record["samples"] for record in of_kind(records, "step")}) == 2  # the last batch is short


def test_the_figures_of_an_epoch_are_the_means_over_its_pictures(whole):
    steps = [record for record in of_kind(whole[1], "step") if record["epoch"] == 1]
    (epoch,) = [record for record in of_kind(whole[1], "epoch") if record["epoch"] == 2]
    weights = [record["samples"] for record in steps]
    for name in ("train/loss", "train/accuracy"):
        assert epoch[name] == pytest.approx(np.average([record[name] for record in steps], weights=weights))


def answers(session, part):
    """Scores and labels of a whole part at once."""
    session.model.eval()
    with torch.no_grad():
        pictures = session.data.floats(part, torch.arange(len(part)))
        return session.model(pictures), part.labels


def test_validation_and_test_figures_are_those_of_torchmetrics_and_scikit_learn(whole):
    session, records = whole
    for part, name, record in (
        (session.data.validation, "val", of_kind(records, "epoch")[-1]),
        (session.data.test, "test", records[-1]),
    ):
        scores, labels = answers(session, part)
        assert record[f"{name}/accuracy"] == pytest.approx(accuracy_score(labels, scores.argmax(1)))
        assert record[f"{name}/accuracy"] == pytest.approx(
            MulticlassAccuracy(10, average="micro")(scores, labels).item()
        )
        mean = MeanMetric()
        for some, own in zip(scores.split(7), labels.split(7), strict=True):
            mean.update(nn.functional.cross_entropy(some, own), len(own))
        assert record[f"{name}/loss"] == pytest.approx(mean.compute().item(), rel=1e-5)


def test_an_absent_class_is_no_matter():
    """Of class 9 there is nothing to train with; its weight must not be infinite."""
    session, records = run(small(classes=(2, 5), class_weights=True, epochs=1, source=SMALL.source.replace("10", "2")))
    assert records[-1]["reason"] == "finished"
    held_out = of_kind(records, "epoch")[-1]
    scores, labels = answers(session, session.data.validation)
    weights = session.criterion.weights
    expected = nn.functional.cross_entropy(scores, labels, weights)
    assert held_out["val/loss"] == pytest.approx(expected.item(), rel=1e-5)


def test_the_norm_is_that_of_all_gradients():
    session = Session(small())
    record = next(session.records())
    gradients = torch.cat([p.grad.flatten() for p in session.model.parameters()])
    assert record["grad/norm"] == pytest.approx(gradients.norm().item(), rel=1e-5)


def test_a_clipped_gradient_is_as_long_as_allowed_and_the_record_says_how_long_it_was():
    clipped, free = Session(small(clip=0.01)), Session(small())
    records = next(clipped.records()), next(free.records())
    gradients = torch.cat([p.grad.flatten() for p in clipped.model.parameters()])
    assert gradients.norm().item() == pytest.approx(0.01, rel=1e-3)
    assert records[0]["grad/norm"] == records[1]["grad/norm"] > 0.01


def test_between_records_torch_is_as_its_reader_left_it():
    torch.manual_seed(5)
    expected = [torch.rand(2) for _ in range(4)]
    threads = torch.get_num_threads()
    torch.manual_seed(5)
    records = Session(replace(FULL, threads=2)).records()
    drawn = []
    for _ in range(4):
        next(records)
        drawn.append(torch.rand(2))
        assert torch.get_num_threads() == threads
        assert not torch.are_deterministic_algorithms_enabled()
    assert all(torch.equal(one, other) for one, other in zip(drawn, expected, strict=True))


def test_the_same_seed_gives_the_same_run_and_another_seed_another():
    hashes = [run(replace(FULL, epochs=1, seed=seed))[0].weights_hash() for seed in (3, 3, 4)]
    assert hashes[0] == hashes[1] != hashes[2]


def test_histograms_hold_every_number(whole):
    session, records = whole
    taken = of_kind(records, "histograms")
    assert [record["step"] for record in taken] == [4, 8]
    layers = taken[-1]["layers"]
    assert list(layers) == [name for name, _ in session.model.named_parameters()]
    for name, parameter in session.model.named_parameters():
        for what in ("weight", "gradient"):
            assert sum(layers[name][what]["counts"]) == parameter.numel()
            assert layers[name][what]["low"] <= layers[name][what]["high"]


def test_a_run_stops_when_the_validation_loss_has_not_become_better():
    frozen = OPTIMIZERS["SGD"](lr=0.0)
    session, records = run(
        small(epochs=9, patience=2, optimizer=frozen, schedule=SCHEDULES["constant"](), source=LINEAR)
    )
    assert records[-1]["reason"] == "early stopping"
    assert [record["best"] for record in of_kind(records, "epoch")] == [True, False, False]
    assert session.epoch == 3


def test_without_a_validation_part_the_training_loss_tells_the_best():
    _, records = run(small(validation=0.0, epochs=2))
    epochs = of_kind(records, "epoch")
    assert not any(name.startswith("val/") for record in epochs for name in record)
    assert epochs[0]["best"]
    assert epochs[1]["best"] == (epochs[1]["train/loss"] < epochs[0]["train/loss"])


def test_a_rate_that_is_far_too_high_stops_the_run_where_the_numbers_overflow():
    """After a step of 1e30 the first layer's numbers are about 1e32, and the second layer's would be 1e62."""
    source = "nn.Sequential(nn.Flatten(), nn.Linear(64, 8), nn.Linear(8, 10))"
    steep = OPTIMIZERS["AdamW"](lr=100, weight_decay=0)
    session = Session(small(source=source, optimizer=steep, schedule=SCHEDULES["constant"]()))
    session.optimizer.param_groups[0]["lr"] = 1e30
    first, last = session.records()
    assert last == {
        "kind": "end",
        "step": first["step"] + 1,
        "epoch": 0,
        "reason": "not finite",
        "layer": "2",
        "what": "activation",
    }


def test_the_weights_stay_as_they_were_before_the_step_that_failed():
    session = Session(FULL)
    records = session.records()
    for _ in range(6):
        next(records)
    before = {name: value.clone() for name, value in session.model.named_parameters()}
    session.model[4].register_forward_hook(lambda module, inputs, answer: answer / 0)
    last = next(records)
    assert {name: last[name] for name in ("reason", "step", "layer", "what")} == {
        "reason": "not finite",
        "step": session.step + 1,
        "layer": "4",
        "what": "activation",
    }
    assert next(records, None) is None
    assert all(torch.equal(before[name], value) for name, value in session.model.named_parameters())


def test_a_gradient_that_is_not_finite_is_found_on_the_way_back():
    """The square root has a finite value at 0 and no finite slope."""
    session = Session(small(source=LINEAR))

    class Root(nn.Module):
        def forward(self, x):
            return (x * 0).abs().sqrt() + x

    session.model.append(Root())
    (last,) = session.records()
    assert (last["reason"], last["layer"], last["what"]) == ("not finite", "1", "gradient")


@pytest.mark.parametrize("changes", [{"precision": "bfloat16"}, {"precision": "float16"}, {"channels_last": True}])
def test_other_numbers_and_layouts_train_too(changes):
    _, records = run(small(epochs=1, samples=60, **changes))
    assert records[-1]["reason"] == "finished"
    assert all(math.isfinite(record["train/loss"]) for record in of_kind(records, "step"))


def test_fewer_bits_give_other_losses():
    losses = [next(train(small(precision=name)))["train/loss"] for name in ("float32", "bfloat16")]
    assert losses[0] != losses[1]
    assert losses[0] == pytest.approx(losses[1], rel=0.02)


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_trains(name):
    _, records = run(small(epochs=2, loss=LOSSES[name](), optimizer=OPTIMIZERS["AdamW"](lr=0.02)))
    epochs = of_kind(records, "epoch")
    assert epochs[1]["train/loss"] < epochs[0]["train/loss"]


def test_a_device_that_is_not_there_is_refused():
    with pytest.raises(SpecError, match=r"This machine has no device cuda:63: it has cpu"):
        Session(TrainConfig(device="cuda:63"))


def test_an_operation_without_a_deterministic_form_says_what_to_switch_off():
    session = Session(small())

    class Unpooled(nn.Module):
        def forward(self, x):
            pooled, places = nn.functional.max_pool1d(x[:, None], 2, return_indices=True)
            return nn.functional.max_unpool1d(pooled, places, 2)[:, 0]

    session.model.append(Unpooled())
    with pytest.raises(SpecError, match="max_unpooling2d_forward_out has no form .* switch deterministic off"):
        list(session.records())


def test_the_default_takes_lenet_on_the_digits_past_96_percent():
    _, records = run(TrainConfig())
    assert of_kind(records, "epoch")[-1]["val/accuracy"] > 0.96


@pytest.mark.sweep
@pytest.mark.parametrize("seed", range(5))
def test_the_digits_are_learned_on_every_seed(seed):
    _, records = run(TrainConfig(seed=seed, split_seed=seed))
    assert of_kind(records, "epoch")[-1]["val/accuracy"] >= 0.965


def test_labels_that_mean_nothing_are_guessed():
    noise = DATASETS["FakeData"](size=1500, classes=10, side=8, channels=1)
    _, records = run(small(data=noise, samples=0, epochs=2, validation=0.6))
    assert of_kind(records, "epoch")[-1]["val/accuracy"] == pytest.approx(0.1, abs=0.04)
