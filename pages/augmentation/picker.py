"""The choice of a picture: a sample at hand, or the visitor's own."""

from collections.abc import Callable

import streamlit as st
from PIL import Image

from cnnlab import images
from cnnlab.specs import SpecError
from pages.augmentation.tiles import Tile, tiles
from pages.shared.language import _
from pages.shared.problem import problem
from pages.shared.upload import OWN, upload

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
            st.info(
                _(
                    "The link was made with somebody's own picture, which stays with them: "
                    "here is the cat instead. Upload a picture to use your own."
                ),
                icon=":material/image:",
            )
        else:
            problem(SpecError("There is no picture called {name} here: choose one of those above.", name=chosen[:40]))
        chosen = next(iter(images.SAMPLES))
    return images.sample(chosen)
