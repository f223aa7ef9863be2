"""How often somebody asks."""

import threading
import time
from collections import OrderedDict, deque

MINUTE_S = 60.0
REMEMBERED = 10_000  # who asked
MOST = 100_000  # times of one of them


class Rate:
    """Requests within the last minute, by who asked."""

    def __init__(self):
        self._lock = threading.Lock()
        self._asked: OrderedDict[str, deque[float]] = OrderedDict()

    def count(self, who: str, most: int | None) -> bool:
        """One more of them, or False where there were as many already."""
        now = time.monotonic()
        with self._lock:
            asked = self._asked.setdefault(who, deque(maxlen=MOST))
            self._asked.move_to_end(who)
            while asked and now - asked[0] > MINUTE_S:
                asked.popleft()
            if most is not None and len(asked) >= most:
                return False
            asked.append(now)
            while len(self._asked) > REMEMBERED:
                self._asked.popitem(last=False)
            return True
