"""A file of the visitor's: Streamlit's uploader, on whose files the server keeps an eye."""

from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from cnnlab import limits
from cnnlab.specs import SpecError
from pages.shared.language import _
from pages.shared.ledger import LEDGER, Shelved, Ticket
from pages.shared.problem import problem

TICKET = "uploads"
LOCAL = ("localhost", "127.0.0.1", "::1")


def is_local() -> bool:
    """Whether the server is for its own machine alone."""
    return st.get_option("server.address") in LOCAL


def uploader(label: str, kinds: list[str], key: str, most_mb: int | None = None, **more: Any):
    """`st.file_uploader` for one file of so many MB, by default as many as the server takes.

    Without it the server lets no file of this session in. One with `most_mb` may be larger than the server's limit:
    it never lies in the server's memory, see `shelved`.
    """
    ticket = _ticket()
    ticket.wanted.add(key)
    ticket.most = max(ticket.most, (most_mb or 0) << 20)
    with st.container(key=f"{key}.place", gap="small"):
        file = st.file_uploader(label, kinds, key=key, max_upload_size=most_mb, **more)
        with st.container(key=f"{key}.words"):
            _refusal(key, kinds, most_mb or st.get_option("server.maxUploadSize"))
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


def _refusal(key: str, kinds: list[str], most_mb: int) -> None:
    """What is said of a file that the browser does not send, where Streamlit has a tooltip; page.css shows it only then."""
    words = _("This file was not taken: it is larger than {limit} MB, or of another kind than {kinds}.")
    st.markdown(f":red[{words.format(limit=most_mb, kinds=', '.join(kinds))}]")


def called(file: Any) -> str:
    """What the visitor calls the file, as text that a link can carry; its end, which tells what it is."""
    return file.name[-limits.LINK_NAME :].encode(errors="replace").decode()


def _ticket() -> Ticket:
    if TICKET not in st.session_state:
        st.session_state[TICKET] = Ticket(get_script_run_ctx().session_id)
        LEDGER.enter(st.session_state[TICKET])
    return st.session_state[TICKET]
