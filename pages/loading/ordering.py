"""What decides how an epoch is cut: how many samples, how large a batch, how many processes, and by which sampler."""

import streamlit as st

from cnnlab import limits
from cnnlab.loading import ORDERS
from cnnlab.loading.orders import processes, shared_by, trains_as
from cnnlab.loading.view import View
from cnnlab.specs import Call
from pages.shared.form import form
from pages.shared.history import History
from pages.shared.language import _
from pages.shared.sent import heard

KEY, SETTINGS_PX = "loading.batches", 360
# Cases that are worked out by hand in courses: samples, batch_size, drop_last.
CASES = ((80, 8, False), (87, 8, True), (87, 8, False), (5000, 500, False))


def cases(history: History) -> None:
    """Cases to begin with, a click each, and the way back to one's own data."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(_("Examples:"), width="content")
        for samples, batch_size, drop_last in CASES:
            st.button(
                f"{samples:,} / {batch_size}" + (", drop_last" if drop_last else ""),
                key=f"{KEY}.case.{samples}.{int(drop_last)}",
                on_click=history.update,
                kwargs={"of": samples, "batch_size": batch_size, "drop_last": drop_last, "order": None},
            )
        if history.now.of:
            st.button(
                _("Back to the data"),
                key=f"{KEY}.data",
                icon=":material/undo:",
                type="tertiary",
                on_click=history.update,
                kwargs={"of": 0},
            )


def numbers(history: History) -> None:
    """The numbers of the arithmetic, side by side."""
    view: View = history.now
    left, batch, together, last = st.columns(4, vertical_alignment="bottom")
    with left:
        _number(history, "of", _("Samples (0: the data's)"), _(
            "0 takes those of the training part. Of any other number each tenth sample is of a rare class."))  # fmt: skip
    with batch:
        _number(history, "batch_size", "batch_size", _("So many samples make one step of the training."))
    with together:
        _processes(history)
    with last:
        key = f"{KEY}.drop_last"
        st.session_state[key] = view.drop_last
        st.toggle(
            "drop_last",
            key=key,
            on_change=lambda: history.update(drop_last=bool(st.session_state[key])),
            help=_("Leave out the last batch of an epoch where it is short."),
        )


def _processes(history: History) -> None:
    key = f"{KEY}.processes"
    st.session_state[key] = processes(history.now.ordering)

    def changed() -> None:
        count = st.session_state[key]
        if isinstance(count, int) and 1 <= count <= limits.REPLICAS:
            divide(history, count)

    help = _("Processes that train together, each on a part of every epoch; more than one use a DistributedSampler.")
    st.number_input(_("Processes"), 1, limits.REPLICAS, key=key, on_change=changed, help=help)


def _number(history: History, field: str, label: str, help: str, disabled: bool = False) -> None:
    """A whole number of the view, within the bounds that a link has."""
    key, row = f"{KEY}.{field}", history.now.field(field)
    st.session_state[key] = getattr(history.now, field)

    def changed() -> None:
        value = st.session_state[key]
        if isinstance(value, int) and row.low <= value <= row.high:
            history.update(**{field: value})

    st.number_input(label, row.low, row.high, key=key, on_change=changed, help=help, disabled=disabled)


def divide(history: History, count: int) -> None:
    """Share the epoch among so many processes; one alone takes it in the order of a run."""
    call: Call = history.now.ordering
    if count == 1:
        history.update(order=None)
    elif call.spec.processes:
        order(history, call.replace(**{call.spec.processes: count, "rank": min(call["rank"], count - 1)}))
    else:
        order(history, shared_by(count))


def order(history: History, call: Call) -> None:
    """Show a sampler; a run takes its order, or the one that is most like it."""
    history.change(history.now.in_order(call))


def sampler(history: History) -> None:
    """The choice of a sampler, its settings, and what a run makes of it."""
    view: View = history.now
    call, key = view.ordering, f"{KEY}.sampler"
    choice, seed, words = st.columns([4, 2, 7], gap="small")
    with choice:
        st.session_state[key] = call.name
        picked = heard(key, list(ORDERS), lambda name: order(history, ORDERS[name].example()))
        st.selectbox(_("Sampler"), list(ORDERS), key=key, on_change=picked)
    with seed:
        _number(history, "seed", "seed", _("The same seed gives the same order."), disabled=not call.spec.chance)
    with words:
        st.caption(f"{_(call.spec.about)}  \n{trained(view)}")
    if call.spec.params:
        settings = st.expander(_("Its settings"), key=f"{KEY}.settings.{call.name}", expanded=not trains_as(call))
        with settings.container(width=SETTINGS_PX):
            form(
                call,
                f"loading.order.{call.name}",
                lambda values: order(history, history.now.ordering.replace(**values)),
            )


def trained(view: View) -> str:
    """Whether a run trains in this order."""
    if trains_as(view.ordering):
        return _("Training calls this order “{name}”.").format(name=_(view.sampler))
    return _("No run here trains in this order: training takes “{name}”, which is most like it.").format(
        name=_(view.sampler)
    )
