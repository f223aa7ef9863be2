"""A file of the visitor's: Streamlit's uploader, on whose files the server keeps an eye."""

from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from cnnlab import limits
from cnnlab.specs import SpecError
from pages.shared.ledger import LEDGER, Shelved, Ticket
from pages.shared.problem import problem

TICKET = "uploads"


def uploader(label: str, kinds: list[str], key: str, most_mb: int | None = None, **more: Any):
    """`st.file_uploader` for one file; without it the server lets no file of this session in.

    With `most_mb` it takes files larger than the server's limit, which never lie in its memory: see `shelved`.
    """
    ticket = _ticket()
    ticket.wanted.add(key)
    ticket.most = max(ticket.most, (most_mb or 0) << 20)
    file = st.file_uploader(label, kinds, key=key, max_upload_size=most_mb, **more)
    ticket.shown = {name: shown for name, shown in ticket.shown.items() if name in st.session_state and name != key}
    if file is None:
        return None
    ticket.shown[key] = file.file_id
    if file.file_id in ticket.refused:
        problem(ticket.refused[file.file_id])
        return None
    if file.file_id in ticket.shelved and most_mb is None:
        problem(SpecError("The file is too large for this: choose a smaller one."))
        return None
    return file


def shelved(file: Any) -> Shelved | None:
    """A large file on the shelf; None for one whose bytes came with it."""
    return _ticket().shelved.get(file.file_id)


def called(file: Any) -> str:
    """What the visitor calls the file, as text that a link can carry; its end, which tells what it is."""
    return file.name[-limits.LINK_NAME :].encode(errors="replace").decode()


def _ticket() -> Ticket:
    if TICKET not in st.session_state:
        st.session_state[TICKET] = Ticket(get_script_run_ctx().session_id)
        LEDGER.enter(st.session_state[TICKET])
    return st.session_state[TICKET]
