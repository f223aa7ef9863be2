"""What torch is set to while a run computes; between two records everything is as its reader left it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from cnnlab.chance import generator
from cnnlab.specs import SpecError

from .config import TrainConfig

# torch's numbers for how it answers operations whose result depends on timing.
ALLOWED, REFUSED = 0, 2


def device_of(config: TrainConfig) -> torch.device:
    """The device of a config, SpecError where this machine has none such."""
    device = torch.device(config.device)
    there = {"cpu": 1, "cuda": torch.cuda.device_count(), "mps": int(torch.backends.mps.is_available())}[device.type]
    if (device.index or 0) >= there:
        raise SpecError(
            "This machine has no device {device}: it has {devices}.",
            device=config.device,
            devices=", ".join(["cpu", *(f"cuda:{index}" for index in range(torch.cuda.device_count()))]),
        )
    return device


def dice(seed: int, step: int, rank: int = 0, world: int = 1) -> int:
    """The seed of what a network draws in a step, such as its dropout: a function of the place, so resuming needs no state.

    >>> dice(0, 7), dice(0, 7, rank=1, world=2)
    (7, 15)
    """
    return (1_000_003 * seed + step * world + rank) % 2**32


@contextmanager
def conditions(config: TrainConfig, device: torch.device, seed: int) -> Iterator[None]:
    """Threads, determinism and torch's generators as the config says; those of the CPU are put back afterwards.

    The generator of a CUDA device is seeded and left so: reading its state would wait for the device.
    """
    threads, mode = torch.get_num_threads(), torch.get_deterministic_debug_mode()
    wish = REFUSED if config.deterministic else ALLOWED
    with generator() as set_seed:
        try:
            if threads != config.threads:
                torch.set_num_threads(config.threads)
            if mode != wish:
                torch.set_deterministic_debug_mode(wish)
            set_seed(seed)
            if device.type == "cuda":
                with torch.cuda.device(device):
                    torch.cuda.manual_seed(seed)
            yield
        except RuntimeError as error:
            if (said := explained(error)) is None:
                raise
            raise said from error
        finally:
            if threads != config.threads:
                torch.set_num_threads(threads)
            if mode != wish:
                torch.set_deterministic_debug_mode(mode)


def explained(error: BaseException) -> SpecError | None:
    """What a person can do about an error of torch's in a step, None where nobody knows."""
    if isinstance(error, torch.OutOfMemoryError):
        return SpecError(
            "The device's memory is full: use a smaller batch_size, another precision, or a smaller network."
        )
    if "does not have a deterministic implementation" in str(error):
        return SpecError(
            "{operation} has no form that always gives the same bits: switch deterministic off.",
            operation=str(error).partition(" ")[0],
        )
    return None


def settle(config: TrainConfig, device: torch.device) -> None:
    """What holds for a process from here on: cuBLAS reads it once, cuDNN chooses by it."""
    torch.utils.deterministic.fill_uninitialized_memory = False  # else every empty tensor would be filled
    if device.type == "cuda":
        if config.deterministic:
            os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.backends.cudnn.benchmark = not config.deterministic
