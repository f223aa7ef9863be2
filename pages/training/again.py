"""The set-up of a run, to begin another from it; its starter gets back the zip that it was started with."""

from typing import Any

from cnnlab import shelf
from cnnlab.loading.uploads import told
from cnnlab.training.folder import UPLOADS, opened
from cnnlab.training.view import View
from pages.shared.history import History
from pages.shared.language import _
from pages.shared.problem import refusals
from pages.shared.zip import hold
from pages.training import office


def again(history: History, run: office.Run, **more: Any) -> None:
    """Show the set-up of a run with other fields."""
    with refusals():
        bring_back(run)
    history.change(View.of(run.config, **more))


def bring_back(run: office.Run) -> None:
    """The zip of a run is the session's own once more, where this browser started it; SpecError where there is no room."""
    data = run.config.data
    if not data.spec.own or not office.key(run) or not shelf.is_digest(data["digest"]):
        return
    unpacked = run.folder / UPLOADS / (data["digest"] + shelf.UNPACKED)
    zipped = opened(run.folder, f"{UPLOADS}/{data['digest']}")
    if zipped is None or not unpacked.is_dir():  # its trainer has not begun
        return
    with zipped:
        hold(zipped, _("the zip of run {run}").format(run=office.short(run)), told(unpacked))
