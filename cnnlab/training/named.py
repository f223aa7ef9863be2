"""A run, and a checkpoint of it, by what a link says of them. Needs no torch."""

from cnnlab.messages import Passing

from .checkpoints import Checkpoint
from .run import Run
from .supervisor.places import Root, runs_root


def run_of(name: str) -> Run:
    """SpecError where there is none."""
    folder = Root(runs_root()).folder(name)
    if folder is None:
        raise Passing("There is no such run any more: it was deleted, or its days were over.")
    return Run(folder)


def checkpoint_of(name: str, file: str, step: int) -> tuple[Run, Checkpoint]:
    """SpecError where the run is gone, or its checkpoint of that name and step."""
    run = run_of(name)
    checkpoint = next((one for one in run.checkpoints() if (one.name, one.step) == (file, step)), None)
    if checkpoint is None:
        raise no_checkpoint()
    return run, checkpoint


def no_checkpoint() -> Passing:
    return Passing("There is no such checkpoint any more: look at the newest one.")
