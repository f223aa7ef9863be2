"""The lines of Python that make the loader of a view, of a dataset `data` with `labels`."""

import inspect
from collections.abc import Iterator

from cnnlab.specs import Call, Target

from . import order
from .orders import GENERATOR, SEED
from .view import View

WIDE = 80  # characters, from which on arguments stand in lines of their own
EPOCHS = (
    "for epoch in range(2):",
    "    sampler.set_epoch(epoch)  # without it every epoch has the order of the first",
    "    for batch in loader:",
    "        ...",
)


def loader_code(view: View) -> str:
    """Source that makes `loader`; its batches come in the very order that is shown."""
    call = view.ordering
    lines = [*_imports(view, call), "", *_own(call), *_sampler(view, call), *_loader(view)]
    if call.spec.chance == SEED:
        lines += ["", *EPOCHS]
    return "\n".join(lines) + "\n"


def _imports(view: View, call: Call) -> Iterator[str]:
    target = Target(call.spec.target)
    written = call.spec.written(call.values)
    names = ["DataLoader", "Sampler" if _is_own(target) else target.name]
    names += ["BatchSampler"] if view.batch_sampler else []
    if "np." in written or _is_own(target):
        yield "import numpy as np"
    if call.spec.chance == GENERATOR:
        yield "import torch"
    yield f"from torch.utils.data import {', '.join(sorted(names))}"


def _is_own(target: Target) -> bool:
    return target.module.startswith("cnnlab.")


def _own(call: Call) -> Iterator[str]:
    """The source of a sampler that torch does not have."""
    target = Target(call.spec.target)
    if _is_own(target):
        yield f"ORDERING = {order.ORDERING}"
        yield from ("", "")
        yield inspect.getsource(order.balanced).rstrip()
        yield from ("", "")
        yield inspect.getsource(target.resolve()).rstrip()
        yield from ("", "")


def _sampler(view: View, call: Call) -> Iterator[str]:
    arguments = [call.spec.written(call.values)]
    given = {name: value for name, value in call.changed().items() if not call.spec.param(name).forward}
    if "num_samples" in call.values and call["num_samples"] is None and call.spec.param("replacement").default:
        given = {"num_samples": "len(labels)", **given}
    if call.spec.processes:
        given = {name: call[name] for name in ("num_replicas", "rank")} | given
    arguments += [f"{name}={value}" for name, value in given.items()]
    if call.spec.chance == GENERATOR:
        yield f"generator = torch.Generator().manual_seed({view.seed})"
        arguments.append("generator=generator")
    elif call.spec.chance == SEED:
        arguments.append(f"seed={view.seed}")
    line = f"sampler = {Target(call.spec.target).name}({', '.join(arguments)})"
    if len(line) <= WIDE:
        yield line
    else:
        yield f"sampler = {Target(call.spec.target).name}("
        yield from (f"    {argument}," for argument in arguments)
        yield ")"


def _loader(view: View) -> Iterator[str]:
    batching = [f"batch_size={view.batch_size}", *(["drop_last=True"] if view.drop_last else [])]
    workers = [f"num_workers={view.workers}"] if view.workers else []
    if view.batch_sampler:
        yield f"batches = BatchSampler(sampler, batch_size={view.batch_size}, drop_last={view.drop_last})"
        yield f"loader = DataLoader({', '.join(['data', 'batch_sampler=batches', *workers])})"
    else:
        yield f"loader = DataLoader({', '.join(['data', 'sampler=sampler', *batching, *workers])})"
