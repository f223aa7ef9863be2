"""How large the pictures are, and what is odd about their files."""

from collections.abc import Iterator, Sequence

import numpy as np

from cnnlab import limits
from cnnlab.loading.folder import Head, head, odd
from cnnlab.loading.keeping import source_of
from cnnlab.loading.sources import Source, spread
from cnnlab.loading.view import View
from cnnlab.messages import Message

from .answers import Oddity, Sizes
from .fixes import FIXES
from .originals import arrays

BINS = 24
NAMED = 20  # files of an oddity


def sizes(view: View) -> Sizes:
    """Of all pictures of the dataset, whichever of them are chosen; of very many files those of some."""
    source = source_of(view.data)
    if not source.paths:
        _, height, width = arrays(view.data, source, np.zeros(1, np.int64), own_test=False).shape[1:]
        count = len(source.labels) + len(source.own_test)
        return _sizes(np.array([[width, height]]), count, count, _noted(source))
    places = spread(len(source.paths), limits.HEADS)
    names, heads = [source.called(place) for place in places], [head(source.paths[place]) for place in places]
    both = np.array([one.size for one in heads if one] or [(0, 0)])
    return _sizes(both, len(names), len(source.paths), (*_noted(source), *_found(names, heads)))


def _sizes(both: np.ndarray, seen: int, count: int, oddities: Sequence[Oddity]) -> Sizes:
    """`both` are (width, height) of each picture."""
    areas = both.prod(1)
    edges = np.histogram_bin_edges(both, BINS, (0, both.max() + 1))
    widths, heights = (np.histogram(both[:, side], edges)[0] for side in (0, 1))
    return Sizes(
        seen,
        count,
        len(np.unique(both, axis=0)),
        tuple(both[areas.argmin()].tolist()),
        tuple(both[areas.argmax()].tolist()),
        tuple(edges.tolist()),
        tuple(widths.tolist()),
        tuple(heights.tolist()),
        tuple(oddities),
    )


def _noted(source: Source) -> tuple[Oddity, ...]:
    return tuple(Oddity(note, *FIXES.get(note.template, ("", ""))) for note in source.notes)


def _found(called: Sequence[str], heads: Sequence[Head | None]) -> Iterator[Oddity]:
    for template, places in odd(heads).items():
        names = [called[place] for place in places[:NAMED]]
        values = {"count": len(places), "seen": len(called), "file": names[0]}
        yield Oddity(Message(template, values), *FIXES[template], tuple(names))
