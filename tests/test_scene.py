import numpy as np
import pytest

from cnnlab.scene import OBJECTS, draw_scene
from cnnlab.specs import SpecError

SIZES = [(320, 240), (640, 480), (64, 64), (100, 333), (700, 64)]


@pytest.mark.parametrize("size", SIZES)
def test_each_box_is_the_tight_box_of_the_visible_pixels(size):
    scene = draw_scene(*size)
    for number, (x0, y0, x1, y1) in enumerate(map(np.array, scene.boxes), start=1):
        inside = scene.mask[int(y0) : int(y1), int(x0) : int(x1)] == number
        assert inside.sum() == (scene.mask == number).sum() > 0
        assert all(side.any() for side in (inside[0], inside[-1], inside[:, 0], inside[:, -1]))


@pytest.mark.parametrize("size", SIZES)
def test_picture_mask_boxes_and_labels_agree(size):
    scene = draw_scene(*size)
    assert (scene.image.mode, scene.image.size) == ("RGB", size)
    assert (scene.mask.dtype, scene.mask.shape) == (np.uint8, size[::-1])
    assert set(np.unique(scene.mask)) == set(range(len(scene.boxes) + 1))
    assert (scene.labels, len(scene.boxes)) == (OBJECTS, len(OBJECTS))


@pytest.mark.parametrize("size", SIZES)
def test_keypoints_lie_on_objects_and_every_object_has_one(size):
    scene = draw_scene(*size)
    hit = [scene.mask[int(y), int(x)] for x, y in scene.keypoints]
    assert set(hit) == set(range(1, len(OBJECTS) + 1))


def test_the_mask_lies_where_the_colours_are():
    scene = draw_scene()
    pixels, car = np.array(scene.image, int), scene.mask == scene.labels.index("car") + 1
    blue = pixels[..., 2] - pixels[..., 0]
    left, top, right, bottom = (int(side) for side in scene.boxes[scene.labels.index("car")])
    around = np.zeros_like(car)
    around[top:bottom, left:right] = True
    assert blue[car].mean() > blue[around & ~car].mean() + 50


def test_the_car_hides_a_part_of_the_house():
    scene = draw_scene()
    (*_, house_right, house_bottom), (car_left, car_top, *_) = scene.boxes[2], scene.boxes[3]
    assert (car_left < house_right, car_top < house_bottom) == (True, True)
    assert scene.mask[170, 190] == scene.labels.index("house") + 1
    assert scene.mask[185, 190] == scene.labels.index("car") + 1


def test_the_sun_stays_round_whatever_the_size():
    for size in SIZES:
        x0, y0, x1, y1 = draw_scene(*size).boxes[0]
        assert abs((x1 - x0) - (y1 - y0)) <= 1


def test_the_same_scene_is_drawn_every_time():
    first, second = draw_scene(), draw_scene()
    assert first.image.tobytes() == second.image.tobytes()
    assert np.array_equal(first.mask, second.mask)


def test_a_size_out_of_bounds_is_refused_in_one_sentence():
    message = "A scene of 32 × 2000 pixels cannot be drawn: choose 64 to 1024 for both sides."
    with pytest.raises(SpecError) as refusal:
        draw_scene(32, 2000)
    assert str(refusal.value) == message
