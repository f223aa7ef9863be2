"""All that the playground shows, as one plain value that a URL can carry."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache

from cnnlab import limits
from cnnlab.links import damaged, pack, unpack, whole

from .pipeline import Pipeline
from .presets import PRESETS

MAX_SAMPLE = 999_999  # six digits in a link


@cache
def preset(name: str) -> Pipeline:
    return Pipeline.from_code(PRESETS[name].code)


@dataclass(frozen=True)
class View:
    """The picture's name, the pipeline, the seed, how many samples are shown and which one is looked at closely.

    `rolls` maps a place on the sheet to the sample that was rolled there instead. `raw` shows normalised values as
    they are; `targets` takes the scene's boxes, mask and key points along.
    """

    image: str = "chelsea"
    pipeline: Pipeline = field(default_factory=lambda: preset("first"))
    seed: int = 0
    count: int = 8
    place: int = 0
    rolls: Mapping[int, int] = field(default_factory=dict)
    raw: bool = False
    targets: bool = True

    def __post_init__(self):
        object.__setattr__(self, "place", min(self.place, self.count - 1))

    def sample(self, place: int) -> int:
        """The number of the sample at a place of the sheet."""
        return self.rolls.get(place, place)

    def rolled(self, place: int) -> "View":
        """Another sample at one place, one that stands nowhere on a full sheet."""
        fresh = max([limits.SAMPLES - 1, *self.rolls.values()]) + 1
        if fresh > MAX_SAMPLE:
            fresh = next(number for number in range(limits.SAMPLES, MAX_SAMPLE) if number not in self.rolls.values())
        return replace(self, rolls={**self.rolls, place: fresh})

    def to_query(self) -> dict[str, str]:
        """URL parameters; what stands at its default is left out."""
        default = View()
        query = {}
        if self.image != default.image:
            query["image"] = self.image
        if self.pipeline != default.pipeline:
            query["steps"] = pack(self.pipeline.to_dict()["steps"])
        for name in ("seed", "count", "place"):
            if getattr(self, name) != getattr(default, name):
                query[name] = str(getattr(self, name))
        if self.rolls:
            query["rolls"] = ".".join(f"{place}-{sample}" for place, sample in sorted(self.rolls.items()))
        if self.raw:
            query["raw"] = "1"
        if not self.targets:
            query["targets"] = "0"
        return query

    @staticmethod
    def from_query(query: Mapping[str, str]) -> "View":
        """The view that a URL describes, or SpecError; what it leaves out stands at its default."""
        view = View()
        if "steps" in query:
            view = replace(view, pipeline=Pipeline.from_dict({"version": 1, "steps": unpack(query["steps"])}))
        return replace(
            view,
            image=query.get("image", view.image)[:80],
            seed=whole(query, "seed", view.seed, 0, limits.SEED),
            count=whole(query, "count", view.count, 1, limits.SAMPLES),
            place=whole(query, "place", view.place, 0, limits.SAMPLES),
            rolls=_rolls(query.get("rolls", "")),
            raw=query.get("raw") == "1",
            targets=query.get("targets") != "0",
        )


def _rolls(text: str) -> dict[int, int]:
    pairs = [item.split("-") for item in text.split(".") if item][: limits.SAMPLES]
    if not all(
        len(pair) == 2 and all(part.isascii() and part.isdigit() and len(part) <= 6 for part in pair) for pair in pairs
    ):
        raise damaged()
    return {int(place): int(sample) for place, sample in pairs if int(place) < limits.SAMPLES}
