"""Two epochs as squares, a sample each and a row for each batch, in the colours of their classes; drawn by the browser."""

from collections.abc import Sequence
from pathlib import Path

from pages.shared.component import component
from pages.shared.language import _

HTML = """
<div class="orders">
  <ul class="legend"></ul>
  <output class="line"></output>
  <div class="epochs"></div>
  <p class="lost" role="alert" hidden></p>
</div>
"""
_component = component("orders", HTML, Path(__file__).parent)


def orders(key: str, rows: str, palette: Sequence[str]) -> None:
    """Draw the epochs whose rows lie at this address, a colour for each hue."""
    words = {
        "epoch": _("Epoch {number}"),
        "batch": _("Batch {batch}: {size} samples"),
        "left": _("Left out by drop_last: {size} samples"),
        "at": _("Epoch {epoch}, batch {batch}, place {place}: sample {sample}, class {label}"),
        "gone": _("Epoch {epoch}, left out: sample {sample}, class {label}"),
        "more": _("and {count} more"),
        "skipped": _("batches that are not drawn: {count}"),
        "short": _("short"),
        "dropped": _("left out"),
        "others": _("other classes"),
        "hint": _("Point at a sample, or go through them with the arrow keys: both epochs mark where it comes."),
        "keys": _("The samples of epoch {number} in their order"),
        "lost": _("This could not be fetched: reload the page."),
    }
    data = {"rows": rows, "palette": list(palette), "words": words}
    _component(key=key, data=data, width="stretch")
