"""What a DataLoader does not take together, in torch's own words."""

from collections.abc import Mapping
from typing import Any

from torch.utils.data import BatchSampler, DataLoader, SequentialSampler

from .batching import Clash, Clashes

DATA = range(8)
SAMPLER = SequentialSampler(DATA)
BATCHES = BatchSampler(SAMPLER, batch_size=4, drop_last=False)
# Arguments that clash, and how they are written.
CLASHING: Mapping[str, Mapping[str, Any]] = {
    "DataLoader(data, shuffle=True, sampler=sampler)": {"shuffle": True, "sampler": SAMPLER},
    "DataLoader(data, batch_size=8, batch_sampler=batches)": {"batch_size": 8, "batch_sampler": BATCHES},
}


def clashes() -> Clashes:
    return Clashes(tuple(Clash(code, refusal(arguments)) for code, arguments in CLASHING.items()))


def refusal(arguments: Mapping[str, Any]) -> str:
    """The error that a DataLoader raises; RuntimeError where it takes the arguments after all."""
    try:
        DataLoader(DATA, **arguments)
    except ValueError as error:
        return f"ValueError: {error}"
    raise RuntimeError(f"DataLoader takes {', '.join(arguments)} together.")
