"""What the loading page measures and shows, against what it stands for: `make bench`.

The samples a second that a dry run tells are compared with those of a bare DataLoader over the same batches. Both take
turns, so that a busy machine slows them alike; the ratio of each pair counts, and on a busy machine that of the best
rounds; the aim is within 5 %.
"""

import statistics
import time
from itertools import cycle, islice

import torch
from torch.utils.data import DataLoader

from cnnlab.augmentation import Pipeline
from cnnlab.loading import Feeding, Selection
from cnnlab.loading.dry_run.subject import Subject, subject
from cnnlab.loading.dry_run.timing import ROUND_S, foreseen, round_of

PAIRS, WARM = 15, 2
STEPS = Pipeline.from_code("v2.Compose([v2.RandomRotation(30), v2.ColorJitter(brightness=0.4)])")
SUBJECTS = {"digits as they are": Feeding(64), "digits, turned and coloured": Feeding(64, augmentation=STEPS)}


def bare(chosen: Subject, workers: int, rate: float) -> float:
    """Samples a second of a plain loop, the first batch of each worker left out."""
    team = max(workers, 1)
    count = team * max(1, round(ROUND_S * rate / chosen.batch_size / team))
    rows = list(islice(cycle(chosen.rows), team + count))
    batches = iter(DataLoader(chosen.shelf, batch_size=None, sampler=rows, num_workers=workers))
    for _ in range(team):
        next(batches)
    began = time.perf_counter()
    for _ in range(count):
        next(batches)
    return count * chosen.batch_size / (time.perf_counter() - began)


def pair(chosen: Subject, workers: int, rate: float, ours_first: bool) -> tuple[float, float]:
    """The dry run's rate and the bare one, one after the other."""
    if ours_first:
        ours = round_of(chosen, workers, rate).rate
        return ours, bare(chosen, workers, rate)
    theirs = bare(chosen, workers, rate)
    return round_of(chosen, workers, rate).rate, theirs


def main() -> None:
    torch.set_num_threads(1)
    print(
        f"Samples a second, {PAIRS} pairs: the dry run's, a bare DataLoader's, the median of their ratios, that of the best"
    )
    for name, feeding in SUBJECTS.items():
        chosen = subject(Selection(), feeding)
        for workers in (0, 1, 2):
            rate, pairs = foreseen(chosen, workers), []
            for turn in range(PAIRS + WARM):
                pairs.append(pair(chosen, workers, rate, ours_first=turn % 2 == 0))
                rate = pairs[-1][0]
            ours, theirs = (statistics.median(column) for column in zip(*pairs[WARM:], strict=True))
            ratio = statistics.median(one / other for one, other in pairs[WARM:])
            best = max(one for one, _ in pairs) / max(other for _, other in pairs)
            print(f"{name:30} {workers} workers {ours:12,.0f} {theirs:12,.0f} {ratio:8.3f} {best:8.3f}")


if __name__ == "__main__":
    main()
