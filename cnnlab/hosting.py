"""What a host lets visitors do with its machine: one settings file, a row a setting."""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from cnnlab import limits
from cnnlab.specs import N_, Call, SpecError

VARIABLE, SHARED = "CNNLAB_HOST", "CNNLAB_SHARED"
UNLIMITED = "unlimited"
MOST_BYTES = 1 << 16  # of a settings file
GPU = re.compile(r"[0-9]{1,2}|(GPU|MIG)-[0-9a-zA-Z/-]{1,80}", re.ASCII)


@dataclass(frozen=True)
class Setting:
    """A row: its name, `kind` (bool, int, float or list of GPUs), bounds, unit, and what it says.

    `open` holds where there is no settings file, `hosted` where there is one that leaves the row out. None is no limit.
    """

    name: str
    kind: type
    open: Any
    hosted: Any
    about: str
    low: float | None = None
    high: float | None = None
    unit: str = ""

    @property
    def expects(self) -> str:
        if self.kind is bool:
            return "true or false"
        if self.kind is list:
            return 'a list of GPUs by index or UUID, such as ["0", "1"]'
        number = "a whole number" if self.kind is int else "a number"
        unlimited = f', or "{UNLIMITED}"' if self.open is None else ""
        return f"{number}{self.unit and ' of ' + self.unit} from {self.low} to {self.high}{unlimited}"

    def read(self, value: Any) -> Any:
        """The setting of a file's value; ValueError where it is none."""
        if value == UNLIMITED and self.open is None and self.kind is not list:
            return None
        if self.kind is list:
            names = [str(item) for item in value] if isinstance(value, list) else [""]
            if len(names) > 64 or len(set(names)) < len(names) or not all(GPU.fullmatch(name) for name in names):
                raise ValueError(value)
            return tuple(names)
        kinds = {bool: (bool,), int: (int,), float: (int, float)}[self.kind]
        if type(value) not in kinds or (self.kind is not bool and not self.low <= value <= self.high):
            raise ValueError(value)
        return self.kind(value)


def _setting(name: str, *row: Any, **more: Any) -> Any:
    setting = Setting(name, *row, **more)
    return field(default=setting.open, metadata={"row": setting})


@dataclass(frozen=True)
class Host:
    """The settings of the machine; `Host()` is one's own machine, open."""

    train: bool = _setting("train", bool, True, True, N_("may visitors train at all"))
    minutes: float | None = _setting(
        "minutes", float, None, 10.0, N_("that one run may take, all its attempts together"), 0.1, 10080, "minutes"
    )
    epochs: int | None = _setting("epochs", int, None, 50, N_("epochs of one run"), 1, limits.EPOCHS)
    at_once: int = _setting("at_once", int, 1, 2, N_("runs at the same time, of all visitors"), 1, 256)
    per_visitor: int | None = _setting("per_visitor", int, None, 6, N_("runs of one visitor that run or wait"), 1, 1000)
    per_address: int | None = _setting(
        "per_address",
        int,
        None,
        40,
        N_("runs from one network address that run or wait, of all its visitors"),
        1,
        10_000,
    )
    waiting: int | None = _setting("waiting", int, None, 60, N_("runs that wait, of all visitors"), 1, 10_000)
    requests: int | None = _setting(
        "requests", int, None, 30, N_("starts, stops and the like of one visitor in a minute"), 1, 10_000
    )
    address_requests: int | None = _setting(
        "address_requests",
        int,
        None,
        300,
        N_("starts, stops and the like from one network address in a minute"),
        1,
        100_000,
    )
    memory_mib: int | None = _setting(
        "memory_mib", int, None, 3072, N_("memory of one run, with the processes that load for it"), 256, 2**22, "MiB"
    )
    disk_mib: int | None = _setting(
        "disk_mib", int, None, 1024, N_("disk that all runs of one visitor take"), 1, 2**24, "MiB"
    )
    address_disk_mib: int | None = _setting(
        "address_disk_mib", int, None, 8192, N_("disk that all runs from one network address take"), 1, 2**24, "MiB"
    )
    free_mib: int = _setting("free_mib", int, 256, 2048, N_("disk that stays free"), 0, 2**24, "MiB")
    days: float | None = _setting("days", float, None, 7.0, N_("that a run is kept after its end"), 0.01, 3650, "days")
    cores: int | None = _setting(
        "cores", int, None, 2, N_("threads and loading processes of one run together"), 1, limits.THREADS
    )
    gpus: tuple[str, ...] | None = _setting("gpus", list, None, (), N_("GPUs that runs may take, one run each"))
    own_classes: bool = _setting(
        "own_classes", bool, True, False, N_("may visitors name classes of the folder CNNLAB_MODELS, whose code is run")
    )
    folders: bool = _setting("folders", bool, True, False, N_("may visitors name folders of pictures of this machine"))
    fetch: bool = _setting(
        "fetch", bool, True, False, N_("may visitors have datasets and pretrained weights downloaded")
    )
    by_hand: bool = _setting(
        "by_hand", bool, True, False, N_("may visitors start runs by a command, on machines that share the disk")
    )
    silence_s: float = _setting(
        "silence_s",
        float,
        60.0,
        60.0,
        N_("without a heartbeat, after which a run is started again"),
        1,
        3600,
        "seconds",
    )
    restarts: int = _setting("restarts", int, 5, 5, N_("times that a run is started again by itself"), 0, 5)
    proxies: int = _setting(
        "proxies",
        int,
        0,
        0,
        N_("proxies before the server that write X-Forwarded-For; at 0 the header is not believed"),
        0,
        8,
    )


SETTINGS: Mapping[str, Setting] = {row.name: row.metadata["row"] for row in fields(Host)}
HOSTED = Host(**{name: row.hosted for name, row in SETTINGS.items()})


def settings() -> Host:
    """The settings of the file that the environment variable CNNLAB_HOST names; without it, one's own machine, open.

    A server that other machines reach is bounded as by a file that says nothing. SpecError where the file is wrong in
    any way: then nobody may train, for a typing error must not open a machine.
    """
    if named := os.environ.get(VARIABLE):
        return host_of(Path(named).expanduser())
    return HOSTED if is_shared() else Host()


def is_shared() -> bool:
    """Whether other machines reach the server, and nobody said what their visitors may."""
    return not os.environ.get(VARIABLE) and os.environ.get(SHARED) == "1"


def host_of(path: Path) -> Host:
    """The settings of a file; what it leaves out is as bounded as for a class that shares the machine."""
    try:
        if not path.is_file():
            raise FileNotFoundError(path)
        known = path.stat()
        return _read(path, known.st_mtime_ns, known.st_size)
    except OSError as error:
        raise SpecError(
            "Nobody may train: {variable} names {file}, which cannot be read ({reason}): correct the name or the file.",
            variable=VARIABLE,
            file=path,
            reason=type(error).__name__,
        ) from error


@lru_cache(8)
def _read(path: Path, _changed: int, size: int) -> Host:
    try:
        if size > MOST_BYTES:
            raise ValueError(f"more than {MOST_BYTES} bytes")
        text = path.read_text("utf-8")
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # also of bytes that are no UTF-8
        raise SpecError(
            "Nobody may train: {file} is no settings file ({reason}): correct it.", file=path, reason=str(error)[:200]
        ) from error
    return Host(**{name: row.hosted for name, row in SETTINGS.items()} | _settings(data, text, path))


def _settings(data: Mapping[str, Any], text: str, path: Path) -> dict[str, Any]:
    read = {}
    for name, value in data.items():
        key = re.search(rf"^[ \t]*[\"']?{re.escape(name)}[\"']?[ \t]*[=\].]", text, re.MULTILINE)
        line = text.count("\n", 0, key.start()) + 1 if key else 1
        row = SETTINGS.get(name)
        if row is None:
            raise SpecError(
                "Nobody may train: line {line} of {file} says {name}, which is no setting: use some of {options}.",
                line=line,
                file=path,
                name=name[:40],
                options=", ".join(SETTINGS),
            )
        try:
            read[name] = row.read(value)
        except ValueError as error:
            raise SpecError(
                "Nobody may train: line {line} of {file} says {name} = {value}: it must be {expected}.",
                line=line,
                file=path,
                name=name,
                value=repr(value)[:60],
                expected=row.expects,
            ) from error
    return read


def hidden(data: Call, host: Host) -> SpecError | None:
    """Why not even the pictures of a dataset may be counted; None where visitors may look at them."""
    if host.folders or data.spec.own or not data.spec.of_files:
        return None
    return SpecError(
        "{name}: folders of this machine are not for its visitors. Take another dataset.", name=data.spec.name
    )


def refuse_hidden(data: Call) -> None:
    """SpecError where visitors of this machine may not look at a dataset."""
    if error := hidden(data, settings()):
        raise error
