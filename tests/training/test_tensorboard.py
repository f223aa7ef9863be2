"""TensorBoard itself reads the event files back."""

import io
import math
import zipfile

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from cnnlab.training.tensorboard import tensorboard_files, tensorboard_zip

SPREAD = {"low": -1.0, "high": 1.0, "counts": [1, 4, 0, 5], "norm": 2.0}
STEPS = [
    {"kind": "step", "step": n, "epoch": n // 10, "t": 1.7e9 + n / 8, "v": 1, "attempt": 1, "seq": n,
     "train/loss": math.nan if n == 7 else math.inf if n == 9 else 1 / n, "lr": 0.01, "samples": 64}
    for n in range(1, 301)
]  # fmt: skip
ROWS = [
    *STEPS,
    {"kind": "epoch", "step": 300, "epoch": 30, "t": 1.7e9 + 40, "train/loss": 0.25, "val/accuracy": 0.5, "best": True},
    {"kind": "histograms", "step": 300, "t": 1.7e9 + 41, "layers": {"0.weight": {"weight": SPREAD, "gradient": None}}},
    {"kind": "end", "step": 300, "epoch": 30, "t": 1.7e9 + 42, "reason": "finished", "test/accuracy": 0.75},
]


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    folder = tmp_path_factory.mktemp("events")
    written = tensorboard_files(ROWS, folder)
    events = EventAccumulator(str(folder), size_guidance={"scalars": 0, "histograms": 0})
    events.Reload()
    return written, events


def test_values_steps_and_times_are_read_back(read):
    _, events = read
    scalars = events.Scalars("train/loss")
    assert [scalar.step for scalar in scalars] == [row["step"] for row in STEPS]
    assert [scalar.value for scalar in scalars] == pytest.approx([row["train/loss"] for row in STEPS], nan_ok=True)
    assert [scalar.wall_time for scalar in scalars] == [row["t"] for row in STEPS]
    assert [scalar.value for scalar in events.Scalars("lr")] == pytest.approx([0.01] * 300)


def test_all_figures_are_there_under_their_names(read):
    written, events = read
    tags = events.Tags()
    assert sorted(tags["scalars"]) == [
        "epoch", "epoch/train/loss", "lr", "samples", "test/accuracy", "train/loss", "val/accuracy",
    ]  # fmt: skip
    assert written == sum(len(events.Scalars(tag)) for tag in tags["scalars"]) == 4 * 300 + 3 + 2
    assert events.Scalars("epoch/train/loss")[0].value == 0.25


def test_histograms_are_read_back(read):
    _, events = read
    (event,) = events.Histograms("weight/0.weight")
    held = event.histogram_value
    assert (event.step, held.min, held.max, held.num) == (300, -1.0, 1.0, 10)
    assert (list(held.bucket_limit), list(held.bucket)) == ([-0.5, 0.0, 0.5, 1.0], SPREAD["counts"])
    assert events.Tags()["histograms"] == ["weight/0.weight"]


def test_the_zip_holds_the_folder_of_a_run(tmp_path):
    with zipfile.ZipFile(io.BytesIO(tensorboard_zip(ROWS[:20], "run-7"))) as archive:
        (name,) = archive.namelist()
        archive.extractall(tmp_path)
    assert name.startswith("run-7/events.out.tfevents.")
    events = EventAccumulator(str(tmp_path / "run-7"))
    events.Reload()
    assert len(events.Scalars("train/loss")) == 20
