"""A picture of the visitor's own."""

from collections.abc import Callable

import streamlit as st
from PIL import Image

from cnnlab import images
from cnnlab.specs import Message, SpecError
from pages.shared.language import _, say
from pages.shared.problem import problem
from pages.shared.uploader import uploader

KINDS = ["png", "jpg", "jpeg", "webp", "gif", "tif", "tiff", "bmp"]
OWN = "own"


def upload(page: str, intro: str, on_pick: Callable[[str], None]) -> Image.Image | None:
    """The visitor's own picture, kept for the session; a file that cannot be read leaves the one before."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(intro, width="stretch")
        popover = st.popover(_("Your own picture"), icon=":material/upload:")
    with popover:
        file = uploader(
            _("A picture of yours"),
            KINDS,
            f"{page}.upload",
            help=_("PNG, JPEG, WebP, GIF, TIFF or BMP, up to 8 MB. It stays in this session and is not stored."),
        )
    if file is None:
        st.session_state["own.error"] = None
    elif st.session_state.get("own.file") != file.file_id:
        st.session_state["own.file"] = file.file_id
        st.session_state["own.error"] = None
        try:
            st.session_state["own.decoded"] = images.decode(file.getvalue(), file.name)
        except SpecError as error:
            st.session_state["own.error"] = error
        else:
            on_pick(OWN)
            st.rerun()
    if st.session_state.get("own.error"):
        problem(st.session_state["own.error"])
    decoded = st.session_state.get("own.decoded")
    if decoded is None:
        return None
    if decoded.notes:
        st.caption(" ".join(say(Message(note, decoded.values)) for note in decoded.notes))
    return decoded.image
