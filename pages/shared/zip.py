"""A zip of the visitor's own pictures: sent, unpacked, and kept while the session lasts."""

from dataclasses import dataclass, replace
from typing import Any, BinaryIO

import streamlit as st

from cnnlab import limits, shelf
from cnnlab.images.jobs import Uploaded
from cnnlab.links import Linked
from cnnlab.loading import Unpacked
from cnnlab.loading.jobs import UNPACK
from cnnlab.loading.uploads import naming, unnamed
from cnnlab.specs import SpecError
from pages.serving.local import is_local
from pages.shared.history import History
from pages.shared.language import _, language_query, plain
from pages.shared.ledger import Shelved
from pages.shared.problem import problem
from pages.shared.uploader import called, shelved, uploader
from pages.shared.work import STOPPED, done

HELD, SEEN, REFUSED = "zip.held", "zip.seen", "zip.refused"
ASKED = "zip.asked"  # in this session, not by a link


@dataclass(frozen=True)
class Held:
    """A zip on the shelf, which goes with the session that has this; what its owner calls it, and what it holds."""

    shelved: Shelved
    name: str
    holds: Unpacked


class Own(History):
    """The view of a page whose pictures may be the visitor's own: the session knows which, and a link does not say."""

    def __init__(self, page: str, view: type[Linked]):
        super().__init__(page, view)
        held: Held | None = st.session_state.get(HELD)
        self._trail = self._trail.changed(naming(self.now, held.shelved.digest if held else ""), keep=False)

    def query(self) -> dict[str, str]:
        return {**unnamed(self.now).to_query(), **language_query()}


def own_words() -> str:
    """What a link to one's own pictures leaves out."""
    return _("Your zip is not part of the link: whoever opens it is told so, and asked for one of theirs.")


def zip_box(history: History) -> None:
    """Where the zip is chosen, what is held of one, and the way to take it back."""
    held: Held | None = st.session_state.get(HELD)
    key = f"{history.page}.zip.upload"

    def changed() -> None:
        if st.session_state.get(key) is None:
            forget()

    if held:
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            st.markdown(
                _("**{file}**: {pictures} pictures of {classes} classes.").format(
                    file=plain(held.name), pictures=f"{held.holds.pictures:,}", classes=len(held.holds.classes)
                ),
                width="stretch",
            )
            st.button(_("Remove your zip"), key=f"{history.page}.zip.remove", icon=":material/delete:", on_click=forget)
    elif not st.session_state.get(ASKED):
        st.info(
            _("This link was made with a zip of its sender's own, which is not part of a link: choose one of yours."),
            icon=":material/folder_zip:",
        )
    most = limits.ZIP_MB if is_local() else limits.HOSTED_ZIP_MB
    words = _("Up to {limit} MB, seen by nobody else. A run that you start takes a copy along.")
    st.caption(words.format(limit=most))
    file = uploader(_("A zip of folders"), ["zip"], key, most, on_change=changed, label_visibility="collapsed")
    if file is not None and st.session_state.get(SEEN) != file.file_id:
        _receive(history, file)
    if file is not None and st.session_state.get(REFUSED):
        problem(st.session_state[REFUSED])


def hold(file: BinaryIO, name: str, holds: Unpacked) -> None:
    """Keep a zip for this session in the place of the one before; SpecError where there is no room."""
    size = file.seek(0, 2)
    file.seek(0)
    st.session_state[HELD] = Held(Shelved(shelf.keep_file(file, size)), name, holds)


def forget() -> None:
    """The zip is gone, and what was unpacked of it, as soon as nobody else has the same."""
    for name in (HELD, SEEN, REFUSED):
        st.session_state.pop(name, None)


def _receive(history: History, file: Any) -> None:
    """Have a zip unpacked and show its pictures; or keep why that cannot be, beside the one that was there before."""
    name = called(file)
    try:
        raw = shelved(file) or Shelved(shelf.keep(file.getvalue()))
        holds: Unpacked = done(UNPACK, Uploaded(raw.digest, name), _("Unpacking the pictures …"))
    except SpecError as error:
        st.session_state[REFUSED] = error
        if STOPPED not in st.session_state:  # else it may be asked for again
            st.session_state[SEEN] = file.file_id
        return
    st.session_state[HELD] = Held(raw, name, holds)
    st.session_state[SEEN], st.session_state[REFUSED], st.session_state[ASKED] = file.file_id, None, True
    history.change(replace(naming(history.now, raw.digest), classes=()))
    st.rerun()
