"""The steps of the machine that a pickle is written for, those that know nothing of what lies on its stack.

Each takes the scan, the stack and the argument of the opcode, or what stood above the last mark.
"""

from collections.abc import Callable, Mapping
from typing import Any

PLAIN = (str, int, float, bool, type(None))
LARGEST = 2**128


class Malformed(Exception):
    """No pickle that torch.save writes."""


def plain(key: Any) -> Any:
    """The key itself; what is made of tuples in tuples is looked through over and over when it is a key."""
    if not isinstance(key, PLAIN):
        raise Malformed
    return key


def _appended(scan: Any, stack: list, items: list) -> None:
    if type(stack[-1]) is not list:
        raise Malformed
    stack[-1].extend(items)


def _entered(scan: Any, stack: list, items: list) -> None:
    for key, value in zip(items[::2], items[1::2], strict=True):
        plain(key)
        if isinstance(stack[-1], dict):
            stack[-1][key] = value
    if not isinstance(stack[-1], dict):
        raise Malformed


def _append(scan: Any, stack: list, argument: Any) -> None:
    item = stack.pop()
    _appended(scan, stack, [item])


def _set(scan: Any, stack: list, argument: Any) -> None:
    value, key = stack.pop(), stack.pop()
    _entered(scan, stack, [key, value])


def _tupled(count: int) -> Callable:
    def step(scan: Any, stack: list, argument: Any) -> None:
        if len(stack) < count:
            raise Malformed
        stack[len(stack) - count :] = [tuple(stack[len(stack) - count :])]

    return step


def _pushed(value: Callable[[Any], Any]) -> Callable:
    return lambda scan, stack, argument: stack.append(value(argument))


def _number(argument: int) -> int:
    if abs(argument) > LARGEST:
        raise Malformed
    return argument


# Opcodes that take what stands above the last mark.
CLOSING: Mapping[str, Callable] = {
    "TUPLE": lambda scan, stack, items: stack.append(tuple(items)),
    "APPENDS": _appended,
    "SETITEMS": _entered,
}
# The others, of those that torch.load knows and that call nothing.
PURE: Mapping[str, Callable] = {
    "PROTO": lambda scan, stack, argument: None,
    "APPEND": _append,
    "SETITEM": _set,
    **{f"TUPLE{count}": _tupled(count) for count in (1, 2, 3)},
    "EMPTY_TUPLE": _pushed(lambda argument: ()),
    "EMPTY_LIST": _pushed(lambda argument: []),
    "EMPTY_DICT": _pushed(lambda argument: {}),
    "NONE": _pushed(lambda argument: None),
    "NEWFALSE": _pushed(lambda argument: False),
    "NEWTRUE": _pushed(lambda argument: True),
    **{name: _pushed(_number) for name in ("BININT", "BININT1", "BININT2", "LONG1")},
    **{name: _pushed(lambda argument: argument) for name in ("BINFLOAT", "BINUNICODE", "SHORT_BINSTRING")},
}
