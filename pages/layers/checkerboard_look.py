"""The look at how evenly a transposed convolution writes its output, beside enlarging first and then convolving."""

from math import prod

import streamlit as st

from cnnlab.images import png_size
from cnnlab.layers.answers import Counts
from cnnlab.layers.checkerboard import written
from cnnlab.layers.jobs import COUNTS, asked, suited
from cnnlab.layers.rows import each
from cnnlab.layers.view import Place
from cnnlab.specs import Call
from pages.layers.choices import choices
from pages.layers.grids import OUTPUT, Cell, grids, told
from pages.serving.answers import address
from pages.shared.history import History
from pages.shared.language import _, coded, plain, say
from pages.shared.picture import picture
from pages.shared.work import done

CELLS = 17  # along a side of counts that are written as numbers


def transposed(place: Place) -> bool:
    return place.call.spec.family == "transposed"


def checkerboard_look(history: History, place: Place) -> None:
    """How often each place is written, and what ones become on both ways."""
    view = history.now
    with st.container(horizontal=True, vertical_alignment="bottom"):
        choices(history, place.call, filled=False)
    kind, recipe = suited(COUNTS, view), asked(view)
    counts: Counts = done(kind, recipe, _("Counting …"))
    st.markdown(verdict(place.call, counts.uneven))
    for note in counts.notes:
        st.caption(say(note, plain))
    rows = plane(counts.sides)
    titles = (
        _("How often each place is written"),
        _("A picture of ones through this layer"),
        _("The same picture enlarged, then convolved"),
    )
    with st.container(key="layers.evenness"):
        columns = st.columns(len(titles))
    for index, (column, title) in enumerate(zip(columns, titles, strict=True)):
        with column:
            st.markdown(f"**{title}**")
            low, high = told(counts.lows[index]), told(counts.highs[index])
            if index == 0 and max(len(rows), len(rows[0])) <= CELLS:
                top = max(map(max, rows))
                grids(OUTPUT, [("", [[Cell(str(count), count / top) for count in row] for row in rows])])
            else:
                alt = f"{title}: {low} – {high}"
                picture(address(kind, recipe, index), alt, png_size(counts.pictures[index]), wide=True)
            st.caption(_("From {low} to {high}.").format(low=low, high=high))
    st.caption(_("The right one is evenly written whatever its kernel: {source}").format(source=coded(counts.instead)))


def plane(sides: tuple[tuple[int, ...], ...]) -> list[list[int]]:
    """The counts of the last two sides as rows, of a volume those of its middle slice.

    >>> plane(((1, 2), (1, 3)))
    [[1, 3], [2, 6]]
    """
    slices = prod(side[len(side) // 2] for side in sides[:-2])
    high = sides[-2] if len(sides) > 1 else (1,)
    return [[slices * down * across for across in sides[-1]] for down in high]


def verdict(call: Call, uneven: bool) -> str:
    """What to see, and why it is so."""
    often = [set(written(*setting)) for setting in each(call, "kernel_size", "stride", "dilation")]
    least, most = prod(map(min, often)), prod(map(max, often))
    values = {"kernel": coded(f"kernel_size={call['kernel_size']}"), "stride": coded(f"stride={call['stride']}")}
    if uneven:
        return _(
            "**A checkerboard.** Away from the border a place is written between {least} and {most} times, because {kernel} "
            "does not spread evenly over {stride}: neighbours differ even where the picture does not."
        ).format(least=least, most=most, **values)
    return _(
        "**Written evenly.** Away from the border each place is written as often as its neighbours ({times}), because "
        "{kernel} spreads evenly over {stride}. What is drawn is even too where the weights that meet in one place add up "
        "to the same as those in the next."
    ).format(times=least, **values)
