"""How a model comes by other settings of a layer: its own parameters, its text, or a line of code; each was run."""

import inspect
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from torch import nn

from cnnlab.models import edited
from cnnlab.specs import N_, Call, Message, SpecError

from .ladder import summarize
from .rows import Failure, Fix, TensorSize, shape_text
from .subject import Subject
from .tree import settings
from .view import View


def mended(subject: Subject, failure: Failure) -> Failure:
    """The failure with fixes that the page can carry out."""
    fixes = [_carried_out(subject, fix) if fix.module else fix for fix in failure.fixes]
    if subject.view.listed and not any(fix.module for fix in failure.fixes):
        fixes += _resized(subject)
    if subject.view.listed and not fixes:
        fixes += _as_made(subject)
    return replace(failure, fixes=tuple(fixes))


def _carried_out(subject: Subject, fix: Fix) -> Fix:
    view, ((argument, value),) = subject.view, fix.settings.items()
    if view.listed:
        for param in view.model.spec.params:
            fits = param.type is int and view.model[param.name] in (fix.message.values["before"], None)
            if fits and (call := _working(view, param.name, value)):
                return replace(fix, message=_setting(call, param.name, view), params={param.name: value})
    elif view.source:
        source = edited(view.source, fix.module, argument, value)
        if source and _works(replace(view, source=source)):
            return replace(fix, source=source)
    root = "self" if view.own else "model"
    return replace(fix, code=layer_line(subject.meta, root, fix.module, fix.settings))


def _resized(subject: Subject) -> Iterator[Fix]:
    """A model that is told the side of its pictures, such as a vision transformer, is told that of its input."""
    view, now = subject.view, subject.shapes[0]
    for param in view.model.spec.params:
        usual = param.type is int and view.model[param.name] in subject.natural[0][1:]
        if usual and (call := _working(view, param.name, now[-1])):
            yield Fix(_setting(call, param.name, view), params={param.name: now[-1]})


def _as_made(subject: Subject) -> Iterator[Fix]:
    """The input that the model was made for, where no smaller change of the present one works."""
    shape, batch = subject.natural[0], subject.view.batch
    if subject.shapes[0] != shape and _works(replace(subject.view, shape=None)):
        message = Message(N_("Give an input of {shape}."), {"shape": shape_text(shape)})
        yield Fix(message, inputs=(TensorSize((batch, *shape)),))


def _setting(call: Call, name: str, view: View) -> Message:
    words = {"model": call.name, "argument": name, "value": call[name], "before": view.model[name]}
    if words["before"] is None:
        return Message(N_("Set {argument}={value} for {model}."), words)
    return Message(N_("Set {argument}={value} for {model} instead of {before}."), words)


def _working(view: View, name: str, value: int) -> Call | None:
    """The catalogue model with another value of a parameter, if it takes the view's input then."""
    try:
        call = view.model.replace(**{name: value})
    except SpecError:
        return None
    return call if _works(replace(view, model=call)) else None


def _works(view: View) -> bool:
    try:
        about = Subject(view)
        return summarize(about.meta, *about.inputs, batch=view.batch, fixes=False).failure is None
    except SpecError:
        return False


def layer_line(model: nn.Module, root: str, path: str, changes: dict[str, Any]) -> str:
    """The line that puts the layer in its place anew, as it is but for the changes.

    >>> layer_line(nn.Sequential(nn.Flatten(), nn.Linear(16, 10)), "model", "1", {"in_features": 32})
    'model[1] = nn.Linear(in_features=32, out_features=10)'
    """
    layer = model.get_submodule(path)
    kind = type(layer)
    usual = {name: parameter.default for name, parameter in inspect.signature(kind).parameters.items()}
    values = {name: value for name, value in {**settings(layer), **changes}.items() if usual.get(name) != value}
    arguments = ", ".join(f"{name}={value!r}" for name, value in values.items())
    public = getattr(nn, kind.__name__, None) is kind
    made = f"{'nn.' if public else ''}{kind.__name__}({arguments})"
    names = path.split(".")
    if not all(name.isidentifier() or name.isdigit() for name in names):
        return f"{root}.set_submodule({path!r}, {made})"
    return f"{root}{''.join(f'[{name}]' if name.isdigit() else f'.{name}' for name in names)} = {made}"
