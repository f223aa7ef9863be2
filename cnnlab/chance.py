"""Sole use of torch's one CPU generator, for all that must come out the same for the same seed."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch

# torch has one CPU generator for all threads, so whoever seeds it must be alone with it.
_GENERATOR = threading.RLock()


@contextmanager
def generator() -> Iterator[Callable[[int], Any]]:
    """The generator to oneself, left afterwards as it was; yields the function that seeds it."""
    with _GENERATOR:
        state = torch.get_rng_state()
        try:
            yield torch.default_generator.manual_seed  # torch.manual_seed would reseed the GPUs too
        finally:
            torch.set_rng_state(state)
