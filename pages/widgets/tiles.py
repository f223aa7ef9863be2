"""Pictures with captions, in a grid or a strip, one of which may be picked; drawn by the browser alone."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import streamlit as st

HTML = '<div class="tiles" role="group"></div>'
CSS = """
.tiles { display: grid; gap: .6rem; grid-template-columns: repeat(auto-fill, minmax(min(var(--side), 45%), 1fr)); }
.tiles.strip { display: flex; overflow-x: auto; padding: 3px 3px .6rem; scroll-snap-type: x proximity; scroll-padding: 3px; }
.tiles.strip > * { flex: 0 0 var(--side); scroll-snap-align: start; }
.tile { display: flex; flex-direction: column; gap: .3rem; min-width: 0; padding: .35rem; text-align: left;
  font: inherit; color: inherit; background: var(--st-secondary-background-color); border: 1px solid var(--st-border-color);
  border-radius: var(--st-base-radius); cursor: default; box-sizing: border-box; }
button.tile { cursor: pointer; }
button.tile:hover { border-color: var(--st-primary-color); }
.tile:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 1px; }
.tile[aria-pressed="true"] { box-shadow: 0 0 0 2px var(--st-primary-color); border-color: var(--st-primary-color); }
.tile.red { border-color: var(--st-red-color); }
.tile.red img { opacity: .45; }
.frame { display: grid; place-items: center; aspect-ratio: 1; width: 100%; overflow: hidden;
  background: var(--st-background-color); }
.frame img { max-width: 100%; max-height: 100%; min-width: min(100%, 24px); image-rendering: auto; }
.frame img.small { image-rendering: pixelated; width: 100%; height: 100%; object-fit: contain; }
.frame .none { font-size: 1.6rem; opacity: .5; }
.title { font-weight: 600; font-size: .84rem; overflow-wrap: anywhere; }
.line { font-size: .76rem; line-height: 1.25; opacity: .85; overflow-wrap: anywhere; }
.line.violet { color: var(--st-violet-text-color); opacity: 1; }
.line.red { color: var(--st-red-text-color); opacity: 1; }
.line.code { font-family: var(--st-code-font); font-size: .72rem; }
.tiles.dense .line { display: -webkit-box; -webkit-line-clamp: 3; -webkit-box-orient: vertical; overflow: hidden; }
.tiles.compact .title { font-weight: 400; font-size: .74rem; text-align: center; white-space: nowrap; overflow: hidden;
  text-overflow: ellipsis; }
"""
JS = """
export default function({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".tiles");
  root.className = "tiles " + data.kind;
  root.style.setProperty("--side", data.side + "px");
  root.setAttribute("aria-label", data.label);
  const had = parentElement.activeElement ?? root.getRootNode().activeElement;
  const focused = had?.dataset?.id;
  const scroll = root.scrollLeft;
  root.replaceChildren(...data.tiles.map((tile) => {
    const box = document.createElement(data.pickable ? "button" : "figure");
    box.className = "tile " + tile.tone;
    box.style.margin = "0";
    box.dataset.id = tile.id;
    const frame = document.createElement("span");
    frame.className = "frame";
    if (tile.src) {
      const image = document.createElement("img");
      image.src = tile.src;
      image.alt = tile.alt;
      image.loading = "lazy";
      if (tile.small) image.className = "small";
      frame.append(image);
    } else {
      const none = document.createElement("span");
      none.className = "none";
      none.textContent = tile.tone === "red" ? "✕" : "";
      frame.append(none);
    }
    box.append(frame);
    for (const [tone, text] of [["title", tile.title], ...tile.lines]) {
      if (!text) continue;
      const line = document.createElement("span");
      line.className = tone === "title" ? "title" : "line " + tone;
      line.textContent = text;
      box.append(line);
    }
    box.title = [tile.title, ...tile.lines.map((line) => line[1])].filter(Boolean).join("\\n");
    if (data.pickable) {
      box.type = "button";
      box.setAttribute("aria-pressed", String(tile.id === data.picked));
      box.onclick = () => setStateValue("picked", tile.id);
    }
    return box;
  }));
  const chosen = [...root.children].find((box) => box.dataset.id === data.picked);
  root.scrollLeft = scroll || !chosen ? scroll : chosen.offsetLeft - root.offsetLeft - root.clientWidth + 2 * data.side;
  if (focused) [...root.children].find((box) => box.dataset.id === focused)?.focus({ preventScroll: true });
}
"""
_component = st.components.v2.component("cnnlab_tiles", html=HTML, css=CSS, js=JS)


@dataclass(frozen=True)
class Tile:
    """A picture (a data URI, "" for none), its alt text, a title and lines of (tone, text).

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
    key: str, label: str, shown: Sequence[Tile], *, side: int = 160, kind: str = "", picked: str = "",
    on_pick: Callable[[str], None] | None = None,
) -> None:  # fmt: skip
    """Draw tiles about `side` pixels wide, as a grid; `kind` "strip" is one row that scrolls, "compact" and "dense"
    have short captions."""
    data = {"tiles": [asdict(tile) for tile in shown], "side": side, "kind": kind, "label": label,
            "picked": picked, "pickable": on_pick is not None}  # fmt: skip

    def picked_changed() -> None:
        value = st.session_state[key].get("picked")
        if on_pick and isinstance(value, str) and any(tile.id == value for tile in shown):
            on_pick(value)

    _component(key=key, data=data, default={"picked": picked}, on_picked_change=picked_changed, width="stretch")
