"""The layer inspector: every layer's shape, arithmetic and pixels, both ways."""

from pathlib import Path

import streamlit as st

from cnnlab.layers.view import View
from pages.layers.choosing import PAGE, chooser, settings
from pages.layers.head import head
from pages.layers.lessons import groups, what_to_look_at
from pages.layers.looks import LOOKS
from pages.layers.origin import allowed, way_back
from pages.layers.stack import more_layers, strip
from pages.layers.take import take_away
from pages.shared.history import History
from pages.shared.language import _
from pages.shared.looks import looks

STYLE = f"<style>{(Path(__file__).parent / 'page.css').read_text(encoding='utf-8')}</style>"


def main() -> None:
    history = History(PAGE, View)
    st.html(STYLE)
    with st.container(key="layers.top", horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.caption(_("What one layer does to what reaches it: its shape, its arithmetic, and what makes each number."))
        groups(history)
    what_to_look_at(history.now)
    with chooser(history):
        more_layers(history)
    strip(history)
    place = history.now.here
    with st.container(key="layers.bench"):
        left, right = st.columns([5, 13], gap="medium")
    with right:
        way_back(history.now)
        head(history, place)
        may = allowed(history.now)
        if may:
            suited = [look for look in LOOKS if look.suits(place) and (look.patient or place.output is not None)]
            looks(history, suited, lambda look: look.draw(history, place))
    with left:
        settings(history)
    if may:
        st.divider()
        take_away(history, place)
    history.write_url()


main()
