"""The choice of a picture: a sample at hand, or the visitor's own."""

from collections.abc import Callable

import streamlit as st

from cnnlab.images import SAMPLES
from cnnlab.images.jobs import SMALL, THUMBNAIL, Named
from pages.augmentation.tiles import Tile, tiles
from pages.serving.answers import address
from pages.shared.language import _
from pages.shared.upload import FIRST, OWN, instead, upload


def picker(page: str, chosen: str, on_pick: Callable[[str], None]) -> str:
    """Show the choice; `on_pick` hears the new name ("own" for an upload).

    Gives the name of the chosen picture, or its hash on the shelf.
    """
    with st.container(key=f"{page}.pictures", horizontal=True, vertical_alignment="center", gap="small"):
        strip = st.container(key=f"{page}.pictures.strip")
        with st.container(key=f"{page}.pictures.own", width="content"):
            own = upload(page, "", on_pick, chosen)
    shown = [_tile(name, name, _(item.title), item.small) for name, item in SAMPLES.items()]
    if own:
        shown.insert(0, _tile(OWN, own, _("Your picture")))
    with strip:
        tiles(
            f"{page}.picture",
            _("Pictures"),
            shown,
            side=THUMBNAIL + 20,
            kind="strip names",
            picked=chosen if chosen in {tile.id for tile in shown} else FIRST,
            on_pick=on_pick,
        )
    if chosen == OWN and own:
        return own
    return chosen if chosen in SAMPLES else instead(chosen)


def _tile(id: str, name: str, title: str, small: bool = False) -> Tile:
    return Tile(id, address(SMALL, Named(name)), title, title, small=small)
