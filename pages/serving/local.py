"""Whether the server is for its own machine alone."""

import os
from ipaddress import ip_address

import streamlit as st

from cnnlab.hosting import SHARED, VARIABLE, is_shared
from cnnlab.specs import SpecError

FORWARDED = "X-Forwarded-For"
WRITTEN = (FORWARDED, "X-Forwarded-Host", "X-Real-Ip", "Forwarded", "Via")  # by proxies, as Streamlit spells them


def is_local() -> bool:
    """Whether only its own machine reaches the server."""
    address = st.get_option("server.address") or ""
    try:
        return address == "localhost" or ip_address(address).is_loopback
    except ValueError:
        return False


def tell_who_comes() -> None:
    """Tell the processes of this server, and the one that owns the runs, whether other machines reach it.

    Where a host said what visitors may train, that holds wherever they come from.
    """
    if is_local() or os.environ.get(VARIABLE):
        os.environ.pop(SHARED, None)
    else:
        os.environ[SHARED] = "1"


def refuse_proxied() -> None:
    """SpecError where visitors of a server that is for its own machine come through a proxy: it is open to nobody else."""
    said = os.environ.get(VARIABLE) or is_shared()
    if not said and any(name in st.context.headers for name in WRITTEN):
        raise SpecError(
            "This page comes through a proxy, and nobody has said what visitors may train: whoever runs the lab names a "
            "settings file in {variable}, for which an empty one will do.",
            variable=VARIABLE,
        )
