"""Whether the server is for its own machine alone."""

import os
from ipaddress import ip_address

import streamlit as st

from cnnlab.hosting import SHARED, VARIABLE


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
