"""One page of 10,000 pictures, timed: `make bench`. Medians and quartiles of many rounds, as a worker does it."""

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from cnnlab.loading import DATASETS, work
from cnnlab.loading.folder import VARIABLE
from cnnlab.loading.view import View

PICTURES, CLASSES, DIFFERENT, ROUNDS = 10_000, 10, 20, 30


def timed(name: str, work: Callable[[int], object]) -> None:
    """Another page every time."""
    work(1)
    seconds = []
    for number in range(2, 2 + ROUNDS):
        began = time.perf_counter()
        work(number)
        seconds.append(time.perf_counter() - began)
    low, middle, high = (1e3 * value for value in statistics.quantiles(seconds, n=4))
    print(f"{name:<40}{middle:8.1f} ms  (quartiles {low:.1f} … {high:.1f})")


def photos(root: Path) -> None:
    """JPEGs of 500 × 375 pixels: some that differ, each by many names."""
    chance = np.random.default_rng(0)
    for number in range(DIFFERENT):
        rough = Image.fromarray(chance.integers(0, 256, (30, 40, 3), np.uint8))
        rough.resize((500, 375), Image.Resampling.BICUBIC).save(root / f"{number}.jpg")
    for label in range(CLASSES):
        (root / str(label)).mkdir()
        for number in range(PICTURES // CLASSES):
            os.link(root / f"{number % DIFFERENT}.jpg", root / str(label) / f"{number:05}.jpg")


if __name__ == "__main__":
    print(f"A page of {PICTURES:,} pictures")
    timed("noise of 32 × 32", lambda page: work.page(View(data=DATASETS["FakeData"](size=PICTURES), page=page)))
    with tempfile.TemporaryDirectory() as folder:
        os.environ[VARIABLE] = folder
        photos(Path(folder))
        timed("a folder of photos", lambda page: work.page(View(data=DATASETS["ImageFolder"](), page=page)))
