"""Files that ask for more than they weigh, or are not what they say."""

import io
import json
import pickle
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from functools import cache
from random import Random
from typing import Any

import numpy as np
from PIL import Image

EOI = b"\xff\xd9"


def picture(kind: str, side: int = 64, mode: str = "RGB", **options: Any) -> bytes:
    pixels = np.random.default_rng(side).integers(0, 256, (side, side, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(out, kind, **options)
    return out.getvalue()


@cache
def scans(count: int = 300, side: int = 7900) -> bytes:
    """A progressive JPEG whose last scan stands there so many times; each costs a pass over all its pixels."""
    out = io.BytesIO()
    Image.new("L", (side, side), 128).save(out, "JPEG", progressive=True, quality=30)
    data = out.getvalue()
    last = data.rindex(b"\xff\xda")
    table = data.rfind(b"\xff\xc4", 0, last)
    begin = table if table > data.rfind(b"\xff\xda", 0, last) else last
    return data.removesuffix(EOI) + data[begin : -len(EOI)] * (count - 1) + EOI


def png(width: int, height: int) -> bytes:
    """A PNG that says it is so large, and has one row."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


def frames(count: int = 2000) -> bytes:
    out, rng = io.BytesIO(), np.random.default_rng(0)
    first, *rest = (Image.fromarray(rng.integers(0, 256, (8, 8), dtype=np.uint8)) for _ in range(count))
    first.save(out, "GIF", save_all=True, append_images=rest)
    return out.getvalue()


def zipped(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


@cache
def bomb() -> bytes:
    """A zip of a megabyte that would unpack to 1.2 GB."""
    return zipped({f"{place}/{number}.png": bytes(3 * 10**8) for place in range(2) for number in range(2)})


@cache
def long_list(count: int = 300_000) -> bytes:
    """A zip that lists one empty file so many times."""
    data = zipped({"a/0.png": b""})
    at, end = data.index(b"PK\1\2"), data.index(b"PK\5\6")
    entry, tail = data[at:end], bytearray(data[end:])
    struct.pack_into("<I", tail, 12, len(entry) * count)
    return data[:at] + entry * count + bytes(tail)


def traversal() -> bytes:
    return zipped({name: picture("PNG", 8) for name in ("../a/0.png", "/etc/b.png", "cat/0.png", "dog/0.png")})


class Reduced:
    """Pickles as a call of something with these arguments."""

    def __init__(self, function: Callable, *arguments: Any):
        self._call = (function, arguments)

    def __reduce__(self) -> tuple[Callable, tuple[Any, ...]]:
        return self._call


def saved(value: Any, **parts: bytes) -> bytes:
    """A file as torch.save writes it, with this pickle."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(value, 2))
        archive.writestr("archive/byteorder", "little")
        archive.writestr("archive/version", "3\n")
        for name, data in parts.items():
            archive.writestr(f"archive/{name}", data)
    return out.getvalue()


def reserve(size: int = 10**10) -> bytes:
    """1.3 kB or less that ask for so many bytes of memory."""
    return saved({"weight": Reduced(bytearray, size)})


@cache
def packed_zeros(size: int = 1 << 29) -> bytes:
    """A zip whose one member unpacks to so many zeros."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/version", "3\n")
        with archive.open("archive/data.pkl", "w", force_zip64=True) as member:
            for _ in range(size >> 20):
                member.write(bytes(1 << 20))
    return out.getvalue()


def other_disk() -> bytes:
    """A zip whose end record says that it begins on another disk."""
    data = bytearray(saved({}))
    end = data.rindex(b"PK\x05\x06")
    data[end + 4 : end + 8] = struct.pack("<HH", 7, 7)
    return bytes(data)


def safetensors(header: Any, body: bytes = bytes(16)) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


def tensor(*offsets: float, name: str = "conv1.weight", shape: tuple[int, ...] = (4,), dtype: str = "F32") -> bytes:
    return safetensors({name: {"dtype": dtype, "shape": shape, "data_offsets": offsets}})


def mutated(data: bytes, seed: int) -> bytes:
    """The file with some of its bytes changed, cut out or doubled."""
    rng, made = Random(seed), bytearray(data)
    for _ in range(rng.randint(1, 8)):
        place = rng.randrange(len(made))
        act = rng.randrange(3)
        if act == 0:
            made[place] = rng.randrange(256)
        elif act == 1:
            del made[place : place + rng.randint(1, 64)]
        else:
            made[place:place] = made[place : place + rng.randint(1, 64)]
        made = made or bytearray(b"\0")
    return bytes(made)


PICTURES: Mapping[str, Callable[[], bytes]] = {
    "a.png": lambda: picture("PNG"),
    "a.jpg": lambda: picture("JPEG"),
    "a.webp": lambda: picture("WEBP"),
    "a.gif": lambda: picture("GIF"),
    "a.bmp": lambda: picture("BMP"),
    "a.tiff": lambda: picture("TIFF"),
    "one-pixel.png": lambda: picture("PNG", 1),
    "bits.png": lambda: picture("PNG", mode="1"),
    "deep.png": lambda: picture("PNG", mode="I;16"),
    "clear.png": lambda: picture("PNG", mode="RGBA"),
    "printed.jpg": lambda: picture("JPEG", mode="CMYK"),
    "numbers.tiff": lambda: picture("TIFF", mode="F"),
    "wrong-name.jpg": lambda: picture("PNG"),
    "nothing.png": lambda: b"",
    "text.png": lambda: b"no picture",
    "drawing.png": lambda: b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>",
    "cut-off.jpg": lambda: picture("JPEG", 512)[:3000],
    "wide.png": lambda: png(60_000, 60_000),
    "strip.png": lambda: png(2_000_000, 1),
    "frames.gif": frames,
    "scans.jpg": scans,
    "large.jpg": lambda: picture("JPEG", 2600, quality=95),
    "name-√-中.png": lambda: picture("PNG"),
}
STATES: Mapping[str, Callable[[], bytes]] = {
    "fits.safetensors": lambda: tensor(0, 16),
    "one-offset.safetensors": lambda: tensor(0),
    "three-offsets.safetensors": lambda: tensor(0, 16, 16),
    "no-offsets.safetensors": lambda: tensor(),
    "huge-offset.safetensors": lambda: safetensors(
        b'{"w": {"dtype": "F32", "shape": [4], "data_offsets": [0, 1e400]}}'
    ),
    "huge-shape.safetensors": lambda: safetensors(
        b'{"w": {"dtype": "F32", "shape": [1e400], "data_offsets": [0, 16]}}'
    ),
    "below.safetensors": lambda: tensor(-16, 0),
    "backwards.safetensors": lambda: tensor(16, 0),
    "other-shape.safetensors": lambda: tensor(0, 16, shape=(1 << 60, 1 << 60)),
    "half-letter.safetensors": lambda: tensor(0, 16, name="\ud800"),
    "odd-type.safetensors": lambda: tensor(0, 16, dtype="F7"),
    "no-object.safetensors": lambda: safetensors([1, 2, 3]),
    "deep.safetensors": lambda: safetensors(b"[" * 100_000),
    "no-end.safetensors": lambda: struct.pack("<Q", 1 << 62) + b"{}",
    "nothing.safetensors": lambda: b"",
    "plain.pt": lambda: saved({}),
    "numbers.pt": lambda: saved({"a": 1, "b": [2.5, None]}),
    "reserve.pt": reserve,
    "letters.pt": lambda: saved({"\ud800": 1}),
    "own-class.pt": lambda: saved({"a": Reduced(print, "run")}),
    "other-disk.pt": other_disk,
    "zeros.pt": packed_zeros,
    "nothing.pt": lambda: b"",
    "old.pth": lambda: pickle.dumps({"a": 1}, 2),
    "text.bin": lambda: b"no weights",
    "cut-off.pt": lambda: saved({"a": 1})[:-30],
    "loop.pt": lambda: saved(Reduced(bytes, b"x")),
}
