"""The process of the workshop: it loads what jobs need once, forks workers, and does what the server sends."""

import gc
import logging
import multiprocessing
import os
import threading
from collections.abc import Mapping
from concurrent.futures import CancelledError, TimeoutError
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import Connection
from typing import Any

import pebble
import psutil

from cnnlab import limits
from cnnlab.objects import Target

from .crews import DIED, DONE, LIMIT, PROGRESS, Crew, crews
from .kinds import Kind, Lane
from .plain import packed, unpacked
from .worker import ended, perform, prepare, too_long, too_much_memory, unforeseen

FORKS = "fork" in multiprocessing.get_all_start_methods()
WATCH_S = 0.3
LOG = logging.getLogger("cnnlab.workshop")


class Worker:
    """What a worker process knows, set before its first job; a forked one shares the table of kinds."""

    kinds: Mapping[str, Kind]
    most_bytes: int
    pipe: int


def _begin(table: str, most_bytes: int, niceness: int, pipe: int) -> None:
    Worker.kinds, Worker.most_bytes, Worker.pipe = Target(table).resolve(), most_bytes, pipe
    prepare(most_bytes, niceness)


def _work(number: int, name: str, query: Mapping[str, str]) -> bytes:
    """Done in a worker. What it tells goes through a pipe in short lines, which the system keeps whole."""

    def tell(done: int, total: int | None) -> None:
        if FORKS:
            os.write(Worker.pipe, f"{number} {done} {total or 0}\n".encode())

    if FORKS:
        os.write(Worker.pipe, f"{number} {-os.getpid()} 0\n".encode())
    return perform(Worker.kinds[name], query, Worker.most_bytes, tell)


def _clear(pool: pebble.ProcessPool) -> None:
    pool.stop()
    pool.join()


class House:
    """Pools of workers, and the connection to the server, until that ends."""

    def __init__(self, connection: Connection, table: str):
        self._connection, self._table = connection, table
        self._kinds: Mapping[str, Kind] = Target(table).resolve()
        self._sending, self._running = threading.Lock(), {}
        self._pids: dict[int, int] = {}
        self._too_large: set[int] = set()
        for kind in self._kinds.values():
            Target(kind.work).resolve()
        gc.collect()
        gc.freeze()  # or each worker would copy the whole heap when it collects garbage
        self._told, self._tell = os.pipe()
        self._crews = crews()
        self._pools = {lane: self._pool(crew) for lane, crew in self._crews.items()}

    def _pool(self, crew: Crew) -> pebble.ProcessPool:
        return pebble.ProcessPool(
            max_workers=crew.workers,
            max_tasks=crew.jobs,
            initializer=_begin,
            initargs=(self._table, crew.most_bytes, crew.niceness, self._tell),
            context=multiprocessing.get_context("fork" if FORKS else "spawn"),
        )

    def serve(self) -> None:
        """Do what is sent, until the server is gone."""
        pebble.CONSTS.term_timeout = 0.1
        pebble.CONSTS.channel_lock_timeout = 10  # for a lock that a dead worker may have taken along
        for pool in self._pools.values():
            pool.schedule(os.getpid)  # forks its first workers before anybody waits for them
        for task in (self._pass_on, self._watch):
            threading.Thread(target=task, daemon=True).start()
        self._send(0, DONE, b"")
        try:
            while True:
                number, name, query = unpacked(self._connection.recv_bytes())
                self._start(number, name, query) if name else self._end(number)
        except (EOFError, OSError):
            LOG.info("The server is gone.")
        for pool in self._pools.values():
            pool.stop()
        os._exit(0)

    def _start(self, number: int, name: str, query: Mapping[str, str]) -> None:
        lane = self._kinds[name].lane
        future = self._sound(lane).schedule(_work, args=(number, name, query), timeout=self._crews[lane].seconds)
        self._running[number] = future
        future.add_done_callback(lambda future: self._finish(number, lane, future))

    def _sound(self, lane: Lane) -> pebble.ProcessPool:
        """The lane's pool; pebble gives one up when a worker of it dies that had nothing to do, so then another one."""
        pool = self._pools[lane]
        if not pool.active:
            LOG.warning("The workers of %s are made anew.", lane.name)
            threading.Thread(target=_clear, args=(pool,), daemon=True).start()
            self._pools[lane] = self._pool(self._crews[lane])
        return self._pools[lane]

    def _end(self, number: int) -> None:
        future = self._running.get(number)
        if future:
            future.cancel()

    def _finish(self, number: int, lane: Lane, future: Any) -> None:
        self._running.pop(number, None)
        self._pids.pop(number, None)
        crew = self._crews[lane]
        try:
            self._send(number, DONE, future.result())
        except (CancelledError, pebble.ProcessExpired, BrokenProcessPool):
            if number in self._too_large:
                self._too_large.discard(number)
                self._send(number, LIMIT, packed(too_much_memory(crew.most_bytes)))
            else:
                self._send(number, DIED, packed(ended()))
        except TimeoutError:
            self._send(number, LIMIT, packed(too_long(crew.seconds)))
        except Exception as error:  # of the pool itself
            self._send(number, DIED, packed(unforeseen(error, "the pool")))

    def _send(self, number: int, state: str, data: bytes) -> None:
        with self._sending:
            try:
                self._connection.send_bytes(packed([number, state, data]))
            except OSError:
                os._exit(0)  # the server is gone

    def _pass_on(self) -> None:
        """What workers tell: which process has which job, and how far it is."""
        with os.fdopen(self._told) as lines:
            for line in lines:
                number, done, total = map(int, line.split())
                if number not in self._running:
                    continue
                if done < 0:
                    self._pids[number] = -done
                else:
                    self._send(number, PROGRESS, packed([done, total or None]))

    def _watch(self) -> None:
        """End jobs that hold too much, for systems whose own limit does not: Linux ends them by RLIMIT_DATA before."""
        pause = threading.Event()
        while not pause.wait(WATCH_S):
            for number, pid in list(self._pids.items()):
                future = self._running.get(number)
                try:
                    held = psutil.Process(pid).memory_info().rss - psutil.Process().memory_info().rss
                except psutil.Error:
                    continue
                if future and held > limits.HEAVY_BYTES * 5 // 4:
                    self._too_large.add(number)
                    future.cancel()
