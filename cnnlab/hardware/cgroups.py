"""What a container leaves of the machine: processor and memory, by cgroups of version 2 and 1."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

NO_LIMIT = 2**60  # bytes: version 1 says "none" by the largest multiple of a page


@dataclass(frozen=True)
class Group:
    """Where a process's limits stand: folders from its own group up to the root, for version 2 or for both of 1."""

    unified: tuple[Path, ...] = ()
    cpu: tuple[Path, ...] = ()
    memory: tuple[Path, ...] = ()

    @property
    def cores(self) -> float | None:
        """How many cores' time the group may take, the least of all above it; None for as many as there are."""
        shares = [
            _share(*(folder / "cpu.max").read_text().split()) for folder in self.unified if _has(folder, "cpu.max")
        ]
        for folder in self.cpu:
            quota, period = _word(folder / "cpu.cfs_quota_us"), _word(folder / "cpu.cfs_period_us")
            if quota and period:
                shares.append(_share(quota, period))
        return min((share for share in shares if share), default=None)

    @property
    def memory_limit(self) -> int | None:
        """Bytes that the group may hold, the least of all above it."""
        words = [_word(folder / "memory.max") for folder in self.unified]
        words += [_word(folder / "memory.limit_in_bytes") for folder in self.memory]
        limits = [int(word) for word in words if word and word.isdigit()]
        return min((limit for limit in limits if limit < NO_LIMIT), default=None)

    @property
    def memory_used(self) -> int | None:
        """Bytes that count against the limit, without the files that are not in use."""
        for folders, used, idle in (
            (self.unified, "memory.current", "inactive_file"),
            (self.memory, "memory.usage_in_bytes", "total_inactive_file"),
        ):
            size = _word(folders[0] / used) if folders else None
            if size and size.isdigit():
                return max(int(size) - _stat(folders[0] / "memory.stat", idle), 0)
        return None


def group(pid: int, root: Path = Path("/")) -> Group:
    """The groups of a process, as its /proc tells them.

    Inside a container the path may be that of the host, which is not mounted here: then what is mounted is its own.
    """
    top = root / "sys/fs/cgroup"
    places: dict[str, tuple[Path, ...]] = {}
    for line in _lines(root / f"proc/{pid}/cgroup"):
        _, controllers, path = line.split(":", 2)
        if not controllers:
            mounts = [top] if _has(top, "cgroup.controllers") else [top / "unified"]
            places["unified"] = _upwards(mounts[0], path)
        for name in {"cpu", "memory"} & set(controllers.split(",")):
            mounts = [top / controllers, top / name]
            places[name] = _upwards(next((mount for mount in mounts if mount.is_dir()), mounts[-1]), path)
    return Group(**places)


def _upwards(mount: Path, path: str) -> tuple[Path, ...]:
    own = mount / path.lstrip("/")
    if ".." in own.parts or not own.is_dir():
        own = mount
    return tuple(folder for folder in (own, *own.parents) if folder == mount or mount in folder.parents)


def _share(quota: str, period: str) -> float | None:
    """
    >>> _share("150000", "100000"), _share("max", "100000"), _share("-1", "100000")
    (1.5, None, None)
    """
    return int(quota) / int(period) if quota.isdigit() and int(period) else None


def _has(folder: Path, name: str) -> bool:
    return (folder / name).is_file()


def _lines(path: Path) -> Iterator[str]:
    try:
        yield from path.read_text().splitlines()
    except OSError:  # no cgroups here, or none that this user may read
        return


def _word(path: Path) -> str | None:
    return next((line.strip() for line in _lines(path)), None)


def _stat(path: Path, name: str) -> int:
    return next((int(line.split()[1]) for line in _lines(path) if line.startswith(name + " ")), 0)
