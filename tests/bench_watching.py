"""What watching a run costs: `python -m tests.bench_watching [ROWS] [WATCHERS]`.

A log of 100,000 steps grows by ten rows before each refresh. Printed are the seconds of the first reading, and of a
refresh what a browser waits, what the server's process works, and what travels: for one who watches, and for twenty who
watch the same run, each refresh of all of them counted. Aims: 100 ms; 30 ms of CPU and 40 KB for each.
"""

import asyncio
import json
import math
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from cnnlab.training import TrainConfig
from cnnlab.training.attempts import claim
from cnnlab.training.folder import METRICS, STATUS, write_json
from cnnlab.training.heartbeat import who
from cnnlab.training.run import Run
from tests.load.server import Server
from tests.load.session import Action, Visitor

ITERATIONS, REFRESHES, GROWTH = 400, 24, 20
RUN = "benchbenchbenchbenchbe"


def rows(first: int, last: int) -> Iterator[str]:
    """Records as a trainer writes them, without a real one's numbers."""
    dice, common = random.Random(first), {"v": 1, "attempt": 1}
    for step in range(first, last + 1):
        loss, seconds = 2 * math.exp(-step / 20_000) + abs(dice.gauss(0, 0.1)), [dice.random() / 100 for _ in range(5)]
        names = ("time/data", "time/transfer", "time/forward", "time/backward", "time/optimizer")
        record = {
            "kind": "step",
            "step": step,
            "epoch": (step - 1) // ITERATIONS,
            "train/loss": loss,
            "train/accuracy": dice.random(),
        }
        record |= {"lr": 0.001, "grad/norm": dice.random(), "samples": 64, **dict(zip(names, seconds, strict=True))}
        yield json.dumps(record | common | {"seq": step, "t": 1.7e9 + step / 50})
        if step % ITERATIONS == 0:
            told = {
                "train/loss": loss,
                "train/accuracy": 0.9,
                "val/loss": loss,
                "val/accuracy": dice.random(),
                "best": True,
            }
            record = {"kind": "epoch", "step": step, "epoch": step // ITERATIONS, "seconds": 8.0, **told}
            yield json.dumps(record | common | {"seq": step, "t": 1.7e9 + step / 50})


class Log:
    """A run that lives as long as this process, and grows when it is told to."""

    def __init__(self, root: Path, count: int):
        self.folder, self.step = root / RUN, 0
        Run.create(self.folder, TrainConfig(epochs=1000))
        claim(self.folder, who())
        self.grow(count)

    def grow(self, count: int) -> None:
        with (self.folder / METRICS).open("a") as log:
            log.writelines(f"{row}\n" for row in rows(self.step + 1, self.step + count))
        self.step += count
        now = time.time()
        said = {"attempt": 1, "state": "running", "step": self.step, "total": 1000 * ITERATIONS, "beat": now}
        write_json(self.folder, STATUS, {**who(), **said, "next_beat_before": now + 3600})


class Watcher(Visitor):
    """A visitor who looks when it is told to, not by the page's own clock."""

    async def _settle(self, action: Action) -> None:
        await asyncio.gather(*self._pictures)
        self._pictures = []

    async def refresh(self) -> Action:
        fragment = min(self._timers, key=self._timers.get)
        return await self._guarded(Action("refresh"), lambda action: self._rerun(action, (), fragment))


async def watched(server: Server, log: Log, count: int) -> None:
    watchers = [Watcher(server.url) for _ in range(count)]
    opened = [await watcher.open("training", f"run={RUN}") for watcher in watchers]
    problems = [problem for action in opened for problem in action.problems]
    print(f"{count:3} watching: first opened in {opened[0].all_s:.2f} s", *problems)
    waits, sizes, works = [], [], []
    for _ in range(REFRESHES):
        log.grow(GROWTH)
        before = server.cpu()
        actions = await asyncio.gather(*(watcher.refresh() for watcher in watchers))
        works.append(1000 * server.cpu().since(before).alone / count)
        waits += [1000 * action.all_s for action in actions]
        sizes += [action.socket_bytes / 1000 for action in actions]
        problems += [problem for action in actions for problem in action.problems]
    for name, numbers, unit in (("waits", waits, "ms"), ("works", works, "ms"), ("travels", sizes, "KB")):
        middle, least, most = statistics.median(numbers), min(numbers), max(numbers)
        print(f"    {name:8} median {middle:7.1f} {unit}, least {least:7.1f} {unit}, most {most:7.1f} {unit}")
    print(*problems[:3])
    for watcher in watchers:
        await watcher.close()


def main() -> None:
    count, many = (*map(int, sys.argv[1:]), *(100_000, 20)[len(sys.argv) - 1 :])
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CNNLAB_RUNS"] = folder
        log = Log(Path(folder), count)
        began, used = time.perf_counter(), time.process_time()
        Run(log.folder).tail.refresh()
        print(f"{count:,} rows read in {time.perf_counter() - began:.2f} s, {time.process_time() - used:.2f} s of CPU")
        server = Server.start()
        try:
            for watchers in (1, many):
                asyncio.run(watched(server, log, watchers))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
