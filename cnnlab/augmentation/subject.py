"""What goes into a recipe's pipeline: one sample, or a batch."""

from dataclasses import dataclass
from typing import Any

from PIL import Image

from cnnlab.images import picture, sample
from cnnlab.scene import draw_scene

from .batch import mix
from .jobs import Recipe
from .running import Trace
from .targets import with_targets
from .view import companions

SCENE = (320, 240)  # width, height


@dataclass(frozen=True)
class Subject:
    """What goes into the pipeline: one sample or, for steps that mix, a batch with a name each."""

    sample: Any
    batch: tuple[Image.Image, ...] = ()
    names: tuple[str, ...] = ()


def subject(recipe: Recipe) -> Subject:
    """The subject of a recipe: a batch where its count says so."""
    if recipe.count:
        names = companions(recipe.image)[: recipe.count - 1]
        batch = [picture(recipe.image).convert("RGB"), *(sample(name).convert("RGB") for name in names)]
        return Subject(batch[0], tuple(batch), (recipe.image, *names))
    if recipe.image == "scene" and recipe.targets:
        return Subject(with_targets(draw_scene(*SCENE)))
    return Subject(picture(recipe.image))


def traced(recipe: Recipe, subject: Subject) -> Trace:
    """The stages of the sample, or of the batch."""
    if subject.batch:
        return mix(recipe.pipeline, subject.batch, recipe.seed, recipe.sample)
    return recipe.pipeline.trace(subject.sample, recipe.seed, recipe.sample)
