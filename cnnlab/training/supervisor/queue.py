"""All runs in one database: the supervisor alone writes it, whoever serves pages reads."""

import sqlite3
import statistics
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import astuple, dataclass, fields, replace
from pathlib import Path
from typing import Any

WAITING, RUNNING, OVER = "waiting", "running", "over"
ALIKE = 20  # finished runs that tell how long one takes


@dataclass(frozen=True)
class Entry:
    """A run in the database.

    `asked` and `started` are when it came to wait and when it began, in seconds since 1970; `alike` names what runs have
    in common that take equally long for an epoch; `spent_s` is what its earlier attempts took; `slots` are its GPUs by
    comma; `attempt` is the last one before its start; `wanted` is what is wanted of it; `deadline` is when it is killed.
    """

    run: str
    visitor: str
    state: str = WAITING
    created: float = 0.0
    asked: float = 0.0
    started: float = 0.0
    ended: float = 0.0
    alike: str = ""
    epochs: int = 1
    cpus: int = 1
    device: str = "cpu"
    slots: str = ""
    spent_s: float = 0.0
    restarts: int = 0
    attempt: int = 0
    launcher: str = "here"
    ticket: str = ""
    wanted: str = "run"
    deadline: float = 0.0
    reason: str = ""
    bytes: int = 0
    address: str = ""

    @property
    def gpu(self) -> bool:
        return self.device.startswith("cuda")

    def seconds(self, now: float) -> float:
        """Of all its attempts."""
        return self.spent_s + (max(0.0, now - self.started) if self.state == RUNNING else 0.0)


AT = "at "  # before an address, among the visitors who were served
NAMES = tuple(field.name for field in fields(Entry))
SCHEMA = f"""
PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;
CREATE TABLE IF NOT EXISTS runs (run TEXT PRIMARY KEY, {", ".join(NAMES[1:])});
CREATE TABLE IF NOT EXISTS visitors (visitor TEXT PRIMARY KEY, served);
CREATE INDEX IF NOT EXISTS by_visitor ON runs (visitor, created);
CREATE INDEX IF NOT EXISTS by_address ON runs (address);
CREATE INDEX IF NOT EXISTS by_alike ON runs (alike, ended);
CREATE INDEX IF NOT EXISTS by_state ON runs (state);
"""


VERSION = zlib.crc32(SCHEMA.encode()) >> 1  # which SQLite keeps as a signed number


class Queue:
    """The database, for its one writer (`write=True`) or for a reader, to whom one that is not there is empty."""

    def __init__(self, path: Path, write: bool = False):
        sound = _sound(path)
        if write and not sound:
            _make(path)
        if write or sound:
            uri = f"{path.as_uri()}?mode={'rw' if write else 'ro'}"
            self._base = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=5)
        else:
            self._base = sqlite3.connect(":memory:")
            self._base.executescript(SCHEMA)

    def __enter__(self) -> "Queue":
        return self

    def __exit__(self, *error: object) -> None:
        self._base.close()

    def _all(self, where: str, *values: Any) -> list[Entry]:
        with closing(self._base.execute(f"SELECT {', '.join(NAMES)} FROM runs {where}", values)) as rows:
            return [Entry(*row) for row in rows]

    def of(self, run: str) -> Entry | None:
        return next(iter(self._all("WHERE run = ?", run)), None)

    def active(self) -> list[Entry]:
        return self._all("WHERE state IN ('waiting', 'running')")

    def mine(self, visitor: str, most: int) -> list[Entry]:
        """A visitor's runs, newest first."""
        return self._all("WHERE visitor = ? ORDER BY created DESC LIMIT ?", visitor, most)

    def over_before(self, moment: float) -> list[Entry]:
        return self._all("WHERE state = 'over' AND ended < ?", moment)

    def runs(self) -> set[str]:
        return {run for (run,) in self._base.execute("SELECT run FROM runs")}

    def bytes_of(self, visitor: str) -> int:
        return self._sum("SELECT coalesce(sum(bytes), 0) FROM runs WHERE visitor = ?", visitor)

    def bytes_at(self, address: str) -> int:
        return self._sum("SELECT coalesce(sum(bytes), 0) FROM runs WHERE address = ?", address)

    def _sum(self, query: str, value: str) -> int:
        return self._base.execute(query, (value,)).fetchone()[0]

    def served(self) -> dict[str, float]:
        """When each visitor and each address that waits had a run started last, also one that is deleted since."""
        waits = "FROM runs WHERE state = 'waiting'"
        who = f"SELECT visitor {waits} UNION SELECT '{AT}' || address {waits}"
        return dict(self._base.execute(f"SELECT visitor, served FROM visitors WHERE visitor IN ({who})"))

    def serve(self, entry: Entry, now: float) -> None:
        for who in (entry.visitor, AT + entry.address):
            self._base.execute("INSERT OR REPLACE INTO visitors VALUES (?, ?)", (who, now))

    def forget_visitors(self, before: float) -> None:
        """Those served so long ago that it matters no more."""
        self._base.execute("DELETE FROM visitors WHERE served < ?", (before,))

    def seconds(self, alike: str, epochs: int) -> float | None:
        """How long a run takes, by the last that were like it; None where there were none."""
        rows = self._base.execute(
            "SELECT spent_s / epochs FROM runs WHERE alike = ? AND reason = 'finished' ORDER BY ended DESC LIMIT ?",
            (alike, ALIKE),
        ).fetchall()
        return statistics.median(row[0] for row in rows) * epochs if rows else None

    def add(self, entry: Entry) -> None:
        marks = ", ".join("?" * len(NAMES))
        self._base.execute(f"INSERT OR REPLACE INTO runs VALUES ({marks})", astuple(entry))

    def change(self, entry: Entry, **values: Any) -> Entry:
        changed = replace(entry, **values)
        names = ", ".join(f"{name} = ?" for name in values)
        self._base.execute(f"UPDATE runs SET {names} WHERE run = ?", (*values.values(), entry.run))
        return changed

    def shift(self, seconds: float) -> None:
        """All that happened did so as much later."""
        names = ("asked", "started", "ended", "deadline")
        moved = ", ".join(f"{name} = CASE WHEN {name} > 0 THEN {name} + :by ELSE {name} END" for name in names)
        self._base.execute(f"UPDATE runs SET {moved}", {"by": seconds})
        self._base.execute("UPDATE visitors SET served = served + ?", (seconds,))

    def forget(self, run: str) -> None:
        self._base.execute("DELETE FROM runs WHERE run = ?", (run,))


def _sound(path: Path) -> bool:
    """Whether there is a database with our tables; another cnnlab's, or a damaged one, is put together anew."""
    if not path.exists():
        return False
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=5)) as base:
        try:
            return base.execute("PRAGMA user_version").fetchone()[0] == VERSION
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            return False


def _make(path: Path) -> None:
    """The database under its name once it has its tables, for readers come at any moment."""
    beside = path.with_suffix(".new")
    for old in (beside, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))):
        old.unlink(missing_ok=True)
    with closing(sqlite3.connect(beside)) as base:
        base.executescript(SCHEMA + f"PRAGMA user_version = {VERSION};")
    beside.replace(path)


def turns(active: Iterable[Entry], served: Mapping[str, float]) -> list[Entry]:
    """Those that wait, in the order in which they will be started: network addresses take turns, and at each of them its
    visitors. So ten runs of one and one of another's begin with one of each, and who makes up ten visitors gains nothing
    on others elsewhere.
    """
    active = list(active)
    line = sorted((entry for entry in active if entry.state == WAITING), key=lambda entry: entry.asked)
    for who in (lambda entry: entry.visitor, lambda entry: AT + entry.address):
        line = _in_turn(line, active, served, who)
    return line


def _in_turn(
    line: Iterable[Entry], active: Iterable[Entry], served: Mapping[str, float], who: Callable[[Entry], str]
) -> list[Entry]:
    """The turn of somebody comes when fewest of theirs run; among equals, when theirs was served longest ago; their own
    stay in the order of the line.
    """
    running = Counter(who(entry) for entry in active if entry.state == RUNNING)
    ranked = []
    for place, entry in enumerate(line):
        ranked.append((running[who(entry)], served.get(who(entry), 0.0), place, entry))
        running[who(entry)] += 1
    return [rank[-1] for rank in sorted(ranked, key=lambda rank: rank[:3])]


def free_slots(entry: Entry, active: Iterable[Entry], gpus: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """The GPUs that a run is given, empty where it needs none or may take any; None while it must wait for one.

    "cuda" takes any that is free; "cuda:1" the second of the host's, and sees all of them, so that it is its second too.
    """
    if not entry.gpu or gpus is None:
        return ()
    taken = {slot for other in active if other.state == RUNNING for slot in other.slots.split(",")}
    _, _, place = entry.device.partition(":")
    wished = gpus[int(place) : int(place) + 1] if place else gpus
    return next(((slot,) for slot in wished if slot not in taken), None)


def forecast(
    line: Iterable[Entry], left_s: Iterable[float], at_once: int, lengths: Mapping[str, float]
) -> dict[str, float]:
    """Seconds until each run of the line begins, infinite where nobody can tell.

    `left_s` are those that the running ones have left; `lengths` how long each of the line will take.

    >>> forecast([Entry("a", "x"), Entry("b", "y")], [30.0], 1, {"a": 60.0, "b": 60.0})
    {'a': 30.0, 'b': 90.0}
    """
    free = sorted(left_s)[-at_once:]  # more may run than the host allows by now
    free = [0.0] * (at_once - len(free)) + free
    begin = {}
    for entry in line:
        begin[entry.run] = free.pop(0)
        free = sorted([*free, begin[entry.run] + lengths[entry.run]])
    return begin
