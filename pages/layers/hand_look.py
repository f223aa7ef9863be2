"""The look at a normalisation by hand: which numbers share a mean, and what becomes of them."""

from functools import lru_cache
from math import prod
from statistics import fmean, variance
from typing import Any

import streamlit as st

from cnnlab.figures import settling
from cnnlab.layers.answers import Normed
from cnnlab.layers.jobs import NORMED, asked, suited
from cnnlab.layers.view import Place
from cnnlab.specs import N_
from pages.layers.choices import choices
from pages.layers.grids import INPUT, OUTPUT, PLAIN, Cell, Grid, grids, numbers, planes, told
from pages.shared.history import History
from pages.shared.language import _, coded, plain, say
from pages.shared.sent import heard
from pages.shared.work import done

PLANES, TERMS = 12, 4  # that are drawn; numbers of a sum that are written


# Over what a mean and a variance are taken in training.
WORDS = {
    "batch_norm": N_(
        "Each channel has one mean and one variance, over the whole batch and all places: {count} numbers."
    ),
    "instance_norm": N_("Each channel of each sample has a mean and a variance of its own: {count} numbers."),
    "group_norm": N_(
        "The channels of each sample stand in {groups} groups, each with one mean and one variance: {count} numbers."
    ),
    "layer_norm": N_(
        "All that is in normalized_shape shares a mean and a variance, each sample for itself: {count} numbers."
    ),
    "rms_norm": N_(
        "All that is in normalized_shape is divided by the root of its mean square, each sample for itself: {count} numbers. "
        "No mean is taken away."
    ),
}


def normalises(place: Place) -> bool:
    return place.call.spec.family in WORDS


def hand_look(history: History, place: Place) -> None:
    """A small batch, one of its groups worked out line by line, and the running statistics batch by batch."""
    family, keeps = place.call.spec.family, bool(place.call.values.get("track_running_stats"))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        choices(history, place.call)
        if keeps:
            _mode(history)
    normed: Normed = done(suited(NORMED, history.now), asked(history.now), _("Working out the numbers …"))
    running = keeps and not history.now.training
    st.markdown(_group_words(family, normed, running))
    for note in normed.notes:
        st.caption(say(note, plain))
    group = _group(history, normed)
    st.code("\n".join(_lines(normed, group, family, running)), language=None, wrap_lines=True)
    for hue, title, values in (
        (INPUT, _("What goes in"), normed.values),
        (PLAIN, _("Normalised: x̂"), normed.normal),
        (OUTPUT, _("What comes out: γ · x̂ + β"), normed.output),
    ):
        abreast = normed.shape[1] if len(normed.shape) == 4 else 0
        grids(hue, _tables(normed, values, group), title, abreast)
    if normed.running:
        _running(normed, group, family == "instance_norm")


def _mode(history: History) -> None:
    """Training or evaluation, and how many batches came before."""
    st.toggle(_("Training"), **history.bound("training"), help=_("Off: as in evaluation, with the running statistics."))
    st.number_input(_("Batches before"), **history.number("step", keep=False), width=150)


def _group(history: History, normed: Normed) -> int:
    """Which of the groups is worked out; the first where a link names one that there is not."""
    count, key = max(normed.groups) + 1, "layers.group"
    group = min(history.now.channel, count - 1)
    st.session_state[key] = group
    if count > 1:
        st.select_slider(
            _("Group that is worked out"),
            range(count),
            key=key,
            on_change=heard(key, range(count), lambda group: history.update(keep=False, channel=group)),
            width=360,
        )
    return group


def _group_words(family: str, normed: Normed, running: bool) -> str:
    """What shares a mean and a variance."""
    if running:
        return _(
            "In evaluation each channel takes the running mean and variance of the batches before, whatever this batch holds."
        )
    groups = (max(normed.groups) + 1) // normed.shape[0] or 1
    return _(WORDS[family]).format(count=normed.members, groups=groups)


def _lines(normed: Normed, group: int, family: str, running: bool) -> list[str]:
    """The arithmetic of the first number of a group."""
    chosen = [index for index, of in enumerate(normed.groups) if of == group]
    values, first = [normed.values[index] for index in chosen], chosen[0]
    mean, spread = normed.means[group], normed.variances[group]
    x, hat, y = (told(part[first]) for part in (normed.values, normed.normal, normed.output))
    named = {"mean": _("mean"), "variance": _("variance"), "square": _("mean square")}
    if running:
        after = _("after {count} batches").format(count=len(normed.running) - 1)
        taken = [f"{named['mean']} = {told(mean)} ({after})", f"{named['variance']} = {told(spread)} ({after})"]
    elif family == "rms_norm":
        squares = _sum([f"{_bare(value)}²" for value in values])
        taken = [f"{named['square']} = ({squares}) / {len(values)} = {told(spread)}"]
    else:
        squares = _sum([f"({told(value)} − {_bare(mean)})²" for value in values])
        taken = [
            f"{named['mean']} = ({_sum([_bare(value) for value in values])}) / {len(values)} = {told(mean)}",
            f"{named['variance']} = ({squares}) / {len(values)} = {told(spread)}",
        ]
    centred = x if family == "rms_norm" else f"({x} − {_bare(mean)})"
    weight, bias = told(normed.weight[first]), _bare(normed.bias[first])
    return [
        *taken,
        f"x̂ = {centred} / √({told(spread)} + {normed.eps:.3g}) = {hat}",
        f"y = γ · x̂ + β = {weight} · {_bare(normed.normal[first])} + {bias} = {y}",
    ]


def _bare(value: float) -> str:
    """A number as it stands after a sign."""
    return f"({told(value)})" if value < 0 else told(value)


def _sum(terms: list[str]) -> str:
    """The first terms of a sum.

    >>> _sum(list("abcdef"))
    'a + b + c + d + …'
    """
    return " + ".join([*terms[:TERMS], *(["…"] if len(terms) > TERMS else [])])


def _tables(normed: Normed, values: tuple[float, ...], group: int) -> list[Grid]:
    """The planes of the batch; in colour what belongs to the group."""
    cells = [
        cell if of == group else Cell(cell.text, marks="other")
        for cell, of in zip(numbers(values), normed.groups, strict=True)
    ]
    return [(_named(place, normed.shape), rows) for place, rows in list(planes(normed.shape, cells))[:PLANES]]


def _named(place: tuple[int, ...], shape: tuple[int, ...]) -> str:
    if len(shape) == 2:
        return _("a row for each sample")
    if len(shape) == 3:
        return _("sample {sample}").format(sample=place[0])
    return _("sample {sample}, channel {channel}").format(sample=place[0], channel=", ".join(map(str, place[1:])))


def _running(normed: Normed, group: int, each_sample: bool) -> None:
    """The running mean and variance of the group's channel, batch by batch."""
    channel = normed.groups.index(group) // prod(normed.shape[2:]) % normed.shape[1]
    mean, spread = goals(normed, channel, each_sample)
    means, variances = (tuple(pair[which][channel] for pair in normed.running) for which in (0, 1))
    st.markdown("**" + _("Running statistics of channel {channel}").format(channel=channel) + "**")
    st.caption(_running_words(normed, means, mean))
    names = (_("running mean"), _("running variance"))
    figure = _figure(((names[0], means, mean), (names[1], variances, spread)), _("batches in training"))
    alt = _("Running mean {mean} and running variance {variance} after {count} batches").format(
        mean=told(means[-1]), variance=told(variances[-1]), count=len(means) - 1
    )
    st.plotly_chart(figure, key="layers.running", config={"displayModeBar": False}, alt=alt)


@lru_cache(maxsize=64)
def _figure(parts: tuple[tuple[str, tuple[float, ...], float], ...], title: str) -> Any:
    return settling(parts, title)


def goals(normed: Normed, channel: int, each_sample: bool) -> tuple[float, float]:
    """What the running mean and variance of a channel go to while the batch stays: of variances that without bias."""
    samples, channels, inner = *normed.shape[:2], prod(normed.shape[2:])
    parts = [
        normed.values[(sample * channels + channel) * inner : (sample * channels + channel + 1) * inner]
        for sample in range(samples)
    ]
    parts = parts if each_sample else [sum(parts, ())]
    return fmean(map(fmean, parts)), fmean(variance(part) if len(part) > 1 else 0 for part in parts)


def _running_words(normed: Normed, means: tuple[float, ...], mean: float) -> str:
    momentum, dotted = normed.momentum, _("Dotted is what they go to: the variance is that of n − 1.")
    if len(means) == 1:
        return _("They begin with 0 and 1, and move with every batch in training: count up “Batches before”.")
    if momentum is None:
        return _("They are plain averages of all batches.") + " " + dotted
    worked = f"(1 − {told(momentum)}) · {_bare(means[-2])} + {told(momentum)} · {_bare(mean)} = {told(means[-1])}"
    return _("With the last batch the running mean became {worked}.").format(worked=coded(worked)) + " " + dotted
