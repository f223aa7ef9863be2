"""What was drawn, in words."""

import pytest
from test_pipeline import PHOTO, read

from cnnlab.augmentation import AUGMENTATIONS, Pipeline, Stage
from cnnlab.augmentation.targets import with_targets
from cnnlab.augmentation.words import words
from cnnlab.scene import draw_scene

# Steps whose chance is a field of noise or a warp, which no few words can tell.
WORDLESS = {"ElasticTransform", "GaussianNoise", "RandomPerspective"}


def told(name, **draws):
    return [str(part) for part in words(Stage(name, None, draws=draws))]


def test_a_rotation_a_skipped_flip_and_a_policy_read_as_sentences():
    assert told("RandomRotation", angle=-22.41) == ["rotated −22.4°"]
    assert told("RandomHorizontalFlip", coin=0.714, applied=False) == ["coin 0.71, skipped"]
    assert told("RandAugment", operations=[("TranslateY", 8.7), ("Equalize", 0.0), ("Color", -0.27)]) == [
        "TranslateY 8.7, Equalize, Color −0.27"
    ]


def test_parts_that_were_not_drawn_are_not_told():
    assert told("ColorJitter", brightness_factor=1.2, contrast_factor=None) == ["brightness ×1.20"]
    assert told("RandomErasing", coin=0.9, applied=False) == ["coin 0.90, skipped"]
    assert told("Resize") == []


@pytest.mark.parametrize("name", [name for name in AUGMENTATIONS if name not in WORDLESS])
def test_whatever_a_step_draws_can_be_told(name):
    before = "v2.ToImage(), v2.ToDtype(torch.float32, scale=True)" if name == "Normalize" else "v2.Identity()"
    pipeline = Pipeline((*read(before).calls, AUGMENTATIONS[name].example()))
    for subject in (PHOTO.resize((200, 200)), with_targets(draw_scene(200, 200))):
        for number in range(4):
            trace = pipeline.trace(subject, 3, number)
            stage = trace.stages[-1]
            tellable = set(stage.draws) - {"coin", "applied"} and not stage.untouched
            if trace.failure is None and stage.draws.get("applied", True) and tellable:
                assert words(stage), (name, stage.draws)
