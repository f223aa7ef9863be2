"""Set-ups that are ready: one to start from, or several runs that start together."""

import streamlit as st

from cnnlab.training.presets import Preset, presets
from cnnlab.training.view import View
from pages.shared.history import History
from pages.shared.language import _, say
from pages.shared.numbers import forget_refusals
from pages.shared.popover import close, popover
from pages.training.start import start

KEY = "training.presets"


def presets_list(history: History) -> None:
    with popover(KEY, _("Experiments"), ":material/science:") as opened:
        if opened.open:
            for number, preset in enumerate(presets()):
                _listed(history, number, preset)


def _listed(history: History, number: int, preset: Preset) -> None:
    several = len(preset.configs) > 1

    def act() -> None:
        close(KEY)
        forget_refusals()
        if several:
            start(history, preset.configs)
        else:
            history.change(View.of(preset.configs[0]))

    with st.container(gap=None):
        st.button(
            _("{title}: start {count} runs").format(title=_(preset.title), count=len(preset.configs))
            if several
            else _(preset.title),
            key=f"{KEY}.{number}",
            type="tertiary",
            icon=":material/rocket_launch:" if several else ":material/tune:",
            on_click=act,
        )
        st.caption(say(preset.about))
