"""What visitors wait for, measured side by side in one run: `make bench`.

Rounds of both arms are interleaved, so that a machine that slows down slows both; medians and quartiles are printed.
"""

import gc
import itertools
import logging
import platform
import statistics
import time
from collections.abc import Callable

import PIL
import torch
import torchvision
from streamlit.testing.v1 import AppTest

from cnnlab import images
from cnnlab.augmentation import Pipeline
from cnnlab.augmentation.looks import pixels
from cnnlab.augmentation.view import preset

ROUNDS, BATCH = 25, 40
PIPELINES = {
    "imagenet_train preset": preset("imagenet_train"),
    "first preset": preset("first"),
    "randaugment preset": preset("randaugment"),
    "flip, rotate": Pipeline.from_code("[v2.RandomHorizontalFlip(), v2.RandomRotation(15)]"),
}


def interleaved(*arms: Callable[[], object]) -> list[list[float]]:
    """Seconds of each arm's rounds, in turn."""
    taken: list[list[float]] = [[] for _ in arms]
    for arm in arms:
        arm()
    for _ in range(ROUNDS):
        for seconds, arm in zip(taken, arms, strict=True):
            began = time.perf_counter()
            arm()
            seconds.append(time.perf_counter() - began)
    return taken


def spread(seconds: list[float], scale: float = 1e3) -> str:
    low, middle, high = (value * scale for value in statistics.quantiles(seconds, n=4))
    return f"{middle:8.2f} ms  (quartiles {low:.2f} … {high:.2f})"


def compare_with_compose(photo) -> None:
    print(
        f"\nMilliseconds per image, {photo.width} × {photo.height} PIL, one thread: stages with draws against bare Compose"
    )
    for name, pipeline in PIPELINES.items():
        scope: dict = {}
        exec(pipeline.code(), scope)
        bare = scope["transform"]

        seeds = itertools.count()  # fresh draws every round, as the bare arm has

        def ours(pipeline=pipeline, seeds=seeds) -> None:
            seed = next(seeds)
            for number in range(BATCH):
                pipeline.stages(photo, seed, number)

        def theirs(bare=bare) -> None:
            for _ in range(BATCH):
                bare(photo)

        mine, yours = interleaved(ours, theirs)
        mine, yours = [s / BATCH for s in mine], [s / BATCH for s in yours]
        ratio = statistics.median(a / b for a, b in zip(mine, yours, strict=True))
        print(f"  {name:24} stages {spread(mine)}   Compose {spread(yours)}   ratio {ratio:.3f}")


def contact_sheet(photo) -> None:
    print(f"\nA contact sheet of 64 samples of a {photo.width} × {photo.height} photo: pipeline, pixels and PNG")
    for name in ("first preset", "imagenet_train preset"):
        pipeline = PIPELINES[name]

        def sheet(pipeline=pipeline) -> None:
            for number in range(64):
                images.png(pixels(pipeline.stages(photo, 0, number)[-1]), 192)

        seconds = []
        for _ in range(5):
            began = time.perf_counter()
            sheet()
            seconds.append(time.perf_counter() - began)
        print(f"  {name:24} {spread(seconds)}")


def page_reruns() -> None:
    print("\nA rerun of /augmentation on the server, without the browser")
    app = AppTest.from_file("../pages/index.py", default_timeout=120).run()
    began = time.perf_counter()
    app.switch_page("augmentation/page.py").run()
    print(f"  {'first':24} {(time.perf_counter() - began) * 1e3:8.2f} ms")
    for name, act in (
        ("nothing changed", lambda: app.run()),
        ("another seed, 8 samples", lambda: app.number_input(key="augmentation.seed").increment().run()),
    ):
        seconds = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            act()
            seconds.append(time.perf_counter() - began)
        print(f"  {name:24} {spread(seconds)}")


def main() -> None:
    torch.set_num_threads(1)
    gc.collect()
    gc.freeze()  # as app.py does
    logging.disable(logging.WARNING)  # Streamlit misses its server
    versions = f"torch {torch.__version__}, torchvision {torchvision.__version__}, Pillow {PIL.__version__}"
    print(f"Python {platform.python_version()}, {versions}, {platform.machine()}; median of {ROUNDS} rounds")
    photo = images.sample("astronaut")
    compare_with_compose(photo)
    contact_sheet(photo)
    page_reruns()
    gc.unfreeze()


if __name__ == "__main__":
    main()
