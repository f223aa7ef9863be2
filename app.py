"""The server's entry: `streamlit run app.py`. What all visitors share is loaded here, once."""

import gc
import importlib
import os
import pkgutil
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import streamlit as st
from starlette.middleware import Middleware

import pages
from cnnlab.specs import SpecError
from cnnlab.workshop.desk import Workshop
from pages.serving.answers import answer_routes
from pages.serving.downloads import Downloads
from pages.serving.hall import hall
from pages.serving.headers import AGENT, METRICS, Closed, Headers
from pages.serving.local import tell_who_comes
from pages.serving.mishaps import log_briefly, on_script_error
from pages.serving.parts import part_route
from pages.serving.sockets import send_at_once
from pages.serving.uploads import Uploads
from pages.table import PAGES

HEAVY = ("pandas", "pyarrow", "plotly.subplots")  # which Streamlit imports when a page first draws a table or a chart
SCRIPTS = ("page", "index", "home")  # which draw when they are imported


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    """Open the workshop, which loads torch while the first visitors look at the home page."""
    tell_who_comes()
    workshop = hall().desk = Workshop("cnnlab.jobs:JOBS")
    workshop.open()
    with suppress(SpecError):  # where a host lets fewer wait, visitors ask themselves
        for kind, recipe in (first for page in PAGES for first in page.first()):
            workshop.ask(kind, recipe)  # ready before the first visitor
    send_at_once(st.get_option("server.port"))
    log_briefly()
    threading.Thread(target=make_ready, daemon=True).start()
    yield
    gc.unfreeze()
    workshop.close()


def make_ready() -> None:
    """Import what pages draw with, while the home page is looked at already; then spare the garbage collector all that."""
    parts = (module.name for module in pkgutil.walk_packages(pages.__path__, "pages."))
    for name in (*HEAVY, *(part for part in parts if part.rpartition(".")[2] not in SCRIPTS)):
        importlib.import_module(name)
    gc.collect()
    gc.freeze()


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
    routes=[part_route(base), *answer_routes(base), Downloads(base).route],
    middleware=middleware(),
    on_script_error=on_script_error,
)
