"""Thumbnails cut out of one picture, in a grid or in rows with a heading each; drawn by the browser alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from cnnlab.loading.gallery.answers import Sheet, Tile
from pages.shared.component import component
from pages.shared.language import _

HTML = '<div class="sheet"><div class="groups"></div><p class="lost" role="alert" hidden></p></div>'
_component = component("sheet", HTML, Path(__file__).parent)


@dataclass(frozen=True)
class Group:
    """Tiles, each with its tooltip and what is written below it, "" for nothing; a heading, and a line below that.

    A `share` from 0 to 1 is drawn as a bar behind the heading.
    """

    tiles: Sequence[tuple[Tile, str, str]]
    title: str = ""
    line: str = ""
    share: float = 0


def sheet(
    key: str,
    label: str,
    address: str,
    layout: Sheet,
    groups: Sequence[Group],
    *,
    side: int = 56,
    picked: int | None = None,
    opened: int | None = None,
    on_pick: Callable[[int], None] | None = None,
    on_open: Callable[[int], None] | None = None,
) -> None:
    """Draw the tiles whose thumbnails lie at the address, in their order, about `side` pixels wide.

    Of all tiles one is `picked`, of all groups one is `opened`, each by its number.
    """
    tiles = [tile for group in groups for tile, *_more in group.tiles]
    data = {
        "address": address,
        "size": layout.size,
        "step": layout.step,
        "columns": layout.columns,
        "groups": [_told(group) for group in groups],
        "side": side,
        "label": label,
        "picked": picked,
        "opened": opened,
        "pickable": on_pick is not None,
        "openable": on_open is not None,
        "lost": _("The pictures could not be fetched: reload the page."),
    }

    def changed() -> None:
        said = st.session_state[key].get("picked")
        for name, act, count in (("tile", on_pick, len(tiles)), ("group", on_open, len(groups))):
            number = said.get(name) if isinstance(said, dict) else None
            if act and type(number) in (int, float) and number in range(count):
                act(int(number))

    _component(key=key, data=data, default={"picked": None}, on_picked_change=changed, width="stretch")


def _told(group: Group) -> dict[str, Any]:
    tiles = [[*tile.thumbnail, title, below, tile.fault] for tile, title, below in group.tiles]
    return {"title": group.title, "line": group.line, "share": round(group.share, 3), "tiles": tiles}
