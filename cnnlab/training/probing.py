"""What a run would take, from a few of its steps on a network of its own."""

import resource
import statistics
import sys
import time

import psutil

from cnnlab import limits

from .answers import Probe
from .config import TrainConfig
from .session import Session

KIB = 1 if sys.platform == "darwin" else 1024  # in what ru_maxrss is counted
WARM = 2  # steps that are not timed: the first ones allocate and choose


def probe(config: TrainConfig) -> Probe:
    """Steps of the run until limits.PROBE_STEPS or PROBE_SECONDS, as they would be; nothing is kept of them.

    Validation is foreseen from the steps' own way forward, and the bytes are what this process grew by at its largest.
    """
    before = psutil.Process().memory_info().rss
    session = Session(config)
    parameters = list(session.model.parameters())
    steps, deadline = [], time.monotonic() + limits.PROBE_SECONDS
    for record in session.records():
        if record["kind"] == "step":
            steps.append(record)
        if record["kind"] == "end" or len(steps) >= limits.PROBE_STEPS + WARM or time.monotonic() > deadline:
            break
    timed = steps[WARM:] or steps[-1:]
    step = statistics.median(sum(value for name, value in one.items() if name.startswith("time/")) for one in timed)
    forward = statistics.median((one["time/data"] + one["time/forward"]) / one["samples"] for one in timed)
    epoch = step * session.iterations + forward * len(session.data.validation)
    return Probe(
        sum(parameter.numel() for parameter in parameters),
        sum(parameter.numel() for parameter in parameters if parameter.requires_grad),
        len(steps),
        step,
        epoch,
        max(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KIB - before, 0),
    )
