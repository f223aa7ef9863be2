"""What a pipeline does to a picture: one sample before and after, step by step; the contact sheet; histograms."""

import re
from collections.abc import Callable, Sequence

from cnnlab.augmentation.jobs import SAMPLE_KIND, STEPS_KIND, Drawn, Mixed, Recipe, Steps, Still, photo
from cnnlab.augmentation.view import View
from cnnlab.images import SAMPLES
from cnnlab.images.jobs import SMALL
from cnnlab.messages import N_, SpecError, minus
from pages.augmentation.tiles import Tile, tiles
from pages.serving.answers import address
from pages.shared.histograms import histograms
from pages.shared.language import _, listed, say

SIDE = 76  # so that eight samples stand in one row of a window of 1280 pixels
STARTS = {"input": N_("Input"), "batch": N_("Batch")}


def film(page: str, heading: str, recipe: Recipe, steps: Steps) -> None:
    """A picture before and after, what was drawn for it, and the picture after every step."""
    sources = [address(STEPS_KIND, recipe, number) for number in range(len(steps.stills))]
    if whole := photo(recipe, steps.stills[0].shape[-2:]):
        sources[0] = address(SMALL, whole)  # which a browser has since the sample before
    shown = [_still_tile(still, source) for still, source in zip(steps.stills, sources, strict=True)]
    if steps.failure:
        name = recipe.pipeline.find(steps.failure.step).name
        shown.append(Tile(steps.failure.step, "", say(steps.failure.error), name, (("red", _("stops here")),), "red"))
    words = {
        "heading": heading,
        "before": _("Before: {step}"),
        "after": _("After: {step}"),
        "nothing": _("Nothing was left to chance."),
    }
    tiles(f"{page}.strip", _("Step by step"), shown, kind="film", words=words)


def _still_tile(still: Still, source: str) -> Tile:
    name = _(STARTS[still.name]) if still.name in STARTS else " › ".join((*still.above, still.name))
    size = " × ".join(map(str, still.shape))
    values = f"{minus(f'{still.low:.4g}')} … {minus(f'{still.high:.4g}')}"
    lines = [("code", f"{still.type} {still.dtype} · {size} · {values}")]
    if still.drawn:
        lines.append(("violet", listed(still.drawn)))
    elif still.untouched:
        lines.append(("", _("left the picture as it was")))
    if still.undone:
        lines.append(("", _("shown with Normalize undone")))
    title = re.sub(r"(?<=[a-z])(?=[A-Z])", "\u200b", name)  # a long name may break between its words
    alt = name if still.name in STARTS else _("The picture after {step}").format(step=name)
    return Tile(still.step or still.name, source, alt, title, lines, small=still.small)


def contact_sheet(
    page: str,
    view: View,
    recipes: Sequence[Recipe],
    answers: Sequence[Drawn | SpecError],
    on_pick: Callable[[int], None],
) -> None:
    """Samples of the pipeline side by side, each with what was drawn for it where the mouse rests."""
    shown = [
        _sample_tile(place, recipe, answer) for place, (recipe, answer) in enumerate(zip(recipes, answers, strict=True))
    ]
    tiles(
        f"{page}.sheet",
        _("Samples"),
        shown,
        side=SIDE,
        kind="sheet",
        picked=str(view.place),
        on_pick=lambda id: on_pick(int(id)),
    )


def _sample_tile(place: int, recipe: Recipe, answer: Drawn | SpecError | None) -> Tile:
    title = str(recipe.sample + 1)
    number = _("Sample {number}").format(number=title)
    if answer is None:
        return Tile(str(place), address(SAMPLE_KIND, recipe), number, title)  # seen as soon as it is drawn
    if isinstance(answer, SpecError):
        return Tile(str(place), "", f"{number}: {say(answer)}", title, (("red", _("not drawn")),), "red")
    source = address(SAMPLE_KIND, recipe)
    if answer.failed:
        stops = _("stops at {step}").format(step=answer.failed)
        return Tile(str(place), source, f"{number}: {stops}", f"{title} ✕", (), "red", answer.small)
    draws = [f"{name.removeprefix('Random')}: {listed(parts)}" for name, parts in answer.drawn]
    lines = [("violet", line) for line in draws] or [("", _("nothing left to chance"))]
    return Tile(str(place), source, number, title, lines, small=answer.small)


def batch_sheet(page: str, recipe: Recipe, steps: Steps) -> None:
    """The mixed batch: every picture with the shares of its label."""
    shown = []
    for place, mixed in enumerate(steps.batch):
        label = _label(mixed)
        source = address(STEPS_KIND, recipe, len(steps.stills) + place)
        shown.append(Tile(str(place), source, label, str(place + 1), (("violet", label),), small=mixed.small))
    if shown:
        tiles(f"{page}.batch", _("The batch"), shown, side=130)


def _label(mixed: Mixed) -> str:
    """A label in words: "0.63 chelsea + 0.37 coffee", or the name where it is not mixed."""
    names = [_(SAMPLES[name].title) if name in SAMPLES else _("Your picture") for _share, name in mixed.shares]
    if len(names) == 1 and mixed.shares[0][0] == 1:
        return names[0]
    return " + ".join(f"{share:.2f} {name}" for (share, _name), name in zip(mixed.shares, names, strict=True))


def special(recipe: Recipe, steps: Steps) -> str:
    """What is unlike other pipelines: a batch that is mixed, several pictures out of one; "" for nothing."""
    if recipe.count:
        return _(
            "This pipeline mixes a whole batch, so there are no single samples: {count} pictures go in together, as "
            "after a DataLoader, and each comes out with the shares of its label."
        ).format(count=recipe.count)
    first = next((still for still in steps.stills if still.several), None)
    if first:
        return _(
            "{step} makes {count} pictures of one. They stay together from there on, the network looks at each, and "
            "its {count} answers are averaged."
        ).format(step=first.name, count=first.several)
    return ""


def histogram_panels(page: str, steps: Steps) -> None:
    """How often each value occurs, before the first step and after the last."""
    first, last = steps.stills[0], steps.stills[-1]
    alt = _(
        "Histograms of the values per channel: from {low} to {high} before, from {low_after} to {high_after} after."
    ).format(low=first.low, high=first.high, low_after=last.low, high_after=last.high)
    titles = (_("Values before"), _("Values after"))
    panels = [(title, one.edges, one.counts, one.names) for title, one in zip(titles, steps.histograms, strict=True)]
    histograms(f"{page}.histograms", alt, panels, {name: _(name) for name in ("red", "green", "blue", "gray")})
