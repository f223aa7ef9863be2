"""Files that are there whole, or as they were before."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


@contextmanager
def replaced(path: Path, sync: bool = False) -> Iterator[BinaryIO]:
    """A file to write, private and beside `path`, which takes its place once the block has ended well; else it is removed.

    With `sync` it is on the disk by then.
    """
    handle, beside = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".partial", dir=path.parent)  # of mode 0600
    try:
        with os.fdopen(handle, "w+b") as file:
            yield file
            if sync:
                file.flush()
                os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(beside)
        raise
