"""What escapes a page: a number for the visitor, and the same number in the log beside the traceback."""

import logging
import secrets
import traceback
from pathlib import Path

import streamlit as st
from streamlit.logger import get_logger

from cnnlab.messages import N_, SpecError
from pages.shared.problem import problem

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that is misread aloud
SENTENCE = N_(
    "Something went wrong here, and it is our fault. What you set is kept. "
    "If it happens again, please tell whoever runs this lab the number {number}."
)
PENDING = "mishap"
# What draws: the frame of all pages, or Streamlit a fragment by itself.
FRAME, FRAGMENT = "pages/index.py", "streamlit/runtime/fragment.py"
# Where Streamlit reads the JSON of a component, which nobody but a browser has written.
READERS = ("streamlit/runtime/state/common.py", "streamlit/components/v2/bidi_component/serialization.py")
_log = logging.getLogger(__name__)


def _drawing(error: Exception) -> bool:
    """Whether a page, or a piece of one, was being drawn: the box then stands where it stopped."""
    frames = traceback.extract_tb(error.__traceback__)
    return any(
        (frame.filename.endswith(FRAME) and frame.name == "<module>") or frame.filename.endswith(FRAGMENT)
        for frame in frames
    )


def _unreadable(error: Exception) -> bool:
    """Whether it is no more than that a browser sent what is no JSON, or JSON that is too deep or too long."""
    files = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
    return Path(files[-1]).parent.name == "json" and any(file.endswith(READERS) for file in files)


def without_traceback(record: logging.LogRecord) -> bool:
    record.exc_info = None
    return True


def log_briefly() -> None:
    """One line for a message that Streamlit cannot read: whoever sends them could fill the disk with tracebacks."""
    get_logger("streamlit.components.v2.bidi_component.serialization").addFilter(without_traceback)


def on_script_error(error: Exception) -> bool:
    """Show a box in place of Streamlit's, where the page stopped.

    A callback runs before anything is drawn, and its failure would leave the page empty: the page is run once more,
    without the callback, and `pending_mishap` draws the box.
    """
    number = "".join(secrets.choice(ALPHABET) for _ in range(6))
    if _unreadable(error):
        _log.warning("Mishap %s: a browser sent what is no JSON (%s)", number, type(error).__name__)
    else:
        _log.error("Mishap %s", number, exc_info=error)
    if _drawing(error) or PENDING in st.session_state:
        box(number)
    else:
        st.session_state[PENDING] = number
        st.rerun()  # outside of a script it only asks for a run
    return True


def box(number: str) -> None:
    problem(SpecError(SENTENCE, number=number))


def pending_mishap() -> None:
    """The box of a callback that failed before this run."""
    number = st.session_state.pop(PENDING, None)
    if number:
        box(number)
