"""Pipelines as Python source that runs without cnnlab."""

import ast
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path

from cnnlab.specs import MODULES, Call, Target

from .calls import Planned
from .catalogue import is_mixing

INDENT = "    "
# What the source of ours names, by a word in it.
IMPORTS = {
    "PIL.": "import PIL.Image",
    "tv_tensors": "from torchvision import tv_tensors",
    "load_digits": "from sklearn.datasets import load_digits",
}
REPLAY = '''

def transform(image):
    """{what}"""
    for seed, step in steps:
        with torch.random.fork_rng():  # leaves your own random numbers alone
            torch.manual_seed(seed)
            image = step(image)
    return image
'''
REPLAY_BATCH = '''

def run(steps, *sample):
    for seed, step in steps:
        with torch.random.fork_rng():  # leaves your own random numbers alone
            torch.manual_seed(seed)
            sample = step(*sample)
            sample = sample if isinstance(sample, tuple) else (sample,)
    return sample


def transform(images):
    """{what}"""
    batch = torch.stack([run(steps, image)[0] for steps, image in zip(prepare, images)])
    return run(mix, batch, torch.arange(len(batch)))
'''


def distribution(calls: tuple[Call, ...]) -> str:
    """The idiomatic source of active calls: `transform`, and `batch_transform` from the first step that mixes batches."""
    cut = next((index for index, call in enumerate(calls) if is_mixing(call)), len(calls))
    parts = [_preamble(calls), f"transform = {_composed(calls[:cut])}\n"]
    if cut < len(calls):
        parts.append(
            "# After the DataLoader, on a whole batch: images, labels = batch_transform(images, labels)\n"
            f"batch_transform = {_composed(calls[cut:])}\n"
        )
    return "\n".join(parts)


def replay(steps: Iterable[Planned], seed: int, sample: int) -> str:
    """Source whose `transform(image)` repeats one sample: the steps that chance chose, each with its own seed."""
    leaves = _leaves(steps)
    what = f"Sample {sample + 1} of seed {seed}, pixel for pixel."
    head = _preamble(tuple(leaf.call for leaf in leaves), always=("torch",))
    return f"{head}\nsteps = {_listed(leaves)}\n{REPLAY.format(what=what)}"


def replay_batch(prepare: Sequence[Iterable[Planned]], mix: Iterable[Planned], seed: int, sample: int) -> str:
    """Source whose `transform(images)` repeats a batch: (images (N, C, H, W), labels (N, num_classes))."""
    leaves, mixing = [_leaves(steps) for steps in prepare], _leaves(mix)
    what = f"The batch of {len(leaves)} pictures from sample {sample + 1} of seed {seed}, pixel for pixel."
    head = _preamble(tuple(leaf.call for part in (*leaves, mixing) for leaf in part), always=("torch",))
    pictures = "".join(f"{INDENT}{_listed(part, INDENT)},\n" for part in leaves)
    return f"{head}\nprepare = [\n{pictures}]\nmix = {_listed(mixing)}\n{REPLAY_BATCH.format(what=what)}"


def _leaves(steps: Iterable[Planned]) -> list[Planned]:
    return [leaf for planned in steps for leaf in planned.leaves()]


def _listed(leaves: list[Planned], indent: str = "") -> str:
    """(seed, step) pairs as a list in source."""
    lines = "".join(f"{indent}{INDENT}({leaf.seed}, {leaf.call.code()}),\n" for leaf in leaves)
    return f"[\n{lines}{indent}]" if leaves else "[]"


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
    sources = [own_source(Target(path)) for path in own]
    modules = {"torchvision.transforms.v2", *always} | {target.module for target in targets if not target.own}
    lines = [line for module, line in MODULES.items() if module in modules or (own and module == "torch")]
    lines += [line for word, line in IMPORTS.items() if any(word in source for source in sources)]
    return (
        "\n".join(sorted(lines, key=lambda line: not line.startswith("import")))
        + "\n"
        + "".join(f"\n\n{s}\n" for s in sources)
    )


def own_source(target: Target) -> str:
    """The source of a function or class at the top of a module of ours, which is read and not imported."""
    text = Path(find_spec(target.module).origin).read_text(encoding="utf-8")
    item = next(item for item in ast.parse(text).body if getattr(item, "name", "") == target.name)
    return ast.get_source_segment(text, item) + "\n"
