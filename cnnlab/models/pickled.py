"""What the pickles in a file of torch.save ask for, followed opcode by opcode; nothing of it is made.

torch.load(weights_only=True) runs no code of the file, but `bytearray(10**10)`, storages of any size and tensors larger
than their storage are among what it makes. Here every call and its arguments are looked at first. Lists, dicts and
tuples stand for themselves; what a call would make is a Made, or a Stored for what lies in the file.
"""

import pickletools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from cnnlab import limits
from cnnlab.specs import SpecError

from .storages import MENTIONED, STORAGES, UNPLAIN, UNUSUAL, Listed, Stored, overflows

PLAIN = (str, int, float, bool, type(None))
LARGEST = 2**128


@dataclass(frozen=True)
class Global:
    """A name that the file calls or mentions."""

    name: str


@dataclass(frozen=True)
class Made:
    """What calling `maker` would give."""

    maker: str


class Entries(dict):
    """An ordered dict of the file."""


FLAGS = (*PLAIN, Made, dict)  # what follows the numbers of a tensor: requires_grad, hooks, metadata


class _Malformed(Exception):
    """No pickle that torch.save writes."""


def refuse_claim(name: str, held: int, claimed: int) -> None:
    """SpecError where a file claims more than it holds."""
    if claimed > held:
        raise SpecError(
            "{name} claims {claimed} numbers or bytes and holds {held} bytes: it is cut off or made up.",
            name=name,
            claimed=f"{claimed:,}" if claimed < LARGEST else "≥ 2¹²⁸",
            held=f"{held:,}",
        )


@dataclass
class Scan:
    """Reads pickles of the file `name`, one after another; SpecError where one asks for what no weights need.

    The file has `size` bytes; `held` gives those that it has for the storage of a key.
    """

    name: str
    size: int
    held: Callable[[str], int]
    storages: dict[str, Stored] = field(default_factory=dict)
    stored_bytes: int = 0
    opcodes: int = 0
    copied: int = 0  # elements and characters that calls copy; each has a place of its own in the file

    def read(self, stream: BinaryIO) -> Any:
        """What one pickle, up to its end, holds: tensors as Listed, what else a call would make as Made."""
        stack: list[Any] = []
        marks: list[list[Any]] = []
        memo: dict[int, Any] = {}
        try:
            for opcode, argument, _ in pickletools.genops(stream):
                self.opcodes += 1
                if self.opcodes > limits.STATE_OPCODES:
                    raise SpecError(
                        "{name} describes more than weights have: its lists take over {limit} steps to read.",
                        name=self.name,
                        limit=f"{limits.STATE_OPCODES:,}",
                    )
                if opcode.name == "STOP":
                    return stack.pop()
                if opcode.name == "MARK":
                    marks.append(stack)
                    stack = []
                elif opcode.name in CLOSING:
                    inner, stack = stack, marks.pop()
                    CLOSING[opcode.name](self, stack, inner)
                elif opcode.name in ("BINPUT", "LONG_BINPUT"):
                    memo[argument] = stack[-1]
                elif opcode.name in ("BINGET", "LONG_BINGET"):
                    stack.append(memo[argument])
                else:
                    STEPS[opcode.name](self, stack, argument)
        except SpecError:
            raise
        except Exception as error:  # bytes of any kind come here, and say in many ways that they are no pickle
            raise SpecError(
                "{name} is not a file of torch.save, or is cut off: upload a .pt, .pth or .safetensors file.",
                name=self.name,
            ) from error

    def named(self, stack: list, argument: str) -> None:
        name = argument.replace(" ", ".")
        if name in UNPLAIN or name.startswith(("torch.sparse.", "torch.Q")):
            raise SpecError(
                "{name} has a tensor without plain numbers (sparse, quantized or meta): save it as a dense one.",
                name=self.name,
            )
        if name == UNUSUAL:
            raise SpecError(
                "{name} has a tensor of an unusual type (such as uint16 or float8_e8m0fnu): "
                "turn its tensors into bfloat16 or float32 and save them again.",
                name=self.name,
            )
        # The modules that Python 2 wrote.
        name = name.replace("__builtin__.", "builtins.")
        if name not in CALLS and name not in STORAGES and name not in MENTIONED:
            raise SpecError(
                "{name} holds more than tensors ({what}), which could run code or claim memory: only weights are "
                "read; save them with torch.save(model.state_dict(), path).",
                name=self.name,
                what=name.removeprefix("builtins.")[:80],
            )
        stack.append(Global(name))

    def called(self, stack: list, argument: Any) -> None:
        arguments, function = stack.pop(), stack.pop()
        stack.append(self._made(function, arguments))

    def _made(self, function: Any, arguments: Any) -> Any:
        if not isinstance(function, Global) or function.name not in CALLS or type(arguments) is not tuple:
            raise _Malformed
        content = CALLS[function.name](self, *arguments)
        return Made(function.name) if content is None else content

    def built(self, stack: list, argument: Any) -> None:
        """Only an ordered dict has a state that is put beside its entries."""
        state = stack.pop()
        if not isinstance(stack[-1], Entries) or not isinstance(state, dict):
            raise _Malformed

    def stored(self, stack: list, argument: Any) -> None:
        kind, storage, key, _location, count, *views = stack.pop()
        if kind != "storage" or not isinstance(storage, Global) or not _count(count) or any(views):
            raise _Malformed
        item, dtype = STORAGES[storage.name]
        new = Stored(str(key), count * item, item, dtype)
        refuse_claim(self.name, self.held(new.key), new.nbytes)
        known = self.storages.setdefault(new.key, new)
        if known.nbytes != new.nbytes:
            raise _Malformed
        self.stored_bytes += new.nbytes if known is new else 0
        refuse_claim(self.name, self.size, self.stored_bytes)
        stack.append(new)

    def copies(self, count: int) -> None:
        self.copied += count
        refuse_claim(self.name, self.size, self.copied)

    # What may be called, by the arguments that it takes.

    def tensor(self, storage: Any, offset: Any, size: Any, stride: Any, *more: Any) -> Listed:
        """No tensor reaches past its storage, which torch would make larger."""
        if not isinstance(storage, Stored) or not _count(offset) or len(size) != len(stride) or len(size) > 64:
            raise _Malformed
        if not all(_count(side) for side in (*size, *stride)) or not all(isinstance(one, FLAGS) for one in more):
            raise _Malformed
        elements = 1
        for side in size:
            elements *= side
        last = offset + 1 + sum((side - 1) * step for side, step in zip(size, stride, strict=True))
        # Strides of 0 let one number stand for any number of them.
        claimed = max(last, elements) if elements else 0
        refuse_claim(self.name, storage.nbytes, claimed * storage.item)
        if overflows(size):
            raise _Malformed
        return Listed(tuple(size), storage.dtype)

    def parameter(self, data: Any, *more: Any) -> Listed:
        if not isinstance(data, Listed):
            raise _Malformed
        return data

    def typed(self, function: Any, kind: Any, arguments: Any, state: Any) -> Listed:
        if not isinstance(function, Global) or function.name not in TENSORS:
            raise _Malformed
        return self._made(function, arguments)

    def ordered(self, items: Any = ()) -> Entries:
        """Python 2 gave the entries as a list of pairs."""
        self.copies(len(items))
        return Entries((plain(key), value) for key, value in items)

    def sizes(self, sides: Any) -> None:
        self.copies(len(sides))
        if not all(_count(side) for side in sides):
            raise _Malformed

    def unique(self, items: Any) -> None:
        self.copies(len(items))
        for item in items:
            plain(item)

    def encoded(self, text: str, codec: str) -> None:
        if codec not in ("latin1", "latin-1"):
            raise _Malformed
        self.copies(len(text))

    def device(self, kind: str, *index: int) -> None:
        if not isinstance(kind, str):
            raise _Malformed

    def complex(self, real: float, imaginary: float) -> None:
        if type(real) is not float or type(imaginary) is not float:
            raise _Malformed


def _count(number: Any) -> bool:
    return type(number) is int and 0 <= number < 2**63


def plain(key: Any) -> Any:
    """The key itself; what is made of tuples in tuples is looked through over and over when it is a key."""
    if not isinstance(key, PLAIN):
        raise _Malformed
    return key


def _appended(scan: Scan, stack: list, items: list) -> None:
    if type(stack[-1]) is not list:
        raise _Malformed
    stack[-1].extend(items)


def _entered(scan: Scan, stack: list, items: list) -> None:
    for key, value in zip(items[::2], items[1::2], strict=True):
        plain(key)
        if isinstance(stack[-1], dict):
            stack[-1][key] = value
    if not isinstance(stack[-1], dict):
        raise _Malformed


def _append(scan: Scan, stack: list, argument: Any) -> None:
    item = stack.pop()
    _appended(scan, stack, [item])


def _set(scan: Scan, stack: list, argument: Any) -> None:
    value, key = stack.pop(), stack.pop()
    _entered(scan, stack, [key, value])


def _tupled(count: int) -> Callable:
    def step(scan: Scan, stack: list, argument: Any) -> None:
        if len(stack) < count:
            raise _Malformed
        stack[len(stack) - count :] = [tuple(stack[len(stack) - count :])]

    return step


def _pushed(value: Callable[[Any], Any]) -> Callable:
    return lambda scan, stack, argument: stack.append(value(argument))


def _number(argument: int) -> int:
    if abs(argument) > LARGEST:
        raise _Malformed
    return argument


ORDERED = "collections.OrderedDict"
CALLS: Mapping[str, Callable] = {
    ORDERED: Scan.ordered,
    "torch._utils._rebuild_tensor": Scan.tensor,
    "torch._utils._rebuild_tensor_v2": Scan.tensor,
    "torch._utils._rebuild_parameter": Scan.parameter,
    "torch._utils._rebuild_parameter_with_state": Scan.parameter,
    "torch._tensor._rebuild_from_type_v2": Scan.typed,
    "torch.Size": Scan.sizes,
    "torch.device": Scan.device,
    "builtins.set": Scan.unique,
    "builtins.complex": Scan.complex,
    "_codecs.encode": Scan.encoded,
}
TENSORS = frozenset(name for name in CALLS if "_rebuild_" in name)
# Opcodes that take what stands above the last mark.
CLOSING: Mapping[str, Callable] = {
    "TUPLE": lambda scan, stack, items: stack.append(tuple(items)),
    "APPENDS": _appended,
    "SETITEMS": _entered,
}
# The others, of those that torch.load knows.
STEPS: Mapping[str, Callable] = {
    "PROTO": lambda scan, stack, argument: None,
    "GLOBAL": Scan.named,
    "REDUCE": Scan.called,
    "BUILD": Scan.built,
    "BINPERSID": Scan.stored,
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
