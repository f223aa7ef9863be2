"""What a pipeline does to a picture: the contact sheet, one sample step by step, histograms."""

import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import streamlit as st

from cnnlab import images
from cnnlab.augmentation import Pipeline, Stage, Trace, contract
from cnnlab.augmentation.looks import normalisation, pixels
from cnnlab.augmentation.pipeline import walk
from cnnlab.augmentation.subject import Subject, closely
from cnnlab.augmentation.view import View
from cnnlab.augmentation.words import minus, words
from cnnlab.figures import histograms
from cnnlab.specs import N_, Message
from pages.augmentation.tiles import Tile, tiles
from pages.shared.language import _, listed

SHEET_SIDE, STRIP_SIDE, LARGE_SIDE = 192, 256, 512
ROOMY = 16  # up to so many samples there is room for a line per step
PATIENCE_S = 0.7
STARTS = {"input": N_("Input"), "batch": N_("Batch")}


def flat(stages: Sequence[Stage], above: str = "", drawn: str = "") -> Iterator[tuple[Stage, str, str]]:
    """The stages one by one, with the names of the containers around them and, at the first, what these drew."""
    for stage in stages:
        drawn_here = _(", ").join(part for part in (drawn, listed(words(stage))) if part)
        if stage.inner:
            yield from flat(stage.inner, f"{above}{stage.name} › ", drawn_here)
        else:
            yield stage, above, drawn_here
        drawn = ""


def contact_sheet(page: str, view: View, subject: Subject, on_pick: Callable[[int], None]) -> None:
    """Samples of the pipeline side by side, each with what was drawn for it."""
    if subject.batch:
        _batch_sheet(page, view, subject)
        return
    shown, began, bar = [], time.perf_counter(), None
    steps = json.dumps(view.pipeline.to_dict())
    for place in range(view.count):
        shown.append(_sample_tile(view, subject, steps, place))
        if time.perf_counter() - began > PATIENCE_S:
            bar = bar or st.empty()
            bar.progress(
                (place + 1) / view.count, _("Sample {number} of {count}").format(number=place + 1, count=view.count)
            )
    if bar:
        bar.empty()
    side = 300 if view.count <= 2 else 150 if view.count <= ROOMY else 96
    kind = "" if view.count <= ROOMY else "dense"
    tiles(
        f"{page}.sheet",
        _("Samples"),
        shown,
        side=side,
        kind=kind,
        picked=str(view.place),
        on_pick=lambda id: on_pick(int(id)),
    )


def _sample_tile(view: View, subject: Subject, steps: str, place: int) -> Tile:
    uri, small, drawn, failed = _sample(
        subject.key,
        steps,
        view.seed,
        view.sample(place),
        view.raw,
        SHEET_SIDE if view.count > 2 else LARGE_SIDE,
        view.pipeline,
        subject.sample,
    )
    number = _("Sample {number}").format(number=place + 1)
    if failed:
        stops = _("stops at {step}").format(step=failed)
        return Tile(str(place), uri, f"{number}: {stops}", str(place + 1), (("red", stops),), "red", small)
    draws = [f"{name.removeprefix('Random')}: {listed(parts)}" for name, parts in drawn]
    lines = [("violet", line) for line in draws] or [("", _("nothing left to chance"))]
    if view.count > ROOMY:
        lines = [(lines[0][0], "; ".join(line for _tone, line in lines))]
    return Tile(str(place), uri, number, str(place + 1), lines, small=small)


@st.cache_data(show_spinner=False, max_entries=512)
def _sample(
    key: str, steps: str, seed: int, sample: int, raw: bool, side: int, _pipeline: Pipeline, _value: Any
) -> tuple[str, bool, list[tuple[str, tuple[Message, ...]]], str]:
    """One sample, as far as it came: (data URI, whether it is small, what each step drew, the step that failed)."""
    trace = _pipeline.trace(_value, seed, sample)
    failed = _pipeline.find(trace.failure.step).name if trace.failure else ""
    drawn = [(stage.name, parts) for stage in _all(trace.stages) if (parts := words(stage))]
    shown = _pixels(trace.stages, len(trace.stages) - 1, _pipeline, raw)
    return images.data_uri(images.png(shown, side)), max(shown.shape) <= side // 2, drawn, failed


def _all(stages: tuple[Stage, ...]) -> Iterator[Stage]:
    for stage in stages:
        yield stage
        yield from _all(stage.inner)


def _pixels(stages: tuple[Stage, ...], index: int, pipeline: Pipeline, raw: bool) -> np.ndarray:
    calls = {call.id: call for call in walk(pipeline.calls)}
    undo = None if raw else normalisation(stages[: index + 1], calls)
    return pixels(stages[index], undo)


def _batch_sheet(page: str, view: View, subject: Subject) -> None:
    """The mixed batch: every picture with the shares of its label."""
    trace = closely(view, subject)
    if trace.failure:
        return
    stage = trace.stages[-1]
    batch, labels = stage.sample
    undo = None if view.raw else normalisation(trace.stages, {call.id: call for call in walk(view.pipeline.calls)})
    shown = []
    for place in range(len(batch)):
        picture = pixels(Stage(stage.name, batch[place]), undo)
        label = _label(labels[place], subject.names)
        uri = images.data_uri(images.png(picture, SHEET_SIDE))
        shown.append(
            Tile(
                str(place),
                uri,
                label,
                str(place + 1),
                (("violet", label),),
                small=max(picture.shape) <= SHEET_SIDE // 2,
            )
        )
    tiles(f"{page}.batch", _("The batch"), shown, side=150)


def _label(label, names: tuple[str, ...]) -> str:
    """A label in words: "0.63 chelsea + 0.37 coffee", or the name where it is not mixed."""
    title = [_(images.SAMPLES[name].title) if name in images.SAMPLES else _("Your picture") for name in names]
    if label.ndim == 0:
        return title[int(label)]
    shares = sorted(((share, index) for index, share in enumerate(label.tolist()) if share > 0), reverse=True)
    return " + ".join(f"{share:.2f} {title[index]}" for share, index in shares)


def film_strip(page: str, view: View, trace: Trace) -> None:
    """A picture after every step, with its contract and what the step drew."""
    calls = {call.id: call for call in walk(view.pipeline.calls)}
    shown: list[Tile] = []
    stages: list[Stage] = []
    for number, (stage, above, drawn) in enumerate(flat(trace.stages)):
        stages.append(stage)
        undo = None if view.raw else normalisation(stages, calls)
        shown.append(_strip_tile(str(number), stage, above, drawn, pixels(stage, undo)))
    if trace.failure:
        name = view.pipeline.find(trace.failure.step).name
        shown.append(Tile("failed", "", "", name, (("red", _("stops here")),), "red"))
    tiles(f"{page}.strip", _("Step by step"), shown, side=150)


def _strip_tile(id: str, stage: Stage, above: str, drawn: str, picture: np.ndarray) -> Tile:
    name = _(STARTS[stage.name]) if stage.name in STARTS else above + stage.name
    numbers = contract(stage.image)
    lines = [
        ("code", f"{numbers.type} {numbers.dtype}"),
        ("code", " × ".join(map(str, numbers.shape))),
        ("code", f"{minus(f'{numbers.low:.4g}')} … {minus(f'{numbers.high:.4g}')}"),
    ]
    if drawn:
        lines.append(("violet", drawn))
    elif stage.untouched:
        lines.append(("", _("left the picture as it was")))
    small = max(picture.shape) <= STRIP_SIDE // 2
    uri = images.data_uri(images.png(picture, STRIP_SIDE))
    title = re.sub(r"(?<=[a-z])(?=[A-Z])", "\u200b", name)  # a long name may break between its words
    alt = name if stage.name in STARTS else _("The picture after {step}").format(step=name)
    return Tile(id, uri, alt, title, lines, small=small)


def histogram_panels(page: str, view: View, trace: Trace) -> None:
    """How often each value occurs, before the first step and after the last."""
    panels = []
    for title, stage in ((_("Values before"), trace.stages[0]), (_("Values after"), trace.stages[-1])):
        image = stage.image
        first = image[0] if isinstance(image, (list, tuple)) or getattr(image, "ndim", 3) == 4 else image
        counted = images.channel_histograms(first)
        panels.append((title, counted.edges, counted.counts, counted.names))
    before, after = (contract(stage.image) for stage in (trace.stages[0], trace.stages[-1]))
    alt = _(
        "Histograms of the values per channel: from {low} to {high} before, from {low_after} to {high_after} after."
    ).format(low=before.low, high=before.high, low_after=after.low, high_after=after.high)
    figure = histograms(panels, {name: _(name) for name in ("red", "green", "blue", "gray")})
    st.plotly_chart(figure, key=f"{page}.histograms", config={"displayModeBar": False}, alt=alt)
