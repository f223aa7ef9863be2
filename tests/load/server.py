"""A server of the app: started or joined, measured with all its processes, and stopped."""

import asyncio
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, build_opener

import psutil

ROOT = Path(__file__).parents[2]
MIB = 1 << 20
START_S, STOP_S = 90, 15
EVERY_S = 0.5
LIMIT_GIB = 8  # of one process: a server that wants more is not to take the machine along


@dataclass(frozen=True)
class Memory:
    """MiB: of the server's process alone its own and its resident pages; of all processes together, each page once."""

    own: float
    resident: float
    together: float

    def most(self, other: "Memory") -> "Memory":
        return Memory(*map(max, zip(self.values, other.values, strict=True)))

    @property
    def values(self) -> tuple[float, float, float]:
        return self.own, self.resident, self.together


@dataclass(frozen=True)
class Cpu:
    """Seconds: of the server's process, and of all processes together, ended ones included."""

    alone: float
    together: float

    def since(self, earlier: "Cpu") -> "Cpu":
        return Cpu(self.alone - earlier.alone, self.together - earlier.together)


class Server:
    """The app at `url`; with a process, where it runs on this machine, it can be measured."""

    def __init__(self, url: str, process: psutil.Process | None = None, log: Path | None = None):
        self.url, self.process, self.log = url, process, log
        self._child: subprocess.Popen | None = None

    @classmethod
    def start(cls, *options: str, limit_gib: int = LIMIT_GIB) -> "Server":
        """Start the app of this repository, with more options of Streamlit. Returns once it answers."""
        server = cls(f"http://127.0.0.1:{free_port()}")
        server._options, server._limit_gib = options, limit_gib
        server.restart()
        return server

    def restart(self) -> None:
        """Start it, at the same address; its log begins anew."""
        port = str(urlsplit(self.url).port)
        command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true"]
        command += ["--server.address", "127.0.0.1", "--server.port", port, *self._options]
        self.log = Path(tempfile.mkdtemp(prefix="cnnlab-load-")) / "log.txt"

        def limit() -> None:
            hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
            resource.setrlimit(resource.RLIMIT_DATA, (self._limit_gib << 30, hard))

        with self.log.open("wb") as out:
            self._child = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT, preexec_fn=limit)
        self.process = psutil.Process(self._child.pid)
        self._wait()

    def another(self) -> "Server":
        """A second server like this one, itself where it was not started here."""
        return Server.start(*self._options, limit_gib=self._limit_gib) if self._child else self

    @classmethod
    def join(cls, url: str) -> "Server":
        """A server that runs already; measured where it is ours and on this machine."""
        port = urlsplit(url).port or 80
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if any(c.laddr.port == port and c.status == psutil.CONN_LISTEN for c in process.net_connections()):
                    return cls(url, process)
        return cls(url)

    def _wait(self) -> None:
        opener, began = build_opener(ProxyHandler({})), time.perf_counter()
        while time.perf_counter() - began < START_S and self.alive:
            try:
                with opener.open(f"{self.url}/_stcore/health", timeout=2):
                    return
            except (URLError, OSError):
                time.sleep(0.02)
        raise SystemExit(f"The server did not start:\n{self.log.read_text(errors='replace')}")

    @property
    def alive(self) -> bool:
        if self._child:
            return self._child.poll() is None
        return self.process is None or self.process.is_running()

    @property
    def tracebacks(self) -> list[str]:
        """The last lines of every traceback in the log."""
        if not self.log:
            return []
        parts = self.log.read_text(errors="replace").split("Traceback (most recent call last):")[1:]
        return [last_line(part) for part in parts]

    def stop(self) -> None:
        """End a server that was started here, and what it left behind."""
        if not self._child:
            return
        with suppress(psutil.Error):
            children = self.process.children(recursive=True)
            self._child.terminate()
            try:
                self._child.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()
            for child in psutil.wait_procs(children, timeout=3)[1]:
                with suppress(psutil.Error):
                    child.kill()

    def processes(self) -> list[psutil.Process]:
        if self.process is None:
            return []
        with suppress(psutil.Error):
            return [self.process, *self.process.children(recursive=True)]
        return []

    def cpu(self) -> Cpu:
        alone = together = 0.0
        for process in self.processes():
            with suppress(psutil.Error):
                times = process.cpu_times()
                alone = alone or times.user + times.system
                together += times.user + times.system + times.children_user + times.children_system
        return Cpu(alone, together)

    def memory(self) -> Memory:
        own = resident = together = 0.0
        for process in self.processes():
            with suppress(psutil.Error):
                info = process.memory_full_info()
                own, resident = (own, resident) if own else (info.uss / MIB, info.rss / MIB)
                together += getattr(info, "pss", info.uss) / MIB
        return Memory(own, resident, together)


class Watch:
    """Memory before, at most and after, of what happens inside `async with`."""

    def __init__(self, server: Server):
        self.server = server

    async def __aenter__(self) -> "Watch":
        self.before = self.most = self.after = await asyncio.to_thread(self.server.memory)
        self._task = asyncio.create_task(self._look())
        return self

    async def __aexit__(self, *error: object) -> None:
        self._task.cancel()
        self.after = await asyncio.to_thread(self.server.memory)
        self.most = self.most.most(self.after)

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            self.most = self.most.most(await asyncio.to_thread(self.server.memory))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def last_line(traceback: str) -> str:
    """The line of a traceback that says what was raised.

    >>> last_line('\\n  File "a.py", line 1, in f\\n    g()\\nValueError: no\\n2026-01-01 12:00 more of the log')
    'ValueError: no'
    """
    lines = traceback.strip("\n").splitlines()
    return next((line for line in lines if line and not line.startswith(" ")), lines[-1] if lines else "")


def load_average() -> str:
    return " ".join(f"{load:.1f}" for load in os.getloadavg())
