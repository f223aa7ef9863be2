"""Hooks that show what goes through a module, and a loss to go back from.

The exported scripts hold these functions word for word, and the page runs them: so it shows what a script prints.
"""

from collections import Counter

import torch
from torch.nn import functional as F

MOST = 8  # items of a list or a dict that are shown


def told(name, value):
    """A line for each tensor in the value: its shape and type, its mean and spread, its first numbers."""
    if isinstance(value, torch.Tensor):
        numbers = value.detach().flatten().double()
        line = f"{name}: {tuple(value.shape)} {str(value.dtype).removeprefix('torch.')}"
        if len(numbers):
            first = ", ".join(f"{number:.4g}" for number in numbers[:4].tolist())
            line += f", mean {numbers.mean():.4g}, std {numbers.std(correction=0):.4g}, first {first}"
        yield line
    elif isinstance(value, (list, tuple, dict)):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in list(items)[:MOST]:
            yield from told(f"{name}[{key!r}]", item)
        if len(value) > MOST:
            yield f"{name}: {len(value) - MOST} more"
    else:
        yield f"{name}: {value if value is None or isinstance(value, (bool, int, float)) else type(value).__name__}"


def printed(stage, number, lines):
    print(f"{stage} {number}", *lines, sep="\n    ")


def watch(module, backward=True, show=printed):
    """Register hooks that show what goes through the module, each with how often it ran; gives their handles."""
    runs = Counter()

    def note(stage, **values):
        runs[stage] += 1
        show(stage, runs[stage], [line for name, value in values.items() for line in told(name, value)])

    def before(module, args, kwargs):
        note("forward pre-hook", args=args, kwargs=kwargs)

    def after(module, args, kwargs, output):
        note("forward hook", output=output)

    def back(module, grad_output):
        note("full backward pre-hook", grad_output=grad_output)

    def through(module, grad_input, grad_output):
        note("full backward hook", grad_input=grad_input)

    yield module.register_forward_pre_hook(before, with_kwargs=True)
    yield module.register_forward_hook(after, with_kwargs=True)
    if backward:
        yield module.register_full_backward_pre_hook(back)
        yield module.register_full_backward_hook(through)


def scores_of(output):
    """The first tensor of what a model puts out."""
    while not isinstance(output, torch.Tensor):
        output = next(iter(output.values() if isinstance(output, dict) else output))
    return output


def loss_of(scores, seed):
    """Against random targets: cross entropy of scores (N, C) for classes, the mean square of the difference for others."""
    dice = torch.Generator().manual_seed(seed)
    if scores.dim() == 2 and scores.shape[1] > 1:
        return F.cross_entropy(scores, torch.randint(scores.shape[1], scores.shape[:1], generator=dice))
    return F.mse_loss(scores, torch.randn(scores.shape, generator=dice).to(scores.dtype))
