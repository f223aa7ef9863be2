"""Buttons that show an icon alone, and still tell a screen reader their name."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

# The label leaves the picture, but not the page: hidden elements would have no name.
STYLE = """<style>
[class*="st-key-"][class*="-tools"] button [data-testid="stMarkdownContainer"] {
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
:where([class*="st-key-"][class*="-tools"]) button { min-width: 1.75rem; min-height: 1.75rem; }
/* Undo and redo stand at the right end of their row, whatever stands before them. */
.stHorizontalBlock > :has(> .stVerticalBlock > * > [class*="st-key-history-"]) {
  margin-left: auto; flex: none; width: max-content; min-width: max-content; }
@media (pointer: coarse) { [class*="st-key-"][class*="-tools"] button { min-width: 44px; min-height: 44px; } }
</style>"""


def tools(key: str) -> DeltaGenerator:
    """A row for buttons whose labels are heard and not seen."""
    return st.container(key=f"{key}.tools", horizontal=True, gap="xxsmall", width="content", wrap=False)
