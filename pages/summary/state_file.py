"""An uploaded state dict: its tensors, and how they fit the model on the screen."""

import hashlib

import streamlit as st

from cnnlab.models import match, read_state_dict
from cnnlab.specs import SpecError
from cnnlab.summary import shape_text
from cnnlab.summary.view import View
from pages.shared.language import _, plain, say
from pages.shared.problem import problem
from pages.shared.uploader import uploader

KINDS = ["pt", "pth", "bin", "safetensors"]


def state_panel(view: View) -> None:
    """Read a file of weights, without running anything in it, and hold it against the model."""
    st.caption(
        _(
            "Weights you saved with torch.save(model.state_dict(), …) or as safetensors: which tensors are in the file, "
            "and do they fit this model? Nothing in the file is executed."
        )
    )
    file = uploader(_("A file of weights"), KINDS, "summary.state.upload")
    if file is None:
        return
    data = file.getvalue()
    digest = hashlib.sha256(data).hexdigest()
    if st.session_state.get("summary.state.digest") != digest:
        try:
            st.session_state["summary.state"] = read_state_dict(data, file.name)
        except SpecError as error:
            st.session_state["summary.state"] = error
        st.session_state["summary.state.digest"] = digest
    state = st.session_state["summary.state"]
    if isinstance(state, SpecError):
        problem(state)
        return
    comparison = match(state.tensors, view.meta)
    (st.success if comparison.fits else st.warning)(say(comparison.sentence, plain))
    places = {name: _("fits") for name in comparison.matched}
    places |= {name: _("not in the model") for name in comparison.unexpected}
    places |= {
        name: _("the model has {shape}").format(shape=shape_text(wanted))
        for name, _given, wanted in comparison.mismatched
    }
    rows = state.rows
    st.dataframe(
        {
            _("Name"): [row.name for row in rows],
            _("Shape"): [shape_text(row.shape) for row in rows],
            _("Type"): [row.dtype for row in rows],
            _("Numbers"): [row.numel for row in rows],
            _("In the model"): [places.get(row.name, "") for row in rows],
        },
        key="summary.state.table",
        hide_index=True,
        height=360,
    )
    if comparison.missing:
        st.caption(_("Missing in the file: {names}").format(names=plain(", ".join(comparison.missing[:20]))))
