"""A picture of the visitor's own."""

import time
from collections.abc import Callable
from typing import Any

import streamlit as st

from cnnlab import shelf
from cnnlab.images import SAMPLES
from cnnlab.images.jobs import READ, Read, Uploaded
from cnnlab.specs import Message, SpecError
from pages.shared.language import _, say
from pages.shared.ledger import Shelved
from pages.shared.popover import close, popover
from pages.shared.problem import problem
from pages.shared.uploader import called, uploader
from pages.shared.work import done

KINDS = ["png", "jpg", "jpeg", "webp", "gif", "tif", "tiff", "bmp"]
OWN = "own"
FIRST = next(iter(SAMPLES))
REPLACING_S = 30  # browsers take a file away before they send the one that replaces it, which may turn out broken


def upload(page: str, intro: str, on_pick: Callable[[str], None], now: str) -> str:
    """The hash of the visitor's own picture, "" without one; a file that cannot be read leaves the one before.

    `on_pick` hears of a new one, and of the first sample where the picture on the screen, `now`, was taken away.
    """
    with st.container(horizontal=True, vertical_alignment="center"):
        if intro:
            st.caption(intro, width="stretch")
        place = popover(f"{page}.uploading", _("Your own picture"), ":material/upload:")
    with place:
        file = _field(page, on_pick, now)
    if file is None:
        st.session_state["own.error"] = None
    elif st.session_state.get("own.file") != file.file_id:
        taken = _received(file)
        st.session_state["own.file"] = file.file_id  # now: a run that ends before leaves the file to the next
        if taken:
            on_pick(OWN)
            if not st.session_state["own.error"]:
                close(f"{page}.uploading")
            st.rerun()
    if st.session_state.get("own.error"):
        with place:
            problem(st.session_state["own.error"])
    if st.session_state.get("own.before", (0,))[0] < time.monotonic():
        st.session_state.pop("own.before", None)
    if "own.held" not in st.session_state:
        return ""
    if notes := st.session_state["own.notes"]:
        st.caption(" ".join(say(note) for note in notes))
    return st.session_state["own.held"].digest


def _field(page: str, on_pick: Callable[[str], None], now: str) -> Any:
    """The file that the visitor chose, None without one, with what may be chosen and a way to take it back."""
    key = f"{page}.upload"

    def remove() -> None:
        for name in ("own.held", "own.file", "own.error", "own.notes", "own.before"):
            st.session_state.pop(name, None)
        if now == OWN:
            on_pick(FIRST)

    def changed() -> None:
        if st.session_state.get(key) is None and not st.session_state.get("own.error"):  # else a broken one goes alone
            before = [st.session_state.get(name) for name in ("own.held", "own.notes")]
            remove()
            if before[0] and now == OWN:
                st.session_state["own.before"] = (time.monotonic() + REPLACING_S, *before)

    words = _(
        "PNG, JPEG, WebP, GIF, TIFF or BMP, up to {limit} MB. It is kept while this session lasts, and for nobody else."
    )
    st.caption(words.format(limit=st.get_option("server.maxUploadSize")))
    file = uploader(_("A picture of yours"), KINDS, key, on_change=changed, label_visibility="collapsed")
    if file is None and "own.held" in st.session_state:
        st.button(_("Remove your picture"), key=f"{page}.remove", icon=":material/delete:", on_click=remove)
    return file


def instead(name: str) -> str:
    """The first sample, and why it stands there for a picture of this name that is not here."""
    if name == OWN:
        st.info(
            _(
                "This link was made with a picture of its sender's own, which is not part of a link: "
                "here is {sample} instead. Choose yours under “Your own picture”."
            ).format(sample=_(SAMPLES[FIRST].title)),
            icon=":material/image:",
        )
    else:
        problem(SpecError("There is no picture called {name} here: choose one of those above.", name=name[:40]))
    return FIRST


def _received(file: Any) -> bool:
    """Keep the file's picture, or in place of one that cannot be read the one that it was to replace, if any."""
    st.session_state["own.error"] = None
    try:
        _take(file.getvalue(), called(file))
    except SpecError as error:
        st.session_state["own.error"] = error
        if "own.before" not in st.session_state:
            return False
        _until, st.session_state["own.held"], st.session_state["own.notes"] = st.session_state.pop("own.before")
    return True


def _take(data: bytes, name: str) -> None:
    """Keep what a worker read of the file, and what was done to it."""
    raw = Shelved(shelf.keep(data))
    read: Read = done(READ, Uploaded(raw.digest, name), _("Reading the picture …"))
    st.session_state["own.held"] = Shelved(shelf.keep(read.png))
    st.session_state["own.notes"] = [Message(note, read.values) for note in read.notes]
    st.session_state.pop("own.before", None)
