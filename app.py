"""The server's entry: `streamlit run app.py`. What all visitors share is loaded here, once."""

import gc
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from starlette.middleware import Middleware

from pages.serving.cards import card_route
from pages.serving.headers import AGENT, METRICS, Closed, Headers
from pages.serving.mishaps import on_script_error
from pages.serving.parts import part_route
from pages.serving.sockets import send_at_once
from pages.serving.uploads import Uploads


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    """Load torch before the first visitor, so that nobody waits for it."""
    import torch
    import torchvision  # noqa: F401

    import cnnlab.augmentation  # noqa: F401

    # Visitors are threads of this one process: one core each serves a class faster than all cores
    # for each in turn, and costs a lone visitor little. Training is its own process with its own count.
    torch.set_num_threads(int(os.environ.get("CNNLAB_THREADS", "1")))

    # Streamlit collects garbage after every rerun; with torch's objects in the heap that takes
    # hundreds of milliseconds, unless they are frozen out of it.
    gc.collect()
    gc.freeze()
    send_at_once(st.get_option("server.port"))
    yield
    gc.unfreeze()


def middleware() -> list[Middleware]:
    closed = [] if os.environ.get("CNNLAB_METRICS") == "1" else [METRICS]
    closed += [] if st.get_option("server.enableAgentApi") else [AGENT]
    return [
        Middleware(Headers, ancestors=os.environ.get("CNNLAB_FRAME_ANCESTORS", "'self'")),
        Middleware(Closed, patterns=closed),
        Middleware(Uploads),
    ]


base = st.get_option("server.baseUrlPath")
app = st.App(
    "pages/index.py",
    lifespan=lifespan,
    routes=[part_route(base), card_route(base)],
    middleware=middleware(),
    on_script_error=on_script_error,
)
