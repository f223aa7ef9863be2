"""What watching a run costs: a bare loop against ours, in turn, with equal losses. `make bench`.

All arms are fed by the same batches. They take turns of ten steps, so that a busy machine slows all alike; times are the
CPU seconds of the process. The aims are at most 10 % on the digits' steps of
about 2 ms and at most 2 % at steps of 10 ms or more.
"""

import random
import statistics
import time
from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import nn

from cnnlab.loading import DATASETS, batches, prepare
from cnnlab.models import MODELS, read_source
from cnnlab.models.building import build
from cnnlab.training import OPTIMIZERS, SCHEDULES, TrainConfig
from cnnlab.training.handover import fitted
from cnnlab.training.network import wanted
from cnnlab.training.session import Session

BLOCK, WARM = 10, 3  # steps of an arm before the next one's turn; blocks before any is counted
PLAIN = {"optimizer": OPTIMIZERS["AdamW"](), "schedule": SCHEDULES["constant"](), "epochs": 100, "validation": 0.0}
DIGITS = TrainConfig(
    **PLAIN,
    batch_size=32,
    source="nn.Sequential(nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), "
    "nn.MaxPool2d(2), nn.Flatten(), nn.Linear(512, 64), nn.ReLU(), nn.Linear(64, 10))",
)
NOISE = DATASETS["FakeData"](size=640, classes=10, side=32, channels=3)
# What is trained, and in how many blocks.
SUBJECTS = {
    "digits, batch 32": (DIGITS, 40),
    "LeNet on digits, batch 64 (the default)": (replace(TrainConfig(), **PLAIN), 20),
    "ResNet-20 on 32 × 32, batch 16": (TrainConfig(**PLAIN, data=NOISE, batch_size=16, model=MODELS["ResNet"]()), 8),
}


def bare(config: TrainConfig, read: bool) -> Iterator[float | torch.Tensor]:
    """A plain loop, a step at a time; with `read` it reads its loss at each step, else it leaves it on the device."""
    asked = wanted(config)
    data = prepare(config, asked.channels, asked.side)
    if config.source:
        model = read_source(config.source).build("cpu", config.seed)
    else:
        model = build(fitted(config.model, len(data.classes), data.shape[0]), "cpu", config.seed)
    model.train()
    optimizer = torch.optim.AdamW(model.parameters())
    criterion = nn.CrossEntropyLoss()
    for epoch in range(config.epochs):
        for pictures, labels, _ in batches(data, data.train, config, epoch):
            optimizer.zero_grad()
            loss = criterion(model(pictures), labels)
            loss.backward()
            optimizer.step()
            yield loss.item() if read else loss.detach()


def ours(config: TrainConfig) -> Iterator[float]:
    for record in Session(config).records():
        if record["kind"] == "step":
            yield record["train/loss"]


def interval(values: list[float]) -> tuple[float, float]:
    """95 % of the medians of samples drawn anew."""
    chance = random.Random(0)
    medians = sorted(statistics.median(chance.choices(values, k=len(values))) for _ in range(2000))
    return medians[50], medians[1949]


def compare(name: str, config: TrainConfig, blocks: int) -> None:
    arms = {"ours": ours(config), "loss read": bare(config, True), "nothing read": bare(config, False)}
    seconds: dict[str, list[float]] = {arm: [] for arm in arms}
    losses: dict[str, list[float]] = {arm: [] for arm in arms}
    for block in range(WARM + blocks):
        for arm in (*arms,) if block % 2 else (*reversed(arms),):  # A B C, C B A
            began = time.process_time()
            some = [next(arms[arm]) for _ in range(BLOCK)]
            seconds[arm].append((time.process_time() - began) / BLOCK)
            losses[arm] += map(float, some)
    assert losses["ours"] == losses["loss read"] == losses["nothing read"], name
    mine = seconds["ours"][WARM:]
    for arm in ("loss read", "nothing read"):
        theirs = seconds[arm][WARM:]
        ratios = [one / other for one, other in zip(mine, theirs, strict=True)]
        low, high = interval(ratios)
        print(
            f"{name:<42}{arm:<14}{statistics.median(theirs) * 1e3:8.2f}{statistics.median(mine) * 1e3:8.2f}"
            f"{100 * (statistics.median(ratios) - 1):+8.1f} %  (95 %: {100 * (low - 1):+.1f} … {100 * (high - 1):+.1f})",
            flush=True,
        )


def main() -> None:
    torch.set_num_threads(1)
    print("\nMilliseconds of CPU for a step, one thread; the losses are equal to the last bit")
    print(f"{'':<42}{'bare':<14}{'bare':>8}{'ours':>8}{'more':>8}")
    for name, (config, blocks) in SUBJECTS.items():
        compare(name, config, blocks)


if __name__ == "__main__":
    main()
