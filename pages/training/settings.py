"""The settings of a run that is watched, as far as they differ from the first set-up, and where it began."""

from typing import Any

import streamlit as st

from cnnlab.augmentation import Pipeline
from cnnlab.specs import Call
from cnnlab.training.config import TrainConfig
from cnnlab.training.view import View
from pages.shared.history import History
from pages.shared.language import _, coded, language_query, plain
from pages.training import office


def settings(history: History, run: office.Run) -> None:
    config, parent = run.config, run.spec.get("parent")
    with st.expander(_("Settings"), icon=":material/tune:", key="training.settings"):
        if isinstance(parent, dict) and isinstance(parent.get("run"), str):
            st.page_link(
                "training/page.py",
                label=_("Begun from run {run} after step {step}").format(
                    run=plain(parent["run"][:6]), step=parent.get("step", 0)
                ),
                icon=":material/fork_right:",
                query_params={"run": parent["run"], **language_query()},
            )
        lines = [f":small[{name}] {coded(value)}" for name, value in told(config).items()]
        st.markdown("  \n".join(lines))


def told(config: TrainConfig) -> dict[str, str]:
    """Each setting that says something: those of data, model and steps always, others where they are not the default."""
    usual, names = TrainConfig(), [field.attribute for field in View.FIELDS if hasattr(config, field.attribute)]
    always = {"data", "model", "optimizer", "schedule", "loss", "batch_size", "epochs", "seed"}
    return {
        name: shown(getattr(config, name))
        for name in dict.fromkeys(names)
        if name in always or getattr(config, name) != getattr(usual, name)
    }


def shown(value: Any) -> str:
    if isinstance(value, Call):
        return value.code()
    if isinstance(value, Pipeline):
        return ", ".join(call.code() for call in value.active) or "–"
    if isinstance(value, dict):
        return ", ".join(f"{name}: {shown(call)}" for name, call in value.items())
    return str(value)
