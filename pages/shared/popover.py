"""A popover that goes when what it was opened for is done."""

import streamlit as st
from streamlit.elements.lib.mutable_popover_container import PopoverContainer


def popover(key: str, label: str, icon: str, width: str = "content") -> PopoverContainer:
    """A popover which `close` shuts; what is in it is drawn whether it is open or not."""
    if st.session_state.pop(f"{key}.done", False):
        st.session_state[key] = False
    return st.popover(label, icon=icon, width=width, key=key, on_change="rerun")


def close(key: str) -> None:
    """Shut the popover in the next run, which should follow at once."""
    st.session_state[f"{key}.done"] = True
