"""How samples become a batch: what collate makes of them, or why it cannot, and what would help."""

from html import escape

import streamlit as st

from cnnlab.images import SAMPLES
from cnnlab.loading.jobs import BATCH, suited
from cnnlab.loading.samples import LEFT, OTHER, SIZES, Batch, Sample, Trouble, fixes, left_in, many_crops, unequal
from cnnlab.loading.targets import COLLATES
from cnnlab.loading.view import View
from cnnlab.specs import N_
from pages.loading.strip import Figure, strip
from pages.loading.told import told
from pages.serving.answers import address
from pages.shared.history import History
from pages.shared.language import _, say
from pages.shared.sent import heard
from pages.shared.work import done

KEY = "loading.batch"
LONGEST = 150  # pixels of the longest side of what is drawn
WHY = {
    LEFT: N_(
        "A batch is one tensor, and the steps leave PIL pictures, which cannot be stacked: end them with ToImage and ToDtype."
    ),
    SIZES: N_(
        "A batch is one tensor, so all its pictures need the same rows and columns, and these differ: make them equal, "
        "or fill them up."
    ),
    OTHER: N_("These samples do not go into one tensor: their channels, types or numbers of pictures differ."),
}
AVERAGED = """\
views = torch.stack(images, 1)  # {shape}
scores = model(views.flatten(0, 1))  # all of them as one batch
scores = scores.unflatten(0, (-1, {several})).mean(1)
"""


def the_batch(history: History, sample: Sample) -> None:
    """The batch that begins with the sample."""
    view: View = history.now
    st.markdown(_("**The batch.** A loader asks for `dataset[i]` again and again, and hands the list to `collate_fn`:"))
    _choices(history, sample)
    batch: Batch = done(suited(BATCH, view), view, _("Making the batch …"))
    figures = [_figure(view, batch, number) for number in range(len(batch.entries))]
    if batch.trouble:
        _trouble(history, batch.trouble)
    else:
        _made(view, batch)
    strip(_("The first pictures of the batch"), figures)
    if batch.count < batch.asked:
        st.caption(
            _("Of the {asked} pictures of the batch {count} were made here.").format(
                asked=batch.asked, count=batch.count
            )
        )


def _choices(history: History, sample: Sample) -> None:
    view: View = history.now
    with st.container(horizontal=True, vertical_alignment="bottom", key=f"{KEY}.choices"):
        key = f"{KEY}.collate"
        st.session_state[key] = view.collate
        st.selectbox(
            "collate_fn",
            list(COLLATES),
            key=key,
            format_func=lambda name: _(COLLATES[name]),
            on_change=heard(key, COLLATES, lambda name: history.update(collate=name)),
            width=190,
        )
        if view.collate == "padded":
            st.number_input(
                _("Multiple of"),
                **history.number("multiple"),
                width=130,
                help=_("Networks that halve a picture five times want its sides to be multiples of 32."),
            )
        for name, title, help, lesson in (
            ("left", _("PIL left in"), _("What happens without ToImage."), left_in(view, sample)),
            ("sizes", _("Unequal sizes"), _("Two photos of 100 × 200 and 150 × 170."), unequal(view)),
            ("crops", "FiveCrop", _("Several pictures of each."), many_crops(view, sample)),
        ):
            st.button(title, key=f"{KEY}.{name}", help=help, on_click=lambda lesson=lesson: history.change(lesson))
    if view.pair:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(
                _("Two photos, as large as the course's, take the place of the chosen pictures."), width="content"
            )
            st.button(
                _("Back to the chosen pictures"),
                key=f"{KEY}.back",
                type="tertiary",
                icon=":material/undo:",
                on_click=lambda: history.update(pair=False),
            )


def _trouble(history: History, trouble: Trouble) -> None:
    """Torch's own words, why, and what would help, one press away."""
    st.error(_(WHY[trouble.kind]), icon=":material/error:")
    st.html(f'<pre class="words">{escape(trouble.words)}</pre>')
    with st.container(horizontal=True, key=f"{KEY}.fixes"):
        for number, fix in enumerate(fixes(history.now, trouble)):
            st.button(
                say(fix.title),
                key=f"{KEY}.fix.{number}",
                icon=":material/healing:",
                on_click=lambda fix=fix: history.change(fix.view),
            )


def _made(view: View, batch: Batch) -> None:
    """What the parts of the batch are, and what there is to see."""
    rows = []
    for name, value in batch.values:
        what = _("a list of {count}, each").format(count=value.several) + " " if value.several else ""
        rows.append(f"<b>{escape(name)}</b><span>{escape(what + told(value))}</span>")
    st.html(f'<div class="parts">{"".join(rows)}</div>')
    images = batch.values[0][1]
    if images.several:
        st.caption(
            _(
                "The steps make {count} pictures of each, so `images` is a list: the first crop of every picture, then the "
                "second, and so on. The network looks at all of them, and its answers are averaged:"
            ).format(count=images.several)
        )
        batched, *rest = images.shape
        shape = " × ".join(map(str, (batched, images.several, *rest)))
        st.code(AVERAGED.format(shape=shape, several=images.several), language="python")
    if view.collate == "padded":
        st.caption(
            _(
                "Each picture is filled up with zeros to the right and below, drawn as squares here. `padding` is True there, "
                "so that what looks at the batch can leave them out."
            )
        )


def _figure(view: View, batch: Batch, number: int) -> Figure:
    entry, longest = batch.entries[number], max(max(entry.size) for entry in batch.entries)
    factor = LONGEST / longest
    size = tuple(max(1, round(factor * side)) for side in entry.size)
    name = _(SAMPLES[entry.name].title) if view.pair else entry.name
    alt = _("Picture {number} of the batch: {name}").format(number=number + 1, name=name)
    lines = [("code", " × ".join(map(str, entry.shape)))]
    return Figure(address(suited(BATCH, view), view, number), alt, name, lines, size, small=longest <= LONGEST // 2)
