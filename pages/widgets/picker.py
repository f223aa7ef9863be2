"""The choice of a picture: a sample at hand, or the visitor's own."""

from collections.abc import Callable

import streamlit as st
from PIL import Image

from cnnlab import images
from cnnlab.specs import Message, SpecError

from .language import _, say
from .problem import problem
from .tiles import Tile, tiles

KINDS = ["png", "jpg", "jpeg", "webp", "gif", "tif", "tiff", "bmp"]
OWN = "own"
THUMBNAIL = 72


@st.cache_data(show_spinner=False, max_entries=64)
def _thumbnail(name: str) -> str:
    return images.data_uri(images.png(images.to_pixels(images.sample(name)), side=THUMBNAIL))


def picker(page: str, intro: str, chosen: str, on_pick: Callable[[str], None]) -> Image.Image:
    """Show the choice under a line that says what it is for; `on_pick` hears the new name ("own" for an upload)."""
    own = upload(page, intro, on_pick)
    shown = [
        Tile(
            name, _thumbnail(name), _(item.title), _(item.title), small=max(images.sample(name).size) <= THUMBNAIL // 2
        )
        for name, item in images.SAMPLES.items()
    ]
    if own:
        uri = images.data_uri(images.png(images.to_pixels(own), side=THUMBNAIL))
        shown.insert(0, Tile(OWN, uri, _("Your picture"), _("Your picture")))
    tiles(
        f"{page}.picture",
        _("Pictures"),
        shown,
        side=THUMBNAIL + 8,
        kind="strip compact",
        picked=chosen,
        on_pick=on_pick,
    )
    if chosen == OWN and own:
        return own
    if chosen not in images.SAMPLES:
        if chosen == OWN:
            st.info(_("The link was made with somebody's own picture, which stays with them: "
                      "here is the cat instead. Upload a picture to use your own."), icon=":material/image:")  # fmt: skip
        else:
            problem(SpecError("There is no picture called {name} here: choose one of those above.", name=chosen[:40]))
        chosen = next(iter(images.SAMPLES))
    return images.sample(chosen)


def upload(page: str, intro: str, on_pick: Callable[[str], None]) -> Image.Image | None:
    """The visitor's own picture, kept for the session; a file that cannot be read leaves the one before."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(intro, width="stretch")
        popover = st.popover(_("Your own picture"), icon=":material/upload:")
    with popover:
        file = st.file_uploader(
            _("A picture of yours"), KINDS, key=f"{page}.upload",
            help=_("PNG, JPEG, WebP, GIF, TIFF or BMP, up to 8 MB. It stays in this session and is not stored."),
        )  # fmt: skip
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
