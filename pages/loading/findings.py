"""What was found out about a dataset's pictures: their numbers, twins among them, their sizes, odd files."""

from collections.abc import Mapping

import streamlit as st

from cnnlab.loading import Numbers, Sizes, Twins
from cnnlab.loading.gallery.answers import Oddity, Tile
from cnnlab.loading.jobs import TWINS
from cnnlab.loading.view import View
from cnnlab.specs import N_
from pages.loading.sheet import Group, sheet
from pages.serving.answers import address
from pages.shared.histograms import histograms
from pages.shared.language import _, coded, plain, say

PARTS = {"train": N_("training"), "validation": N_("validation"), "test": N_("test")}
CHANNELS = {1: (N_("gray"),), 3: (N_("red"), N_("green"), N_("blue"))}
LEAST = 0.00005  # of a deviation that is not shown as 0


def numbers_section(view: View, names: Mapping[int, str], numbers: Numbers) -> None:
    """Mean and deviation of all values beside what is often copied, why they differ, and the line that uses them."""
    channels = CHANNELS[len(numbers.mean)]
    head = ("", _("mean"), _("std of all values"), _("each picture's own std, on average"))
    columns = zip(numbers.mean, numbers.std, numbers.own_std, strict=True)
    rows = [head, ("---", "---:", "---:", "---:")]
    rows += [(_(name), *(f"{value:.4f}" for value in row)) for name, row in zip(channels, columns, strict=True)]
    left, right = st.columns([1, 1], gap="medium", vertical_alignment="center")
    with left:
        st.markdown("\n".join(f"| {' | '.join(row)} |" for row in rows))
        st.caption(counted(numbers))
    with right:
        edges = [place / len(numbers.counts[0]) for place in range(len(numbers.counts[0]) + 1)]
        histograms(
            "loading.numbers.values",
            _("Histogram of the values of the training pictures by channel"),
            [(_("Values of the training pictures"), edges, numbers.counts, channels)],
            {name: _(name) for name in channels},
        )
    st.code(normalize(numbers), language="python")
    st.caption(difference(numbers))


def normalize(numbers: Numbers) -> str:
    """
    >>> normalize(Numbers(2, 2, 0, (0.30531,), (0.37579,), (0.1,), (0.1,), ((1,),)))
    'v2.Normalize(mean=[0.3053], std=[0.3758])'
    """
    mean, std = (", ".join(f"{value:.4f}" for value in values) for values in (numbers.mean, numbers.std))
    return f"v2.Normalize(mean=[{mean}], std=[{std}])"


def counted(numbers: Numbers) -> str:
    words = _("Of {count} training pictures, values 0 to 1.").format(count=f"{numbers.count:,}")
    if numbers.seen < numbers.count:
        words = _("Of {seen} of {count} training pictures, spread evenly over all, values 0 to 1.").format(
            seen=f"{numbers.seen:,}", count=f"{numbers.count:,}"
        )
    if numbers.side:
        words += " " + _("Each was brought to {side} × {side} first.").format(side=numbers.side)
    return words


def difference(numbers: Numbers) -> str:
    """Why the figure that is often copied is another."""
    why = _(
        "The last column is what many tutorials copy: the std of each picture by itself, averaged. It leaves out that some "
        "pictures are brighter than others, so it is never larger: CIFAR-10's is .2023 .1994 .2010, and that of all its "
        "values .2470 .2435 .2616."
    )
    pairs = [pair for pair in zip(numbers.std, numbers.own_std, strict=True) if pair[0] >= LEAST]
    if any(own < LEAST for _std, own in pairs):
        return (
            why
            + " "
            + _(
                "Here it is 0 in one channel or more, for each picture has one value all over there: nothing can be divided "
                "by it."
            )
        )
    ratio = max((std / own for std, own in pairs), default=1)
    if ratio < 1.01:
        return why + " " + _("Here the two are nearly the same, for all pictures are about as bright.")
    return (
        why
        + " "
        + _("Divided by it, these values would have a std of up to {ratio} instead of 1.").format(ratio=f"{ratio:.2f}")
    )


def twins_section(view: View, names: Mapping[int, str], twins: Twins) -> None:
    """Pictures that are there more than once, as groups; first those that lie in several parts."""
    if twins.seen < twins.count:
        st.caption(
            _("{seen} of {count} pictures were compared: for more there is no time here.").format(
                seen=f"{twins.seen:,}", count=f"{twins.count:,}"
            )
        )
    if not twins.groups:
        st.markdown(_("No two of the {count} pictures have the same pixels.").format(count=f"{twins.seen:,}"))
        return
    st.markdown(
        _("{surplus} pictures repeat another one pixel for pixel, in {groups} groups.").format(
            surplus=f"{twins.surplus:,}", groups=f"{twins.groups:,}"
        )
    )
    if twins.across:
        st.warning(
            _(
                "Groups that lie in more than one part: {count}. The network is judged by pictures that it has learnt: keep "
                "one of each group, or put all of a group into the same part."
            ).format(count=f"{twins.across:,}"),
            icon=":material/content_copy:",
        )
    if twins.other_labels:
        st.warning(
            _("Groups in which the same picture has different labels: {count}. At most one of them is right.").format(
                count=f"{twins.other_labels:,}"
            ),
            icon=":material/label_off:",
        )
    groups = [
        Group([(tile, _where(tile, names), _where(tile, names)) for tile in group], _parts(group))
        for group in twins.shown
    ]
    sheet("loading.twins", _("Groups of the same picture"), address(TWINS, view), twins.sheet, groups, side=88)
    if twins.groups > len(twins.shown):
        st.caption(_("The first {shown} groups.").format(shown=len(twins.shown)))


def _where(tile: Tile, names: Mapping[int, str]) -> str:
    return f"{_(PARTS[tile.part])} {tile.index} · {names.get(tile.label, tile.label)}"


def _parts(group: tuple[Tile, ...]) -> str:
    return " + ".join(dict.fromkeys(_(PARTS[tile.part]) for tile in group))


def sizes_section(view: View, names: Mapping[int, str], sizes: Sizes) -> None:
    """How large the pictures are, and what is odd about their files."""
    small, large = (f"{width} × {height}" for width, height in (sizes.smallest, sizes.largest))
    if sizes.different == 1:
        st.markdown(_("All {count} pictures are {size} pixels.").format(count=f"{sizes.count:,}", size=small))
    else:
        st.markdown(
            _(
                "{different} different sizes, from {small} to {large} pixels. A batch needs one: Resize and a crop after it, "
                "or padding."
            ).format(different=f"{sizes.different:,}", small=small, large=large)
        )
        panels = [
            (_("Width"), sizes.edges, (sizes.widths,), ("gray",)),
            (_("Height"), sizes.edges, (sizes.heights,), ("gray",)),
        ]
        alt = _("Histograms of the pictures' widths and heights in pixels")
        histograms("loading.sizes.chart", alt, panels, {"gray": _("pictures")})
    if sizes.seen < sizes.count:
        st.caption(
            _("{seen} of {count} files were opened, spread evenly over all.").format(
                seen=f"{sizes.seen:,}", count=f"{sizes.count:,}"
            )
        )
    for number, oddity in enumerate(sizes.odd):
        _oddity(number, oddity)
    if view.data.spec.of_files and not sizes.odd:
        st.markdown(_("Nothing is odd about the files."))


def _oddity(number: int, oddity: Oddity) -> None:
    with st.expander(say(oddity.said, plain), icon=":material/report:", key=f"loading.odd.{number}"):
        if oddity.fix:
            st.markdown(_(oddity.fix))
        if oddity.code:
            st.code(oddity.code, language="python")
        if oddity.files:
            st.caption(" ".join(coded(file) for file in oddity.files))
