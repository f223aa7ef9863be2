"""What the layer inspector thinks with, timed: `make bench`. Medians and quartiles of many rounds."""

import statistics
import time

from cnnlab.layers import LAYERS
from cnnlab.layers.contributions import contributions, fed
from cnnlab.layers.drawn import drawn
from cnnlab.layers.matrix import matrix
from cnnlab.layers.windows import axes

ROUNDS = 50
LAYER = LAYERS["Conv2d"](in_channels=64, out_channels=64, kernel_size=3, padding=1)
SHAPE, ELEMENT = (64, 56, 56), (5, 20, 20)
SMALL = LAYERS["Conv2d"](in_channels=4, out_channels=4, kernel_size=3, padding=1), (4, 12, 12)
WORK = {
    "contributions to an element": lambda: contributions(LAYER, SHAPE, ELEMENT),
    "what an element feeds": lambda: fed(LAYER, SHAPE, ELEMENT),
    "all windows": lambda: axes(LAYER, SHAPE),
    "the layer that is drawn": lambda: drawn(LAYER, SHAPE),
    "matrix of what is drawn": lambda: matrix(*SMALL),
}


def main() -> None:
    print(f"\nMilliseconds for {LAYER.code()} on {' × '.join(map(str, SHAPE))}")
    for name, work in WORK.items():
        work()
        seconds = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            work()
            seconds.append(time.perf_counter() - began)
        low, middle, high = (1e3 * value for value in statistics.quantiles(seconds, n=4))
        print(f"{name:<30}{middle:8.2f}  (quartiles {low:.2f} … {high:.2f})")


if __name__ == "__main__":
    main()
