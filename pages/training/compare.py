"""The look at several runs: their curves over each other, what differs in their settings, and how far chance carries."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from cnnlab.colours import RUNS
from cnnlab.figures.charts import Chart
from cnnlab.figures.training import curves, spread
from cnnlab.specs import Message
from cnnlab.training import comparing, naming
from cnnlab.training.comparing import Row
from cnnlab.training.config import TrainConfig
from cnnlab.training.run import Run
from cnnlab.training.view import View
from cnnlab.training.words import STATES
from pages.shared.history import History
from pages.shared.language import _, language, plain, say
from pages.training import office
from pages.training.charts import charts
from pages.training.keys import held
from pages.training.live import controls, mark, seen
from pages.training.runs import described

OFFERED, MOST = 40, len(RUNS) - 1  # runs of this browser; of those that are laid over each other, beside the first

MEANS = (("val/accuracy", "accuracy", "%", 100), ("val/loss", "loss", "", 1))


def compare_look(history: History, run: Run) -> None:
    """The run beside others: those of this browser are on offer, any others come by the link."""
    own = [name for name in reversed(held().keys) if name != run.folder.name]
    others = beside(history.now)
    offered = {one.folder.name: one for one in others}
    offered |= {name: one for name in own[:OFFERED] if name not in offered and (one := office.run(name))}
    labels = dict(zip(offered, told_apart(list(offered.values()), list(map(described, offered.values()))), strict=True))
    key = "training.compare.runs"
    st.session_state[key] = [one.folder.name for one in others]

    def choose() -> None:
        names = st.session_state.get(key)
        history.update(runs=tuple(name for name in offered if isinstance(names, list) and name in names)[:MOST])

    st.multiselect(
        _("Compare with"), list(offered), key=key, on_change=choose, max_selections=MOST,
        format_func=labels.get, placeholder=_("Choose runs of this browser"),
    )  # fmt: skip
    compare(history, named((run, *others)))


def named(runs: Sequence[Run]) -> list[tuple[str, Run]]:
    """Runs with what they are called beside each other."""
    return list(zip(told_apart(runs, naming.distinct([run.config for run in runs], say=say)), runs, strict=True))


def told_apart(runs: Sequence[Run], names: Sequence[str]) -> list[str]:
    """The names; where one is empty or of several runs, with the beginning of the run's id."""
    return [
        name if name and names.count(name) == 1 else f"{name} ({office.short(run)})".strip()
        for run, name in zip(runs, names, strict=True)
    ]


def beside(view: View) -> list[Run]:
    """Those of the runs in the link that are there, besides the one that is watched."""
    return [one for name in dict.fromkeys(view.runs[:MOST]) if name != view.run and (one := office.run(name))]


def compare(history: History, runs: Sequence[tuple[str, Run]]) -> None:
    """(name, run) of all that are laid over each other; two at least."""
    if len(runs) < 2:
        st.info(_("Choose a second run: their curves are laid over each other."), icon=":material/compare_arrows:")
        return
    families = _families(runs)
    if means := _means(families):
        st.subheader(_("Mean and spread"), anchor=False)
        st.caption(
            _(
                "Runs that differ by nothing but their seeds, together: the line is their mean, the band one standard "
                "deviation to either side."
            )
        )
        if told := _concluded(families):
            st.markdown(say(told, plain))
        charts("training.means", [chart.packed() for chart in means])
        st.subheader(_("Each run"), anchor=False)
    axis, smoothing, log = controls(history)
    packed = _drawn(tuple((str(run.folder), mark(run)) for _name, run in runs), axis, smoothing, log, language(), runs)
    if packed:
        charts("training.compared", packed, axis)
    tables([name for name, _run in runs], [run.config for _name, run in runs], runs)


@st.cache_resource(max_entries=64, show_spinner=False)
def _drawn(
    marks: tuple[tuple[str, tuple[int, ...]], ...],
    axis: str,
    smoothing: float,
    log: bool,
    spoken: str,
    _runs: Sequence[tuple[str, Run]],
) -> list[dict[str, Any]]:
    """The charts of all runs as they go to browsers: worked out once for all who compare them in the same way."""
    told = [seen(name, run.tail, RUNS[place % len(RUNS)]) for place, (name, run) in enumerate(_runs)]
    told = [one for one in told if len(one.steps["step"])]
    return [chart.packed() for chart in curves(told, _, axis, smoothing, log)] if told else []


def _families(runs: Sequence[tuple[str, Run]]) -> list[tuple[str, list[list[dict[str, Any]]]]]:
    """Runs that differ by nothing but their seeds, several each, by what tells the families apart; of each run its epochs."""
    configs = [run.config for _name, run in runs]
    families = [family for family in comparing.families(configs) if len(family) > 1]
    names = naming.distinct([configs[family[0]] for family in families], comparing.CHANCE, say)
    epochs = [run.records("epoch") for _name, run in runs]
    return [(name, [epochs[place] for place in family]) for name, family in zip(names, families, strict=True)]


def _means(families: Sequence[tuple[str, Sequence[Sequence[dict[str, Any]]]]]) -> list[Chart]:
    """A chart of the mean of each family."""
    drawn = []
    for name, title, unit, factor in MEANS:
        groups = []
        for called, epochs in families:
            x, values = comparing.together(epochs, name)
            if len(x):
                says = _("{count} runs: {name}") if called else _("{count} runs")
                groups.append((says.format(count=len(epochs), name=called), x, values))
        if groups:
            words = {"accuracy": _("Validation accuracy"), "loss": _("Validation loss")}
            drawn.append(spread(f"mean.{title}", words[title], groups, _, unit, factor))
    return drawn


def _concluded(families: Sequence[tuple[str, Sequence[Sequence[dict[str, Any]]]]]) -> Message | None:
    """What two families come to after the last epoch that all of their runs have ended."""
    if len(families) != 2:
        return None
    tables = [comparing.together(epochs, "val/accuracy") for _name, epochs in families]
    common = set.intersection(*(set(x.tolist()) for x, _values in tables))
    if not common:
        return None
    epoch = max(common)
    one, other = (
        comparing.Family(name, tuple(values[:, x.tolist().index(epoch)].tolist()))
        for (name, _epochs), (x, values) in zip(families, tables, strict=True)
    )
    return comparing.conclusion(int(epoch), one, other)


def tables(names: Sequence[str], configs: Sequence[TrainConfig], runs: Sequence[tuple[str, Run]]) -> None:
    """Results, and settings: those that differ stand first and in bold, the others fold away."""
    ends = [(run.records("epoch"), office.last(run, "end")) for _name, run in runs]
    settings = comparing.settings(configs)
    different = [row for row in settings if row.differs]
    st.subheader(_("Results"), anchor=False)
    states = Row(_("State"), tuple(_(STATES[office.state(run)].word) for _name, run in runs))
    _table("results", names, [states, *(Row(_(row.name), row.texts) for row in comparing.results(ends))])
    st.subheader(_("What differs"), anchor=False)
    if different:
        _table("different", names, different)
    else:
        st.caption(_("Nothing: these runs have the same settings."))
    with st.expander(_("Equal settings"), key="training.compare.equal"):
        _table("equal", names, [row for row in settings if not row.differs])


def _table(key: str, names: Sequence[str], rows: Sequence[Row]) -> None:
    """A row a setting and a column a run; what is too wide is scrolled to, beside the names of the rows."""
    head = "| | " + " | ".join(map(_cell, names)) + " |"
    line = "|---" * (len(names) + 1) + "|"
    body = [f"| {_cell(row.name)} | " + " | ".join(_emphasis(row, text) for text in row.texts) + " |" for row in rows]
    with st.container(key=f"training.table.{key}"):
        st.markdown("\n".join([head, line, *body]))


def _emphasis(row: Row, text: str) -> str:
    return f"**{_cell(text)}**" if row.differs else _cell(text)


def _cell(text: str) -> str:
    return plain(text).replace("\n", " ")
