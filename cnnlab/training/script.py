"""A run as a short script of plain PyTorch: the same losses, bit for bit, on the same processor."""

import ast
import inspect
import textwrap
from collections.abc import Iterator
from types import ModuleType

import numpy as np

from cnnlab.loading import iterations
from cnnlab.loading.reading import parts_of, source_of
from cnnlab.loading.splits import kept_classes
from cnnlab.models import read_source
from cnnlab.specs import Call, SpecError, Target

from .catalogue import EPOCH
from .config import TrainConfig
from .handover import fitted
from .network import wanted

WIDE = 80  # characters, from which on arguments stand in a line of their own
LINES = 80  # besides the network's own
# What the script has no words for, by the field: what it says where that is not at its default.
PLAIN = ("own", "weights", "scheme", "class_weights", "channels_last", "compile")
VALUES = {
    "frozen": ("nothing",),
    "backbone_lr": (1.0,),
    "sampler": ("shuffled", "in order"),
    "precision": ("float32",),
    "device": ("cpu",),
    "decay_all": (True,),
}


def script(config: TrainConfig) -> str:
    """The source, at most LINES lines besides those of the network; SpecError names what it cannot say.

    It needs torch, torchvision, NumPy and scikit-learn. Its list `losses` has the loss of every step.
    """
    _refuse(config)
    source = source_of(config.data)
    chosen = kept_classes(source.labels, config.classes, source.classes)
    kept = parts_of(config, source)
    counts = {part: np.bincount(kept[part].labels, minlength=len(chosen)).tolist() for part in kept}
    steps = iterations(sum(counts["train"]), config.batch_size, config.drop_last)
    network = list(_network(config, len(chosen)))
    lines = [
        f'"""{_title(config)}"""',
        *_imports(config),
        "",
        f"EPOCHS, BATCH, STEPS, SEED = {config.epochs}, {config.batch_size}, {config.epochs * steps}, {config.seed}",
        f"torch.set_num_threads({config.threads})",
        f"torch.use_deterministic_algorithms({config.deterministic})",
        "",
        *_data(config, chosen, counts),
        *network,
        *_learning(config),
        *_loop(config),
    ]
    return "\n".join(lines) + "\n"


def _refuse(config: TrainConfig) -> None:
    default = TrainConfig()
    odd = [name for name in PLAIN if getattr(config, name) != getattr(default, name)]
    odd += [name for name, values in VALUES.items() if getattr(config, name) not in values]
    odd += ["dropout"] if config.dropout is not None else []
    odd += [name for name in ("augmentation", "evaluation") if getattr(config, name).active]
    odd += ["loss"] if config.loss.spec.labels or config.loss.spec.scores or Target(config.loss.spec.target).own else []
    odd += ["data"] if not config.data.spec.plain else []
    if odd:
        raise SpecError(
            "A plain script that gives the same numbers cannot be written for these settings of the run: {names}. "
            "Take the run itself along instead: `python -m cnnlab.training` trains it anywhere.",
            names=", ".join(odd),
        )


def _title(config: TrainConfig) -> str:
    return f"{config.model.name if not config.source else 'A network'} on {config.data.name}, as cnnlab trains it."


def _imports(config: TrainConfig) -> Iterator[str]:
    yield "import numpy as np"
    yield "import torch"
    yield "import torch.nn.functional as F"
    yield "from sklearn.datasets import load_digits"
    yield "from torch import nn, optim"
    if not config.source and not Target(config.model.spec.target).own:
        yield "from torchvision import models"
    yield "from torchvision.transforms.v2 import functional as TF"


def _data(config: TrainConfig, chosen: list[int], counts: dict[str, list[int]]) -> Iterator[str]:
    """Pictures in three parts, as a network takes them."""
    yield from config.data.spec.plain
    held = [validation + test for validation, test in zip(counts["validation"], counts["test"], strict=True)]
    used = [train + rest for train, rest in zip(counts["train"], held, strict=True)]
    yield "# Pictures of each class: how many are used, and of these for validation and for the test."
    yield f"classes, used, parts = {chosen}, {used}, ([], [], [])"
    yield f"held_out = {list(zip(counts['validation'], counts['test'], strict=True))}"
    yield "for label, count, (val, test) in zip(classes, used, held_out):"
    yield f"    chance = np.random.default_rng((1, {config.split_seed}, label))"
    yield "    places = chance.permutation(np.flatnonzero(labels == label))[:count]"
    yield "    for part, some in zip(parts, np.split(places, [count - val - test, count - test])):"
    yield "        part.append(some)"
    yield "train, val, test = (torch.from_numpy(np.sort(np.concatenate(part))) for part in parts)"
    yield "y = torch.from_numpy(np.searchsorted(classes, labels))"
    asked = wanted(config)
    channels, side, there = asked.channels, config.side or asked.side, config.data.spec.shape
    if channels and channels != there[0]:
        yield (
            f"pictures = pictures.expand(-1, {channels}, -1, -1)"
            if there[0] == 1
            else "pictures = TF.rgb_to_grayscale(pictures)"
        )
    if side and (side, side) != there[1:]:
        yield f"pictures = TF.center_crop(TF.resize(pictures, [{side}], antialias=True), [{side}, {side}])"
    yield "x = pictures.float() * (1 / 255)"
    if config.normalise:
        yield "values = pictures[train].transpose(0, 1).flatten(1).long()"
        yield "count, total = values.shape[1], values.sum(1).double()"
        yield "mean, squares = total / count, values.square().sum(1)"
        yield "std = ((squares - total * mean) / count).clamp(min=0).sqrt() / 255"
        yield "std = torch.where(std > 1e-6 / 255, std, 1.0)"
        yield "x = (x - (mean / 255).float()[:, None, None]) / std.float()[:, None, None]"
    yield ""


def _network(config: TrainConfig, classes: int) -> Iterator[str]:
    """The network's own source, and the line that makes it with the run's starting values."""
    if config.source:
        yield "torch.manual_seed(SEED)"
        yield f"model = {read_source(config.source).code.strip()}"
        return
    call = fitted(config.model, classes, wanted(config).channels or config.data.spec.shape[0])
    target = Target(call.spec.target)
    if target.own:
        yield from _source(target.resolve())
    yield "torch.manual_seed(SEED)"
    yield f"model = {call.code()}"


def _source(made: type) -> Iterator[str]:
    """The class as its file has it, without its docstring, with what it calls beside it."""
    module = inspect.getmodule(made)
    text = textwrap.dedent(inspect.getsource(made))
    for name in _helpers(text, module):
        yield from _bare(textwrap.dedent(inspect.getsource(getattr(module, name))))
        yield ""
    yield from _bare(text.replace("x: Tensor", "x").replace(") -> Tensor", ")"))
    yield ""


def _helpers(text: str, module: ModuleType) -> list[str]:
    """The functions and classes of the same file that a class names."""
    names = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
    own = [name for name in dict.fromkeys(sorted(names)) if inspect.getmodule(getattr(module, name, None)) is module]
    return [name for name in own if f"class {name}" not in text]


def _bare(text: str) -> Iterator[str]:
    """Source without docstrings and empty lines."""
    tree = ast.parse(text)
    gone: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node) is not None:
            gone |= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    yield from (line for number, line in enumerate(text.splitlines(), 1) if number not in gone and line.strip())


def _with(call: Call, first: str, **more: str) -> str:
    """The call of a partial row as a plain one, with what comes with each use."""
    values = [f"{name}={call.spec.param(name).code(value)}" for name, value in call.changed().items()]
    name = Target(call.spec.target).name
    module = Target(call.spec.target).module.removeprefix("torch.")
    told = ", ".join([first, *(f"{key}={value}" for key, value in more.items()), *values])
    return f"{module}.{name}({told})" if len(told) < WIDE else f"{module}.{name}(\n    {told}\n)"


def _learning(config: TrainConfig) -> Iterator[str]:
    row = config.schedule.spec
    yield f"criterion = {config.loss.code()}"
    yield f"optimizer = {_with(config.optimizer, 'model.parameters()')}"
    if not Target(row.target).own:
        more = {row.steps: f"STEPS - {config.warmup}" if config.warmup else "STEPS"} if row.steps else {}
        more |= {row.peak: repr(config.optimizer["lr"])} if row.peak else {}
        yield f"schedule = {_with(config.schedule, 'optimizer', **more)}"
    if config.warmup:
        yield f"WARMUP, rate = {config.warmup}, optimizer.param_groups[0]['lr']"
        yield "optimizer.param_groups[0]['lr'] = rate / (WARMUP + 1)"


def _loop(config: TrainConfig) -> Iterator[str]:
    row = config.schedule.spec
    turned = not Target(row.target).own
    order = "np.random.default_rng((2, SEED, epoch)).permutation(len(train))"
    watches = config.patience or (turned and row.watches)
    yield "losses, step, best, waited = [], 0, float('inf'), 0" if config.patience else "losses, step = [], 0"
    yield "for epoch in range(EPOCHS):"
    yield "    model.train()"
    yield (
        f"    order = torch.from_numpy({order})"
        if config.sampler == "shuffled"
        else "    order = torch.arange(len(train))"
    )
    last = "[: len(train) // BATCH]" if config.drop_last else ""
    yield f"    for rows in order.split(BATCH){last}:"
    yield "        torch.manual_seed((1_000_003 * SEED + step) % 2**32)  # what dropout draws"
    yield "        optimizer.zero_grad()"
    yield "        loss = criterion(model(x[train[rows]]), y[train[rows]])"
    yield "        loss.backward()"
    if config.clip:
        yield f"        nn.utils.clip_grad_norm_(model.parameters(), {config.clip})"
    yield "        optimizer.step()"
    yield "        losses.append(loss.item())"
    yield "        step += 1"
    per_step = turned and row.per != EPOCH
    if config.warmup:
        yield "        if step <= WARMUP:"
        yield "            optimizer.param_groups[0]['lr'] = rate * ((step + 1) / (WARMUP + 1))"
        if per_step:
            yield "        elif step < STEPS:"
            yield "            schedule.step()"
    elif per_step:
        yield "        if step < STEPS:"
        yield "            schedule.step()"
    yield "    model.eval()"
    yield "    with torch.no_grad():"
    yield "        scores = torch.cat([model(x[rows]) for rows in val.split(BATCH)]) if len(val) else torch.zeros(0, 1)"
    yield "    right = (scores.argmax(1) == y[val]).sum().item()"
    yield '    print(f"epoch {epoch + 1}: loss {losses[-1]:.4f}, {right} of {len(val)} right")'
    if watches:
        held_out = "criterion(scores, y[val]).item()"
        learnt = f"np.average(losses[-STEPS // EPOCHS :], weights=[len(rows) for rows in order.split(BATCH){last}])"
        yield f"    watched = {held_out if config.validation else learnt}"
    if turned and row.per == EPOCH:
        late = "if step > WARMUP: " if config.warmup else ""
        yield f"    {late}schedule.step({'watched' if row.watches else ''})"
    if config.patience:
        yield "    best, waited = (watched, 0) if watched < best else (best, waited + 1)"
        yield f"    if waited >= {config.patience}: break"
