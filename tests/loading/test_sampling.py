"""Orders are those of torch's own samplers, and the loader that is exported gives just the batches that are shown."""

import gzip
import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.data import DataLoader, RandomSampler

from cnnlab import limits
from cnnlab.loading import DATASETS, ORDERS, SAMPLERS, epoch_order
from cnnlab.loading.batching import Batching
from cnnlab.loading.jobs import CLASHES, ORDER, order_asked
from cnnlab.loading.orders import imagined, order_of, processes, shared_by, trains_as
from cnnlab.loading.sampling import HUES, batch, chances, epochs_of, hues_of, ordered
from cnnlab.loading.view import View
from cnnlab.loading.work import order
from cnnlab.specs import SpecError

ROWS = pytest.mark.parametrize("name", ORDERS)
WEIGHTED = ORDERS["WeightedRandomSampler"]
SUBSET = ORDERS["SubsetRandomSampler"]
DISTRIBUTED = ORDERS["DistributedSampler"]


def value(param):
    """A value that a person may choose, not far from the bounds that a small dataset has."""
    if param.options:
        return st.sampled_from(param.options)
    if param.type is bool:
        return st.booleans()
    if param.type is float:
        return st.sampled_from([0.5, 10.0])
    number = st.integers(param.low, min(param.high, param.low + 8))
    return st.none() | number if param.optional else number


@st.composite
def cases(draw, name):
    """A view of that sampler at any values that are taken, and labels."""
    labels = np.array(draw(st.lists(st.integers(0, 3), min_size=9, max_size=40)))
    labels[:4] = range(4)  # so that the one class is there
    values = {param.name: draw(value(param)) for param in ORDERS[name].params}
    values |= {"rank": values["rank"] % values["num_replicas"]} if "rank" in values else {}
    values |= {"label": draw(st.integers(0, 3))} if "label" in values else {}
    values |= {"stop": values["start"] + values["stop"]} if values.get("stop") else {}
    numbers = {"batch_size": draw(st.integers(1, 12)), "seed": draw(st.integers(0, 99))}
    flags = {"drop_last": draw(st.booleans()), "batch_sampler": draw(st.booleans())}
    return View(**numbers, **flags).in_order(ORDERS[name](**values)), labels


def loaded(view, labels):
    """The loader of the exported code, and its batches of two epochs."""
    scope = {"data": range(len(labels)), "labels": labels}
    exec(ordered(view, labels, "abcd").code, scope)
    epochs = []
    for epoch in range(2):
        if hasattr(scope["sampler"], "set_epoch"):
            scope["sampler"].set_epoch(epoch)
        epochs.append([some.tolist() for some in scope["loader"]])
    return scope["loader"], epochs


@ROWS
@settings(max_examples=25)
@given(data=st.data())
def test_the_loader_of_the_code_has_as_many_batches_as_are_told_and_gives_those_that_are_shown(name, data):
    view, labels = data.draw(cases(name))
    call = view.ordering
    loader, epochs = loaded(view, labels)
    batching = Batching(call.spec.length(call.values, len(labels)), view.batch_size, view.drop_last)
    assert batching.batches == len(loader) == len(epochs[0])
    assert batching.last == len((epochs[0] or [()])[-1])
    for places, batches in zip(epochs_of(call, labels, view.seed), epochs, strict=True):
        assert len(places) == batching.drawn
        assert batches == [batch(places, batching, number).tolist() for number in range(batching.batches)]
        assert batching.left == len(places) - sum(map(len, batches))
    told = ordered(view, labels, "abcd")
    drawn = json.loads(gzip.decompress(told.rows))
    for shown, batches in zip(drawn["epochs"], epochs, strict=True):
        for row in shown["batches"]:
            assert [labels[place] for place, _ in row["samples"]] == [label for _, label in row["samples"]]
            if not row["left"]:
                assert [place for place, _ in row["samples"]] == batches[row["batch"]]
    assert [sum(counts) for counts in told.counts] == [len(some) for some in epochs[0]]
    assert sum(told.expected) == pytest.approx(1)
    full = [len(set(labels[some])) for some in epochs[0] if len(some) == view.batch_size]
    assert told.kinds == ((pytest.approx(np.mean(full)), min(full)) if full else None)


@pytest.mark.parametrize(
    ("samples", "size", "drop_last", "count"),
    [(80, 8, False, 10), (87, 8, True, 10), (87, 8, False, 11), (5000, 500, False, 10)],
)
def test_the_course_s_cases(samples, size, drop_last, count):
    told = order(View(of=samples, batch_size=size, drop_last=drop_last))
    batching = Batching(told.drawn, size, drop_last)
    assert batching.batches == count == len(DataLoader(range(samples), size, drop_last=drop_last))
    assert len(told.counts) == count


@pytest.mark.parametrize("name", SAMPLERS)
def test_each_order_of_a_run_has_a_sampler_of_its_kind(name):
    labels = imagined(200)
    call = order_of(name)
    assert trains_as(call) == name
    mine, theirs = epochs_of(call, labels, 3)[0], epoch_order(labels, name, 3, 0)
    for places in (mine, theirs):
        assert len(places) == len(labels)
    assert (np.sort(mine) == np.arange(200)).all() == (np.sort(theirs) == np.arange(200)).all()
    rare = [np.isin(places, np.flatnonzero(labels)).mean() for places in (mine, theirs)]
    assert rare[0] == pytest.approx(rare[1], abs=0.1)


def test_the_balanced_order_is_that_of_a_run():
    for epoch, places in enumerate(epochs_of(order_of("balanced"), imagined(50), seed=4)):
        assert places.tolist() == epoch_order(imagined(50), "balanced", 4, epoch).tolist()


def test_an_order_that_was_changed_is_none_of_a_run():
    assert trains_as(ORDERS["RandomSampler"](replacement=True)) == ""


@given(st.integers(1, 60), st.integers(2, 9), st.booleans(), st.booleans())
def test_processes_share_an_epoch_evenly(samples, count, drop_last, shuffle):
    call = shared_by(count).replace(drop_last=drop_last, shuffle=shuffle)
    assert processes(call) == count
    parts = [epochs_of(call.replace(rank=rank), np.zeros(samples, int), 0)[0] for rank in range(count)]
    assert {len(part) for part in parts} == {call.spec.length(call.values, samples)}
    times = np.bincount(np.concatenate(parts).astype(int), minlength=samples)
    assert times.sum() == len(parts[0]) * count
    assert times.max() <= 1 if drop_last else times.min() >= 1


def test_expected_shares_are_those_of_many_draws():
    labels = imagined(100)
    for call in (
        WEIGHTED(),
        WEIGHTED(weights="one class", label=1, times=3),
        ORDERS["RandomSampler"](replacement=True),
    ):
        many = call.replace(num_samples=20_000)
        places = epochs_of(many, labels, 0)[0]
        shares = np.bincount(labels, chances(many, labels, places))
        assert shares == pytest.approx(np.bincount(labels[places]) / len(places), abs=0.02)


def test_what_comes_is_counted():
    told = ordered(View().in_order(ORDERS["RandomSampler"](replacement=True)), imagined(1000), "ab")
    places = epochs_of(ORDERS["RandomSampler"](replacement=True), imagined(1000), 0)
    assert [one.different for one in told.coverage] == [len(set(epoch.tolist())) for epoch in places]
    assert [one.most for one in told.coverage] == [max(np.bincount(epoch)) for epoch in places]
    assert told.coverage[0].different / 1000 == pytest.approx(1 - 1 / np.e, abs=0.03)


def test_the_classes_of_full_batches_are_counted():
    view = View(sampler="in order", batch_size=4)
    told = ordered(view, np.array([0, 0, 0, 0, 1, 3, 1, 0, 1]), "abcd")
    assert told.kinds == (2.0, 1)
    assert ordered(replace(view, batch_size=10), np.array([0, 1]), "ab").kinds is None


def test_classes_that_are_too_many_share_the_last_colour():
    labels = np.repeat(np.arange(30), np.arange(30) + 1)
    hues = hues_of(labels, 30)
    assert hues[-9:].tolist() == list(range(9))
    assert set(hues[:-9]) == {HUES - 1}
    assert hues_of(labels, 10).tolist() == list(range(10))


@pytest.mark.parametrize(("size", "drop_last"), [(1, False), (1, True), (7, True), (64, False), (4096, True)])
def test_however_many_samples_there_are_few_are_drawn_and_the_last_batch_among_them(size, drop_last):
    told = order(View(of=20_000, batch_size=size, drop_last=drop_last))
    batching = Batching(20_000, size, drop_last)
    for epoch in json.loads(gzip.decompress(told.rows))["epochs"]:
        assert sum(len(row["samples"]) for row in epoch["batches"]) <= 1000
        numbers = [row["batch"] for row in epoch["batches"] if not row["left"]]
        assert numbers[-1] == batching.batches - 1
        assert [row["size"] for row in epoch["batches"] if row["left"]] == [batching.left] * bool(batching.left)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (
            WEIGHTED(replacement=False, num_samples=88),
            "num_samples=88 is more than the 87 samples there are, and without replacement each comes once: use 87 or less.",
        ),
        (
            WEIGHTED(weights="one class", label=2),
            "label=2: no sample is of that class. The classes here are counted from 0 to 1.",
        ),
        (SUBSET(start=90, stop=95), "From start=90 to stop=95 there is no sample: there are 87, counted from 0."),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_a_sentence(call, sentence):
    with pytest.raises(SpecError) as refusal:
        order(View(of=87).in_order(call))
    assert str(refusal.value) == sentence


@pytest.mark.parametrize("samples", [1, 3])
@ROWS
def test_next_to_nothing_is_ordered_too(name, samples):
    row = ORDERS[name]
    values = {"num_replicas": limits.REPLICAS, "drop_last": True} if row.processes else {}
    told = order(View(of=samples, batch_size=limits.BATCH, drop_last=True).in_order(row(**values)))
    assert told.drawn == (0 if row.processes else samples)
    assert told.counts == ()
    assert told.kinds is None


def test_a_rank_beyond_the_processes_is_refused():
    with pytest.raises(SpecError) as refusal:
        DISTRIBUTED(num_replicas=2, rank=2)
    assert str(refusal.value) == "rank=2 is not there: 2 processes are counted from 0, so use 1 or less."


def test_the_loader_that_torch_refuses_is_one_that_torch_refuses():
    for clash in CLASHES.do({}).clashes:
        scope = {"DataLoader": DataLoader, "data": range(8)}
        exec(
            "from torch.utils.data import *\nsampler = SequentialSampler(data)\nbatches = BatchSampler(sampler, 4, False)",
            scope,
        )
        with pytest.raises(ValueError, match=clash.words.removeprefix("ValueError: ")):
            exec(clash.code, scope)


def test_shuffle_with_a_generator_is_the_sampler_s_order_after_a_seed_for_the_workers_was_drawn():
    shuffled = DataLoader(range(30), None, shuffle=True, generator=torch.Generator().manual_seed(0))
    alike, later = (torch.Generator().manual_seed(0) for _ in range(2))
    torch.empty((), dtype=torch.int64).random_(generator=later)
    assert (
        list(shuffled)
        == list(RandomSampler(range(30), generator=later))
        != list(RandomSampler(range(30), generator=alike))
    )


def test_torch_s_generator_is_left_alone():
    state = torch.get_rng_state()
    order(View(of=50))
    assert torch.equal(state, torch.get_rng_state())


def test_an_order_of_counted_samples_is_the_same_question_for_all_data():
    asked = order_asked(View(of=80, data=DATASETS["FakeData"](size=50), samples=20))
    assert ORDER.job(asked) == ORDER.job(order_asked(View(of=80)))
    assert order_asked(View(samples=50)) == View(samples=50)


def test_a_link_may_ask_for_no_more_samples_than_are_ordered():
    with pytest.raises(SpecError):
        View.from_query({"of": str(limits.ORDERED + 1)})


def test_folders_that_are_hidden_are_not_counted(monkeypatch, tmp_path):
    file = tmp_path / "host.toml"
    file.write_text("folders = false\n")
    monkeypatch.setenv("CNNLAB_HOST", str(file))
    with pytest.raises(SpecError, match="folders of this machine are not for its visitors"):
        order(View(data=DATASETS["ImageFolder"]()))
