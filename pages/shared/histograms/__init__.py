"""How often each value occurs, channel by channel, drawn by the browser alone."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cnnlab.colours import BLUE, GRAY, GREEN, ORANGE, PINK, SKY, VERMILION
from pages.shared.component import component

CHANNELS = {"red": VERMILION, "green": GREEN, "blue": BLUE, "gray": GRAY}
OTHERS = (PINK, ORANGE, SKY)
DIGITS = 2  # of a share in percent: less than a pixel of the screen
Panel = tuple[str, Sequence[float], Sequence[Sequence[int]], Sequence[str]]

_component = component("histograms", '<div class="histograms" role="img"></div>', Path(__file__).parent)


def histograms(key: str, alt: str, panels: Sequence[Panel], labels: Mapping[str, str]) -> None:
    """One panel per (title, edges of equal bins, counts per channel, channel names); `labels` are their names as shown."""
    data = {"alt": alt, "panels": [told(*panel, labels) for panel in panels]}
    _component(key=key, data=data, width="stretch")


def told(
    title: str, edges: Sequence[float], counts: Sequence[Sequence[int]], names: Sequence[str], labels: Mapping[str, str]
) -> dict[str, Any]:
    """What the script draws of a panel: where its bins begin and end, and shares of all pixels in percent.

    >>> told("Before", (0.0, 2.0, 4.0), ((1, 3),), ("gray",), {})["channels"][0]["shares"]
    [25.0, 75.0]
    """
    return {
        "title": title,
        "from": edges[0],
        "to": edges[-1],
        "channels": [
            {
                "name": labels.get(name, name),
                "colour": CHANNELS.get(name, OTHERS[index % len(OTHERS)]),
                "shares": _shares(row),
            }
            for index, (name, row) in enumerate(zip(names, counts, strict=True))
        ],
    }


def _shares(counts: Sequence[int]) -> list[float]:
    total = max(sum(counts), 1)
    return [round(100 * count / total, DIGITS) or 0 for count in counts]
