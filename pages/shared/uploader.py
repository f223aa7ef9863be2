"""A file of the visitor's: Streamlit's uploader, on whose files the server keeps an eye."""

from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from cnnlab import limits
from pages.shared.ledger import LEDGER, Ticket
from pages.shared.problem import problem

TICKET = "uploads"


def uploader(label: str, kinds: list[str], key: str, **more: Any):
    """`st.file_uploader` for one file; without it the server lets no file of this session in."""
    ticket = _ticket()
    ticket.wanted.add(key)
    file = st.file_uploader(label, kinds, key=key, **more)
    ticket.shown = {name: shown for name, shown in ticket.shown.items() if name in st.session_state and name != key}
    if file is None:
        return None
    ticket.shown[key] = file.file_id
    if file.file_id in ticket.refused:
        problem(ticket.refused[file.file_id])
        return None
    return file


def called(file: Any) -> str:
    """What the visitor calls the file, as text that a link can carry; its end, which tells what it is."""
    return file.name[-limits.LINK_NAME :].encode(errors="replace").decode()


def _ticket() -> Ticket:
    if TICKET not in st.session_state:
        st.session_state[TICKET] = Ticket(get_script_run_ctx().session_id)
        LEDGER.enter(st.session_state[TICKET])
    return st.session_state[TICKET]
