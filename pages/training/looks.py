"""The looks at a run: one row a tab."""

from collections.abc import Callable
from typing import NamedTuple

from cnnlab.specs import N_
from cnnlab.training.run import Run
from pages.shared.history import History
from pages.training import office
from pages.training.after import after
from pages.training.compare import compare_look
from pages.training.hardware import hardware
from pages.training.live import live


class Look(NamedTuple):
    """A tab: its name in a link, its title, and what draws it."""

    name: str
    title: str
    draw: Callable[[History, Run], None]


COMPARE = "compare"
LOOKS = (
    Look("curves", N_("Curves"), live),
    Look("hardware", N_("Hardware"), lambda history, run: hardware(run.system(), office.stirs(run))),
    Look(COMPARE, N_("Compare"), compare_look),
    Look("after", N_("Outcome"), after),
)
