"""Several processes as one: the same records and weights on all, and the arithmetic of a process alone."""

import math
import multiprocessing
from dataclasses import replace

import pytest
import torch
import torch.distributed as dist
from tiny_runs import SMALL, of_kind, run, small

from cnnlab.specs import SpecError
from cnnlab.training.session import Session

WORLD = 2
# Without batch normalisation and dropout, which see a process's own part alone, the sums are the same. The last batch has
# one picture, so that one process has none.
PLAIN = small(
    samples=49,
    validation=0.0,
    batch_size=16,
    epochs=2,
    source=SMALL.source.replace("nn.BatchNorm2d(6), ", "").replace("nn.Dropout(0.2), ", ""),
)


def member(config, rank, file, answers, state):
    dist.init_process_group("gloo", init_method=f"file://{file}", rank=rank, world_size=WORLD)
    session = Session(config, rank, WORLD)
    if state:
        session.restore(state)
    records = list(session.records())
    answers.put((rank, records, session.weights_hash(), session.state()["sums"]))
    dist.destroy_process_group()


def together(config, tmp_path, state=None):
    """Records and hashes of two processes, by rank. They are forks, for torch is loaded here already."""
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    members = [
        context.Process(target=member, args=(config, rank, tmp_path / "meeting", answers, state))
        for rank in range(WORLD)
    ]
    for process in members:
        process.start()
    came = sorted(answers.get(timeout=100) for _ in members)
    for process in members:
        process.join(timeout=60)
    return [records for _, records, *_ in came], [digest for _, _, digest, _ in came]


def plain(records):
    return [
        {name: value for name, value in record.items() if "time" not in name and name != "seconds"}
        for record in records
    ]


def test_two_processes_are_as_one(tmp_path):
    records, hashes = together(PLAIN, tmp_path)
    assert hashes[0] == hashes[1]
    assert plain(records[0]) == plain(records[1])
    _, alone = run(PLAIN)
    for ours, theirs in zip(of_kind(alone, "step"), of_kind(records[0], "step"), strict=True):
        assert ours["samples"] == theirs["samples"]
        for name in ("train/loss", "train/accuracy", "grad/norm", "lr"):
            assert theirs[name] == pytest.approx(ours[name], rel=1e-3), (ours["step"], name)
    assert of_kind(records[0], "step")[3]["samples"] == 1


@pytest.mark.sweep
def test_two_processes_that_resume_end_as_two_that_went_through(tmp_path):
    """With batch normalisation and dropout, of which each process sees its own part: the first one's state will do."""
    config = replace(SMALL, samples=60, epochs=2)
    _, whole = together(config, tmp_path)
    (tmp_path / "meeting").unlink(missing_ok=True)
    _, again = together(replace(config, epochs=2), tmp_path, halfway(config, tmp_path))
    assert set(whole) == set(again)
    assert len(set(whole)) == 1


def until(config, rank, file, states, steps):
    dist.init_process_group("gloo", init_method=f"file://{file}", rank=rank, world_size=WORLD)
    session = Session(config, rank, WORLD)
    records = session.records()
    for _ in range(steps):
        next(records)
    if rank == 0:
        torch.save(session.state(), states)
    dist.barrier()
    dist.destroy_process_group()


def halfway(config, tmp_path):
    context = multiprocessing.get_context("fork")
    place = (config, tmp_path / "other", tmp_path / "state.pt")
    members = [context.Process(target=until, args=(place[0], rank, *place[1:], 3)) for rank in range(WORLD)]
    for process in members:
        process.start()
    for process in members:
        process.join(timeout=100)
    return torch.load(place[2], weights_only=True)


@pytest.mark.sweep
def test_weights_of_classes_are_those_of_the_whole_batch(tmp_path):
    config = replace(PLAIN, class_weights=True, sampler="weighted")
    records, hashes = together(config, tmp_path)
    _, alone = run(config)
    assert hashes[0] == hashes[1]
    for ours, theirs in zip(of_kind(alone, "step"), of_kind(records[0], "step"), strict=True):
        assert theirs["train/loss"] == pytest.approx(ours["train/loss"], rel=1e-3)
    assert math.isfinite(of_kind(records[0], "epoch")[-1]["train/loss"])


def test_several_processes_without_torch_distributed_are_refused():
    with pytest.raises(SpecError, match="start it with torchrun"):
        Session(small(), rank=0, world=2)
