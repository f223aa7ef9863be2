"""The logs of runs as they are read: one reader of a run for all who watch it."""

import threading
from collections import OrderedDict
from pathlib import Path

from cnnlab import limits
from cnnlab.training.run import Run


class Readers:
    """Readers by folder, as long as what they hold fits; of too many that one leaves which was watched longest ago, and
    reads its logs anew when somebody comes back.
    """

    def __init__(self):
        self._lock = threading.Lock()
        self._readers: OrderedDict[Path, Run] = OrderedDict()

    def of(self, folder: Path) -> Run:
        with self._lock:
            reader = self._readers.setdefault(folder, Run(folder))
            self._readers.move_to_end(folder)
            held = {folder: reader.held for folder, reader in self._readers.items()}
            while len(held) > 1 and (len(held) > limits.READERS or sum(held.values()) > limits.READERS_BYTES):
                del held[self._readers.popitem(last=False)[0]]
            return reader
