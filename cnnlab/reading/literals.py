"""Plain values out of a syntax tree: numbers, words, lists and bounded arithmetic; nothing is evaluated."""

import ast
import operator
from abc import ABC, abstractmethod
from typing import Any

from cnnlab.messages import SpecError

from .scope import Scope

MAX_EXPONENT = 64
ARITHMETIC = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
SIGNS = {ast.USub: operator.neg, ast.UAdd: operator.pos}
CONVERSIONS = {"int": int, "float": float, "round": round}
SEQUENCES = {"tuple", "list"}


class Literals(ABC):
    """Reads the expressions of one text; what only a catalogue can tell goes to its `other`.

    `values` holds, by the identity of its node, what is not to be read twice.
    """

    def __init__(self, scope: Scope):
        self.scope, self.bounds = scope, scope.bounds
        self.values: dict[int, Any] = {}

    @abstractmethod
    def other(self, node: ast.expr) -> Any:
        """What an expression stands for that spells no plain value, a name that nothing is bound to among them."""

    def value(self, node: ast.expr) -> Any:
        """The value that an expression spells, names followed; SpecError on what has none."""
        node = self.scope.follow(node, self.values)
        if id(node) in self.values:
            value = self.values[id(node)]
            # A list is looked through once more wherever its name is used.
            self.scope.spend(len(value) if isinstance(value, (list, tuple)) else 0)
            return value
        with self.scope.inside(node):
            match node:
                case ast.Constant(value=value):
                    return self._constant(value, node)
                case ast.UnaryOp(op=op, operand=operand) if type(op) in SIGNS:
                    return SIGNS[type(op)](self._number(operand))
                case ast.BinOp(left=left, op=op, right=right) if type(op) in ARITHMETIC:
                    return self._combined(node, self.value(left), self.value(right))
                case ast.Tuple(elts=elements):
                    return self._flat(tuple(self.items(elements, node)), node)
                case ast.List(elts=elements):
                    return self._flat(self.bounds.lists(self.items(elements, node)), node)
                case ast.Call(func=ast.Name() as func, args=[argument], keywords=[]) if (
                    name := self.scope.dotted(func)
                ) in CONVERSIONS or name in SEQUENCES:
                    return self._converted(node, name, self.value(argument))
            return self.other(node)

    def items(self, elements: list[ast.expr], node: ast.expr) -> list:
        """The values of the elements of a list or of arguments, starred ones unpacked."""
        items: list[Any] = []
        for element in elements:
            if isinstance(element, ast.Starred):
                value = self.value(element.value)
                if not isinstance(value, (list, tuple)):
                    raise self.scope.unreadable(element)
                items += value
            else:
                items.append(self.value(element))
            self._few(items, node)
        return items

    def _constant(self, value: Any, node: ast.expr) -> Any:
        if is_number(value):
            return self._bounded(value, node)
        if value is None or isinstance(value, bool) or (isinstance(value, str) and len(value) <= self.bounds.text):
            return value
        raise self.scope.unreadable(node)

    def _number(self, node: ast.expr) -> int | float:
        value = self.value(node)
        if not is_number(value):
            raise self.scope.unreadable(node)
        return value

    def _bounded(self, value: Any, node: ast.expr) -> int | float:
        if is_number(value) and abs(value) <= self.bounds.number:
            return value
        raise SpecError("{code} is too large a number: write a smaller one.", code=self.scope.quote(node))

    def _few(self, items: Any, node: ast.expr) -> None:
        if len(items) > self.bounds.items:
            raise SpecError(
                "{code} has more than {limit} values: write fewer.",
                code=self.scope.quote(node),
                limit=self.bounds.items,
            )

    def _flat(self, items: Any, node: ast.expr) -> Any:
        """The items, if they are few: inner lists that names share would multiply, so they are short."""
        self._few(items, node)
        self.scope.spend(len(items))
        limit = self.bounds.inner
        for inner in items:
            nested = isinstance(inner, (list, tuple))
            if nested and (not limit or len(inner) > limit or any(isinstance(item, (list, tuple)) for item in inner)):
                raise SpecError(
                    "{code} holds a list that is too long or too deep: write it flatter.", code=self.scope.quote(node)
                )
        return items

    def _combined(self, node: ast.BinOp, left: Any, right: Any) -> Any:
        match node.op, left, right:
            case (ast.Add(), list(), list()) | (ast.Add(), tuple(), tuple()):
                return self._flat(left + right, node)
            case (ast.Mult(), list() | tuple() as items, int() as times) | (
                ast.Mult(),
                int() as times,
                list() | tuple() as items,
            ):
                return self._flat(items * min(times, self.bounds.items + 1), node)
        if not (is_number(left) and is_number(right)):
            raise self.scope.unreadable(node)
        if isinstance(node.op, ast.Pow) and abs(right) > MAX_EXPONENT:
            raise SpecError("{code} is too large a power to work out: write the number.", code=self.scope.quote(node))
        try:
            return self._bounded(ARITHMETIC[type(node.op)](left, right), node)
        except ArithmeticError:
            raise SpecError("{code} cannot be worked out: write the number.", code=self.scope.quote(node)) from None

    def _converted(self, node: ast.expr, name: str, value: Any) -> Any:
        if name in CONVERSIONS and is_number(value):
            return CONVERSIONS[name](value)
        if name in SEQUENCES and isinstance(value, (list, tuple)):
            return self.bounds.lists(value) if name == "list" else tuple(value)
        raise self.scope.unreadable(node)


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
