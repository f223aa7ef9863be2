"""Plain values out of a syntax tree: numbers, words, tuples and bounded arithmetic; nothing is evaluated."""

import ast
import operator
from typing import Any

from cnnlab.specs import SpecError

from .pasted import Scope, at

MAX_NUMBER, MAX_ITEMS, MAX_EXPONENT = 2**53, 64, 64
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
# Enum("word") is the word.
ENUMS = {"InterpolationMode", "AutoAugmentPolicy", "BoundingBoxFormat"}


def literal(node: ast.expr, scope: Scope) -> Any:
    """The plain value that an expression spells, lists as tuples; SpecError on what is no plain value."""
    scope.spend(node)
    node = scope.follow(node)
    match node:
        case ast.Constant(value=value) if value is None or isinstance(value, (bool, str)):
            return value
        case ast.Constant(value=value) if is_number(value):
            return _bounded(value, node, scope)
        case ast.UnaryOp(op=op, operand=operand) if type(op) in SIGNS:
            return SIGNS[type(op)](_number(operand, scope))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in ARITHMETIC:
            return _combined(node, literal(left, scope), literal(right, scope), scope)
        case ast.Tuple(elts=items) | ast.List(elts=items):
            return _flat(tuple(literal(item, scope) for item in items[: MAX_ITEMS + 1]), node, scope)
        case ast.Call(func=func, args=[argument], keywords=[]):
            return _converted(node, scope.dotted(func) or "", argument, scope)
        case ast.Dict():
            raise at(node, SpecError("a value per type of input is not read here: write the picture's alone."))
        case ast.Name(id=name):
            raise at(
                node,
                SpecError("{name} is not set in the pasted text: write its value or paste its line too.", name=name),
            )
    raise unreadable(node, scope)


def unreadable(node: ast.AST, scope: Scope) -> SpecError:
    return at(
        node,
        SpecError(
            "{code} is not something this page reads: write plain values and transforms.", code=scope.quote(node)
        ),
    )


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _number(node: ast.expr, scope: Scope) -> int | float:
    value = literal(node, scope)
    if not is_number(value):
        raise unreadable(node, scope)
    return value


def _bounded(value: Any, node: ast.expr, scope: Scope) -> Any:
    if is_number(value) and abs(value) <= MAX_NUMBER:
        return value
    raise at(
        node, SpecError("{code} is too large a number for a transform: write a smaller one.", code=scope.quote(node))
    )


def _flat(items: tuple, node: ast.expr, scope: Scope) -> tuple:
    if len(items) > MAX_ITEMS:
        raise at(
            node,
            SpecError(
                "{code} has more than {limit} values: no transform takes so many.",
                code=scope.quote(node),
                limit=MAX_ITEMS,
            ),
        )
    if any(isinstance(item, tuple) for item in items):
        raise at(node, SpecError("{code} is a list in a list: no transform here takes one.", code=scope.quote(node)))
    return items


def _combined(node: ast.BinOp, left: Any, right: Any, scope: Scope) -> Any:
    match node.op, left, right:
        case (ast.Add(), tuple(), tuple()):
            return _flat(left + right, node, scope)
        case (ast.Mult(), tuple() as items, int() as times) | (ast.Mult(), int() as times, tuple() as items):
            return _flat(items * min(times, MAX_ITEMS + 1), node, scope)
    if not (is_number(left) and is_number(right)):
        raise unreadable(node, scope)
    if isinstance(node.op, ast.Pow) and abs(right) > MAX_EXPONENT:
        raise at(node, SpecError("{code} is too large a power to work out: write the number.", code=scope.quote(node)))
    try:
        return _bounded(ARITHMETIC[type(node.op)](left, right), node, scope)
    except ArithmeticError:
        raise at(node, SpecError("{code} cannot be worked out: write the number.", code=scope.quote(node))) from None


def _converted(node: ast.Call, name: str, argument: ast.expr, scope: Scope) -> Any:
    enum = name.rpartition(".")[2] in ENUMS
    if enum or name in CONVERSIONS or name in SEQUENCES:
        value = literal(argument, scope)
        if name in CONVERSIONS and is_number(value):
            return CONVERSIONS[name](value)
        if isinstance(value, str if enum else tuple) and name not in CONVERSIONS:
            return value
    raise unreadable(node, scope)
