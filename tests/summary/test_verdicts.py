"""A summary accepts what the CPU accepts, and refuses at the same module in the same words: over random models.

One thing is left out: in eval, torch's fast path of attention is a kernel of its own, which checks in other words and
lays out its result otherwise; any hook turns it off, and so do these tests.
"""

import re
from dataclasses import dataclass, replace

import pytest
import torch
from torch import nn

from cnnlab.summary import summarize
from tests.summary.random_lines import LAYERS, Dice, Line
from tests.summary.random_models import LAYOUTS, Drawn, drawn

MANY, CHUNK = 20_000, 250
# What shapes and types cannot foretell, and so is accepted.
BY_VALUES = ("Found an invalid max index", "index out of range in self", "INDICES element is out of DATA bounds")
# max_pool1d is taken apart before a kernel is chosen, and only on the CPU has it one of its own, for floats alone.
KNOWN = ("\"max_pool1d_impl\" not implemented for 'Long'", "index_select(): Index to scalar can have only 1 value")
# What has a kernel of its own only on the CPU, chosen before any operation is seen, that lays its result out otherwise.
FUSED = ("scaled_dot_product_attention", "max_pool1d", "MaxPool1d", "MultiheadAttention", "Transformer")


@dataclass(frozen=True)
class Verdict:
    """What a model made of its input: a shape and how each line's result lies in memory, or where it stopped and why."""

    shape: tuple[int, ...] | None = None
    layouts: tuple = ()
    where: str = ""
    words: str = ""


def of_the_cpu(model: nn.Module, x: torch.Tensor) -> Verdict:
    LAYOUTS.clear()
    try:
        with torch.no_grad():
            shape = tuple(model(x).shape)
    except Exception as error:
        return Verdict(where=innermost(model, error), words=first_line(error))
    return Verdict(shape, tuple(LAYOUTS))


def innermost(model: nn.Module, error: BaseException) -> str:
    """The module whose method the error came out of, by its name."""
    names, where, trace = {id(module): name for name, module in model.named_modules()}, "", error.__traceback__
    while trace:
        where = names.get(id(trace.tb_frame.f_locals.get("self")), where)
        trace = trace.tb_next
    return where


def first_line(error: object) -> str:
    return str(error).strip().partition("\n")[0]


def of_the_summary(model: nn.Module, x: torch.Tensor, lines: int) -> Verdict:
    LAYOUTS.clear()
    report = summarize(model, x, fixes=False)
    if report.failure:
        return Verdict(where=report.failure.path, words=first_line(report.failure.detail))
    return Verdict(report.outputs[0], tuple(LAYOUTS[-lines:]))  # lazy models have run before


def differing(chosen: Drawn) -> str:
    """Both verdicts where they differ, else nothing."""
    model, x = chosen.model(), chosen.input()
    ours = of_the_summary(model, x, len(chosen.lines))  # first, for the CPU gives lazy layers their sizes
    cpus = of_the_cpu(model, x)
    if any(name in str(chosen) for name in FUSED):
        ours, cpus = replace(ours, layouts=()), replace(cpus, layouts=())
    if ours == cpus or (ours.shape is not None and cpus.words.startswith((*BY_VALUES, *KNOWN))):
        return ""
    return f"{chosen}\n  the summary: {ours}\n  the CPU:     {cpus}"


# torch warns of odd settings, which these models are made of
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(autouse=True)
def no_fast_path():
    torch.backends.mha.set_fastpath_enabled(False)
    yield
    torch.backends.mha.set_fastpath_enabled(True)


def hold(first: int) -> None:
    found = {seed: words for seed in range(first, first + CHUNK) if (words := differing(drawn(seed)))}
    assert not found, "\n".join(f"seed {seed}\n{words}" for seed, words in found.items())


@pytest.mark.parametrize("first", range(0, 1000, CHUNK))
def test_a_thousand_random_models_get_the_cpus_verdict(first):
    hold(first)


@pytest.mark.sweep
@pytest.mark.parametrize("first", range(1000, MANY + 1000, CHUNK))
def test_many_random_models_get_the_cpus_verdict(first):
    hold(first)


# The modules of torch.nn that no random model has, by the reason.
LEFT_OUT = {
    "made to be inherited from": ("Module", "Container", "RNNBase", "RNNCellBase"),
    "holds others, as the random models themselves do": (
        *("Sequential", "ModuleList", "ModuleDict", "ParameterList", "ParameterDict"),
        *("TransformerEncoder", "TransformerDecoder"),  # both stand in Transformer
    ),
    "works on several devices": ("DataParallel", "SyncBatchNorm"),
    "compares with a target": (
        "AdaptiveLogSoftmaxWithLoss",
        *(name for name in dir(nn) if getattr(getattr(nn, name), "__module__", "") == "torch.nn.modules.loss"),
    ),
}


def layer_of(line: Line) -> str | None:
    """The layer that a line is about: of several the last, which the others only prepare."""
    return next(iter(re.findall(r"torch\.nn\.(\w+)\(", line.layer)[::-1]), None)


def test_the_random_models_are_of_every_layer_of_torch():
    layers = {name for name, one in vars(nn).items() if isinstance(one, type) and issubclass(one, nn.Module)}
    layers -= {name for names in LEFT_OUT.values() for name in names}
    inputs = [torch.ones((2, 4, 4, 4, 4)[:dims]) for dims in (3, 4, 5)]
    rows = {layer_of(row(Dice(seed), x)) for row in LAYERS.values() for x in inputs for seed in range(30)}
    assert sorted(layers ^ rows) == []
    assert sorted(layers - {layer_of(line) for seed in range(1000) for line in drawn(seed).lines}) == []


def test_the_random_models_are_right_and_wrong_of_every_number_of_dimensions():
    models = [drawn(seed) for seed in range(400)]
    said = [of_the_cpu(model.model(), model.input()) for model in models]
    refused = sum(verdict.shape is None for verdict in said)
    assert 0.15 < refused / len(said) < 0.5
    assert {len(model.shape) for model in models} >= {1, 2, 3, 4, 5}
