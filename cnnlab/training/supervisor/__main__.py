"""`python -m cnnlab.training.supervisor [ROOT]`: own the runs of a folder until nothing is left to do."""

import logging
import os
import signal
import sys
from pathlib import Path

from .launchers import LAUNCHERS, MODULE
from .places import Root, runs_root
from .starting import election, supervised
from .supervising import Supervisor


def main(folder: str = "", module: str = MODULE) -> None:
    os.umask(0o077)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    root = Root(Path(folder) if folder else runs_root()).made()
    while not supervised(root):
        with election(root) as office:
            if office is None:
                return
            supervisor = Supervisor(root, {name: launcher(module) for name, launcher in LAUNCHERS.items()}, office.beat)
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, supervisor.leave)
            supervisor.work()
        if supervisor.left or not any(root.requests.iterdir()):  # somebody may have asked while it was leaving
            return


if __name__ == "__main__":
    main(*sys.argv[1:3])
