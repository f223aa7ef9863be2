"""What only a GPU can show: `make test-gpu`. Without one these tests are skipped, and say so."""

import math
from dataclasses import replace

import pytest
import torch
from tiny_runs import FULL, of_kind, run, small

from cnnlab.models import MODELS
from cnnlab.training import TrainConfig
from cnnlab.training.session import Session
from cnnlab.training.timing import PARTS

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="not run: this machine has no CUDA device"),
]
CUDA = replace(FULL, device="cuda")


@pytest.mark.parametrize(
    "changes",
    [{}, {"precision": "bfloat16"}, {"precision": "float16"}, {"channels_last": True}, {"deterministic": False}],
)
def test_a_run_on_the_device_ends(changes):
    session, records = run(replace(CUDA, **changes))
    assert records[-1]["reason"] == "finished"
    assert all(parameter.is_cuda for parameter in session.model.parameters())
    assert all(math.isfinite(record["train/loss"]) for record in of_kind(records, "step"))


def test_the_first_step_is_that_of_the_cpu():
    """Without dropout, whose draws are the device's own."""
    losses = [next(Session(small(dropout=0.0, device=device)).records())["train/loss"] for device in ("cpu", "cuda")]
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)


@pytest.mark.parametrize("precision", ["float32", "float16"])
def test_a_resumed_run_ends_with_the_same_weights(precision):
    config = replace(CUDA, precision=precision)
    whole, _ = run(config)
    first = Session(config)
    records = first.records()
    for _ in range(5):
        next(records)
    second = Session(config)
    second.restore(first.state())
    list(second.records())
    assert second.weights_hash() == whole.weights_hash()


def test_a_compiled_network_gives_the_losses_of_the_plain_one():
    plain, compiled = (of_kind(run(replace(CUDA, compile=flag))[1], "step") for flag in (False, True))
    for one, other in zip(plain, compiled, strict=True):
        assert one["train/loss"] == pytest.approx(other["train/loss"], rel=1e-2)


def test_the_parts_of_a_step_are_the_device_s_own_seconds():
    _, records = run(TrainConfig(device="cuda", epochs=1, model=MODELS["LeNet"]()))
    for record in of_kind(records, "step")[1:]:
        assert set(PARTS) <= set(record)
        assert record["time/backward"] > 0


def test_a_step_waits_for_the_device_once():
    """In torch's mode that warns of each wait, apart from the steps around it."""
    session = Session(replace(CUDA, clip=0.0, histograms=0))
    records = session.records()
    next(records)
    torch.cuda.set_sync_debug_mode("warn")
    try:
        with pytest.warns(UserWarning, match="synchroniz") as waits:
            next(records)
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert len(waits) <= 3  # the copies of pictures and labels from pageable memory, and the reading
