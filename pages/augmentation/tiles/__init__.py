"""Pictures with captions, in a grid, a strip or as a film, one of which may be picked; drawn by the browser alone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from pages.shared.component import component

HTML = '<div class="tiles"></div>'
_component = component("tiles", HTML, Path(__file__).parent)


@dataclass(frozen=True)
class Tile:
    """A picture (its address, "" for none), its alt text, a title and lines of (tone, text).

    Tones: "" plain, "violet" chance, "red" refusal, "code" numbers. `small` enlarges without smoothing.
    """

    id: str
    src: str
    alt: str
    title: str
    lines: Sequence[tuple[str, str]] = ()
    tone: str = ""
    small: bool = False


def tiles(
    key: str,
    label: str,
    shown: Sequence[Tile],
    *,
    side: int = 160,
    kind: str = "",
    picked: str = "",
    on_pick: Callable[[str], None] | None = None,
    words: Mapping[str, str] | None = None,
) -> None:
    """Draw tiles about `side` pixels wide, as a grid; `kind` "strip" is one row that scrolls, "sheet" is one on a phone.

    Those that may be picked show their titles alone; their lines are read where the mouse rests. With `words` ("heading",
    "before", "after", "nothing") they are a film: the first and one other large, with the "violet" lines of all beside.
    """
    base = _start([tile.src for tile in shown if tile.src])  # said once: recipes are long, and mostly alike
    data = {
        "base": base,
        "tiles": [_told(tile, base) for tile in shown],
        "side": side,
        "kind": kind,
        "label": label,
        "picked": picked,
        "pickable": on_pick is not None,
        **({"words": words} if words else {}),
    }

    def picked_changed() -> None:
        value = st.session_state[key].get("picked")
        id = value.get("id") if isinstance(value, dict) else None
        if on_pick and any(tile.id == id for tile in shown):
            on_pick(id)

    _component(key=key, data=data, default={"picked": None}, on_picked_change=picked_changed, width="stretch")


def _told(tile: Tile, base: str) -> dict[str, Any]:
    """What the script is told of a tile: what is not as usual, so that fifty of them stay short."""
    told = {name: value for name, value in vars(tile).items() if value and name != "src"}
    if tile.src:
        told["src"] = tile.src.removeprefix(base)
    if tile.alt == tile.title:
        told.pop("alt", None)
    return told


def _start(texts: Sequence[str]) -> str:
    """What all texts begin with.

    >>> _start(["picture/a?seed=7&sample=1", "picture/a?seed=7&sample=12"])
    'picture/a?seed=7&sample=1'
    """
    if not texts:
        return ""
    first, last = min(texts), max(texts)  # whatever these share, those between them share too
    differs = (index for index, (a, b) in enumerate(zip(first, last, strict=False)) if a != b)
    return first[: next(differs, len(first))]
