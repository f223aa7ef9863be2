"""A server of the app: started or joined, measured with all its processes, and stopped."""

import asyncio
import os
import re
import resource
import shutil
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
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
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
        self.ends = 0  # how often it ended by itself
        self._child: subprocess.Popen | None = None

    @classmethod
    def start(cls, *, script: str = "app.py", limit_gib: int = LIMIT_GIB) -> "Server":
        """Start the app of this repository, or another script. Returns once it answers."""
        server = cls(f"http://127.0.0.1:{free_port()}")
        server._script, server._limit_gib = script, limit_gib
        server.restart()
        return server

    def restart(self) -> None:
        """Start it, again at the same address where it ended; its log begins anew."""
        self.ends += self._child is not None
        port = str(urlsplit(self.url).port)
        command = [sys.executable, "-m", "streamlit", "run", self._script, "--server.headless", "true"]
        command += ["--server.address", "127.0.0.1", "--server.port", port]
        self.log = Path(tempfile.mkdtemp(prefix="cnnlab-load-")) / "log.txt"
        host = self.log.with_name("host.toml")  # what is measured is the page: nothing is trained by a random click
        host.write_text("train = false\n")
        environment = {**os.environ, "CNNLAB_RUNS": str(self.log.with_name("runs")), "CNNLAB_HOST": str(host)}

        def limit() -> None:
            hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
            resource.setrlimit(resource.RLIMIT_DATA, (self._limit_gib << 30, hard))

        with self.log.open("wb") as out:
            self._child = subprocess.Popen(
                command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT, preexec_fn=limit, env=environment
            )
        self.process = psutil.Process(self._child.pid)
        self._wait()

    def another(self) -> "Server":
        """A second server like this one, itself where it was not started here."""
        return Server.start(script=self._script, limit_gib=self._limit_gib) if self._child else self

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
        """What every traceback in the log says at its end."""
        return tracebacks(self.log.read_text(errors="replace")) if self.log else []

    def stop(self) -> None:
        """End a server that was started here, and what it left behind."""
        if not self._child:
            return
        self._end()
        if self.tracebacks:
            print(f"The log with its tracebacks: {self.log}", file=sys.stderr)
        else:
            shutil.rmtree(self.log.parent)

    def _end(self) -> None:
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


def tracebacks(log: str) -> list[str]:
    """What every traceback in a log says at its end, be it Python's own or drawn in a box.

    >>> tracebacks('Traceback (most recent call last):\\n  File "a.py"\\n    g()\\nValueError: no\\nmore')
    ['ValueError: no']
    >>> tracebacks('╭─ Traceback (most recent call last) ─╮\\n│ a.py:1 │\\n╰────╯\\nValueError: no')
    ['ValueError: no']
    """
    ends = []
    for part in COLOURS.sub("", log).split("Traceback (most recent call last)")[1:]:
        lines = part.splitlines()[1:]
        said = (line for line in lines if line.strip() and line[0] not in " │╰╭─")
        ends.append(next(said, "cut off"))
    return ends


def load_average() -> str:
    return " ".join(f"{load:.1f}" for load in os.getloadavg())
