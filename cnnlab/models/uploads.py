"""State dicts that people upload: .pt and .pth files of torch.save, and .safetensors. Nothing in them is run."""

import io
import json
import math
import pickletools
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from safetensors.torch import load
from torch import Tensor

from cnnlab import limits
from cnnlab.specs import SpecError

from .states import TensorRow

# Where training scripts keep the weights in a larger checkpoint; the first that holds tensors is taken.
NESTS = ("state_dict", "model_state_dict", "model_state", "model", "net", "network", "weights", "params", "ema")
# Bits of one element: the names that the safetensors format gives to number types.
BITS = {
    "BOOL": 8,
    "U8": 8,
    "I8": 8,
    "F8_E5M2": 8,
    "F8_E4M3": 8,
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


@dataclass(frozen=True)
class StateFile:
    """The tensors of a file, the entry they stood `under` ("" at the top), and the names of what else was there."""

    tensors: Mapping[str, Tensor]
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
        raise SpecError(
            "{name} holds {count} bytes, all zero: it was not saved or copied to the end.", name=name, count=len(data)
        )
    if name.lower().endswith(".safetensors"):
        return _of_dict(_safetensors(data, name), name)
    if zipfile.is_zipfile(io.BytesIO(data)):
        _check_zip(data, name)
    else:
        _check_legacy(data, name)
    return _of_dict(_torch_load(data, name), name)


def _check_zip(data: bytes, name: str) -> None:
    """torch.save compresses nothing, so an archive that unpacks to more than it holds is a trap."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise SpecError(
            "{name} is a damaged archive ({reason}): save or copy it again.", name=name, reason=error
        ) from error
    size = sum(entry.file_size for entry in entries)
    if size > len(data):
        raise SpecError(
            "{name} has {held} bytes and would unpack to {size}: torch.save compresses nothing, so "
            "this is not its file.",
            name=name,
            held=f"{len(data):,}",
            size=f"{size:,}",
        )
    if any(entry.filename.endswith("constants.pkl") for entry in entries):
        raise SpecError(
            "{name} is a TorchScript program, and programs are not run here: save model.state_dict() instead.",
            name=name,
        )


def _check_legacy(data: bytes, name: str) -> None:
    """Files from before torch 1.6: space is claimed by number before a byte is read, so numbers are looked at first."""
    stream = io.BytesIO(data)
    try:
        for _ in range(3):  # magic number, protocol, machine
            for _ in pickletools.genops(stream):
                pass
        largest = max((arg for _, arg, _ in pickletools.genops(stream) if isinstance(arg, int)), default=0)
    except Exception as error:  # bytes of any kind come here, and genops says in many ways that they are no pickle
        raise SpecError(
            "{name} is not a file of torch.save, or is cut off: upload a .pt, .pth or .safetensors file.", name=name
        ) from error
    if largest > len(data):
        _refuse_claim(name, len(data), largest)


def _refuse_claim(name: str, held: int, claimed: int) -> None:
    raise SpecError(
        "{name} claims {claimed} numbers or bytes and holds {held} bytes: it is cut off or made up.",
        name=name,
        claimed=f"{claimed:,}",
        held=f"{held:,}",
    )


def _torch_load(data: bytes, name: str) -> Any:
    try:
        return torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except Exception as error:  # the bytes are a stranger's: whatever reading them raises means that they are not read
        culprit = re.search(r"GLOBAL ([\w.]+)", str(error))
        if culprit:
            raise SpecError(
                "{name} holds more than tensors ({what}), which could run code: only weights are read; "
                "save them with torch.save(model.state_dict(), path).",
                name=name,
                what=culprit.group(1),
            ) from error
        raise SpecError(
            "{name} cannot be read ({reason}): it is cut off, damaged or no file of torch.save.",
            name=name,
            reason=_first_line(error),
        ) from error


def _first_line(error: Exception) -> str:
    lines = [line for line in str(error).splitlines() if "WeightsUnpickler error" in line] or str(error).splitlines()
    return (lines[0].strip().removeprefix("WeightsUnpickler error:").strip()[:160] if lines else "") or type(
        error
    ).__name__


def _safetensors(data: bytes, name: str) -> dict[str, Tensor]:
    _check_header(data, name)
    try:
        return load(data)
    except Exception as error:  # a compiled reader's own exceptions
        raise SpecError(
            "{name} cannot be read ({reason}): it is damaged.", name=name, reason=_first_line(error)
        ) from error


def _check_header(data: bytes, name: str) -> None:
    """The header says what the file has: types that exist, and ranges that fit shapes and follow one another."""
    length = int.from_bytes(data[:8], "little")
    if len(data) < 8 or length > min(len(data) - 8, limits.SAFETENSORS_HEADER):
        raise SpecError(
            "{name} is no safetensors file: its header would take {length} of its {held} bytes.",
            name=name,
            length=f"{length:,}",
            held=f"{len(data):,}",
        )
    try:
        header = json.loads(data[8 : 8 + length])
        entries = {key: value for key, value in header.items() if key != "__metadata__"}
        spans = sorted((*map(int, e["data_offsets"]), _bits(e)) for e in entries.values())
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise SpecError(
            "{name} is no safetensors file: its header is not in order ({reason}).", name=name, reason=repr(error)[:80]
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
    if end != len(data) - 8 - length:
        _refuse_claim(name, len(data), end)


def _bits(entry: Mapping[str, Any]) -> int:
    shape = entry["shape"]
    if not all(type(side) is int and 0 <= side < 2**48 for side in shape) or len(shape) > 64:
        raise ValueError("shape")
    return math.prod(shape) * BITS[entry["dtype"]]


def _of_dict(content: Any, name: str) -> StateFile:
    """The tensors, at the top or one step inside a checkpoint."""
    if not isinstance(content, Mapping):
        raise SpecError(
            "{name} holds a {type} and no state dict: save model.state_dict().", name=name, type=type(content).__name__
        )
    for under in ("", *NESTS):
        inner = content.get(under) if under else content
        tensors = (
            {str(key): value for key, value in inner.items() if isinstance(value, Tensor)}
            if isinstance(inner, Mapping)
            else {}
        )
        if tensors:
            for key, tensor in tensors.items():
                _check_tensor(key, tensor, name)
            others = tuple(str(key) for key in (*content, *inner) if key != under and str(key) not in tensors)
            return StateFile(tensors, under, tuple(dict.fromkeys(others)))
    keys = ", ".join(str(key)[:40] for key in list(content)[:8]) or "{}"
    raise SpecError(
        "{name} holds no tensors where weights are looked for; it has {keys}: save model.state_dict().",
        name=name,
        keys=keys,
    )


def _check_tensor(key: str, tensor: Tensor, name: str) -> None:
    if tensor.layout is not torch.strided or tensor.device.type != "cpu" or tensor.is_quantized:
        raise SpecError(
            "{key} in {name} is a tensor without plain numbers (sparse, quantized or meta): save it as a dense one.",
            key=key[:80],
            name=name,
        )
    # Strides of 0 let one number stand for any number of them.
    if tensor.numel() * tensor.element_size() > tensor.untyped_storage().nbytes():
        _refuse_claim(name, tensor.untyped_storage().nbytes(), tensor.numel() * tensor.element_size())
