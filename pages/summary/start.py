"""Where a model's values come from: a scheme per kind of layer, or torchvision's pretrained weights."""

import os

import streamlit as st

from cnnlab.models import INITIALISATIONS, cached, course_scheme, find_weights
from cnnlab.models.initialisations import STARTS
from cnnlab.models.rows import ModelSpec
from cnnlab.specs import N_, Call, SpecError
from cnnlab.summary.jobs import FETCH, wanted
from cnnlab.summary.view import View
from pages.shared.form import form
from pages.shared.history import History
from pages.shared.language import _
from pages.shared.problem import problem
from pages.shared.sent import chosen
from pages.shared.uploader import is_local
from pages.shared.work import done

KINDS = {
    "convolution": N_("Convolutions"),
    "linear": N_("Linear layers"),
    "normalisation": N_("Normalisation"),
    "bias": N_("Biases"),
}
VARIABLE = "CNNLAB_WEIGHTS"


def starting_values(history: History) -> None:
    """Weights where torchvision has some, else how each kind of layer starts."""
    view: View = history.now
    spec = view.model.spec
    if view.listed and spec.weights:
        _weights(history, spec)
    if view.weights:
        return
    st.button(
        _("As in the course"),
        key="summary.start.course",
        icon=":material/school:",
        help=_("Xavier-normal convolutions, linear layers normal with a spread of 0.1, biases 0."),
        on_click=lambda: history.update(scheme=_chosen(course_scheme())),
    )
    for kind in STARTS:
        key = f"summary.start.{kind}"
        call = view.scheme.get(kind)
        st.session_state[key] = call.name if call else None

        def picked(kind: str = kind, key: str = key) -> None:
            name = chosen(key, INITIALISATIONS)
            rest = {other: call for other, call in history.now.scheme.items() if other != kind}
            history.update(scheme={**rest, kind: INITIALISATIONS[name].example()} if name else rest)

        st.selectbox(_(KINDS[kind]), list(INITIALISATIONS), key=key, on_change=picked, placeholder=_("torch's own way"))
        if call and call.spec.params:
            st.caption(_(call.spec.about))
            form(
                call,
                f"{key}.form",
                lambda values, kind=kind, call=call: history.update(
                    scheme={**history.now.scheme, kind: call.replace(**values)}
                ),
            )


def _chosen(scheme: dict[str, Call | None]) -> dict[str, Call]:
    return {kind: call for kind, call in scheme.items() if call}


def _weights(history: History, spec: ModelSpec) -> None:
    """The choice of pretrained weights; they are fetched only on request."""
    view: View = history.now
    st.session_state["summary.weights"] = view.weights or None
    st.selectbox(
        _("Pretrained weights"),
        list(spec.weights),
        key="summary.weights",
        placeholder=_("none: starting values"),
        format_func=lambda name: name.rpartition(".")[2],
        on_change=lambda: history.update(weights=chosen("summary.weights", spec.weights) or ""),
    )
    if not view.weights:
        return
    weights = find_weights(view.weights)
    path = cached(weights)
    if path.exists():
        st.caption(_("Already downloaded: {path}").format(path=f"`{path}`"))
        return
    if not may_fetch():
        st.caption(_("Not on this machine, and not fetched here: whoever runs this page can allow it."))
        return
    asked = st.button(
        _("Fetch {size} MB").format(size=f"{weights.mb:.0f}") if weights.mb else _("Fetch"),
        key="summary.weights.fetch",
        icon=":material/cloud_download:",
        help=_("From {url} to {path}; the hash is checked.").format(url=weights.url, path=path),
    )
    if asked:
        try:
            done(FETCH, wanted(weights.name), _("Fetching …"))
        except SpecError as error:
            problem(error)
        else:
            st.rerun()


def may_fetch() -> bool:
    """As the host says in CNNLAB_WEIGHTS; else only where the server is for its own machine."""
    said = os.environ.get(VARIABLE)
    if said in ("0", "1"):
        return said == "1"
    return is_local()
