"""What a file of weights holds, without its numbers: it is read where it says so, and the rest of it is never loaded."""

import io
import zipfile
from typing import BinaryIO

from cnnlab import limits
from cnnlab.specs import SpecError

from .pickled import Scan, refuse_claim
from .storages import Listed
from .uploads import NAMES, StateFile, blank, check_entries, check_header, damaged_archive, of_dict

MAGIC = 0x1950A86A20F9469CFC6C  # with which files from before torch 1.6 begin
CHUNK = 1 << 20


def list_state_dict(file: BinaryIO, name: str) -> StateFile:
    """The same as `read_state_dict` of the file's bytes, with shapes and types in place of the tensors."""
    size = file.seek(0, 2)
    file.seek(0)
    while not (chunk := file.read(CHUNK)).strip(b"\0"):
        if not chunk:
            raise blank(name, size)
    file.seek(0)
    if name.lower().endswith(".safetensors"):
        entries = check_header(file, size, name)
        listed = {key: Listed(tuple(entry["shape"]), NAMES[entry["dtype"]]) for key, entry in entries.items()}
        return of_dict(listed, name)
    start = file.read(4)
    file.seek(0)
    return of_dict(_zipped(file, size, name) if start == b"PK\x03\x04" else _legacy(file, size, name), name)


def _zipped(file: BinaryIO, size: int, name: str) -> object:
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            check_entries(entries, size, name)
            sizes = {entry.filename: entry.file_size for entry in entries}
            if len(sizes) < len(entries):
                raise zipfile.BadZipFile("two entries have one name")
            root = entries[0].filename.partition("/")[0] if entries else ""
            path = f"{root}/data.pkl"
            if f"{root}/version" not in sizes:
                raise zipfile.BadZipFile("it names no version")
            if sizes.get(path, 0) > limits.STATE_PICKLE:
                raise _too_long(name)
            with io.BytesIO(archive.read(path) if path in sizes else b"") as stream:
                return Scan(name, size, lambda key: sizes.get(f"{root}/data/{key}", 0)).read(stream)
    except SpecError:
        raise
    except Exception as error:  # damaged archives make zipfile raise nearly anything
        raise damaged_archive(name, error) from error


def _too_long(name: str) -> SpecError:
    return SpecError(
        "{name} describes its tensors in more than {limit} bytes: save model.state_dict().",
        name=name,
        limit=f"{limits.STATE_PICKLE:,}",
    )


class _Beginning:
    """The bytes of a file that pickles may take; SpecError where they ask for more."""

    def __init__(self, file: BinaryIO, name: str):
        self.file, self.name, self.left = file, name, limits.STATE_PICKLE

    def read(self, count: int) -> bytes:
        return self._counted(self.file.read(min(count, self.left + 1)))

    def readline(self) -> bytes:
        return self._counted(self.file.readline(self.left + 1))

    def _counted(self, data: bytes) -> bytes:
        self.left -= len(data)
        if self.left < 0:
            raise _too_long(self.name)
        return data


def _legacy(file: BinaryIO, size: int, name: str) -> object:
    """The fourth of five pickles (magic number, protocol, machine, content, keys); the numbers follow, each with its length."""
    scan, pickles = Scan(name, size, lambda key: size), _Beginning(file, name)
    magic, _, _, content, _ = (scan.read(pickles) for _ in range(5))
    if magic != MAGIC:
        raise SpecError(
            "{name} is not a file of torch.save, or is cut off: upload a .pt, .pth or .safetensors file.", name=name
        )
    refuse_claim(name, size - file.tell(), scan.stored_bytes + 8 * len(scan.storages))
    return content
