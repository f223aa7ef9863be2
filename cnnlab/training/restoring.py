"""A run's session put where its newest good checkpoint left it. Needs no torch."""

from collections.abc import Callable, Mapping
from typing import Any

from cnnlab.messages import N_, Message
from cnnlab.specs import SpecError

from .checkpoints import START, Checkpoint
from .journal import Journal
from .run import Run
from .trainer import Session

Load = Callable[[Checkpoint], dict[str, Any] | None]  # the state of a checkpoint, None where it is damaged


def resume(
    run: Run, session: Session, load: Load, journal: Journal | None, share: Callable[[Any], Any] = lambda value: value
) -> str | None:
    """The name of the checkpoint that was restored, None where there is none.

    The trainer with a journal looks for it and says what is damaged; `share` tells the others of its group.
    """
    name = share(newest(run, session, load, journal) if journal is not None else None)
    if name is not None and journal is None:
        (checkpoint,) = (one for one in run.checkpoints() if one.name == name)
        put(session, checkpoint, load(checkpoint))
    return name


def put(session: Session, checkpoint: Checkpoint, state: Mapping[str, Any]) -> None:
    """What a fork begins with is of another run."""
    (session.fork if checkpoint.name == START else session.restore)(state)


def newest(run: Run, session: Session, load: Load, journal: Journal) -> str | None:
    tried = run.checkpoints()
    for checkpoint in tried:
        state = load(checkpoint)
        if state is not None:
            put(session, checkpoint, state)
            return checkpoint.name
        says = Message(N_("The checkpoint {name} is damaged: the one before is taken."), {"name": checkpoint.name})
        journal.event("damaged", says, step=checkpoint.step)
    if run.spec.get("parent"):
        raise SpecError("The checkpoint that this run goes on from is gone or damaged: fork it again.")
    if tried or run.attempt > 1:
        journal.event("damaged", Message(N_("No checkpoint could be read: the run begins anew.")))
    return None
