"""The looks at a summary: one row a tab."""

from collections.abc import Callable
from typing import NamedTuple

from cnnlab.specs import N_
from cnnlab.summary.answers import Summarised
from cnnlab.summary.jobs import asked, report_of
from cnnlab.summary.view import MEMORY
from pages.serving.answers import rows_address
from pages.shared.history import History
from pages.summary.calling import calling_panel
from pages.summary.compare import compare_panel
from pages.summary.gradients import gradient_panel
from pages.summary.graph import graph_view
from pages.summary.inspect import feature_map_panel, receptive_panel
from pages.summary.model import look_at
from pages.summary.panels import depth_panel, memory_panel, walk_panel
from pages.summary.state_file import state_panel
from pages.summary.tree import tree


class Look(NamedTuple):
    """A tab's title, what draws it, and its name in a link; one that `runs` the model shows nothing where that stops."""

    title: str
    draw: Callable[[History, Summarised], None]
    name: str
    runs: bool = False


def _tree(history: History, about: Summarised) -> None:
    tree("summary.tree", about.report, _source(history), history.now.row, _pick(history))


def _graph(history: History, about: Summarised) -> None:
    graph_view("summary.graph", about.report, _source(history), history.now.row, _pick(history))


def _source(history: History) -> str:
    return rows_address(report_of(history.now), asked(history.now))


def _pick(history: History) -> Callable[[str], None]:
    return lambda name: look_at(history, history.now.at(name))


LOOKS = (
    Look(N_("Layers"), _tree, "layers"),
    Look(N_("Graph"), _graph, "graph"),
    Look(N_("Along the depth"), lambda history, about: depth_panel(about.report), "depth"),
    Look(N_("Memory"), lambda history, about: memory_panel(history), MEMORY, runs=True),
    Look(N_("Feature maps"), feature_map_panel, "maps", runs=True),
    Look(N_("Receptive field"), receptive_panel, "field", runs=True),
    Look(N_("Call and hooks"), calling_panel, "call", runs=True),
    Look(N_("Gradients"), gradient_panel, "gradients", runs=True),
    Look(N_("Ways to walk"), lambda history, about: walk_panel(history.now), "walk"),
    Look(N_("Compare"), compare_panel, "compare"),
    Look(N_("State dict"), lambda history, about: state_panel(history.now), "state"),
)
