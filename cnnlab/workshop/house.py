"""The process of the workshop: it loads what jobs need once, forks workers, and does what the server sends."""

import gc
import logging
import multiprocessing
import os
import threading
from collections.abc import Mapping
from concurrent.futures import CancelledError, Future, TimeoutError
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.connection import Connection
from queue import SimpleQueue

import pebble
import psutil

from cnnlab.objects import Target

from .crews import DONE, PROGRESS, Crew, crews
from .kinds import Kind, Lane
from .plain import packed, unpacked
from .worker import ended, perform, prepare, too_long, too_much_memory, unforeseen

FORKS = "fork" in multiprocessing.get_all_start_methods()
WATCH_S = 0.3
LEEWAY = 1.25  # beyond what a job may take, for what is counted twice where only a watcher bounds it
LOG = logging.getLogger("cnnlab.workshop")


class Worker:
    """What a worker process knows, set before its first job; a forked one shares the table of kinds."""

    kinds: Mapping[str, Kind]
    most_bytes: int
    pipe: int


@dataclass
class Running:
    """A job in a pool, and the process that has it, once that says so."""

    future: Future
    lane: Lane
    process: int = 0
    too_large: bool = False


def _begin(table: str, most_bytes: int, niceness: int, pipe: int, server: Connection | None) -> None:
    if server:
        server.close()  # a worker's own copy: only the workshop speaks to the server
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
        self._running: dict[int, Running] = {}
        # Sent by a thread of its own: were this process to wait for the server while that waits for it, both would for ever.
        self._outgoing: SimpleQueue[bytes] = SimpleQueue()
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
            initargs=(self._table, crew.most_bytes, crew.niceness, self._tell, self._connection if FORKS else None),
            context=multiprocessing.get_context("fork" if FORKS else "spawn"),
        )

    def serve(self) -> None:
        """Do what is sent, until the server is gone."""
        pebble.CONSTS.term_timeout = 0.1
        pebble.CONSTS.channel_lock_timeout = 10  # for a lock that a dead worker may have taken along
        for pool in self._pools.values():
            pool.schedule(os.getpid)  # forks its first workers before anybody waits for them
        for task in (self._speak, self._pass_on, self._watch):
            threading.Thread(target=task, daemon=True).start()
        self._send(0, DONE, b"")
        try:
            while True:
                number, order = unpacked(self._connection.recv_bytes())
                self._start(number, *unpacked(order)) if order else self._end(number)
        except (EOFError, OSError):
            LOG.info("The server is gone.")
        for pool in self._pools.values():
            pool.stop()
        os._exit(0)

    def _start(self, number: int, name: str, query: Mapping[str, str]) -> None:
        lane = self._kinds[name].lane
        work = {"args": (number, name, query), "timeout": self._crews[lane].seconds}
        future = self._sound(lane).schedule(_work, **work)
        self._running[number] = Running(future, lane)
        future.add_done_callback(lambda future: self._finish(number))

    def _sound(self, lane: Lane) -> pebble.ProcessPool:
        """The lane's pool; pebble gives one up when a worker of it dies that had nothing to do, so then another one."""
        pool = self._pools[lane]
        if not pool.active:
            LOG.warning("The workers of %s are made anew.", lane.name)
            threading.Thread(target=_clear, args=(pool,), daemon=True).start()
            self._pools[lane] = self._pool(self._crews[lane])
        return self._pools[lane]

    def _end(self, number: int) -> None:
        running = self._running.get(number)
        if running:
            running.future.cancel()

    def _finish(self, number: int) -> None:
        running = self._running.pop(number)
        crew = self._crews[running.lane]
        try:
            answer = running.future.result()
        except (CancelledError, pebble.ProcessExpired, BrokenProcessPool):
            answer = packed(too_much_memory(crew.most_bytes) if running.too_large else ended())
        except TimeoutError:
            answer = packed(too_long(crew.seconds))
        except Exception as error:  # of the pool itself
            answer = packed(unforeseen(error, "the pool"))
        self._send(number, DONE, answer)

    def _send(self, number: int, state: str, data: bytes) -> None:
        self._outgoing.put(packed([number, state, data]))

    def _speak(self) -> None:
        try:
            while True:
                self._connection.send_bytes(self._outgoing.get())
        except OSError:
            os._exit(0)  # the server is gone

    def _pass_on(self) -> None:
        """What workers tell: which process has which job, and how far it is."""
        with os.fdopen(self._told) as lines:
            for line in lines:
                number, done, total = map(int, line.split())
                running = self._running.get(number)
                if running and done < 0:
                    running.process = -done
                elif running:
                    self._send(number, PROGRESS, packed([done, total or None]))

    def _watch(self) -> None:
        """End jobs that hold too much, for systems whose own limit does not: Linux ends them by RLIMIT_DATA before."""
        pause = threading.Event()
        while not pause.wait(WATCH_S):
            for running in list(self._running.values()):
                if not running.process:
                    continue
                try:
                    held = psutil.Process(running.process).memory_info().rss - psutil.Process().memory_info().rss
                except psutil.Error:
                    continue
                if held > self._crews[running.lane].most_bytes * LEEWAY:
                    running.too_large = True
                    running.future.cancel()
