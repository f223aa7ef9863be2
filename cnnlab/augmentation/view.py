"""All that the playground shows, as one plain value that a URL can carry."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, ClassVar

from cnnlab import limits
from cnnlab.links import Field, Linked, damaged, flag, numbered, text, whole

from .pipeline import Pipeline
from .presets import PRESETS

SAMPLE = 999_998  # counted from one it has six digits in a link
# The pictures that make up a batch.
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


@cache
def preset(name: str) -> Pipeline:
    return Pipeline.from_code(PRESETS[name].code)


# A pipeline as a parameter of a link.
STEPS = Field("steps", lambda view: view.pipeline.link, lambda text, view: Pipeline.from_link(text), "pipeline")


def companions(picture: str) -> tuple[str, ...]:
    """The pictures that join one in a batch."""
    return tuple(name for name in BATCH_NAMES if name != picture)


def _rolls(text: str, view: Any) -> dict[int, int]:
    pairs = [item.split("-") for item in text.split(".") if item][: limits.SAMPLES]
    digits = len(str(SAMPLE + 1))
    if not all(
        len(pair) == 2 and all(part.isascii() and part.isdigit() and len(part) <= digits and int(part) for part in pair)
        for pair in pairs
    ):
        raise damaged()
    return {int(place) - 1: int(sample) - 1 for place, sample in pairs if int(place) <= limits.SAMPLES}


@dataclass(frozen=True)
class View(Linked):
    """The picture's name, the pipeline, the seed, how many samples are shown and which one is looked at closely.

    `rolls` maps a place on the sheet to the sample that was rolled there instead. `raw` shows normalised values as
    they are; `targets` takes the scene's boxes, mask and key points along. Places and samples are counted from zero here,
    and from one wherever people read them: on the screen, in a link, in exported code.
    """

    image: str = "chelsea"
    pipeline: Pipeline = field(default_factory=lambda: preset("first"))
    seed: int = 0
    count: int = 8
    place: int = 0
    rolls: Mapping[int, int] = field(default_factory=dict)
    raw: bool = False
    targets: bool = True

    # The count stands before the place, which is cut to it.
    FIELDS: ClassVar[tuple[Field, ...]] = (
        text("image", limits.LINK_NAME),
        STEPS,
        whole("seed", 0, limits.SEED),
        whole("count", 1, limits.SAMPLES),
        numbered("place", limits.SAMPLES),
        Field(
            "rolls",
            lambda view: ".".join(f"{place + 1}-{sample + 1}" for place, sample in sorted(view.rolls.items())),
            _rolls,
            "rolls",
        ),
        flag("raw"),
        flag("targets"),
    )

    def __post_init__(self):
        object.__setattr__(self, "place", min(self.place, self.count - 1))

    def sample(self, place: int) -> int:
        """The sample at a place of the sheet."""
        return self.rolls.get(place, place)

    def rolled(self, place: int) -> "View":
        """Another sample at one place, one that stands nowhere on a full sheet."""
        fresh = max([limits.SAMPLES - 1, *self.rolls.values()]) + 1
        if fresh > SAMPLE:
            fresh = next(number for number in range(limits.SAMPLES, SAMPLE) if number not in self.rolls.values())
        return replace(self, rolls={**self.rolls, place: fresh})


def batch_size(view: View) -> int:
    """How many pictures a batch has: as many as samples were asked for, where there are so many different ones."""
    return max(2, min(view.count, 1 + len(companions(view.image))))


def counts(view: View) -> list[int]:
    """The numbers of samples to choose from, the most that this host allows and the view's own among them."""
    return sorted({*(count for count in (1, 4, 8, 16, 32) if count < limits.SAMPLES), limits.SAMPLES, view.count})
