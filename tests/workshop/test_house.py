"""The workshop's own process."""

import gc
import threading
from multiprocessing import Pipe

from cnnlab import limits
from cnnlab.workshop.crews import DONE
from cnnlab.workshop.house import House


def test_the_workshop_goes_on_while_nobody_reads_its_answers():
    """Or it and the server, which may be sending it a job just then, would wait for each other for ever."""
    _ours, theirs = Pipe()
    house = House(theirs, "tests.workshop.table:KINDS")
    gc.unfreeze()

    def answer() -> None:
        for number in range(3):
            house._send(number, DONE, bytes(limits.ANSWER_BYTES))

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    thread.join(10)
    assert not thread.is_alive()
