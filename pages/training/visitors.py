"""Whose runs they are: a name that a browser made up, and the network address that it came from."""

import os

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from cnnlab.hosting import VARIABLE, is_shared, settings
from cnnlab.specs import SpecError
from cnnlab.training.supervisor.addresses import network
from pages.training.keys import held

FORWARDED = "X-Forwarded-For"
WRITTEN = (FORWARDED, "X-Forwarded-Host", "X-Real-Ip", "Forwarded", "Via")  # by proxies, as Streamlit spells them


def visitor() -> str:
    """Whose run it is, for the queue: the browser; a client without our component is its session."""
    context = get_script_run_ctx()
    return held().visitor or (context.session_id if context else "")


def address() -> str:
    """Where they come from, "" for this machine or where they may have made it up; SpecError of wrong settings."""
    return network(st.context.ip_address, st.context.headers.get_all(FORWARDED), settings().proxies)


def refuse_proxied() -> None:
    """SpecError where visitors of a server that is for its own machine come through a proxy: it is open to nobody else."""
    said = os.environ.get(VARIABLE) or is_shared()
    if not said and any(name in st.context.headers for name in WRITTEN):
        raise SpecError(
            "This page comes through a proxy, and nobody has said what visitors may train: whoever runs the lab names a "
            "settings file in {variable}, for which an empty one will do.",
            variable=VARIABLE,
        )
