"""How much runs take, and how they go: nothing outside the root is touched, and no link is followed."""

import os
import shutil
import stat

from .keys import token
from .places import Root

DAY_S = 86400.0


def discard(root: Root, run: str) -> None:
    """Take a run out of sight at once, for `sweep` to remove."""
    folder = root.folder(run)
    if folder is not None:
        os.rename(folder, root.trash / token())


def sweep(root: Root) -> None:
    """Remove what was discarded; what cannot be removed stays for the next time."""
    for entry in os.scandir(root.trash):
        if stat.S_ISDIR(os.lstat(entry.path).st_mode):
            shutil.rmtree(entry.path, ignore_errors=True)
        else:
            os.unlink(entry.path)


def free(root: Root) -> int:
    """Bytes that the disk has left for us."""
    return shutil.disk_usage(root.path).free
