"""The looks at a summary: one row a tab."""

from collections.abc import Callable
from typing import NamedTuple

from cnnlab.specs import N_
from cnnlab.summary.answers import Summarised
from cnnlab.summary.jobs import asked, report_of
from pages.serving.answers import rows_address
from pages.shared.history import History
from pages.summary.calling import calling_panel
from pages.summary.gradients import gradient_panel
from pages.summary.graph import graph_view
from pages.summary.inspect import feature_map_panel, receptive_panel
from pages.summary.panels import compare_panel, depth_panel, memory_panel, walk_panel
from pages.summary.state_file import state_panel
from pages.summary.tree import tree


class Look(NamedTuple):
    """A tab's title, and what draws it."""

    title: str
    draw: Callable[[History, Summarised], None]


def _tree(history: History, about: Summarised) -> None:
    tree("summary.tree", about.report, _source(history), history.now.row, _pick(history))


def _graph(history: History, about: Summarised) -> None:
    graph_view("summary.graph", about.report, _source(history), history.now.row, _pick(history))


def _source(history: History) -> str:
    return rows_address(report_of(history.now), asked(history.now))


def _pick(history: History) -> Callable[[str], None]:
    return lambda name: history.update(row=name, keep=False)


LOOKS = (
    Look(N_("Layers"), _tree),
    Look(N_("Graph"), _graph),
    Look(N_("Along the depth"), lambda history, about: depth_panel(about.report)),
    Look(N_("Memory"), lambda history, about: memory_panel(history.now)),
    Look(N_("Feature maps"), feature_map_panel),
    Look(N_("Receptive field"), receptive_panel),
    Look(N_("Call and hooks"), calling_panel),
    Look(N_("Gradients"), gradient_panel),
    Look(N_("Ways to walk"), lambda history, about: walk_panel(history.now)),
    Look(N_("Compare"), compare_panel),
    Look(N_("State dict"), lambda history, about: state_panel(history.now)),
)
