"""The looks at a summary: one row a tab."""

from collections.abc import Callable
from typing import NamedTuple

from cnnlab.specs import N_
from cnnlab.summary import Report, graph
from pages.shared.history import History
from pages.summary.graph import graph_view
from pages.summary.inspect import feature_map_panel, receptive_panel
from pages.summary.panels import compare_panel, depth_panel, memory_panel, walk_panel
from pages.summary.state_file import state_panel
from pages.summary.tree import tree


class Look(NamedTuple):
    """A tab's title, and what draws it."""

    title: str
    draw: Callable[[History, Report], None]


def _pick(history: History) -> Callable[[str], None]:
    return lambda name: history.update(row=name, keep=False)


LOOKS = (
    Look(
        N_("Layers"),
        lambda history, report: tree("summary.tree", report, history.now.report_key, history.now.row, _pick(history)),
    ),
    Look(
        N_("Graph"),
        lambda history, report: graph_view(
            "summary.graph", graph(report), history.now.row, _pick(history), report=report
        ),
    ),
    Look(N_("Along the depth"), lambda history, report: depth_panel(report)),
    Look(N_("Memory"), lambda history, report: memory_panel(history.now)),
    Look(N_("Feature maps"), feature_map_panel),
    Look(N_("Receptive field"), receptive_panel),
    Look(N_("Ways to walk"), lambda history, report: walk_panel(history.now)),
    Look(N_("Compare"), compare_panel),
    Look(N_("State dict"), lambda history, report: state_panel(history.now)),
)
