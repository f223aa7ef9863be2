"""Training: set a run up, start it, watch it, and see what came of it."""

from pathlib import Path

import streamlit as st

from cnnlab.training.view import View
from pages.shared.problem import refusals
from pages.shared.zip import Own
from pages.training.keys import keyring
from pages.training.setting_up import setting_up
from pages.training.watching import watching

STYLE = f"<style>{(Path(__file__).parent / 'page.css').read_text(encoding='utf-8')}</style>"


def main() -> None:
    history = Own("training", View)
    st.html(STYLE)
    keyring()
    with refusals():  # of a machine that cannot keep runs at all
        (watching if history.now.run else setting_up)(history)
    history.write_url()


main()
