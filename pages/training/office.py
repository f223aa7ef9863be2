"""Where this page asks for runs and reads their folders: the supervisor's client, and one reader of a run for all viewers."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import streamlit as st

from cnnlab.loading.keeping import fetched
from cnnlab.specs import SpecError
from cnnlab.training.checkpoints import Checkpoint
from cnnlab.training.config import TrainConfig
from cnnlab.training.folder import ENDS, ended
from cnnlab.training.run import Run
from cnnlab.training.supervisor import Client, Place, Ticket
from cnnlab.training.supervisor.places import runs_root
from pages.serving.downloads import FILES, found
from pages.serving.local import refuse_proxied
from pages.training.keys import held
from pages.training.readers import Readers
from pages.training.visitors import address, visitor

ENDED = (*ENDS.values(), ended(None))
ANSWER_S = 15  # in which the supervisor does what it is asked for, or never
RECENT = 30  # steps that tell how fast it goes


class Stem(NamedTuple):
    """The checkpoint of a run after so many steps, that another begins from."""

    run: str
    step: int


def client() -> Client:
    return _client(runs_root())


@st.cache_resource(max_entries=4, show_spinner=False)
def _client(root: Path) -> Client:
    return Client(root)


def run(name: str) -> Run | None:
    """The run of an id, the same reader for all who watch it; None where there is none."""
    there = client().run(name)
    if there is None:
        return None
    try:
        reader = _readers().of(there.folder)
        reader.config  # noqa: B018 (a folder without a sound description is no run)
    except SpecError:
        return None
    return reader


@st.cache_resource(show_spinner=False)
def _readers() -> Readers:
    return Readers()


def short(of: Run) -> str:
    """The beginning of a run's id, enough to tell a few apart."""
    return of.folder.name[:6]


def key(of: Run) -> str:
    """The key to a run, where this browser holds it, else ""."""
    return held().keys.get(of.folder.name, "")


def refusals(config: TrainConfig) -> tuple[SpecError, ...]:
    """Why this host does not allow the run to be started."""
    try:
        refuse_proxied()
        return client().allowed(config, visitor(), fetched(config.data), address())
    except SpecError as error:
        return (error,)


def submit(config: TrainConfig, stem: Stem | None) -> Ticket:
    """A run that waits for its turn, and the key to it; SpecError for what this host does not allow."""
    refuse_proxied()
    if stem is None:
        return client().submit(config, visitor(), cached=fetched(config.data), address=address())
    parent, code = run(stem.run), held().keys.get(stem.run, "")
    checkpoint = begins(parent, stem.step) if parent else None
    if checkpoint is None:
        raise SpecError("The checkpoint that this run begins from is gone: begin anew, or choose another.")
    here = fetched(config.data)
    return client().fork(stem.run, code, checkpoint, config, visitor(), cached=here, address=address())


def begins(parent: Run, step: int) -> Checkpoint | None:
    """The checkpoint after so many steps, where it is still there."""
    return next((one for one in parent.checkpoints() if one.step == step), None)


def ask(verb: str, of: Run, code: str) -> None:
    """Have a run resumed, paused, stopped or deleted by who holds its key; SpecError where that cannot be."""
    asks = {"resume": client().resume, "pause": client().pause, "stop": client().stop, "delete": client().delete}
    asks[verb](of.folder.name, code)
    _asked()[of.folder.name] = time.monotonic()


def place(of: Run) -> Place | None:
    """Where a run stands in line."""
    return client().place(of.folder.name)


def state(of: Run) -> str:
    """How a run stands; one that ended and was asked to go on waits in line again."""
    said, where = of.state, place(of)
    return "queued" if said in ENDED and where is not None and not where.running else said


def leaves(of: Run) -> bool:
    """True while the supervisor has not seen yet that a trainer left: until then it cannot start another."""
    where = place(of)
    return of.state in ENDED and where is not None and where.running


def stirs(of: Run) -> bool:
    """Whether something may still happen to a run: else nobody needs to look again."""
    late = time.monotonic() - _asked().get(of.folder.name, -ANSWER_S) < ANSWER_S
    return late or of.state not in ENDED or place(of) is not None


def _asked() -> dict[str, float]:
    """When this session asked for something, by run."""
    return st.session_state.setdefault("training.asked", {})


def recent(of: Run) -> list[dict[str, Any]]:
    """The clock, the place and the size of the last steps."""
    names = ("t", "step", "samples", "attempt")
    columns = of.tail.columns(*names)
    return [
        dict(zip(names, row, strict=True)) for row in zip(*(columns[name][-RECENT:] for name in names), strict=True)
    ]


def last(of: Run, kind: str) -> dict[str, Any]:
    """The newest record of a kind, empty where there is none."""
    if kind == "step":
        return of.tail.last()
    steps = of.tail.steps(kind)
    return of.tail.row(kind, steps[-1]) if steps else {}


def before(of: Run, step: int) -> int | None:
    """The newest checkpoint before a step, by its step."""
    return max((checkpoint.step for checkpoint in of.checkpoints() if checkpoint.step < step), default=None)


def asked_for(of: Run) -> bool:
    """True while a wish is on its way to the trainer."""
    return (of.control()["wanted"], of.state) in (
        ("pause", "running"),
        ("stop", "running"),
        ("stop", "paused"),
        ("run", "paused"),
    )


def files(of: Run) -> Iterator[tuple[str, int]]:
    """What may be taken along, with its bytes: logs, the description, checkpoints; those that are there."""
    for name in (*FILES, *(one.name for one in of.checkpoints())):
        file = found(of.folder.name, name)
        if file is not None:
            with file:
                yield name, os.fstat(file.fileno()).st_size
