"""The server's entry: `streamlit run app.py`. What all visitors share is loaded here, once."""

import gc
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st


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
    yield
    gc.unfreeze()


app = st.App("pages/index.py", lifespan=lifespan)
