"""Whose runs they are: a name that a browser made up, and the network address that it came from."""

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from cnnlab.hosting import settings
from cnnlab.training.supervisor.addresses import network
from pages.serving.local import FORWARDED
from pages.training.keys import held


def visitor() -> str:
    """Whose run it is, for the queue: the browser; a client without our component is its session."""
    context = get_script_run_ctx()
    return held().visitor or (context.session_id if context else "")


def address() -> str:
    """Where they come from, "" for this machine or where they may have made it up; SpecError of wrong settings."""
    return network(st.context.ip_address, st.context.headers.get_all(FORWARDED), settings().proxies)
