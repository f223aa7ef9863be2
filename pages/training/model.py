"""The card of the model: which network, with which weights it starts, and what of it learns."""

import streamlit as st

from cnnlab.models import MODELS, course_scheme
from cnnlab.models.initialisations import RIVALS
from cnnlab.specs import N_
from cnnlab.summary.view import View as Summarised
from cnnlab.training.config import FREEZING
from cnnlab.training.handover import TRAINABLE
from cnnlab.training.objections import UNTRAINED
from cnnlab.training.view import View
from pages.shared.choice import choice
from pages.shared.fields import real, row_form, words
from pages.shared.history import History
from pages.shared.language import _, language_query
from pages.shared.models import offered
from pages.shared.own import may_run, own_gate
from pages.shared.sent import chosen, heard

FROZEN = {
    "nothing": N_("nothing: all of it learns"),
    "backbone": N_("all but the head"),
    "batch norms": N_("the batch norms"),
}
WAYS = {
    N_("torch's own"): {},
    N_("as in the course"): {kind: call for kind, call in course_scheme().items() if call},
    **{title: {kind: call for kind, call in scheme.items() if call} for title, scheme in RIVALS.values()},
}


def model_card(history: History) -> None:
    view: View = history.now
    listed = not (view.source or view.own)

    def picked(name: str) -> None:
        history.update(model=MODELS[name].example(), source="", own="", weights="", scheme={})

    choice(
        "training.model",
        _("Network"),
        offered,
        picked,
        picked=view.model.name if listed else "",
        placeholder=_("your own"),
        names=TRAINABLE,
        unoffered=_(UNTRAINED),
    )
    if listed:
        st.caption(_(view.model.spec.about))
        weights(history)
    elif view.own and not may_run(view.own):
        own_gate(history.page, view.own)
    else:
        st.code(view.source or view.own, height=160)
    st.page_link(
        "summary/page.py",
        label=_("See its layers in the summary"),
        icon=":material/account_tree:",
        query_params={**origin(view).to_query(), **language_query()},
    )
    with st.expander(_("More on the network"), key="training.model.more"):
        if listed:
            row_form(history, "model")
        words(history, "frozen", _("What stays as it is"), FREEZING, _(
            "Frozen weights are not learnt: with pretrained ones a small dataset then trains the head alone."),
            lambda name: _(FROZEN[name]))  # fmt: skip
        real(history, "backbone_lr", _("Learning rate of the backbone, as a factor"), 10.0, 0.1, _(
            "Of all but the head. 1 for the same as the head's; pretrained layers are often given a tenth."))  # fmt: skip
        dropout(history)
        starting(history)


def origin(view: View) -> Summarised:
    """The summary of the model that is set up."""
    return Summarised(
        model=view.model, source=view.source, own=view.own, weights=view.weights, scheme=view.scheme, seed=view.seed
    )


def weights(history: History) -> None:
    """Pretrained weights, where torchvision has some."""
    view: View = history.now
    names = view.model.spec.weights
    if not names:
        return
    key = "training.weights"
    st.session_state[key] = view.weights or None
    st.selectbox(
        _("Pretrained weights"),
        list(names),
        key=key,
        placeholder=_("none: it starts anew"),
        format_func=lambda name: name.rpartition(".")[2],
        on_change=lambda: history.update(weights=chosen(key, names) or ""),
    )


def dropout(history: History) -> None:
    """The p of all dropout layers, or their own."""
    view: View = history.now
    own = "training.dropout.own"
    st.session_state[own] = view.dropout is None
    st.toggle(
        _("Dropout as the network has it"),
        key=own,
        help=_("Off, all dropout layers get one p."),
        on_change=lambda: history.update(dropout=None if st.session_state[own] else 0.5),
    )
    if view.dropout is not None:
        real(history, "dropout", "p", 0.99, 0.05, _("How likely a number is left out in training."))


def starting(history: History) -> None:
    """How layers start, where the weights are not pretrained."""
    view: View = history.now
    if view.weights:
        return
    key = "training.scheme"
    st.session_state[key] = next((title for title, scheme in WAYS.items() if scheme == view.scheme), None)
    st.selectbox(
        _("Starting values"),
        list(WAYS),
        key=key,
        format_func=_,
        placeholder=_("as set up in the summary"),
        help=_("Kind by kind they are chosen in the summary, and come back from there with “Train this model”."),
        on_change=heard(key, list(WAYS), lambda title: history.update(scheme=WAYS[title])),
    )
