"""Pictures that are there twice: found exactly those that were planted."""

from collections import Counter
from dataclasses import replace
from unittest.mock import patch

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cnnlab import limits
from cnnlab.loading import DATASETS
from cnnlab.loading.gallery import twins as module
from cnnlab.loading.gallery.twins import twins
from cnnlab.loading.sources import Source
from cnnlab.loading.view import View

VIEW = View(validation=0.3, test=0.2)


def planted(copies: list[int], labels: np.ndarray) -> Source:
    """Pictures that differ in their last value alone, but for copies of another: `copies` are which each one is."""
    pictures = np.random.default_rng(0).integers(0, 256, (1, 3, 4, 5), np.uint8).repeat(len(copies), 0)
    pictures[:, -1, -1, -1] = copies
    return Source(("0", "1"), labels, read=lambda: pictures, some=pictures.__getitem__)


@given(
    st.integers(12, 40).flatmap(lambda size: st.lists(st.integers(0, size - 1), min_size=size, max_size=size)),
    st.randoms(use_true_random=False),
)
def test_groups_are_those_that_were_planted(copies, chance):
    labels = np.arange(len(copies)) % 2
    chance.shuffle(labels)
    source = planted(copies, labels)
    with patch.object(module, "source_of", lambda call: source):
        found = twins(VIEW)
        parts = {
            index: name for name, places in module.parts_of(VIEW, source).items() for index in places.indices.tolist()
        }
    often = Counter(copies)
    wanted = {frozenset(np.flatnonzero(np.array(copies) == one).tolist()) for one in often if often[one] > 1}
    assert found.seen == found.count == len(copies)
    assert found.groups == len(wanted)
    assert found.surplus == sum(len(group) - 1 for group in wanted)
    assert found.across == sum(len({parts[index] for index in group}) > 1 for group in wanted)
    assert found.other_labels == sum(len(set(labels[list(group)])) > 1 for group in wanted)
    for group in found.shown:
        (whole,) = (one for one in wanted if group[0].index in one)
        assert {tile.index for tile in group} <= whole
        assert len({tile.index for tile in group}) == len(group) == min(len(whole), limits.TWINS_OF_GROUP)
        assert all(tile.part == parts[tile.index] and tile.label == labels[tile.index] for tile in group)
    assert len(found.shown) == min(len(wanted), limits.TWIN_GROUPS)


def test_twins_among_files_are_found_whatever_the_files_are_called_and_however_packed(monkeypatch, tmp_path):
    def noise(seed: int, width: int = 9) -> Image.Image:
        return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (8, width, 3), np.uint8))

    for name in ("cats", "dogs"):
        (tmp_path / name).mkdir()
    for number in range(5):
        noise(number).save(tmp_path / "cats" / f"{number}.png")
        noise(10 + number, 5 + number).save(tmp_path / "dogs" / f"{number}.png")
    noise(1).save(tmp_path / "dogs" / "other.bmp")
    noise(2).convert("L").save(tmp_path / "cats" / "gray.png")  # not the same as in colours
    (tmp_path / "dogs" / "broken.png").write_bytes(b"no picture")
    monkeypatch.setenv("CNNLAB_PICTURES", str(tmp_path))
    view = View(data=DATASETS["ImageFolder"](), validation=0.0)
    found = twins(view)
    assert (found.groups, found.surplus, found.across, found.other_labels) == (1, 1, 0, 1)
    paths = view.data.build().paths
    assert {paths[tile.index].name for tile in found.shown[0]} == {"1.png", "other.bmp"}
    monkeypatch.setattr(limits, "NUMBERS_PIXELS", 1)
    assert twins(view).seen < found.seen == found.count
    assert twins(replace(view, classes=(0, 1), samples=4)).count == 4
