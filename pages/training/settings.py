"""The settings of a run that is watched, as far as they differ from the first set-up, and where it began."""

import streamlit as st

from cnnlab.training import comparing
from cnnlab.training.config import TrainConfig
from cnnlab.training.view import View
from pages.shared.history import History
from pages.shared.language import _, coded, language_query, plain
from pages.training import office


def settings(history: History, run: office.Run) -> None:
    config = run.config
    with st.expander(_("Settings"), icon=":material/tune:", key="training.settings"):
        lines = [f":small[{name}] {coded(value)}" for name, value in told(config).items()]
        st.markdown("  \n".join(lines))


def begun(run: office.Run) -> None:
    """The way to the run that this one is a fork of."""
    parent = run.spec.get("parent")
    if isinstance(parent, dict) and isinstance(parent.get("run"), str):
        st.page_link(
            "training/page.py",
            label=_("A fork of run {run}, begun after step {step}").format(
                run=plain(parent["run"][:6]), step=parent.get("step", 0)
            ),
            icon=":material/fork_right:",
            query_params={"run": parent["run"], **language_query()},
        )


def told(config: TrainConfig) -> dict[str, str]:
    """Each setting that says something: those of data, model and steps always, others where they are not the default."""
    usual, names = TrainConfig(), [field.attribute for field in View.FIELDS if hasattr(config, field.attribute)]
    always = {"data", "model", "optimizer", "schedule", "loss", "batch_size", "epochs", "seed"}
    return {
        name: comparing.told(getattr(config, name))
        for name in dict.fromkeys(names)
        if name in always or getattr(config, name) != getattr(usual, name)
    }
