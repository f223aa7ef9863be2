"""State dicts that people upload: .pt and .pth files of torch.save, and .safetensors. Nothing in them is run."""

import io
import json
import math
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, BinaryIO

import torch
from safetensors.torch import load
from torch import Tensor

from cnnlab import limits
from cnnlab.specs import SpecError

from .pickled import Made, Scan
from .states import TensorRow
from .storages import Listed, overflows

# Where training scripts keep the weights in a larger checkpoint; the first that holds tensors is taken.
NESTS = ("state_dict", "model_state_dict", "model_state", "model", "net", "network", "weights", "params", "ema")
# Bits of one element: the names that the safetensors format gives to number types.
BITS = {
    "BOOL": 8,
    "U8": 8,
    "I8": 8,
    "F8_E5M2": 8,
    "F8_E4M3": 8,
    "F8_E5M2FNUZ": 8,
    "F8_E4M3FNUZ": 8,
    "I16": 16,
    "U16": 16,
    "F16": 16,
    "BF16": 16,
    "I32": 32,
    "U32": 32,
    "F32": 32,
    "I64": 64,
    "U64": 64,
    "F64": 64,
    "C64": 64,
}
SCALED = frozenset(
    {"F4", "F6_E2M3", "F6_E3M2", "F8_E8M0"}
)  # of blocks with a common scale; no layer computes with them
# The same types as torch calls them.
NAMES = {
    **{"BOOL": "bool", "BF16": "bfloat16", "F8_E5M2": "float8_e5m2", "F8_E4M3": "float8_e4m3fn", "C64": "complex64"},
    **{"F8_E5M2FNUZ": "float8_e5m2fnuz", "F8_E4M3FNUZ": "float8_e4m3fnuz"},
    **{
        f"{letter}{bits}": f"{word}{bits}" for letter, word in (("U", "uint"), ("I", "int")) for bits in (8, 16, 32, 64)
    },
    **{f"F{bits}": f"float{bits}" for bits in (16, 32, 64)},
}


@dataclass(frozen=True)
class StateFile:
    """The tensors of a file, the entry they stood `under` ("" at the top), and the names of what else was there."""

    tensors: Mapping[str, Tensor | Listed]
    under: str = ""
    others: tuple[str, ...] = ()

    @property
    def rows(self) -> tuple[TensorRow, ...]:
        return tuple(
            TensorRow(name, tuple(tensor.shape), str(tensor.dtype).removeprefix("torch."), tensor.numel())
            for name, tensor in self.tensors.items()
        )

    @property
    def numel(self) -> int:
        return sum(tensor.numel() for tensor in self.tensors.values())


def read_state_dict(data: bytes, name: str) -> StateFile:
    """The tensors of an uploaded file; its `name` ends in .safetensors, or the file is one of torch.save.

    >>> buffer = io.BytesIO()
    >>> torch.save({"fc.weight": torch.zeros(2, 3)}, buffer)
    >>> read_state_dict(buffer.getvalue(), "mine.pt").rows
    (TensorRow(name='fc.weight', shape=(2, 3), dtype='float32', numel=6),)
    """
    if not data.strip(b"\0"):
        raise blank(name, len(data))
    if name.lower().endswith(".safetensors"):
        return of_dict(_safetensors(data, name), name)
    # By the first bytes, as torch.load does: what else lies in the file does not count.
    data = _zipped(data, name) if data.startswith(b"PK\x03\x04") else _legacy(data, name)
    return of_dict(_torch_load(data, name), name)


def blank(name: str, count: int) -> SpecError:
    return SpecError(
        "{name} holds {count} bytes, all zero: it was not saved or copied to the end.", name=name, count=count
    )


def damaged_archive(name: str, error: Exception) -> SpecError:
    return SpecError(
        "{name} is a damaged archive ({reason}): save or copy it again.", name=name, reason=first_line(error)
    )


def _zipped(data: bytes, name: str) -> bytes:
    """The archive written anew from what was looked at, so that torch and Python read the same of it."""
    records: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            check_entries(entries, len(data), name)
            records = {entry.filename: archive.read(entry) for entry in entries}
    except SpecError:
        raise
    except Exception as error:  # damaged archives make zipfile raise nearly anything
        raise damaged_archive(name, error) from error
    root = entries[0].filename.partition("/")[0] if entries else ""
    scan = Scan(name, len(data), lambda key: len(records.get(f"{root}/data/{key}", b"")))
    scan.read(io.BytesIO(records.get(f"{root}/data.pkl", b"")))
    copied = io.BytesIO()
    with zipfile.ZipFile(copied, "w") as archive:
        for path, record in records.items():
            archive.writestr(path, record)
    return copied.getvalue()


def check_entries(entries: list[zipfile.ZipInfo], held: int, name: str) -> None:
    """torch.save compresses nothing, so an archive that unpacks to more than it holds is a trap."""
    size = sum(entry.file_size for entry in entries)
    if size > held:
        raise SpecError(
            "{name} has {held} bytes and would unpack to {size}: torch.save compresses nothing, so "
            "this is not its file.",
            name=name,
            held=f"{held:,}",
            size=f"{size:,}",
        )
    if any(entry.filename.endswith("constants.pkl") for entry in entries):
        raise SpecError(
            "{name} is a TorchScript program, and programs are not run here: save model.state_dict() instead.",
            name=name,
        )


def _legacy(data: bytes, name: str) -> bytes:
    """Files from before torch 1.6: five pickles (magic number, protocol, machine, content, keys), then the numbers."""
    stream = io.BytesIO(data)
    scan = Scan(name, len(data), lambda key: len(data))
    for _ in range(5):
        scan.read(stream)
    return data


def _torch_load(data: bytes, name: str) -> Any:
    try:
        return torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except Exception as error:  # the bytes are a stranger's: whatever reading them raises means that they are not read
        raise SpecError(
            "{name} cannot be read ({reason}): it is cut off, damaged or no file of torch.save.",
            name=name,
            reason=first_line(error),
        ) from error


def first_line(error: Exception) -> str:
    lines = [line for line in str(error).splitlines() if "WeightsUnpickler error" in line] or str(error).splitlines()
    return (lines[0].strip().removeprefix("WeightsUnpickler error:").strip()[:160] if lines else "") or type(
        error
    ).__name__


def _safetensors(data: bytes, name: str) -> dict[str, Tensor]:
    check_header(io.BytesIO(data), len(data), name)
    try:
        return load(data)
    except Exception as error:  # a compiled reader's own exceptions
        raise SpecError(
            "{name} cannot be read ({reason}): it is damaged.", name=name, reason=first_line(error)
        ) from error


def check_header(file: BinaryIO, held: int, name: str) -> dict[str, Any]:
    """The entries of the header of a file of `held` bytes: types that exist, ranges that fit shapes and follow one another."""
    start = file.read(8)
    length = int.from_bytes(start, "little")
    if len(start) < 8 or length > min(held - 8, limits.SAFETENSORS_HEADER):
        raise SpecError(
            "{name} is not a safetensors file: its header would take {length} of its {held} bytes.",
            name=name,
            length=f"{length:,}",
            held=f"{held:,}",
        )
    try:
        header = json.loads(file.read(length).decode())
        if not all(isinstance(value, str) for value in header.get("__metadata__", {}).values()):
            raise TypeError("__metadata__")
        entries = {key: value for key, value in header.items() if key != "__metadata__"}
        spans = sorted(_span(entry, key, name) for key, entry in entries.items())
    except SpecError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise SpecError(
            "{name} is not a safetensors file: its header is not in order ({reason}).",
            name=name,
            reason=repr(error)[:80],
        ) from error
    end = 0
    for first, last, bits in spans:
        if first != end or (last - first) * 8 != bits:
            raise SpecError(
                "{name} has a tensor of {bits} bits in bytes {first} to {last}, which does not fit: "
                "it is damaged or made up.",
                name=name,
                bits=f"{bits:,}",
                first=f"{first:,}",
                last=f"{last:,}",
            )
        end = last
    if end != held - 8 - length:
        raise SpecError(
            "{name} has tensors up to byte {end} and holds {held} bytes of them: it is cut off or made up.",
            name=name,
            end=f"{end:,}",
            held=f"{held - 8 - length:,}",
        )
    return entries


def _span(entry: Mapping[str, Any], key: str, name: str) -> tuple[int, int, int]:
    """(first byte, byte after the last, bits that the shape needs) of the tensor `key` of the file `name`."""
    if entry["dtype"] in SCALED:
        raise SpecError(
            "{name} keeps {tensor} in {dtype}, a type of scaled blocks that layers cannot take as weights: "
            "turn its tensors into bfloat16 or float32 and save them again.",
            name=name,
            tensor=_shown(key)[:80],
            dtype=entry["dtype"],
        )
    shape, (first, last) = entry["shape"], entry["data_offsets"]
    if type(shape) is not list or len(shape) > 64:
        raise ValueError("shape")
    if not all(type(side) is int and 0 <= side < 2**48 for side in (*shape, first, last)):
        raise ValueError("shape")
    if overflows(shape):
        raise ValueError("shape")
    return first, last, math.prod(shape) * BITS[entry["dtype"]]


def of_dict(content: Any, name: str) -> StateFile:
    """The tensors, at the top or one step inside a checkpoint."""
    if not isinstance(content, Mapping):
        raise SpecError(
            "{name} holds a {type} and no state dict: save model.state_dict().", name=name, type=_kind(content)
        )
    for under in ("", *NESTS):
        inner = content.get(under) if under else content
        tensors = (
            {str(key): value for key, value in inner.items() if isinstance(value, (Tensor, Listed))}
            if isinstance(inner, Mapping)
            else {}
        )
        if tensors:
            for key in tensors:
                _check_name(key, name)
            others = (_shown(key) for key in (*content, *inner) if key != under and str(key) not in tensors)
            return StateFile(tensors, under, tuple(dict.fromkeys(others)))
    keys = ", ".join(_shown(key)[:40] or "''" for key in islice(content, 8)) or "{}"
    raise SpecError(
        "{name} holds no tensors where weights are looked for; it has {keys}: save model.state_dict().",
        name=name,
        keys=keys,
    )


def _kind(content: Any) -> str:
    if isinstance(content, Made):
        return content.maker.rpartition(".")[2]
    return "Tensor" if isinstance(content, Listed) else type(content).__name__


def _shown(key: Any) -> str:
    text = str(key)[: limits.LINK_NAME]
    return text if text.isprintable() else ascii(text)


def _check_name(key: str, name: str) -> None:
    if len(key) > limits.LINK_NAME or not key.isprintable():  # among others half of a surrogate pair, which is no text
        raise SpecError(
            "{name} has a tensor called {key}, which is too long or no text: is it a state dict?",
            name=name,
            key=ascii(key)[:80],
        )
