"""An uploaded state dict: its tensors, and how they fit the model on the screen."""

import streamlit as st

from cnnlab import limits, shelf
from cnnlab.summary import shape_text
from cnnlab.summary.answers import Fit
from cnnlab.summary.jobs import STATE, asked
from cnnlab.summary.view import View
from pages.shared.language import _, plain, say
from pages.shared.ledger import Shelved
from pages.shared.uploader import called, is_local, shelved, uploader
from pages.shared.work import done

HELD = "summary.state.held"
KINDS = ["pt", "pth", "bin", "safetensors"]


def state_panel(view: View) -> None:
    """Read a file of weights, without running anything in it, and hold it against the model."""
    st.caption(
        _(
            "Weights you saved with torch.save(model.state_dict(), …) or as safetensors: which tensors are in the file, "
            "and do they fit this model? Nothing in the file is executed."
        )
    )
    most = limits.STATE_FILE_MB if is_local() else limits.HOSTED_STATE_FILE_MB
    title = _("A file of weights, {kinds}, up to {limit} MB").format(
        kinds=", ".join(f".{kind}" for kind in KINDS), limit=most
    )
    file = uploader(title, KINDS, "summary.state.upload", most)
    if file is None:
        st.session_state.pop(HELD, None)
        return
    if st.session_state.get(HELD, ("",))[0] != file.file_id:
        st.session_state[HELD] = (file.file_id, shelved(file) or Shelved(shelf.keep(file.getvalue())))
    recipe = asked(view, file=st.session_state[HELD][1].digest, name_of_file=called(file))
    fit: Fit = done(STATE, recipe, _("Reading the file …"))
    comparison = fit.match
    (st.success if comparison.fits else st.warning)(say(comparison.sentence, plain))
    places = {name: _("fits") for name in comparison.matched}
    places |= {name: _("not in the model") for name in comparison.unexpected}
    places |= {
        name: _("the model has {shape}").format(shape=shape_text(wanted))
        for name, _given, wanted in comparison.mismatched
    }
    rows = fit.rows
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
        column_config={_("Numbers"): st.column_config.NumberColumn(format="localized")},
    )
    if comparison.missing:
        st.caption(_("Missing in the file: {names}").format(names=plain(", ".join(comparison.missing[:20]))))
