"""A view of the summary as Python: the very model on the screen, values included, and its summary."""

import ast
from collections.abc import Iterator

from torch import nn

from cnnlab.models.initialisation import KINDS
from cnnlab.specs import Call, Target

from .view import View

INDENT = "    "


def code(view: View) -> str:
    """Source that makes `model` with the values that `view.real()` has, and prints its summary."""
    inputs = ", ".join(map(str, view.shapes))
    if view.takes_list:
        inputs = f"[{', '.join([f'torch.zeros{view.shapes[0]}'] * view.batch)}]"
    start = [] if view.weights and view.listed else list(_start(view))
    imports = [*_imports(view), *(_init_imports(view) if start else ()), "from cnnlab.summary import summarize"]
    body = [f"torch.manual_seed({view.seed})", _assignment(view), "model.eval()", *start, ""]
    return "\n".join([*imports, "", *body, f"print(summarize(model, {inputs}, batch={view.batch}))", ""])


def _imports(view: View) -> list[str]:
    if view.own:
        return ["import torch", "", "from {} import {}".format(*view.own.split(":"))]
    if view.source:
        return ["from collections import OrderedDict", "", "import torch", "from torch import nn", ""]
    target = Target(view.model.spec.target)
    return [
        "import torch",
        f"from {target.module} import {target.name}" if target.own else "from torchvision import models",
    ]


def _assignment(view: View) -> str:
    if view.own:
        return f"model = {view.name}()"
    if view.source:
        return named_model(view.source)
    if view.weights:
        return f'model = models.get_model("{view.model.name}", weights="{view.weights}")'
    return f"model = {view.model.code()}"


def _kinds(view: View) -> list[str]:
    return [kind for kind in KINDS if kind in view.scheme]


def _init_imports(view: View) -> Iterator[str]:
    """What the loop over the layers names: init, nn, and the base classes that torch.nn does not show."""
    for kind in _kinds(view):
        for layer in KINDS[kind]:
            if not _public(layer):
                yield f"from {layer.__module__} import {layer.__name__}"
    if not view.source:
        yield "from torch import nn"
    yield "from torch.nn import init"


def _start(view: View) -> Iterator[str]:
    """The loop that `initialise` runs, written out for this scheme."""
    kinds = _kinds(view)
    if not kinds:
        return
    lazy = any(nn.parameter.is_lazy(parameter) for parameter in view.meta.parameters())
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
            ready = [f"getattr(module, {name!r}, None) is not None"]
            ready += [f"not nn.parameter.is_lazy(module.{name})"] * lazy
            yield f"{INDENT * 3}if {' and '.join(ready)}:"
            yield f"{INDENT * 4}{_drawn(call, f'module.{name}')}"


def _public(layer: type) -> bool:
    return getattr(nn, layer.__name__, None) is layer


def _drawn(call: Call, tensor: str) -> str:
    """The call of torch.nn.init on a tensor, as source."""
    values = (f"{name}={call.spec.param(name).code(value)}" for name, value in call.changed().items())
    return f"{Target(call.spec.target).code}({', '.join((tensor, *values))})"


def named_model(source: str) -> str:
    """Pasted source whose model is called `model`.

    >>> named_model("nn.ReLU()"), named_model("net = nn.ReLU()")
    ('model = nn.ReLU()', 'net = nn.ReLU()\\nmodel = net')
    """
    source = source.strip()
    body = ast.parse(source).body
    names = [
        target.id
        for item in body
        if isinstance(item, ast.Assign)
        for target in item.targets
        if isinstance(target, ast.Name)
    ]
    if "model" in names:
        return source
    last = body[-1]
    if isinstance(last, ast.Expr):
        lines = source.split("\n")
        return "\n".join([*lines[: last.lineno - 1], "model = " + "\n".join(lines[last.lineno - 1 :])])
    return f"{source}\nmodel = {names[-1]}" if names else source
