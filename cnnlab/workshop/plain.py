"""Plain values as bytes: what a worker answers with. Whoever reads them makes nothing but plain values of them."""

import sys
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import msgpack

from cnnlab.messages import Message, SpecError

TUPLE, WHOLE, OBJECT = 1, 2, 3


def packed(value: Any) -> bytes:
    """None, bools, numbers, str, bytes, lists, tuples, dicts, and frozen dataclasses, messages and errors of cnnlab.

    TypeError for everything else.

    >>> unpacked(packed({"shape": (3, 2**70), "name": "conv"}))
    {'shape': (3, 1180591620717411303424), 'name': 'conv'}
    """
    return msgpack.packb(value, default=_extended, strict_types=True)


def unpacked(data: bytes) -> Any:
    """What `packed` packed; ValueError for what it cannot have."""
    return msgpack.unpackb(data, ext_hook=_restored, strict_map_key=False)


def _extended(value: Any) -> Any:
    if type(value) is tuple:
        return msgpack.ExtType(TUPLE, packed(list(value)))
    if type(value) is int:  # beyond 64 bits
        return msgpack.ExtType(WHOLE, str(value).encode())
    if isinstance(value, Mapping):
        return dict(value)
    if _is_plain(type(value)):
        kind = _known(type(value))
        return msgpack.ExtType(OBJECT, packed([kind.__module__, kind.__name__, _parts(value)]))
    raise TypeError(f"{type(value).__name__} is not a plain value.")


def _is_plain(kind: type) -> bool:
    """True for classes of cnnlab that are data and no more."""
    own = kind.__module__.startswith("cnnlab.")
    return own and (issubclass(kind, (Message, SpecError)) or (is_dataclass(kind) and kind.__dataclass_params__.frozen))


def _known(kind: type) -> type:
    """The class as which a value travels: an error as the nearest that every process knows, for it is only told."""
    if not issubclass(kind, SpecError):
        return kind
    return next(one for one in kind.__mro__ if one.__module__ == SpecError.__module__)


def _parts(value: Any) -> list[Any]:
    if isinstance(value, (Message, SpecError)):
        return [value.template, {name: _sayable(part) for name, part in value.values.items()}]
    return [getattr(value, field.name) for field in fields(value) if field.init]


def _sayable(value: Any) -> Any:
    """A value of a sentence: what is no number, no text and no sentence itself is said as text anyway."""
    if type(value) in (tuple, list):
        return type(value)(map(_sayable, value))
    said = type(value) in (type(None), bool, int, float, str) or isinstance(value, (Message, SpecError))
    return value if said else str(value)


def _restored(code: int, data: bytes) -> Any:
    if code == TUPLE:
        return tuple(unpacked(data))
    if code == WHOLE:
        return int(data)
    if code != OBJECT:
        raise ValueError(f"{code} is no code of a plain value.")
    module, name, parts = unpacked(data)
    kind = getattr(sys.modules.get(module), name, None)  # nothing is imported because an answer says so
    if not isinstance(kind, type) or not _is_plain(kind):
        raise ValueError(f"{module}.{name} is not a plain class.")
    if issubclass(kind, SpecError):
        return kind(parts[0], **parts[1])
    return kind(*parts)
