"""The photo that something is looked at with, and how it came to fit."""

import streamlit as st

from cnnlab import images
from cnnlab.summary.answers import Framed
from cnnlab.summary.learnt import Element
from pages.shared.history import History
from pages.shared.language import _
from pages.shared.sent import chosen
from pages.shared.upload import OWN, instead, upload

OF_RUN = "own.of_run"  # the picture of a run's data that was looked at last


def photo_choice(history: History, key: str) -> str:
    """The photo to look at it with: the name of a sample, or the hash of the visitor's own."""
    now = history.now.image

    def show(name: str) -> None:
        history.update(keep=False, image=name)

    own = upload(key, _("Look at it with"), show, now)
    of_run = str(Element.read(now) or st.session_state.get(OF_RUN, ""))  # stays on offer once another was chosen
    if of_run:
        st.session_state[OF_RUN] = of_run
    names = [*([of_run] if of_run else []), *([OWN] if own else []), *images.SAMPLES]
    if now not in names:
        now = instead(now)
    st.session_state[key] = now

    def picked() -> None:
        if name := chosen(key, names):
            show(name)

    st.selectbox(_("Picture"), names, key=key, label_visibility="collapsed", format_func=_named, on_change=picked)
    return own if now == OWN else now


def _named(name: str) -> str:
    if name in images.SAMPLES:
        return _(images.SAMPLES[name].title)
    one = Element.read(name)
    return _("Picture {number} of the run's data").format(number=one.index + 1) if one else _("Your picture")


def framed_words(photo: Framed) -> str:
    """How the photo came to fit."""
    height, width = photo.crop
    if photo.of_run:
        return _("The picture as the network of this run gets it: {crop}, normalised by the run's data.").format(
            crop=f"{height} × {width}"
        )
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
