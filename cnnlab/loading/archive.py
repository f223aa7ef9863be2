"""A visitor's zip of pictures: what of it is taken, and why the rest is not. Nothing that it says is believed.

Only pictures are written, under names of ours: a class's number, and the picture's. What they were called stands beside.
"""

import io
import json
import stat
import unicodedata
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from cnnlab import limits
from cnnlab.images.decoding import refuse_unreadable
from cnnlab.messages import Message, SpecError
from cnnlab.shelf import SIZE
from cnnlab.specs import N_

from .folder import ENDINGS, LOOSE, OTHERS

INDEX = "index.json"
NESTED = frozenset((".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".zst"))
PARTS = frozenset(("train", "training", "val", "valid", "validation", "test", "testing"))
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # of the others a few bytes may unpack to gigabytes at once
NAME = 255  # characters of a file's name
CHUNK = 1 << 20

UNSEEN = N_("Hidden files are left out: {count}, such as {file}.")
OUTSIDE = N_("Files whose paths lead out of the archive are left out: {count}, such as {file}.")
LINKS = N_("Links and other special files are left out: {count}, such as {file}.")
NAMELESS = N_("Files with names that cannot be shown are left out: {count}, such as {file}.")
WITHIN = N_("Archives inside the archive are not opened: {count}, such as {file}.")
TWICE = N_("Of files that the archive holds twice the first is taken: {count}, such as {file}.")
PACKED = N_("Files that are packed otherwise than zip usually does are left out: {count}, such as {file}.")
HUGE = N_("Files too large for a picture are left out: {count}, such as {file}.")
NO_PICTURE = N_("Files that cannot be read as a picture are left out: {count}, such as {file}.")
TOGETHER = N_("The folders {folders} are taken together: the pictures are divided anew here.")


@dataclass
class Skipped:
    """What is left out: how many files for each reason, and the first of them."""

    counts: dict[str, int] = field(default_factory=dict)
    first: dict[str, str] = field(default_factory=dict)

    def add(self, reason: str, name: str) -> None:
        self.counts[reason] = self.counts.get(reason, 0) + 1
        self.first.setdefault(reason, shown(name))

    @property
    def notes(self) -> list[Message]:
        return [Message(reason, {"count": self.counts[reason], "file": self.first[reason]}) for reason in self.counts]


class _Archive(io.FileIO):
    """A file of which nothing large is read at once: zipfile reads the list of what an archive holds in one piece."""

    def read(self, size: int = -1) -> bytes:
        if size > limits.ZIP_DIRECTORY_BYTES:
            raise _too_many()
        return super().read(size if size >= 0 else limits.ZIP_DIRECTORY_BYTES)  # all: of its end, which is short


def unpack(
    path: Path, name: str, folder: Path, tell: Callable[[int, int | None], None], room: Callable[[int], None]
) -> None:
    """Write the pictures of the zip `name` into an empty folder, with INDEX; SpecError where they make no dataset.

    Whoever waits is told how far it is, and `room` raises where so many bytes do not fit.
    """
    try:
        with _Archive(path) as file, zipfile.ZipFile(file) as archive:
            _refuse_trap(archive.infolist(), path.stat().st_size, name)
            skipped = Skipped()
            kept = list(_kept(archive.infolist(), skipped))
            tops, kept = _peeled(kept, skipped)
            classes = sorted({parts[0] for parts, _ in kept})
            _refuse_few(classes, name)
            size = sum(entry.file_size for _, entry in kept)
            room(size)
            (folder / SIZE).write_text(str(size))
            files = []
            for number, (parts, entry) in enumerate(sorted(kept, key=_in_torchvision_s_order)):
                tell(number, len(kept))
                if data := _picture(archive, entry, skipped):
                    label, ending = classes.index(parts[0]), PurePosixPath(parts[-1]).suffix.lower()
                    (folder / str(label)).mkdir(exist_ok=True)
                    (folder / str(label) / f"{number}{ending}").write_bytes(data)
                    files.append([label, f"{label}/{number}{ending}", shown("/".join(parts))])
    except SpecError:
        raise
    except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError) as error:
        raise SpecError(
            "{name} is no zip that can be read ({reason}): pack the folders anew.", name=name, reason=str(error)[:80]
        ) from error
    _write_index(folder, classes, files, name, [*tops, *skipped.notes])


def read_index(folder: Path) -> tuple[tuple[str, ...], list[tuple[int, str, str]], tuple[Message, ...]]:
    """The classes, a row (label, path, name) for each picture, and what was left out."""
    said = json.loads((folder / INDEX).read_text("utf-8"))
    notes = tuple(Message(template, values) for template, values in said["notes"])
    return tuple(said["classes"]), [tuple(row) for row in said["files"]], notes


def shown(name: str) -> str:
    """A name as text that can be shown, its end where it is long.

    >>> shown("a" * 100)[:3], shown("x\\x1b[2J")
    ('…aa', 'x�[2J')
    """
    text = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in name)
    return text if len(text) <= 80 else "…" + text[-79:]


def _refuse_trap(entries: Sequence[zipfile.ZipInfo], held: int, name: str) -> None:
    """SpecError by what the list of files says, before any of them is unpacked."""
    if len(entries) > limits.ZIP_FILES:
        raise _too_many()
    if any(entry.flag_bits & 1 for entry in entries):
        raise SpecError("{name} is locked by a password: pack the folders anew without one.", name=name)
    size = sum(entry.file_size for entry in entries)
    if size > limits.ZIP_BYTES:
        raise SpecError(
            "{name} would unpack to {size} MB, and {limit} MB are allowed: choose fewer or smaller pictures.",
            name=name,
            size=f"{size // 10**6:,}",
            limit=f"{limits.ZIP_BYTES // 10**6:,}",
        )
    steep = next((entry for entry in entries if _is_bomb(entry)), None)
    if steep or sum(entry.compress_size for entry in entries) > held:
        raise SpecError(
            "{name} is packed as no pictures are ({file} alone would grow to {times} times its size): it is not unpacked.",
            name=name,
            file=shown((steep or max(entries, key=_growth)).filename),
            times=f"{round(_growth(steep or max(entries, key=_growth))):,}",
        )


def _is_bomb(entry: zipfile.ZipInfo) -> bool:
    return entry.file_size > limits.ZIP_SMALL_BYTES and _growth(entry) > limits.ZIP_RATIO


def _growth(entry: zipfile.ZipInfo) -> float:
    return entry.file_size / max(entry.compress_size, 1)


def _too_many() -> SpecError:
    return SpecError("The zip lists more than {limit} files: choose fewer of them.", limit=f"{limits.ZIP_FILES:,}")


Kept = tuple[tuple[str, ...], zipfile.ZipInfo]  # the parts of a picture's path, and where it lies


def _kept(entries: Sequence[zipfile.ZipInfo], skipped: Skipped) -> Iterator[Kept]:
    """Files that may be pictures, by what the list says of them."""
    known = set()
    for entry in entries:
        name = unicodedata.normalize("NFC", entry.filename.replace("\\", "/"))
        if name.endswith("/") and not entry.file_size:
            continue
        parts = tuple(part for part in name.split("/") if part not in ("", "."))
        if reason := _reason(name, parts, entry):
            skipped.add(reason, name)
        elif parts in known:
            skipped.add(TWICE, name)
        else:
            known.add(parts)
            yield parts, entry


def _reason(name: str, parts: tuple[str, ...], entry: zipfile.ZipInfo) -> str:
    """Why a file is left out, "" where it is not."""
    mode = entry.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return LINKS
    if name.startswith("/") or ".." in parts or ":" in (parts or ("",))[0]:
        return OUTSIDE
    if not parts or not name.isprintable() or any(len(part) > NAME for part in parts):
        return NAMELESS
    if any(part.startswith(".") or part == "__MACOSX" for part in parts):
        return UNSEEN
    ending = PurePosixPath(parts[-1]).suffix.lower()
    if ending not in ENDINGS:
        return WITHIN if ending in NESTED else OTHERS
    if entry.compress_type not in METHODS:
        return PACKED
    return HUGE if entry.file_size > limits.ZIP_PICTURE_BYTES else ""


def _peeled(kept: list[Kept], skipped: Skipped) -> tuple[list[Message], list[Kept]]:
    """Pictures by a path that begins with their class: a folder round all of them, or one for each part, is taken off."""
    notes = []
    while True:
        deep = [(parts, entry) for parts, entry in kept if len(parts) > 2]
        tops = {parts[0] for parts, _ in kept if len(parts) > 1}
        alone = len(tops) == 1 and bool(deep)
        parts_of_data = len(tops) > 1 and {top.casefold() for top in tops} <= PARTS and bool(deep)
        if not alone and not parts_of_data:
            break
        if parts_of_data:
            notes.append(Message(TOGETHER, {"folders": ", ".join(sorted(tops))}))
        kept = [(parts[1:] if len(parts) > 1 else parts, entry) for parts, entry in kept]
    for parts, _ in kept:
        if len(parts) == 1:
            skipped.add(LOOSE, parts[0])
    return notes, [(parts, entry) for parts, entry in kept if len(parts) > 1]


def _refuse_few(classes: Sequence[str], name: str) -> None:
    if len(classes) < 2:
        raise SpecError(
            "{name} must hold a folder for each class, at least two with pictures in them: it has {count}.",
            name=name,
            count=len(classes),
        )
    if len(classes) > limits.CLASSES:
        raise SpecError(
            "{name} holds {count} folders of pictures, and {limit} classes are allowed: choose fewer.",
            name=name,
            count=f"{len(classes):,}",
            limit=f"{limits.CLASSES:,}",
        )


def _in_torchvision_s_order(kept: Kept) -> tuple[str, str, str]:
    *folders, last = kept[0]
    return folders[0], "/".join(folders), last


def _picture(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, skipped: Skipped) -> bytes:
    """The bytes of a file, b"" where they are damaged or no picture: no more than the list said there are."""
    try:
        with archive.open(entry) as file:
            data = b"".join(iter(lambda: file.read(CHUNK), b""))
        refuse_unreadable(data, entry.filename)
    except Exception:  # damaged files make zipfile raise nearly anything
        skipped.add(NO_PICTURE, entry.filename)
        return b""
    return data


def _write_index(
    folder: Path, classes: Sequence[str], files: Sequence[list], name: str, notes: Sequence[Message]
) -> None:
    """Classes none of whose files is a picture after all are gone, and the others numbered anew."""
    there = sorted({row[0] for row in files})
    _refuse_few(there, name)
    renumbered = [[there.index(label), *row] for label, *row in files]
    said = {
        "classes": [classes[label] for label in there],
        "files": renumbered,
        "notes": [[note.template, dict(note.values)] for note in notes],
    }
    (folder / INDEX).write_text(json.dumps(said), "utf-8")
