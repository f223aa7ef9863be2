"""The arguments of a pasted call: bound to today's parameters, each read as its plain value."""

import ast
import inspect
from typing import Any

from cnnlab.specs import N_, Param, Spec, SpecError, Target

from .literals import literal, unreadable
from .oldnames import CALLED_NOW, DROPPED, HABITS, NOTED_SYNONYMS, RENAMED_PARAMS, option
from .pasted import Scope, at


def arguments(node: ast.Call, spec: Spec, scope: Scope) -> dict[str, ast.expr]:
    """The arguments of a call by the names of today; those without a name follow the installed signature."""
    kinds = inspect.signature(Target(spec.target).resolve()).parameters.values()
    names = [kind.name for kind in kinds if kind.kind is kind.POSITIONAL_OR_KEYWORD]
    values, keywords = _without_dropped(node, spec, scope)
    if starred := next((value for value in values if isinstance(value, ast.Starred)), None):
        raise unreadable(starred, scope)
    if len(values) > len(names):
        takes = ", ".join(param.name for param in spec.params) or "()"
        raise at(
            node,
            SpecError(
                "{spec} takes {count} values without a name and is given {given}: it takes {names}.",
                spec=spec.name,
                count=len(names),
                given=len(values),
                names=takes,
            ),
        )
    given = dict(zip(names, values, strict=False))
    for keyword in keywords:
        if keyword.arg is None:
            raise unreadable(keyword.value, scope)
        name = _modern(keyword, spec, scope)
        if name in given:
            raise at(keyword, SpecError("{spec} is given {name} twice: leave one out.", spec=spec.name, name=name))
        given[name] = keyword.value
    return given


def _without_dropped(node: ast.Call, spec: Spec, scope: Scope) -> tuple[list[ast.expr], list[ast.keyword]]:
    """What is passed without and with a name, less an argument that is no more."""
    dropped = DROPPED.get(spec.name)
    if dropped is None:
        return node.args, node.keywords
    named = [keyword for keyword in node.keywords if keyword.arg == dropped]
    first = bool(node.args) and not named and len(node.args) + len(node.keywords) > len(spec.params)
    if named or first:
        scope.note(node, N_("{spec} keeps the channels and takes no {name}: left out."), spec=spec.name, name=dropped)
    return node.args[first:], [keyword for keyword in node.keywords if keyword not in named]


def _modern(keyword: ast.keyword, spec: Spec, scope: Scope) -> str:
    names = {param.name for param in spec.params}
    new = RENAMED_PARAMS.get(keyword.arg)
    if keyword.arg not in names and new in names:
        scope.note(keyword, CALLED_NOW, old=keyword.arg, new=new)
        return new
    try:
        return spec.param(keyword.arg).name
    except SpecError as error:
        raise at(keyword, error) from None


def argument(node: ast.expr, spec: Spec, param: Param, scope: Scope) -> Any:
    """The plain value of an argument, old ways of writing it translated; the parameter has still to check it."""
    word = _word(node, param, scope)
    value = literal(node, scope) if word is None else word
    for habit in HABITS:
        if habit.names(spec, param) and habit.applies(value):
            new = habit.becomes(value)
            scope.note(node, habit.note, name=param.name, old=repr(value), new=repr(new))
            return new
    return value


def _word(node: ast.expr, param: Param, scope: Scope) -> str | None:
    """The option that a dotted name, or a call without arguments, stands for; None for other expressions."""
    bare = isinstance(node, ast.Call) and not node.args and not node.keywords
    name = scope.dotted(node.func if bare else node) if param.options else None
    if name is None:
        return None
    name += "()" * bare
    found = option(param, name)
    if found and name.rpartition(".")[2] in NOTED_SYNONYMS:
        scope.note(node, CALLED_NOW, old=name, new=found)
    if found is None and "." in name:
        try:
            return param.check(name)
        except SpecError as error:
            raise at(node, error) from None
    return found
