"""A layer as a multiplication of matrices, a row of it lit up with the window that it is; drawn by the browser alone."""

from pathlib import Path
from typing import Any

from pages.shared.component import component
from pages.shared.language import _

HTML = """
<div class="matrix">
  <div class="bar"><div class="ways" role="group"></div><label class="groups" hidden><span></span> <select></select></label></div>
  <p class="says"></p><code class="adjoint" hidden></code>
  <output class="line"></output>
  <div class="equation" role="group" tabindex="0">
    <figure class="left"><figcaption></figcaption><canvas data-of="left" role="img"></canvas></figure><span class="sign">·</span>
    <figure class="right"><figcaption></figcaption><canvas data-of="right" role="img"></canvas></figure><span class="sign">+</span>
    <figure class="shift"><figcaption></figcaption><canvas data-of="shift" role="img"></canvas></figure>
    <span class="equals">=</span>
    <figure class="result"><figcaption></figcaption><canvas data-of="result" role="img"></canvas></figure>
  </div>
  <div class="pictures">
    <figure class="plane plane-x"><figcaption></figcaption><div class="sheet" aria-hidden="true"></div></figure>
    <figure class="plane plane-y"><figcaption></figcaption><div class="sheet" aria-hidden="true"></div></figure>
  </div>
  <p class="lost" role="alert" hidden></p>
</div>
"""
_component = component("matrix", HTML, Path(__file__).parent)


def matrix_view(key: str, rows: str, family: str) -> None:
    """Draw the matrices whose rows lie at this address, of a layer of the family."""
    _component(key=key, data={"rows": rows, "kind": family, "words": _words()}, width="stretch")


def _words() -> dict[str, Any]:
    return {
        "ways": _("How it is written"),
        "way": {
            "matrix": _("One large matrix"),
            "windows": _("Windows as columns (im2col)"),
            "turned": _("The transposed matrix"),
        },
        "says": {
            "matrix": _(
                "{left} · {right} = {result}: each row makes one output. All rows of a channel have the same weights, in the "
                "columns of the inputs that the window covers; all other places are zero, and blank here."
            ),
            "linear": _("{left} · {right} = {result}: each row has the weights of one output, one for each input."),
            "windows": _(
                "{left} · {right} = {result}: each row is one kernel written out flat, each column one window of the input; "
                "places of the padding are zero, and blank here."
            ),
            "turned": _(
                "{left} · {right} = {result}: the same matrix with rows and columns exchanged, times the output, has the "
                "input's shape but not its values. It is what this layer does, with the same weights:"
            ),
        },
        "turnedTo": _("transposed, at {element}"),
        "group": _("Group"),
        "keys": _("Matrices: point at a row, or go through them with the arrow keys"),
        "names": {"x": _("Input"), "w": _("Weights"), "b": _("Bias"), "y": _("Output")},
        "more": _("{count} more products"),
        "lost": _("This could not be fetched: reload the page."),
    }
