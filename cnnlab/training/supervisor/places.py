"""Where runs lie, and beside them what the supervisor keeps."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from .keys import RUN_ID

VARIABLE = "CNNLAB_RUNS"


def runs_root() -> Path:
    """The folder of all runs: what the environment variable CNNLAB_RUNS names, else the usual place for data."""
    usual = Path(os.environ.get("XDG_DATA_HOME") or "~/.local/share") / "cnnlab" / "runs"
    return Path(os.environ.get(VARIABLE) or usual).expanduser()


@dataclass(frozen=True)
class Root:
    """The folder of all runs; `.supervisor` in it is private."""

    path: Path

    def made(self) -> "Root":
        for folder in (self.path, self.own, self.requests, self.trash):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Root(self.path.resolve())

    @property
    def own(self) -> Path:
        return self.path / ".supervisor"

    @property
    def requests(self) -> Path:
        return self.own / "requests"

    @property
    def trash(self) -> Path:
        return self.own / "trash"

    @property
    def queue(self) -> Path:
        return self.own / "queue.sqlite"

    @property
    def lock(self) -> Path:
        return self.own / "lock"

    @property
    def log(self) -> Path:
        return self.own / "supervisor.log"

    def folder(self, run: str) -> Path | None:
        """The folder of a run; None where there is none, or where the name is no run's."""
        if not isinstance(run, str) or not RUN_ID.fullmatch(run):
            return None
        path = self.path / run
        try:
            return path if stat.S_ISDIR(path.lstat().st_mode) else None
        except OSError:
            return None

    def runs(self) -> list[str]:
        return [entry.name for entry in os.scandir(self.path) if self.folder(entry.name)]
