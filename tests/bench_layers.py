"""What the layer inspector thinks with, its maps and its page, timed: `make bench`. Medians and quartiles of many rounds."""

import logging
import statistics
import time
from collections.abc import Callable

import torch
from streamlit.testing.v1 import AppTest

from cnnlab.images import png, sample
from cnnlab.layers import LAYERS
from cnnlab.layers.contributions import contributions, fed
from cnnlab.layers.drawn import drawn
from cnnlab.layers.matrix import matrix
from cnnlab.layers.windows import axes
from cnnlab.summary.maps import feature_maps
from cnnlab.summary.pictures import pictured
from cnnlab.summary.sheets import sheet

ROUNDS = 50
LAYER = LAYERS["Conv2d"](in_channels=64, out_channels=64, kernel_size=3, padding=1)
SHAPE, ELEMENT = (64, 56, 56), (5, 20, 20)
SMALL = LAYERS["Conv2d"](in_channels=4, out_channels=4, kernel_size=3, padding=1), (4, 12, 12)
OF_PHOTO = LAYERS["Conv2d"](in_channels=3, out_channels=64, kernel_size=3, padding=1).build()
MAPS = feature_maps(OF_PHOTO, "", pictured(sample("astronaut"), (3, 56, 56)))
WORK = {
    "contributions to an element": lambda: contributions(LAYER, SHAPE, ELEMENT),
    "what an element feeds": lambda: fed(LAYER, SHAPE, ELEMENT),
    "all windows": lambda: axes(LAYER, SHAPE),
    "the layer that is drawn": lambda: drawn(LAYER, SHAPE),
    "matrix of what is drawn": lambda: matrix(*SMALL),
    "64 maps of 56 × 56 as a PNG": lambda: png(sheet(MAPS)[0]),
}


def timed(name: str, work: Callable[[], object]) -> None:
    work()
    seconds = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    low, middle, high = (1e3 * value for value in statistics.quantiles(seconds, n=4))
    print(f"{name:<30}{middle:8.2f}  (quartiles {low:.2f} … {high:.2f})")


def page_reruns() -> None:
    print("\nMilliseconds for a rerun of /layers on the server, without the browser")
    app = AppTest.from_file("../pages/index.py", default_timeout=120).run()
    began = time.perf_counter()
    app.switch_page("layers/page.py").run()
    print(f"{'first':<30}{(time.perf_counter() - began) * 1e3:8.2f}")
    timed("nothing changed", app.run)
    paddings = iter(range(ROUNDS + 1))
    timed(
        "another padding", lambda: app.number_input(key="layers.Conv2d.padding.0").set_value(next(paddings) % 2).run()
    )


def main() -> None:
    torch.set_num_threads(1)
    logging.disable(logging.WARNING)  # Streamlit misses its server
    print(f"\nMilliseconds for {LAYER.code()} on {' × '.join(map(str, SHAPE))}")
    for name, work in WORK.items():
        timed(name, work)
    page_reruns()


if __name__ == "__main__":
    main()
