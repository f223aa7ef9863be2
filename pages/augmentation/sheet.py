"""What a pipeline does to a picture: the contact sheet, one sample step by step, histograms."""

import re
from collections.abc import Callable

import streamlit as st

from cnnlab.augmentation.jobs import SAMPLE_KIND, STEPS_KIND, Drawn, Mixed, Recipe, Steps, Still, sample_of
from cnnlab.augmentation.view import View
from cnnlab.figures import histograms
from cnnlab.images import SAMPLES
from cnnlab.messages import N_, SpecError, minus
from pages.augmentation.tiles import Tile, tiles
from pages.serving.answers import address
from pages.shared.language import _, listed, say
from pages.shared.problem import problem
from pages.shared.work import done_all

ROOMY = 16  # up to so many samples there is room for a line per step
STARTS = {"input": N_("Input"), "batch": N_("Batch")}


def contact_sheet(page: str, view: View, picture: str, on_pick: Callable[[int], None]) -> None:
    """Samples of the pipeline side by side, each with what was drawn for it."""
    recipes = [sample_of(view, picture, place) for place in range(view.count)]
    answers = done_all(SAMPLE_KIND, recipes, _("Drawing the samples …"))
    shown = [_sample_tile(view, place, recipes[place], answer) for place, answer in enumerate(answers)]
    tiles(
        f"{page}.sheet",
        _("Samples"),
        shown,
        side=300 if view.count <= 2 else 150 if view.count <= ROOMY else 96,
        kind="" if view.count <= ROOMY else "dense",
        picked=str(view.place),
        on_pick=lambda id: on_pick(int(id)),
    )
    refused = [answer for answer in answers if isinstance(answer, SpecError)]
    if refused:
        problem(refused[0])


def _sample_tile(view: View, place: int, recipe: Recipe, answer: Drawn | SpecError) -> Tile:
    number = _("Sample {number}").format(number=place + 1)
    if isinstance(answer, SpecError):
        return Tile(str(place), "", f"{number}: {say(answer)}", str(place + 1), (("red", _("not drawn")),), "red")
    source = address(SAMPLE_KIND, recipe)
    if answer.failed:
        stops = _("stops at {step}").format(step=answer.failed)
        return Tile(str(place), source, f"{number}: {stops}", str(place + 1), (("red", stops),), "red", answer.small)
    draws = [f"{name.removeprefix('Random')}: {listed(parts)}" for name, parts in answer.drawn]
    lines = [("violet", line) for line in draws] or [("", _("nothing left to chance"))]
    if view.count > ROOMY:
        lines = [(lines[0][0], "; ".join(line for _tone, line in lines))]
    return Tile(str(place), source, number, str(place + 1), lines, small=answer.small)


def batch_sheet(page: str, recipe: Recipe, steps: Steps) -> None:
    """The mixed batch: every picture with the shares of its label."""
    shown = []
    for place, mixed in enumerate(steps.batch):
        label = _label(mixed)
        source = address(STEPS_KIND, recipe, len(steps.stills) + place)
        shown.append(Tile(str(place), source, label, str(place + 1), (("violet", label),), small=mixed.small))
    if shown:
        tiles(f"{page}.batch", _("The batch"), shown, side=150)


def _label(mixed: Mixed) -> str:
    """A label in words: "0.63 chelsea + 0.37 coffee", or the name where it is not mixed."""
    names = [_(SAMPLES[name].title) if name in SAMPLES else _("Your picture") for _share, name in mixed.shares]
    if len(names) == 1 and mixed.shares[0][0] == 1:
        return names[0]
    return " + ".join(f"{share:.2f} {name}" for (share, _name), name in zip(mixed.shares, names, strict=True))


def film_strip(page: str, recipe: Recipe, steps: Steps) -> None:
    """A picture after every step, with its contract and what the step drew."""
    shown = [
        _strip_tile(str(number), still, address(STEPS_KIND, recipe, number))
        for number, still in enumerate(steps.stills)
    ]
    if steps.failure:
        name = recipe.pipeline.find(steps.failure.step).name
        shown.append(Tile("failed", "", "", name, (("red", _("stops here")),), "red"))
    tiles(f"{page}.strip", _("Step by step"), shown, side=150)


def _strip_tile(id: str, still: Still, source: str) -> Tile:
    name = _(STARTS[still.name]) if still.name in STARTS else " › ".join((*still.above, still.name))
    lines = [
        ("code", f"{still.type} {still.dtype}"),
        ("code", " × ".join(map(str, still.shape))),
        ("code", f"{minus(f'{still.low:.4g}')} … {minus(f'{still.high:.4g}')}"),
    ]
    if still.drawn:
        lines.append(("violet", listed(still.drawn)))
    elif still.untouched:
        lines.append(("", _("left the picture as it was")))
    title = re.sub(r"(?<=[a-z])(?=[A-Z])", "\u200b", name)  # a long name may break between its words
    alt = name if still.name in STARTS else _("The picture after {step}").format(step=name)
    return Tile(id, source, alt, title, lines, small=still.small)


def histogram_panels(page: str, steps: Steps) -> None:
    """How often each value occurs, before the first step and after the last."""
    first, last = steps.stills[0], steps.stills[-1]
    alt = _(
        "Histograms of the values per channel: from {low} to {high} before, from {low_after} to {high_after} after."
    ).format(low=first.low, high=first.high, low_after=last.low, high_after=last.high)
    titles = (_("Values before"), _("Values after"))
    panels = [(title, one.edges, one.counts, one.names) for title, one in zip(titles, steps.histograms, strict=True)]
    figure = histograms(panels, {name: _(name) for name in ("red", "green", "blue", "gray")})
    st.plotly_chart(figure, key=f"{page}.histograms", config={"displayModeBar": False}, alt=alt)
