"""A view of the summary as Python: the very model on the screen, values included, its summary, and what it needs."""

from collections.abc import Iterable, Iterator, Mapping

from torch import nn

from cnnlab.models.initialisation import KINDS
from cnnlab.reading.layout import laid_out
from cnnlab.specs import Call, Target

from .subject import Subject, kept_heads
from .view import MEMORY, View

INDENT = "    "


def code(subject: Subject) -> str:
    """Source that makes `model` with the values that `subject.real()` has, and prints its summary; its memory too
    where that is looked at."""
    view = subject.view
    inputs = ", ".join(map(str, subject.shapes))
    if view.takes_list:
        inputs = f"[torch.zeros{subject.shapes[0]}]"
    measured = view.look == MEMORY and not view.takes_list
    names = ["memory", "summarize"] if measured else ["summarize"]
    imports = dict.fromkeys(names, f"from cnnlab.summary import {', '.join(names)}")
    needs = _needs(view, inputs) if measured else []
    return script(subject, imports, [f"print(summarize(model, {inputs}))", *needs])


def script(subject: Subject, imports: Mapping[str, str], lines: Iterable[str]) -> str:
    """Source that makes `model`, then these lines; `imports` are theirs, by the name that each binds."""
    view = subject.view
    start = list(_start(subject)) if not view.learnt and not (view.weights and view.listed) else []
    imports = dict(_imports(view)) | (dict(_init_imports(view)) if start else {}) | dict(imports)
    # A pasted text may give these names to things of its own.
    again = {line: None for name, line in imports.items() if view.source and name in subject.pasted.names}
    body = [
        f"torch.manual_seed({view.seed})",
        *_assignment(subject),
        *_learnt(view),
        "model.eval()",
        *again,
        *start,
        "",
    ]
    head = sorted(dict.fromkeys(imports.values()), key=lambda line: not line.startswith("import"))
    return "\n".join([*head, "", *body, *lines, ""])


def _needs(view: View, inputs: str) -> list[str]:
    """Lines that print what a batch takes to train and to run, and how large it may be."""
    settings = f'batch={view.batch}, precision="{view.precision}", optimizer="{view.optimizer}"'
    return [
        "",
        f"needs = memory(model, {inputs}, {settings})",
        'print(f"{needs.training:,} bytes to train, {needs.inference:,} to run")',
        f'print("The largest batch in {view.gib} GiB:", needs.largest_batch({view.gib}))',
    ]


def _imports(view: View) -> Iterator[tuple[str, str]]:
    """The names that making the model takes, and the lines that import them."""
    if view.source:
        yield "collections", "import collections"
    yield "torch", "import torch"
    if view.source:
        yield "OrderedDict", "from collections import OrderedDict"
        yield "nn", "from torch import nn"
    elif view.own:
        module, name = view.own.split(":")
        yield name, f"from {module} import {name}"
    else:
        target = Target(view.model.spec.target)
        if target.own:
            yield target.name, f"from {target.module} import {target.name}"
        else:
            yield "models", "from torchvision import models"
        if view.weights and kept_heads(view) is None:
            yield "load_weights", "from cnnlab.models import load_weights"


def _assignment(subject: Subject) -> list[str]:
    view = subject.view
    if view.own:
        return [f"model = {view.name}()"]
    if view.source:
        return [laid_out(subject.pasted.code.strip())]
    if view.weights and (heads := kept_heads(view)) is not None:
        told = "".join(f", {name}={value}" for name, value in heads.items())
        return [f'model = models.get_model("{view.model.name}", weights="{view.weights}"{told})']
    made = [f"model = {view.model.code()}"]
    return [*made, f'load_weights(model, "{view.weights}")'] if view.weights else made


def _learnt(view: View) -> list[str]:
    """The line that loads what a run has learnt, from the file that its page saves."""
    if not view.learnt:
        return []
    file = f'"{view.learnt.run[:6]}-{view.learnt.step}.pt"'
    return [f"model.load_state_dict(torch.load({file}, weights_only=True))  # saved on the page of its run"]


def _kinds(view: View) -> list[str]:
    return [kind for kind in KINDS if kind in view.scheme]


def _init_imports(view: View) -> Iterator[tuple[str, str]]:
    """What the loop over the layers names: init, nn, and the base classes that torch.nn does not show."""
    for kind in _kinds(view):
        for layer in KINDS[kind]:
            if not _public(layer):
                yield layer.__name__, f"from {layer.__module__} import {layer.__name__}"
    yield "nn", "from torch import nn"
    yield "init", "from torch.nn import init"


def _start(subject: Subject) -> Iterator[str]:
    """The loop that `initialise` runs, written out for this scheme."""
    view, kinds = subject.view, _kinds(subject.view)
    if not kinds:
        return
    lazy = any(nn.parameter.is_lazy(parameter) for parameter in subject.meta.parameters())
    yield from ("", "# How the layers start.", f"torch.manual_seed({view.seed})", "with torch.no_grad():")
    yield f"{INDENT}for module in model.modules():"
    for number, kind in enumerate(kinds):
        names = [f"nn.{layer.__name__}" if _public(layer) else layer.__name__ for layer in KINDS[kind]]
        chosen = names[0] if len(names) == 1 else f"({', '.join(names)})"
        yield f"{INDENT * 2}{'el' if number else ''}if isinstance(module, {chosen}):"
        yield f"{INDENT * 3}module.reset_parameters()"
        for name, call in (("weight", view.scheme[kind]), ("bias", view.scheme.get("bias"))):
            if call is None:
                continue
            # Only a normalisation may be without weights, and any layer without biases.
            ready = [f"module.{name} is not None"] if name == "bias" or kind == "normalisation" else []
            ready += [f"not nn.parameter.is_lazy(module.{name})"] if lazy else []
            indent = INDENT * (4 if ready else 3)
            if ready:
                yield f"{INDENT * 3}if {' and '.join(ready)}:"
            yield f"{indent}{_drawn(call, f'module.{name}')}"


def _public(layer: type) -> bool:
    return getattr(nn, layer.__name__, None) is layer


def _drawn(call: Call, tensor: str) -> str:
    """The call of torch.nn.init on a tensor, as source."""
    values = (f"{name}={call.spec.param(name).code(value)}" for name, value in call.changed().items())
    return f"{Target(call.spec.target).code}({', '.join((tensor, *values))})"
