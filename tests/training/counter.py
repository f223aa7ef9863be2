"""A trainer that counts, for tests of what starts and watches trainers: `python -m tests.training.counter FOLDER`.

The seed of its configuration is how it behaves; it counts ten steps an epoch.
"""

import os
import signal
import sys
import time
from pathlib import Path

from cnnlab.training import attempts
from cnnlab.training.folder import EXIT, STATUS, read_json, write_json
from cnnlab.training.heartbeat import who
from cnnlab.training.journal import Journal
from cnnlab.training.run import Run

STEP_S = 0.02
STEPS = "steps.json"
PLAIN, SILENT, GREEDY, DEAF, BROKEN = range(5)  # SILENT once, in its first attempt


def main(folder: Path) -> int:
    run, seed = Run(folder), Run(folder).config.seed
    if seed == BROKEN:
        raise ImportError("broken")
    attempt = attempts.claim(folder, who())
    number = attempt.number
    asked = []
    signal.signal(signal.SIGTERM, lambda *_: asked.append("SIGTERM"))
    Journal(attempt).event("started", pid=os.getpid())
    step, total = read_json(folder, STEPS).get("step", 0), 10 * run.config.epochs
    held = b""
    while step < total:
        wanted = run.control()["wanted"]
        if not attempt.owns():
            return 76
        if seed != DEAF and (asked or wanted == "stop"):
            return left(attempt, 75)
        if wanted != "pause":
            step += 1
            write_json(folder, STEPS, {"step": step})
        now, state = time.time(), "paused" if wanted == "pause" else "running"
        said = {"attempt": number, "state": state, "step": step, "total": total, "beat": now}
        write_json(folder, STATUS, who() | said | {"next_beat_before": now + 15})
        if step == 3 and seed == SILENT and number == 1:
            time.sleep(600)
        if step == 3 and seed == GREEDY and not held:
            held = os.urandom(1 << 20) * 400
        time.sleep(STEP_S)
    return left(attempt, 0)


def left(attempt: attempts.Attempt, code: int) -> int:
    write_json(attempt.folder, EXIT, {"attempt": attempt.number, "code": code})
    return code


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
