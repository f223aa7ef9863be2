"""Zips of small pictures, made on the fly."""

import io
import zipfile
from collections.abc import Mapping

import numpy as np
from PIL import Image


def picture(value: int, kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.random.default_rng(value).integers(0, 256, (6, 8, 3), np.uint8)).save(out, kind)
    return out.getvalue()


PETS = {
    f"{name}/{number}.png": picture(10 * place + number)
    for place, name in enumerate(("cat", "dog"))
    for number in range(3)
}


def zipped(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()
