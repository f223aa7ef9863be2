"""The chosen data as a Dataset class that people could have written themselves: source that runs without cnnlab.

A file of pictures larger than the page works on is reduced there, and not by this source.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from cnnlab.augmentation.export import distribution, own_source
from cnnlab.specs import Target

from .by_hand import ByHand, opened
from .folder import ENDINGS
from .parts import PARTS
from .splits import SPLITTING, kept_classes
from .targets import TARGETS
from .view import View

CLASS = '''
class {name}(Dataset):
    """Pictures and labels by their number: dataset[0] is the first pair of both."""

    def __init__(self, pictures, labels, transform=None, target_transform=None):
        self.pictures, self.labels = pictures, labels
        self.transform, self.target_transform = transform, target_transform

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        picture, label = {opening}, int(self.labels[index])
        if self.transform:
            picture = self.transform(picture)
        if self.target_transform:
            label = self.target_transform(label)
        return picture, label
'''
READ = '''
def read(path):
    """A picture of a file, upright and in colours."""
    with Image.open(path) as image:
        picture = ImageOps.exif_transpose(image).convert("RGB")
    return {picture}
'''
TARGET = """
def target_transform(label):
    return {expression}
"""
FITTED = "TF.center_crop(TF.resize({what}, [{side}], antialias=True), [{side}, {side}])"


# What a line of source needs, by what it says.
IMPORTS = {
    r"math\.": "import math",
    r"os\.": "import os",
    r"np\.": "import numpy as np",
    r"torch\.": "import torch",
    r"F\.": "import torch.nn.functional as F",
    r"partial\(": "from functools import partial",
    r"Image\.": "from PIL import Image, ImageOps",
    r"load_digits\(": "from sklearn.datasets import load_digits",
    r"default_collate\(": "from torch.utils.data import DataLoader, Dataset, default_collate",
    r"datasets\.": "from torchvision import datasets",
    r"v2\.": "from torchvision.transforms import v2",
    r"TF\.": "from torchvision.transforms.v2 import functional as TF",
}
ALWAYS = "from torch.utils.data import DataLoader, Dataset"


def written(view: View) -> str:
    """The source: a Dataset, the chosen pictures of a part, its steps, and the loader. `dataset` and `loader` are made."""
    data = ByHand(view, opened(view))
    place = data.near(view.picture)
    opening = "read(self.pictures[index])" if data.opened.of_files else "TF.to_pil_image(self.pictures[index])"
    head, _, steps = _transform(data, place).partition("\n\n")
    blocks = [
        CLASS.format(name=_class_name(view), opening=opening),
        *_functions(data),
        "\n".join((*_pictures(data), *_chosen(data))),
        steps,
        "\n".join(_loader(data, place)),
    ]
    body = _spaced([block.strip("\n") for block in blocks])
    title = f'"""The {view.part} part of {view.data.name} as a Dataset of one\'s own: {len(data):,} pictures."""'
    return "\n".join((title, "", *_imports(head.splitlines(), body), "", "", body, ""))


def _spaced(blocks: list[str]) -> str:
    """Blocks of source with two empty lines around definitions, and one between others."""
    text = blocks[0]
    for before, block in pairwise(blocks):
        text += "\n\n" + "\n" * (block.startswith("def") or before.startswith(("def", "class"))) + block
    return text


def _class_name(view: View) -> str:
    return view.data.name[:1].upper() + view.data.name[1:]


def _imports(lines: list[str], body: str) -> list[str]:
    """The lines of imports that a source needs, besides those it has."""
    needed = {line for word, line in IMPORTS.items() if re.search(rf"(?<![\w.]){word}", body)}
    needed |= set(lines) | (set() if IMPORTS[r"default_collate\("] in needed else {ALWAYS})
    return sorted(needed, key=lambda line: (not line.startswith("import"), line))


def _transform(data: ByHand, place: int) -> str:
    """The steps of a sample as an idiomatic Compose, with those that training adds."""
    steps = data.at(place)
    ending = steps.calls[len(data.pipeline.calls) :]
    return distribution((*data.pipeline.active, *ending))


def _functions(data: ByHand) -> Iterator[str]:
    if data.opened.of_files:
        side = data.view.side
        tensor = FITTED.format(what="TF.pil_to_tensor(picture)", side=side)
        yield READ.format(picture=f"TF.to_pil_image({tensor})" if side else "picture")
    row = TARGETS[data.view.target]
    if row.expression:
        yield TARGET.format(expression=row.expression.format(classes=len(data.opened.classes)))
    if data.view.collate == "padded":
        yield own_source(Target("cnnlab.loading.padding:padded"))


def _pictures(data: ByHand) -> Iterator[str]:
    """All pictures of the dataset, and their labels."""
    source, call, side = data.opened.source, data.view.data, data.view.side
    if data.opened.of_files:
        yield f"root = {call.values.get('root', 'pictures')!r}  # it holds a folder for each class"
        yield f"folders = {list(source.classes)}"
        yield f"endings = {tuple(sorted(ENDINGS))}"
        yield "files = [(os.path.join(place, name), label) for label, folder in enumerate(folders)"
        yield "         for place, _, names in sorted(os.walk(os.path.join(root, folder))) for name in sorted(names)]"
        yield "files = [(path, label) for path, label in files if path.lower().endswith(endings)]"
        yield "pictures, labels = (np.array(column) for column in zip(*files))"
        return
    part = ", ".join(f"{name}={value!r}" for name, value in (call.spec.parts or ({},))[data.places.own_test].items())
    yield from (line.format(**call.values, part=part) for line in call.spec.plain or call.spec.reads)
    if side:
        yield f"pictures = {FITTED.format(what='pictures', side=side)}"


def _chosen(data: ByHand) -> Iterator[str]:
    """Those of the part."""
    opened, selection = data.opened, data.view
    chosen = kept_classes(opened.source.labels, selection.classes, opened.source.classes)
    yield f"classes = {chosen}"
    if data.places.own_test:
        yield "places = np.flatnonzero(np.isin(labels, classes))"
    else:
        drawn = [places for places in opened.places.values() if not places.own_test]
        counts = [np.bincount(places.labels, minlength=len(chosen)) for places in drawn]
        ends = np.cumsum(counts, axis=0).T.tolist()
        yield "# Of each class, drawn from a seed: where the pictures for training end, those for validation, and for the test."
        yield f"ends, part = {[row + row[-1:] * (3 - len(row)) for row in ends]}, {PARTS.index(data.view.part)}"
        yield "places = []"
        yield "for label, (train, validation, test) in zip(classes, ends):"
        yield f"    chance = np.random.default_rng(({SPLITTING}, {selection.split_seed}, label))"
        yield "    order = chance.permutation(np.flatnonzero(labels == label))"
        yield "    places.append(np.split(order, [train, validation, test])[part])"
        yield "places = np.sort(np.concatenate(places))"
    yield "labels = np.searchsorted(classes, labels)  # as the network counts classes"


def _loader(data: ByHand, place: int) -> Iterator[str]:
    view = data.view
    target = ", target_transform" if TARGETS[view.target].expression else ""
    yield f"dataset = {_class_name(view)}(pictures[places], labels[places], transform{target})"
    yield f"picture, label = dataset[{place}]"
    training = view.part == "train"
    more = {
        "batch_size": view.batch_size,
        **({"shuffle": True} if training and view.sampler == "shuffled" else {}),
        **({"drop_last": True} if training and view.drop_last else {}),
    }
    if view.collate == "padded":
        more["collate_fn"] = f"partial(padded, multiple={view.multiple})"
    yield f"loader = DataLoader(dataset, {', '.join(f'{name}={value}' for name, value in more.items())})"
