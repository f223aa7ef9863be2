"""The look at dropout: in training with several draws, and in evaluation."""

import streamlit as st

from cnnlab.layers.answers import Dropped
from cnnlab.layers.jobs import DROPPED, asked
from cnnlab.layers.rows import Shape
from cnnlab.layers.view import Place
from pages.layers.choices import choices
from pages.layers.grids import CHANCE, INPUT, OUTPUT, Cell, Grid, grids, numbers, planes, told
from pages.shared.history import History
from pages.shared.language import _, plain, say
from pages.shared.work import done

PLANES = 4  # of each tensor that are drawn


def drops(place: Place) -> bool:
    return place.call.spec.family == "dropout"


def dropout_look(history: History, place: Place) -> None:
    """What goes in, what evaluation and training make of it, and the mean of many draws."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        choices(history, place.call, chance=True)
    dropped: Dropped = done(DROPPED, asked(history.now), _("Drawing …"))
    st.markdown(
        _(
            "In training each draw drops other numbers, with a chance of {p}, and multiplies the rest by {factor}, so that "
            "on average nothing changes; in evaluation all pass as they are. What was dropped is violet."
        ).format(p=told(place.call["p"]), factor=told(dropped.factor))
    )
    for note in dropped.notes:
        st.caption(say(note, plain))
    left, right = st.columns(2)
    with left:
        grids(INPUT, tables(dropped.shape, numbers(dropped.values)), _("What goes in"))
    with right:
        grids(OUTPUT, tables(dropped.shape, numbers(dropped.evaluated)), _("In evaluation"))
    columns = st.columns(2)
    for index, (seed, values, kept) in enumerate(zip(dropped.seeds, dropped.outputs, dropped.kept, strict=True)):
        cells = [
            cell if passed else cell._replace(marks="gone", title=_("dropped"))
            for cell, passed in zip(numbers(values), kept, strict=True)
        ]
        share = sum(kept) / len(kept)
        title = _("In training, seed {seed}: {share} kept").format(seed=seed, share=f"{share:.0%}")
        with columns[index % 2]:
            grids(OUTPUT, tables(dropped.shape, cells), title)
    grids(
        CHANCE,
        tables(dropped.shape, numbers(dropped.average)),
        _("Mean of {count} draws: close to what goes in").format(count=dropped.draws),
    )


def tables(shape: Shape, cells: list[Cell]) -> list[Grid]:
    """The first planes of a tensor, named by their places where there are several."""
    every = list(planes(shape, cells))[:PLANES]
    return [("" if len(every) == 1 else ", ".join(map(str, place)), rows) for place, rows in every]
