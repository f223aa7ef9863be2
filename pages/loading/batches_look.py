"""The look "batches": how many batches an epoch has, and in which order their samples come."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import streamlit as st

from cnnlab.colours import CLASSES
from cnnlab.figures import balance
from cnnlab.links import Nothing
from cnnlab.loading import ORDERS, Order
from cnnlab.loading.jobs import CLASHES, ORDER, order_asked
from cnnlab.loading.view import View
from pages.loading.arithmetic import arithmetic
from pages.loading.ordering import cases, numbers, sampler
from pages.loading.orders import orders
from pages.serving.answers import rows_address
from pages.shared.history import History
from pages.shared.language import _, plain
from pages.shared.take import code_box
from pages.shared.work import done


def batches_look(history: History) -> None:
    """The arithmetic of an epoch, its order in two epochs, the classes of its batches, and the loader as Python."""
    cases(history)
    numbers(history)
    figures = st.container()
    sampler(history)
    view: View = history.now
    recipe = order_asked(view)
    order: Order = done(ORDER, recipe, _("Drawing the order …"))
    with figures:
        arithmetic(view, order)
    st.markdown(covered(order))
    orders("loading.orders", rows_address(ORDER, recipe), CLASSES)
    if order.counts:
        classes(order)
    code(history, order)
    clashing()
    named()


def covered(order: Order) -> str:
    """How many of the samples come in an epoch, and how often."""
    first, samples = order.coverage[0], f"{order.samples:,}"
    if first.most > 1:
        return _(
            "In the first epoch the sampler gives {different} of the {samples} samples ({share}), the most frequent one "
            "{most} times."
        ).format(
            different=f"{first.different:,}",
            samples=samples,
            share=f"{first.different / order.samples:.0%}",
            most=first.most,
        )
    if first.different == order.samples:
        return _("The sampler gives each of the {samples} samples once in an epoch.").format(samples=samples)
    return _("In an epoch the sampler gives {different} of the {samples} samples, each once.").format(
        different=f"{first.different:,}", samples=samples
    )


def classes(order: Order) -> None:
    """How the classes are mixed in the batches of the first epoch."""
    st.markdown(f"**{_('Classes in each batch of the first epoch')}**")
    names = [_("other classes")] * (max(order.hues) + 1)
    for hue, name in zip(order.hues, order.classes, strict=True):
        names[hue] = name if order.hues.count(hue) == 1 else names[hue]
    if order.kinds:
        mean, least = order.kinds
        st.caption(
            _(
                "Full batches have {mean} of the {count} classes on average, and {least} at least. Dotted is where the parts "
                "end on average; the smaller the batches, the more chance moves them."
            ).format(mean=f"{mean:.3g}", count=len(order.classes), least=least)
        )
    words = (_("batch"), _("expected"))
    st.plotly_chart(
        _figure(order.counts, order.expected, tuple(map(plain_text, names)), words),
        key="loading.balance",
        config={"displayModeBar": False},
        alt=_("The classes of the first {count} batches as stacked bars").format(count=len(order.counts)),
    )


def plain_text(name: str) -> str:
    """A name as plotly shows it as it is."""
    return name[:24].replace("&", "&amp;").replace("<", "&lt;")


@lru_cache(maxsize=64)
def _figure(
    counts: Sequence[Sequence[int]], expected: Sequence[float], names: Sequence[str], words: tuple[str, str]
) -> Any:
    return balance(counts, expected, names, words)


def code(history: History, order: Order) -> None:
    with st.expander(_("The loader as Python"), key="loading.loader", expanded=True):
        st.toggle(
            _("With a BatchSampler"),
            **history.bound("batch_sampler"),
            help=_(
                "A loader makes one itself, of sampler, batch_size and drop_last: it gives lists of indices, a row of the "
                "picture each."
            ),
        )
        code_box("loading.loader", order.code, "loader.py", "text/x-python")


def clashing() -> None:
    """What cannot be asked of a loader together."""
    with st.expander(_("shuffle and sampler do not go together"), key="loading.clashes", on_change="rerun") as box:
        if not box.open:
            return
        st.markdown(
            _(
                "`shuffle` only chooses a sampler: True is a RandomSampler, False a SequentialSampler. A sampler of your own "
                "takes its place, so that a loader given both does not know which you mean. A batch sampler decides about "
                "batches as well. torch refuses each with these words:"
            )
        )
        for clash in done(CLASHES, Nothing()).clashes:
            st.code(f"{clash.code}\n# {clash.words}", language="python", wrap_lines=True)
        st.caption(
            _(
                "Nor is `shuffle=True` with a generator the same order as a RandomSampler with it: a loader first draws a seed "
                "for its workers from its own generator."
            )
        )


def named() -> None:
    """What the orders of a run are in torch's terms."""
    with st.expander(_("The orders of a training run, in torch's terms"), key="loading.named"):
        rows = [
            f"- **{plain(_(spec.training))}**: `{spec.name}`. {_(spec.about)}" for spec in ORDERS.values() if spec.same
        ]
        st.markdown("\n".join(rows))
        st.caption(
            _(
                "A run draws each epoch from (seed, epoch) by NumPy, so that it can go on from any step; torch's samplers "
                "draw on where their generator stands. So the orders of a run are of these kinds, with other numbers."
            )
        )
