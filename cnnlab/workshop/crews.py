"""Who works in which lane, and within what; what the workshop's process and the server say to each other."""

import os
from typing import NamedTuple

from cnnlab import limits

from .kinds import Lane

# Of a job, from the workshop to the server.
DONE, PROGRESS = "done", "progress"


class Crew(NamedTuple):
    """How many workers, the most that a job may take, how far behind the server, and how many jobs a worker lives."""

    workers: int
    seconds: int
    most_bytes: int
    niceness: int
    jobs: int


def crews() -> dict[Lane, Crew]:
    """By lane. Light and heavy work has a worker more than one visitor gets; a heavy job has one of its own, which leaves
    no memory behind that the next one could read.
    """
    cores = os.cpu_count() or 1
    return {
        Lane.LIGHT: Crew(cores + 1, limits.LIGHT_SECONDS, limits.LIGHT_BYTES, niceness=1, jobs=1000),
        Lane.HEAVY: Crew(max(2, cores // 2), limits.HEAVY_SECONDS, limits.HEAVY_BYTES, niceness=10, jobs=1),
        Lane.WAITING: Crew(1, limits.WAITING_SECONDS, limits.WAITING_BYTES, niceness=10, jobs=1),
    }
