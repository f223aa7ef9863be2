"""Pipelines as Python source that runs without cnnlab."""

import inspect
from collections.abc import Iterable

from cnnlab.specs import MODULES, Call, Target

from .dice import Planned

INDENT = "    "
REPLAY = '''

def transform(image):
    """{what}"""
    for seed, step in steps:
        with torch.random.fork_rng():  # leaves your own random numbers alone
            torch.manual_seed(seed)
            image = step(image)
    return image
'''


def distribution(calls: tuple[Call, ...]) -> str:
    """The idiomatic source of active calls: `transform`, and `batch_transform` from the first step that mixes batches."""
    cut = next((index for index, call in enumerate(calls) if _mixes(call)), len(calls))
    parts = [_preamble(calls), f"transform = {_composed(calls[:cut])}\n"]
    if cut < len(calls):
        parts.append("# After the DataLoader, on a whole batch: images, labels = batch_transform(images, labels)\n"
                     f"batch_transform = {_composed(calls[cut:])}\n")  # fmt: skip
    return "\n".join(parts)


def replay(steps: Iterable[Planned], seed: int, sample: int) -> str:
    """Source whose `transform(image)` repeats one sample: the steps that chance chose, each with its own seed."""
    leaves = [leaf for planned in steps for leaf in planned.leaves()]
    calls = tuple(leaf.call for leaf in leaves)
    lines = "".join(f"{INDENT}({leaf.seed}, {leaf.call.code()}),\n" for leaf in leaves)
    listed = f"steps = [\n{lines}]\n" if leaves else "steps = []\n"
    what = f"Sample {sample} of seed {seed}, pixel for pixel."
    return "\n".join([_preamble(calls, always=("torch",)), listed + REPLAY.format(what=what)])


def _mixes(call: Call) -> bool:
    return any(param.name == "num_classes" for param in call.spec.params)


def _composed(calls: tuple[Call, ...]) -> str:
    if not calls:
        return "v2.Identity()"
    return "v2.Compose([\n" + "".join(f"{INDENT}{_spelled(call, INDENT)},\n" for call in calls) + "])"


def _spelled(call: Call, indent: str) -> str:
    """A call as source; the steps of a container on lines of their own."""
    if not call.spec.nested:
        return call.code()
    inner = indent + INDENT
    rest = call.changed()
    children = "".join(f"{inner}{_spelled(child, inner)},\n" for child in rest.pop(call.spec.nested.name))
    more = "".join(f", {name}={call.spec.param(name).code(value)}" for name, value in rest.items())
    return f"{Target(call.spec.target).code}([\n{children}{indent}]{more})"


def _preamble(calls: tuple[Call, ...], always: tuple[str, ...] = ()) -> str:
    """The imports, and the source of what is ours."""
    targets = [target for call in calls for target in call.targets()]
    own = list(dict.fromkeys(target.path.removesuffix("()") for target in targets if target.own))
    sources = [inspect.getsource(Target(path).resolve()) for path in own]
    modules = {"torchvision.transforms.v2", *always} | {target.module for target in targets if not target.own}
    lines = [line for module, line in MODULES.items() if module in modules or (own and module == "torch")]
    if any("tv_tensors" in source for source in sources):
        lines.append("from torchvision import tv_tensors")
    if any("PIL." in source for source in sources):
        lines.insert(0, "import PIL.Image")
    return (
        "\n".join(sorted(lines, key=lambda line: not line.startswith("import")))
        + "\n"
        + "".join(f"\n\n{s}\n" for s in sources)
    )
