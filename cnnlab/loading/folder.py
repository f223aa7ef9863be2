"""Pictures of one's own: a folder with a folder for each class, below the one that the owner of the machine names."""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image

from cnnlab import limits
from cnnlab.messages import Message, SpecError
from cnnlab.specs import N_

from .sources import Source, spread

VARIABLE = "CNNLAB_PICTURES"
LYING = (5, 6, 7, 8)  # orientations of a picture whose file has its width for its height; not so PIL of a TIFF
ENDINGS = frozenset((".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp"))

HIDDEN = N_("{folder} is hidden and left out; torchvision's ImageFolder would take it for a class.")
EMPTY = N_("{folder} holds no picture and is left out; torchvision's ImageFolder would refuse the whole folder.")
OTHERS = N_("Files without the ending of a picture are left out: {count}, such as {file}.")
LOOSE = N_("Pictures beside the folders of the classes are left out: {count}, such as {file}.")
ALIKE = N_("{one} and {other} are two classes, though their names differ in small and capital letters alone.")
DAMAGED = N_("{count} of {seen} pictures cannot be read, such as {file}: mend or remove them, or the run will stop.")
TURNED = N_("{count} of {seen} pictures are turned upright as their cameras say; torchvision would leave them lying.")
DEEP = N_(
    "{count} of {seen} pictures have more than 8 bits a value: they are scaled; torchvision would cut them off at 255."
)
SEE_THROUGH = N_(
    "{count} of {seen} pictures may be see-through: they are laid over white; torchvision would show what lies beneath."
)
GRAY = N_(
    "{count} of {seen} pictures are gray among coloured ones: they are given three equal channels, as torchvision's "
    "ImageFolder does; a Dataset of your own must do it too, or no batch can be made of both."
)


def pictures_folder() -> Path | None:
    """The folder that the environment variable CNNLAB_PICTURES names, or None: then no folder is read."""
    named = os.environ.get(VARIABLE)
    return Path(named).expanduser() if named else None


class Paths(Sequence[Path]):
    """Files by name, each a Path when it is asked for: ten thousand of them take a tenth of a second to make."""

    def __init__(self, names: Sequence[str]):
        self._names = names

    def __len__(self) -> int:
        return len(self._names)

    def __getitem__(self, place: int) -> Path:
        return Path(self._names[place])


def ImageFolder(root: str = ".") -> Source:
    """The pictures of a folder, found but not opened; SpecError where they make no dataset."""
    folder = _inside(root)
    entries = sorted(folder.iterdir())
    notes, classes, paths, labels = [], [], [], []
    left = [entry.name for entry in entries if not entry.is_dir()]
    for place in (entry for entry in entries if entry.is_dir()):
        hidden = place.name.startswith(".")
        pictures, others = ([], []) if hidden else _sorted_out(place)
        left += others
        if pictures:
            labels += [len(classes)] * len(pictures)
            classes.append(place.name)
            paths += pictures
        else:
            notes.append(Message(HIDDEN if hidden else EMPTY, {"folder": place.name}))
        if len(paths) > limits.FOLDER_PICTURES:
            raise SpecError(
                "{folder} holds more than {limit} pictures: name a smaller one.",
                folder=root,
                limit=limits.FOLDER_PICTURES,
            )
    if len(classes) < 2:
        raise SpecError(
            "{folder} must hold a folder for each class, at least two with pictures in them: it has {count}.",
            folder=root,
            count=len(classes),
        )
    notes += [*alike(classes), *_left_out(left)]
    files = Paths(paths)
    told = partial(traps, files, lambda place: files[place].relative_to(folder).as_posix())
    return Source(tuple(classes), np.array(labels), paths=files, notes=tuple(notes), traps=told)


def traps(paths: Sequence[Path], called: Callable[[int], str]) -> tuple[Message, ...]:
    """What else a person should know of pictures: the heads of their files are read, of many those of some."""
    seen = spread(len(paths), limits.STATISTICS)
    return tuple(
        Message(template, {"count": len(places), "seen": len(seen), "file": called(seen[places[0]])})
        for template, places in odd([head(paths[place]) for place in seen]).items()
    )


def _inside(root: str) -> Path:
    """The folder of a name; SpecError unless it lies in the one that the owner of the machine named."""
    allowed = pictures_folder()
    if allowed is None:
        raise SpecError(
            "Folders of pictures are switched off: start cnnlab with {variable} set to the folder that holds them.",
            variable=VARIABLE,
        )
    try:
        folder, within = (allowed / root).resolve(), allowed.resolve()
        if folder.is_relative_to(within) and folder.is_dir():
            return folder
    except (OSError, ValueError):  # a name longer than the file system's are, or with a NUL in it
        pass
    raise SpecError("There is no folder {root} in {folder}: check the name.", root=root[:80], folder=allowed)


def _sorted_out(place: Path) -> tuple[list[str], list[str]]:
    """All pictures of a class in torchvision's order, and the names of its other files from the class on.

    Links to other folders are not followed.
    """
    pictures, others = [], []
    for folder, _, names in sorted(os.walk(place)):
        for name in sorted(names):
            path = os.path.join(folder, name)
            if os.path.splitext(name)[1].lower() in ENDINGS:
                pictures.append(path)
            else:
                others.append(path[len(str(place.parent)) :].strip(os.sep).replace(os.sep, "/"))
    return pictures, others


def alike(classes: Sequence[str]) -> Iterator[Message]:
    known: dict[str, str] = {}
    for name in classes:
        other = known.setdefault(name.casefold(), name)
        if other != name:
            yield Message(ALIKE, {"one": other, "other": name})


def _left_out(names: Sequence[str]) -> Iterator[Message]:
    """Files that stand where no picture is looked for, or are none; those that are hidden are nobody's concern."""
    counts: Counter[str] = Counter()
    first: dict[str, str] = {}
    for name in names:
        if not any(part.startswith(".") for part in name.split("/")):
            template = LOOSE if os.path.splitext(name)[1].lower() in ENDINGS else OTHERS
            counts[template] += 1
            first.setdefault(template, name)
    return (Message(template, {"count": counts[template], "file": first[template]}) for template in counts)


@dataclass(frozen=True)
class Head:
    """What a picture's file says before it is decoded: (width, height) as it stands upright, and what it is like."""

    size: tuple[int, int]
    turned: bool
    deep: bool
    see_through: bool
    gray: bool


def head(path: Path) -> Head | None:
    """None where the file is no picture."""
    try:
        with Image.open(path) as image:
            way = image.getexif().get(ExifTags.Base.Orientation, 1)
            return Head(
                image.size[::-1] if way in LYING and image.format != "TIFF" else image.size,
                way != 1,
                image.mode.startswith(("I", "F")),
                image.has_transparency_data,
                image.mode in ("1", "L", "LA"),
            )
    except Exception:  # damaged files make PIL raise nearly anything
        return None


def odd(heads: Sequence[Head | None]) -> dict[str, list[int]]:
    """The places of the files that something should be known of, by what that is."""
    colours = any(one and not (one.gray or one.deep) for one in heads)
    kinds: dict[str, Callable[[Head], bool]] = {
        TURNED: lambda one: one.turned,
        DEEP: lambda one: one.deep,
        SEE_THROUGH: lambda one: one.see_through,
        GRAY: lambda one: one.gray and colours,
    }
    found = {DAMAGED: [place for place, one in enumerate(heads) if one is None]}
    found |= {kind: [place for place, one in enumerate(heads) if one and is_so(one)] for kind, is_so in kinds.items()}
    return {kind: places for kind, places in found.items() if places}
