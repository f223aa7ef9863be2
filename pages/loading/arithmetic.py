"""Epoch, iteration, batch: the arithmetic, with its numbers."""

import streamlit as st

from cnnlab.loading import Order
from cnnlab.loading.batching import Batching
from cnnlab.loading.orders import processes
from cnnlab.loading.view import View
from pages.shared.language import _


def arithmetic(view: View, order: Order) -> None:
    """How many iterations an epoch has, how large the last batch is, and how both come about."""
    batching = Batching(order.drawn, view.batch_size, view.drop_last)
    count = processes(view.ordering)
    totals, words = st.columns([6, 7], gap="medium")
    with totals.container(key="loading.totals", horizontal=True, gap="small"):
        st.metric(_("Samples"), f"{batching.drawn:,}", width="content", help=_("Of one epoch, in one process."))
        st.metric(
            _("Iterations"), f"{batching.batches:,}", width="content", help=_("Of one epoch: a step for each batch.")
        )
        st.metric(_("Last batch"), f"{batching.last:,}", width="content", help=_("How many samples it has."))
    with words:
        st.markdown("  \n".join(steps(order, batching, count)))
    for note in notes(batching, count):
        st.caption(note)


def steps(order: Order, batching: Batching, count: int) -> list[str]:
    """The arithmetic, a sentence each."""
    division = f"{batching.drawn:,} / {batching.batch_size:,}"
    rest = f"{batching.drawn:,} − {batching.drawn // batching.batch_size:,} · {batching.batch_size:,} = **{batching.rest:,}**"
    said = [shared(order, batching, count)] if count > 1 else []
    if batching.rest:
        division = f"⌊{division}⌋" if batching.drop_last else f"⌈{division}⌉"
    said.append(_("Iterations of an epoch: {sum}.").format(sum=f"{division} = **{batching.batches:,}**"))
    if batching.left:
        said.append(_("Samples left out of each epoch: {sum}.").format(sum=rest))
    elif batching.rest:
        said.append(_("Samples of the last batch: {sum}.").format(sum=rest))
    return said


def shared(order: Order, batching: Batching, count: int) -> str:
    """How a DistributedSampler divides the samples."""
    division, over = f"{order.samples:,} / {count:,}", batching.drawn * count - order.samples
    if not over:
        return _("Samples of each process: {sum}.").format(sum=f"{division} = **{batching.drawn:,}**")
    if over > 0:
        return _(
            "Samples of each process: {sum}; together {over} more than there are, so that some come twice."
        ).format(sum=f"⌈{division}⌉ = **{batching.drawn:,}**", over=f"{over:,}")
    return _("Samples of each process: {sum}; left over: {left}.").format(
        sum=f"⌊{division}⌋ = **{batching.drawn:,}**", left=f"{-over:,}"
    )


def notes(batching: Batching, count: int) -> list[str]:
    """What to know of such batches."""
    said = []
    if not batching.batches:
        said.append(
            _("There is no batch at all, and a run would not begin: use smaller batches, or keep the last one.")
        )
    if batching.last == 1:
        said.append(
            _(
                "The last batch has one sample. A BatchNorm that is left one value a channel stops the training there: "
                "use drop_last, or another batch_size."
            )
        )
    if count > 1:
        said.append(
            _(
                "All processes together make {together} samples of one step, as torch's DistributedDataParallel does. A run "
                "here keeps batch_size for all together, so that its iterations do not depend on how many they are."
            ).format(together=f"{batching.batch_size * count:,}")
        )
    return said
