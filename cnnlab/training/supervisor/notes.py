"""What the supervisor writes into the folder of a run: events, who may stop it, where it was started, how it was ended."""

import time
from pathlib import Path
from typing import Any

from cnnlab.messages import N_, Message
from cnnlab.training import attempts
from cnnlab.training.folder import EVENTS, EXIT, PRIVATE, read_json, write_json
from cnnlab.training.heartbeat import who
from cnnlab.training.journal import Appender, spoken

KEYS, LAUNCH = "keys.json", "launch.json"
SAYS = {
    "memory": N_("It took {memory_mib} MiB of memory, and {limit_mib} MiB are allowed: try a smaller batch or model."),
    "minutes": N_("It took {minutes} minutes, and {limit_minutes} are allowed."),
    "disk": N_("The runs of this visitor take {disk_mib} MiB of disk, and {limit_mib} MiB are allowed: delete some."),
    "address disk": N_(
        "The runs from its network address take {disk_mib} MiB of disk, and {limit_mib} MiB are allowed: delete some."
    ),
    "disk full": N_("The disk has {free_mib} MiB left, and at least {limit_mib} MiB must stay free."),
    "silent": N_("Nothing was heard of it for {seconds} seconds, so it was ended to be started again."),
    "started again": N_("It was gone ({why}) and is started again: {restarts} of at most {limit} times."),
    "given up": N_(
        "It was gone ({why}), and has been started again {restarts} times already: resume it to try once more."
    ),
    "not started": N_("It could not be started: {reason}."),
    "killed": N_("It did not leave within {seconds} seconds and was ended; it goes on from its last checkpoint."),
    "gave way": N_("It was paused, and another run needed its place; it goes on from its checkpoint."),
}


def note(folder: Path, event: str, says: Message | None = None, **values: Any) -> None:
    """A row among the events of a run, whose trainer may be writing there; what cannot be written is left out."""
    says = says or Message(SAYS[event], values)
    row = {"v": 1, "attempt": attempts.newest(folder), "t": time.time(), "kind": event, "by": "supervisor"}
    events = Appender(folder / EVENTS)
    events.append(row | {"says": spoken(says)} | values)
    events.close()


def hold(folder: Path, visitor: str, key: str, launcher: str, address: str = "") -> None:
    """Whose run it is, by the digests of the visitor's token, of the key, and of the network address it came from."""
    said = {"v": 1, "visitor": visitor, "address": address, "key": key, "launcher": launcher, "created": time.time()}
    write_json(folder, KEYS, said)


def held_by(folder: Path) -> dict[str, Any] | None:
    """What `hold` wrote, None for a folder that was not made for a visitor."""
    said = {"address": "", **read_json(folder, KEYS)}
    kinds = {"visitor": str, "address": str, "key": str, "launcher": str, "created": float}
    return said if all(isinstance(said.get(name), kind) for name, kind in kinds.items()) else None


def launched(folder: Path, launcher: str, ticket: str, after: int, **more: Any) -> None:
    """Where the run was started; `after` is the attempt before."""
    write_json(
        folder, LAUNCH, {"v": 1, "launcher": launcher, "ticket": ticket, "after": after, "t": time.time(), **more}
    )


def launch(folder: Path) -> dict[str, Any]:
    return read_json(folder, LAUNCH)


def left(folder: Path, code: int, after: int) -> None:
    """How the trainer ended, in its place: it could not say. `after` is the attempt before it was started."""
    attempt = attempts.newest(folder)
    if attempt == after:  # it did not come so far as to claim one
        (folder / attempts.ATTEMPTS).mkdir(mode=PRIVATE, exist_ok=True)
        attempt = attempts.claim(folder, who()).number
    write_json(folder, EXIT, {"attempt": attempt, "code": code, "t": time.time()})
