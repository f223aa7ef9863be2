"""A normalised picture is shown as it was; what can no longer be taken back is not."""

import numpy as np
import pytest
from PIL import Image

from cnnlab.augmentation import Pipeline
from cnnlab.augmentation.calls import walk
from cnnlab.augmentation.looks import normalisation, pixels

FLOATS = "v2.ToImage(), v2.ToDtype(torch.float32, scale=True)"
FIRST, SECOND = "v2.Normalize([0.5], [0.2])", "v2.Normalize([0.4], [0.3])"
GRAY = Image.fromarray(np.arange(48, dtype=np.uint8).reshape(6, 8) * 5)


def after(steps):
    """The last stage of a gray picture, and what is to be taken back from it."""
    pipeline = Pipeline.from_code(f"v2.Compose([{FLOATS}, {steps}])")
    stages = pipeline.stages(GRAY)
    return stages[-1], normalisation(stages, {call.id: call for call in walk(pipeline.calls)})


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ("v2.RandomInvert(p=0.0)", None),
        (FIRST, ((0.5,), (0.2,))),
        (f"{FIRST}, {SECOND}", ((0.4,), (0.3,))),
        (f"v2.Compose([{FIRST}])", ((0.5,), (0.2,))),
        (f"{FIRST}, v2.Compose([{SECOND}])", ((0.4,), (0.3,))),
        (f"{FIRST}, v2.Compose([v2.RandomInvert(p=0.0)])", ((0.5,), (0.2,))),
        (f"{FIRST}, v2.ToPILImage()", None),
        (f"{FIRST}, v2.Compose([v2.ToPILImage()])", None),
        (f"{FIRST}, v2.Compose([v2.ToPILImage()]), {FLOATS}", None),
        (f"v2.Compose([{FIRST}]), v2.ToPILImage(), {FLOATS}", None),
        (f"{FIRST}, v2.ToPILImage(), {FLOATS}, {SECOND}", ((0.4,), (0.3,))),
    ],
)
def test_the_last_normalisation_since_the_picture_had_bytes_is_taken_back(steps, expected):
    assert after(steps)[1] == expected


def test_a_picture_made_of_normalised_values_is_shown_as_it_is():
    stage, undo = after(f"{FIRST}, v2.ToPILImage()")
    assert isinstance(stage.image, Image.Image)
    assert np.array_equal(pixels(stage, undo)[..., 0], np.asarray(stage.image))
    assert not np.array_equal(np.asarray(stage.image), np.asarray(GRAY))


def test_a_normalised_picture_is_shown_as_it_was():
    assert np.array_equal(pixels(*after(FIRST))[..., 0], np.asarray(GRAY))
