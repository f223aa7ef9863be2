"""Watch a process and its machine: `python -m cnnlab.hardware FOLDER --pid PID [--every 1]`.

Appends a row to FOLDER/system.jsonl until the process has ended. Exit code 0 then, 1 where there is no such process,
74 where the folder cannot be written any more: nobody's training stops because of that.
"""

import argparse
import json
import signal
import sys
from pathlib import Path

import psutil

from cnnlab import limits

from .log import Log
from .sampler import Sampler, watch


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m cnnlab.hardware", description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pid", type=int, required=True, help="the process to watch")
    parser.add_argument(
        "--created", type=float, help="when it began, in seconds since 1970, if its number may be reused"
    )
    parser.add_argument("--every", type=float, default=1.0, help="seconds from row to row (1, at least 0.1)")
    parser.add_argument(
        "--rows", type=int, default=limits.HARDWARE_ROWS, help="rows that the file may hold (%(default)s)"
    )
    parser.add_argument("--samples", type=int, help="end after so many rows")
    parser.add_argument("--cost", action="store_true", help="print at the end what watching has cost")
    options = parser.parse_args(arguments)
    try:
        process = psutil.Process(options.pid)
        if options.created is not None and abs(process.create_time() - options.created) > 1:
            raise psutil.NoSuchProcess(options.pid)
    except psutil.NoSuchProcess:
        print(f"There is no process {options.pid}.", file=sys.stderr)
        return 1
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the trainer, whose end is this one's
    try:
        log = Log(options.folder / "system.jsonl", max(options.rows, 4))
        costs = watch(Sampler(process, options.folder, log.last()), log, max(options.every, 0.1), options.samples)
    except OSError as error:
        print(f"{options.folder}: {error.strerror or error}", file=sys.stderr)
        return 74
    if options.cost:
        print(json.dumps(costs))
    return 0


if __name__ == "__main__":
    sys.exit(main())
