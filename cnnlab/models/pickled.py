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

from .stack import CLOSING, LARGEST, PLAIN, PURE, Malformed, plain
from .storages import MENTIONED, STORAGES, UNPLAIN, UNUSUAL, Listed, Stored, overflows


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
            raise Malformed
        content = CALLS[function.name](self, *arguments)
        return Made(function.name) if content is None else content

    def built(self, stack: list, argument: Any) -> None:
        """Only an ordered dict has a state that is put beside its entries."""
        state = stack.pop()
        if not isinstance(stack[-1], Entries) or not isinstance(state, dict):
            raise Malformed

    def stored(self, stack: list, argument: Any) -> None:
        kind, storage, key, _location, count, *views = stack.pop()
        if kind != "storage" or not isinstance(storage, Global) or not _count(count) or any(views):
            raise Malformed
        item, dtype = STORAGES[storage.name]
        new = Stored(str(key), count * item, item, dtype)
        refuse_claim(self.name, self.held(new.key), new.nbytes)
        known = self.storages.setdefault(new.key, new)
        if known.nbytes != new.nbytes:
            raise Malformed
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
            raise Malformed
        if not all(_count(side) for side in (*size, *stride)) or not all(isinstance(one, FLAGS) for one in more):
            raise Malformed
        elements = 1
        for side in size:
            elements *= side
        last = offset + 1 + sum((side - 1) * step for side, step in zip(size, stride, strict=True))
        # Strides of 0 let one number stand for any number of them.
        claimed = max(last, elements) if elements else 0
        refuse_claim(self.name, storage.nbytes, claimed * storage.item)
        if overflows(size):
            raise Malformed
        return Listed(tuple(size), storage.dtype)

    def parameter(self, data: Any, *more: Any) -> Listed:
        if not isinstance(data, Listed):
            raise Malformed
        return data

    def typed(self, function: Any, kind: Any, arguments: Any, state: Any) -> Listed:
        if not isinstance(function, Global) or function.name not in TENSORS:
            raise Malformed
        return self._made(function, arguments)

    def ordered(self, items: Any = ()) -> Entries:
        """Python 2 gave the entries as a list of pairs."""
        self.copies(len(items))
        return Entries((plain(key), value) for key, value in items)

    def sizes(self, sides: Any) -> None:
        self.copies(len(sides))
        if not all(_count(side) for side in sides):
            raise Malformed

    def unique(self, items: Any) -> None:
        self.copies(len(items))
        for item in items:
            plain(item)

    def encoded(self, text: str, codec: str) -> None:
        if codec not in ("latin1", "latin-1"):
            raise Malformed
        self.copies(len(text))

    def device(self, kind: str, *index: int) -> None:
        if not isinstance(kind, str):
            raise Malformed

    def complex(self, real: float, imaginary: float) -> None:
        if type(real) is not float or type(imaginary) is not float:
            raise Malformed


def _count(number: Any) -> bool:
    return type(number) is int and 0 <= number < 2**63


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
STEPS: Mapping[str, Callable] = {
    **PURE,
    "GLOBAL": Scan.named,
    "REDUCE": Scan.called,
    "BUILD": Scan.built,
    "BINPERSID": Scan.stored,
}
