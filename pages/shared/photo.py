"""The photo that something is looked at with, and how it came to fit."""

import streamlit as st

from cnnlab import images
from cnnlab.summary.answers import Framed
from pages.shared.history import History
from pages.shared.language import _
from pages.shared.sent import chosen
from pages.shared.upload import OWN, instead, upload


def photo_choice(history: History, key: str) -> str:
    """The photo to look at it with: the name of a sample, or the hash of the visitor's own."""
    now = history.now.image

    def show(name: str) -> None:
        history.update(keep=False, image=name)

    own = upload(key, _("Look at it with"), show, now)
    names = [*([OWN] if own else []), *images.SAMPLES]
    if now not in names:
        now = instead(now)
    st.session_state[key] = now

    def picked() -> None:
        if name := chosen(key, names):
            show(name)

    st.selectbox(
        _("Picture"),
        names,
        key=key,
        label_visibility="collapsed",
        format_func=lambda name: _(images.SAMPLES[name].title) if name in images.SAMPLES else _("Your picture"),
        on_change=picked,
    )
    return own if now == OWN else now


def framed_words(photo: Framed) -> str:
    """How the photo came to fit."""
    height, width = photo.crop
    words = [
        _("The picture as the network gets it: its shorter side resized to {side}, the middle {crop} cut out.").format(
            side=photo.side, crop=f"{height} × {width}"
        )
    ]
    if photo.like:
        words.append(_("These are the sizes that {weights} names.").format(weights=photo.like))
    if photo.gray:
        words.append(_("Converted to gray."))
    return " ".join(words)
