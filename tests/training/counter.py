"""A trainer without torch, for tests of what starts and watches one: `python -m tests.training.counter FOLDER`.

What it does beyond counting steps is told by its configuration: `seed` is how, `epochs` how long.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

from cnnlab.training import attempts
from cnnlab.training.folder import EVENTS, EXIT, STATUS, write_json
from cnnlab.training.heartbeat import who
from cnnlab.training.run import Run

STEP_S = 0.02
PLAIN, SILENT, GREEDY, DEAF, FAILS, BROKEN, ONCE_SILENT = range(7)


def main(folder: Path) -> int:
    run = Run(folder)
    if run.config.seed == BROKEN:
        raise ImportError("broken")
    attempt = attempts.claim(folder, who())
    progress = folder / "steps.json"
    step = json.loads(progress.read_text()) if progress.exists() else 0
    total = run.config.epochs * 10
    wanted = []
    signal.signal(signal.SIGTERM, lambda *_: wanted.append("term"))
    with (folder / EVENTS).open("a") as events:
        events.write(
            json.dumps({"attempt": attempt.number, "event": "started", "pid": os.getpid(), "t": time.time()}) + "\n"
        )
    held = bytearray()
    beats = True
    while step < total:
        asked = run.control()["wanted"]
        deaf = run.config.seed == DEAF
        if not attempt.owns():
            return left(folder, attempt, 76)
        if not deaf and (wanted or asked == "stop"):
            progress.write_text(json.dumps(step))
            return left(folder, attempt, 75)
        state = "paused" if asked == "pause" else "running"
        if beats:
            now = time.time()
            said = {"attempt": attempt.number, "state": state, "step": step, "total": total, "beat": now}
            write_json(folder, STATUS, who() | said | {"next_beat_before": now + 15})
        if state == "running":
            step += 1
            progress.write_text(json.dumps(step))
        if run.config.seed == SILENT or (run.config.seed == ONCE_SILENT and attempt.number == 1):
            beats = step < 3
        if run.config.seed == GREEDY and step == 3:
            held.extend(b"x" * (500 << 20))
        if run.config.seed == FAILS and step == 3:
            return left(folder, attempt, 1)
        time.sleep(STEP_S)
    return left(folder, attempt, 0)


def left(folder: Path, attempt: attempts.Attempt, code: int) -> int:
    if attempt.owns():
        write_json(folder, EXIT, {"attempt": attempt.number, "code": code})
    return code


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
