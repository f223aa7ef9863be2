"""The arguments of a pasted call: bound to today's parameters, each read as its plain value."""

import ast
from typing import Any

from cnnlab.reading import Bounds, Literals, at
from cnnlab.specs import N_, Param, Spec, SpecError

from .oldnames import CALLED_NOW, DROPPED, HABITS, NOTED_SYNONYMS, RENAMED_PARAMS, option

BOUNDS = Bounds(number=2**53, items=64, lists=tuple)
# Enum("word") is the word.
ENUMS = {"InterpolationMode", "AutoAugmentPolicy", "BoundingBoxFormat"}


class Arguments(Literals):
    """Reads what steps are made with, old ways of writing it translated."""

    def other(self, node: ast.expr) -> Any:
        """The word of an enum's call; SpecError on all else."""
        match node:
            case ast.Call(func=func, args=[argument], keywords=[]):
                if (self.scope.dotted(func) or "").rpartition(".")[2] in ENUMS:
                    value = self.value(argument)
                    if isinstance(value, str):
                        return value
            case ast.Dict():
                raise SpecError("a value per type of input is not read here: write the picture's alone.")
            case ast.Name():
                raise self.unset(node)
        raise self.scope.unreadable(node)

    def unset(self, name: ast.Name) -> SpecError:
        return SpecError("{name} is not set in the pasted text: write its value or paste its line too.", name=name.id)

    def bound(self, node: ast.Call, spec: Spec) -> dict[str, ast.expr]:
        """The arguments of a call by the names of today; those without a name follow the row, as the signature does."""
        names = [] if spec.keywords_only else [param.name for param in spec.params]
        values, keywords = self._without_dropped(node, spec)
        if starred := next((value for value in values if isinstance(value, ast.Starred)), None):
            raise self.scope.unreadable(starred)
        if len(values) > len(names):
            raise SpecError(
                "{spec} takes {count} values without a name and is given {given}: it takes {names}.",
                spec=spec.name,
                count=len(names),
                given=len(values),
                names=", ".join(param.name for param in spec.params) or "()",
            )
        arguments = dict(zip(names, values, strict=False))
        for keyword in keywords:
            with at(keyword):
                name = self._modern(keyword, spec)
                if name in arguments:
                    raise SpecError("{spec} is given {name} twice: leave one out.", spec=spec.name, name=name)
            arguments[name] = keyword.value
        return arguments

    def _without_dropped(self, node: ast.Call, spec: Spec) -> tuple[list[ast.expr], list[ast.keyword]]:
        """What is passed without and with a name, less an argument that is no more."""
        dropped = DROPPED.get(spec.name)
        if dropped is None:
            return node.args, node.keywords
        named = [keyword for keyword in node.keywords if keyword.arg == dropped]
        first = bool(node.args) and not named and len(node.args) + len(node.keywords) > len(spec.params)
        if named or first:
            template = N_("{spec} keeps the channels and takes no {name}: left out.")
            self.scope.note(node, template, spec=spec.name, name=dropped)
        return node.args[first:], [keyword for keyword in node.keywords if keyword not in named]

    def _modern(self, keyword: ast.keyword, spec: Spec) -> str:
        """The name that an argument has today."""
        if keyword.arg is None:
            raise self.scope.unreadable(keyword.value)
        names = {param.name for param in spec.params}
        new = RENAMED_PARAMS.get(keyword.arg)
        if keyword.arg not in names and new in names:
            self.scope.note(keyword, CALLED_NOW, old=keyword.arg, new=new)
            return new
        return spec.param(keyword.arg).name

    def argument(self, node: ast.expr, spec: Spec, param: Param) -> Any:
        """The plain value of an argument, old ways of writing it translated; the parameter has still to check it."""
        word = self._word(node, param)
        value = self.value(node) if word is None else word
        for habit in HABITS:
            if habit.names(spec, param) and habit.applies(value):
                new = habit.becomes(value)
                self.scope.note(node, habit.note, name=param.name, old=repr(value), new=repr(new))
                return new
        return value

    def _word(self, node: ast.expr, param: Param) -> str | None:
        """The option that a dotted name, or a call without arguments, stands for; None for other expressions."""
        bare = isinstance(node, ast.Call) and not node.args and not node.keywords
        name = self.scope.dotted(node.func if bare else node) if param.options else None
        if name is None:
            return None
        name += "()" * bare
        word = option(param, name)
        if word and name.rpartition(".")[2] in NOTED_SYNONYMS:
            self.scope.note(node, CALLED_NOW, old=name, new=word)
        if word is None and "." in name:
            with at(node):
                return param.check(name)
        return word
