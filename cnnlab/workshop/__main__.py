"""python -m cnnlab.workshop ADDRESS TABLE: the workshop's process, started by the server.

It connects to the server's ADDRESS; the key comes on the first line of standard input. TABLE is the path of its kinds.
"""

import logging
import signal
import sys
from multiprocessing.connection import Client

from .house import House

if __name__ == "__main__":
    logging.basicConfig(format="%(asctime)s %(name)s %(message)s")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C goes to the server, whose end is ours
    connection = Client(sys.argv[1], authkey=bytes.fromhex(sys.stdin.readline().strip()))
    House(connection, sys.argv[2]).serve()
