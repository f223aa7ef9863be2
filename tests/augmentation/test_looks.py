"""Stages as pixels."""

import numpy as np
import pytest
import torch
from test_pipeline import PHOTO, read

from cnnlab.augmentation import Stage, contract
from cnnlab.augmentation.calls import walk
from cnnlab.augmentation.looks import LABEL_COLOURS, normalisation, pixels
from cnnlab.augmentation.targets import with_targets
from cnnlab.images import montage
from cnnlab.scene import draw_scene


def test_a_normalised_picture_is_shown_as_it_was_before():
    pipeline = read(
        "v2.ToImage(), v2.ToDtype(torch.float32, scale=True), v2.Normalize([0.5, 0.4, 0.3], [0.2, 0.3, 0.4])"
    )
    stages = pipeline.stages(PHOTO)
    undo = normalisation(stages, {call.id: call for call in walk(pipeline.calls)})
    assert undo == ((0.5, 0.4, 0.3), (0.2, 0.3, 0.4))
    assert np.array_equal(pixels(stages[-1], undo), np.asarray(PHOTO))
    assert not np.array_equal(pixels(stages[-1]), np.asarray(PHOTO))


def test_what_is_normalised_inside_a_container_is_undone_only_where_it_ran():
    pipeline = read("v2.ToImage(), v2.ToDtype(torch.float32), v2.RandomApply([v2.Normalize([0.5], [0.2])], p=0.5)")
    calls = {call.id: call for call in walk(pipeline.calls)}
    for number in range(10):
        stages = pipeline.stages(PHOTO, 0, number)
        assert (normalisation(stages, calls) is not None) == stages[-1].draws["applied"]


@pytest.mark.parametrize(
    "after", ["v2.ToPILImage()", "v2.LinearTransformation(digits_whitening_matrix(), digits_mean())"]
)
def test_what_is_a_picture_or_whitened_again_is_shown_as_it_is(after):
    before = "v2.Resize((8, 8)), v2.Grayscale(), v2.ToImage(), v2.ToDtype(torch.float32, scale=True)"
    pipeline = read(f"{before}, v2.Normalize([0.5], [0.2]), {after}")
    stages = pipeline.stages(PHOTO)
    calls = {call.id: call for call in walk(pipeline.calls)}
    assert normalisation(stages[:-1], calls) == ((0.5,), (0.2,))
    assert normalisation(stages, calls) is None


def test_crops_and_batches_are_shown_as_a_montage():
    crops = read("v2.FiveCrop(20)").stages(PHOTO)[-1]
    sheet = pixels(crops)
    assert sheet.shape == (2 * 20 + 2, 3 * 20 + 4, 3)
    assert np.array_equal(sheet[:20, 22:42], np.asarray(crops.image[1]))
    batch = Stage("batch", (torch.zeros(4, 3, 6, 5), torch.arange(4)))
    assert pixels(batch).shape == (14, 12, 3)


def test_a_montage_keeps_pictures_of_different_sizes_whole():
    first, second = np.zeros((4, 6, 3), np.uint8), np.full((2, 3, 3), 9, np.uint8)
    sheet = montage([first, second])
    assert np.array_equal(sheet[:4, :6], first)
    assert np.array_equal(sheet[:2, 8:11], second)


def test_boxes_are_drawn_where_they_stand():
    scene = with_targets(draw_scene(160, 120))
    shown = pixels(Stage("input", scene))
    left, top, right, bottom = (int(edge) for edge in scene["boxes"][0].tolist())
    colour = tuple(int(LABEL_COLOURS[0][index : index + 2], 16) for index in (1, 3, 5))
    for x, y in ((left, top), (right - 1, top), (left, bottom - 1), (right - 1, bottom - 1)):
        assert tuple(shown[y, x]) == colour


def test_a_contract_tells_type_shape_dtype_and_range():
    stages = read("v2.ToImage(), v2.ToDtype(torch.float32, scale=True), v2.FiveCrop(10)").stages(PHOTO)
    values = np.asarray(PHOTO)
    assert contract(stages[0].image).__dict__ == {
        "type": "PIL RGB",
        "shape": (3, 64, 96),
        "dtype": "uint8",
        "low": values.min(),
        "high": values.max(),
    }
    assert str(contract(stages[1].image)) == "Image 3 × 64 × 96 uint8"
    assert contract(stages[2].image).high == pytest.approx(values.max() / 255)
    assert str(contract(stages[3].image)) == "5 × Image 3 × 10 × 10 float32"
