"""The runs that were started in this browser."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import streamlit as st

from cnnlab.training.naming import unusual
from cnnlab.training.view import View
from cnnlab.training.words import STATES, model_name
from pages.shared.history import History
from pages.shared.language import _, plain, say
from pages.shared.popover import close, popover
from pages.training import office
from pages.training.keys import held

KEY, SHOWN = "training.runs", 20
LATEST = 253402300800  # seconds: the year 10000, which no calendar here has


def own_runs(history: History) -> None:
    """A list of them, the newest first; a click watches one."""
    with popover(KEY, _("Your runs"), ":material/list:") as opened:
        if opened.open:
            _listed(history)


def _listed(history: History) -> None:
    names = list(reversed(held().keys))
    runs = {name: run for name in names[:SHOWN] if (run := office.run(name))}
    if not runs:
        st.caption(_(
            "Nothing has run yet in this browser: press Start, and what is learnt is listed here, "
            "also when you come back another day."))  # fmt: skip
        return
    for name, run in runs.items():
        state = STATES[office.state(run)]

        def watch(name: str = name) -> None:
            close(KEY)
            history.change(View().watching(name))

        st.button(
            f"{plain(described(run))} · {_(state.word)}",
            key=f"{KEY}.{name}",
            type="tertiary",
            icon=f":material/{state.icon}:",
            on_click=watch,
            disabled=name == history.now.run,
        )


def described(run: office.Run) -> str:
    """What a run is called: its network, its data, what of its settings is not usual, and when it was set up."""
    config = run.config
    data = _("a zip of pictures") if config.data.spec.own else config.data.name
    return " · ".join(filter(None, (model_name(config), data, unusual(config, say), _when(run))))


def _when(run: office.Run) -> str:
    """The time on the visitor's clock, "" where the run does not say."""
    created = run.spec.get("created")
    if not isinstance(created, (int, float)) or not 0 < created < LATEST:
        return ""
    try:
        zone = ZoneInfo(st.context.timezone or "UTC")
    except (ValueError, KeyError, OSError):  # no zone of ours
        zone = UTC
    return datetime.fromtimestamp(created, zone).strftime("%m\N{NON-BREAKING HYPHEN}%d\N{NO-BREAK SPACE}%H:%M")
