"""A class of one's own, by its name "module:Class": the folder it lives in, and the leave to run it."""

import hashlib
import os
from pathlib import Path

from cnnlab import shelf
from cnnlab.specs import SpecError

VARIABLE = "CNNLAB_MODELS"


def models_folder() -> Path | None:
    """The folder that the environment variable CNNLAB_MODELS names, or None: then nothing is imported."""
    named = os.environ.get(VARIABLE)
    return Path(named).expanduser() if named else None


def last_change() -> int:
    """When a file of the folder was last changed, in nanoseconds; 0 without a folder."""
    folder = models_folder()
    return max((path.stat().st_mtime_ns for path in folder.rglob("*.py")), default=0) if folder else 0


def checked_name(name: str) -> str:
    """The name, if it is of the form module:Class; whether there is such a class is not looked at."""
    module, _, cls = name.partition(":")
    if not cls.isidentifier() or not all(part.isidentifier() for part in module.split(".")):
        raise SpecError(
            "{name} is not of the form module:Class: for the class Net in net.py write net:Net.", name=repr(name)[:80]
        )
    return name


def leave(deed: str) -> str:
    """What a job says to be allowed to do more than to look at data.

    Only who knows this server's private folder can say it, so an address that a stranger made up does nothing.
    """
    return hashlib.sha256(f"{shelf.folder()} {deed}".encode()).hexdigest()[:32]


def leave_to_run(name: str) -> str:
    """The leave to run the class as it is now."""
    return leave(f"{name} {last_change()}")
