"""All that a trainer is made of, put together: what needs torch, loaded when the folder is claimed."""

from collections.abc import Callable

from cnnlab.loading.uploads import kept_in

from .company import company
from .folder import UPLOADS
from .heartbeat import Heart
from .journal import Journal
from .keeping import Folder, load
from .restoring import resume
from .run import Run
from .session import Session
from .trainer import Control, Trainer


def train(
    run: Run, journal: Journal | None, heart: Heart | None, control: Control | None, asked: Callable[[], bool]
) -> int:
    """The code with which the trainer leaves; without a journal another one of its group writes."""
    run.refuse_other_version()
    together = company(run.config.device)
    try:
        with kept_in(run.folder / UPLOADS):
            session = Session(run.config, together.rank, together.world)
        restored = resume(run, session, load, journal, together.share)
        trainer = Trainer(session, Folder(run.folder), journal, heart, control, asked, together.agree)
        return trainer.train(restored is not None)
    finally:
        together.part()
