"""A small layer's numbers, both ways: which made an output element, which an input element feeds; drawn by the browser alone."""

import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from cnnlab import limits
from cnnlab.layers.answers import Pixels
from cnnlab.layers.linked import is_number
from cnnlab.layers.rows import Shape
from cnnlab.specs import N_
from pages.shared.component import component
from pages.shared.language import _

HTML = """
<div class="pixels">
  <div class="bar">
    <span class="film" role="group"><button type="button" class="back">‹</button>
      <button type="button" class="play">▶</button><button type="button" class="on">›</button></span>
    <select></select><span class="turn"></span><span class="hint"></span>
  </div>
  <div class="bench">
    <div class="panel x"><div class="head"><span class="name"></span><span class="size"></span></div>
      <div class="tabs"></div><div class="planes"></div></div>
    <div class="kernel">
      <div class="panel w"><div class="head"><span class="name"></span><span class="size"></span></div>
        <div class="planes"></div></div>
      <div class="panel b"><div class="head"><span class="name"></span><span class="size"></span></div>
        <div class="planes"></div></div>
    </div>
    <div class="panel y"><div class="head"><span class="name"></span><span class="size"></span></div>
      <div class="tabs"></div><div class="planes"></div></div>
    <svg class="arrows" aria-hidden="true"><defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6"
      markerHeight="6" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs><g></g></svg>
  </div>
  <div class="editor" hidden><input type="text" autocomplete="off" spellcheck="false" aria-describedby="why">
    <span id="why" class="why" role="alert"></span></div>
  <div class="sum"><p class="line"></p><p class="note"></p>
    <button type="button" class="more"></button><ol class="terms"></ol></div>
  <p class="heard" aria-live="polite"></p>
  <p class="lost" role="alert" hidden></p>
</div>
"""
TENSORS = {"x": "input", "w": "weight", "b": "bias"}  # what may be typed, and what it is called in the rows
WORDS: Mapping[str, Any] = {
    "names": {"x": N_("Input"), "w": N_("Weights"), "b": N_("Bias"), "y": N_("Output")},
    "channel": N_("channel"),
    "channels": N_("channels"),
    "between": N_("from input channel {from} to output channel {to},"),
    "slice": N_("slice"),
    "row": N_("row"),
    "column": N_("column"),
    "padding": N_("Padding"),
    "pad": N_("padding"),
    "outside": N_("Outside: the window is cut here"),
    "apart": N_("No weights lead from this input channel to this output channel: they are of different groups."),
    "back": N_("One step back"),
    "on": N_("One step on"),
    "play": N_("Play"),
    "pause": N_("Pause"),
    "speed": N_("Speed"),
    "speeds": {"slow": N_("Slow"), "normal": N_("Normal"), "fast": N_("Fast")},
    "turn": N_("{turn} of {count}"),
    "hint": N_("Point at a number; double-click, or Enter, types another."),
    "touch": N_("Tap a number; double-tap types another."),
    "all": N_("Show all {count}"),
    "each": N_("Line by line"),
    "fewer": N_("Show fewer"),
    "left": {
        "zero": N_("{count} products of 0 are left out."),
        "channels": N_("{count} products: a sum for each of the {parts} input channels."),
        "rows": N_("{count} products: a sum for each of the {parts} places along the first side of the window."),
        "more": N_("{count} more are not written here."),
    },
    "winner": N_("The largest is {element}."),
    "inPadding": N_("{count} places lie in the padding."),
    "counted": N_("{count} places lie in the padding, and count in the divisor."),
    "never": N_("{count} places lie in the padding, which is never the largest."),
    "cut": N_("{count} places lie outside: the window is cut."),
    "nothing": N_("No input element reaches this one."),
    "constant": N_("This is padding."),
    "bias": N_("It is added to each element of its output channel."),
    "feeds": {"one": N_("feeds one output"), "many": N_("feeds {count} outputs")},
    "writes": {"one": N_("is written into one output"), "many": N_("is written into {count} outputs")},
    "inside": {"one": N_("is in the window of one output"), "many": N_("is in the windows of {count} outputs")},
    "wins": N_("the largest there"),
    "loses": N_("where {element} is the largest"),
    "joins": {"one": N_("is used once"), "many": N_("is used {count} times")},
    "why": {
        "empty": N_("Type a number."),
        "word": N_("This is no number."),
        "infinite": N_("Only finite numbers can be worked with."),
        "large": N_("The number must lie between −{most} and {most}."),
    },
    "lost": N_("This could not be fetched: reload the page."),
}
_component = component("pixels", HTML, Path(__file__).parent)


def pixels_view(
    key: str,
    rows: str,
    pixels: Pixels,
    element: Shape | None,
    on_pick: Callable[[Shape], None],
    on_type: Callable[[Mapping[str, tuple[float, ...]]], None],
) -> None:
    """Draw the numbers that lie at the address `rows`, and light up the `element` of the output where there is one.

    `on_pick` takes the element that was chosen, `on_type` all numbers of each tensor in which one was typed.
    """
    data = {
        "rows": rows,
        "element": list(element) if element and lies_in(element, pixels.output) else None,
        "layer": pixels.call["name"],
        "most": limits.TYPED_NUMBER,
        "words": _spoken(WORDS),
    }

    def picked_changed() -> None:
        picked = st.session_state[key].get("picked")
        value = picked.get("element") if isinstance(picked, dict) else None
        if isinstance(value, list) and lies_in(value, pixels.output):
            on_pick(tuple(int(place) for place in value))

    def numbers_changed() -> None:
        if typed := typed_numbers(st.session_state[key].get("numbers"), pixels.rows):
            on_type(typed)

    _component(
        key=key,
        data=data,
        default={"picked": None},
        on_picked_change=picked_changed,
        on_numbers_change=numbers_changed,
        width="stretch",
    )


def lies_in(element: Sequence[Any], shape: Shape) -> bool:
    """True where there is such an element; numbers from a browser may be floats."""
    return len(element) == len(shape) and all(
        type(place) in (int, float) and place in range(side) for place, side in zip(element, shape, strict=True)
    )


def typed_numbers(value: Any, rows: bytes) -> dict[str, tuple[float, ...]]:
    """The numbers that a browser says were typed, of the tensors that are drawn; none where any could not have been."""
    if not isinstance(value, dict) or not set(value) <= set(TENSORS):
        return {}
    drawn = json.loads(gzip.decompress(rows))
    for name, numbers in value.items():
        tensor = drawn[TENSORS[name]]
        sound = isinstance(numbers, list) and all(map(is_number, numbers))
        if tensor is None or not sound or not len(numbers) == len(tensor["values"]) <= limits.TYPED_NUMBERS:
            return {}
    return {name: tuple(numbers) for name, numbers in value.items()}


def _spoken(words: str | Mapping[str, Any]) -> str | dict[str, Any]:
    """Marked words, or named ones, in the visitor's language."""
    return _(words) if isinstance(words, str) else {name: _spoken(word) for name, word in words.items()}
