"""What goes into a view's pipeline: one sample, or a batch."""

import hashlib
from dataclasses import dataclass
from typing import Any

from PIL import Image

from cnnlab.images import sample
from cnnlab.scene import draw_scene

from .batch import mix
from .pipeline import Trace
from .targets import with_targets
from .view import View

SCENE = (320, 240)  # width, height
# The pictures that join the visitor's in a batch.
BATCH_NAMES = (
    "chelsea",
    "coffee",
    "rocket",
    "astronaut",
    "flower",
    "motorcycle",
    "china",
    "hubble",
    "tissue",
    "retina",
)


@dataclass(frozen=True)
class Subject:
    """What goes into the pipeline: one sample or, for steps that mix, a batch with a name each; `key` tells it from others."""

    key: str
    sample: Any
    batch: tuple[Image.Image, ...] = ()
    names: tuple[str, ...] = ()


def subject(view: View, picture: Image.Image) -> Subject:
    """The subject of a view, whose picture the picker gave."""
    key = hashlib.sha256(picture.tobytes() + f"{picture.size}{picture.mode}{view.targets}".encode()).hexdigest()
    if view.pipeline.mixes:
        others = [name for name in BATCH_NAMES if name != view.image][: batch_size(view) - 1]
        batch = [picture.convert("RGB"), *(sample(name).convert("RGB") for name in others)]
        return Subject(key, picture, tuple(batch), (view.image, *others))
    if view.image == "scene" and view.targets:
        return Subject(key, with_targets(draw_scene(*SCENE)))
    return Subject(key, picture)


def batch_size(view: View) -> int:
    """How many pictures a batch has: as many as samples were asked for, where there are so many different ones."""
    return max(2, min(view.count, 1 + sum(name != view.image for name in BATCH_NAMES)))


def closely(view: View, subject: Subject) -> Trace:
    """The stages of the sample looked at closely, or of the batch."""
    if subject.batch:
        return mix(view.pipeline, subject.batch, view.seed, view.sample(0))
    return view.pipeline.trace(subject.sample, view.seed, view.sample(view.place))
