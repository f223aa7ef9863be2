"""What was drawn, in words."""

import pytest
from test_pipeline import FLOATS, PHOTO, read

from cnnlab.augmentation import AUGMENTATIONS, Pipeline, Stage
from cnnlab.augmentation.batch import mix
from cnnlab.augmentation.catalogue import Need
from cnnlab.augmentation.targets import with_targets
from cnnlab.augmentation.words import words
from cnnlab.scene import draw_scene

SCENE = with_targets(draw_scene(200, 200))
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
    for subject in (PHOTO.resize((200, 200)), SCENE):
        for number in range(4):
            trace = pipeline.trace(subject, 3, number)
            stage = trace.stages[-1]
            tellable = set(stage.draws) - {"coin", "applied"} and not stage.untouched
            if trace.failure is None and stage.draws.get("applied", True) and tellable:
                assert words(stage), (name, stage.draws)


@pytest.mark.parametrize("name", [name for name, step in AUGMENTATIONS.items() if step.draws])
def test_every_part_of_a_row_s_sentence_is_said_of_some_draw(name):
    step = AUGMENTATIONS[name]
    call = step.example()
    call = call.replace(**{param.name: param.on for param in step.params if call[param.name] is None and param.on})
    before = FLOATS if Need.FLOATS in step.needs else "v2.ToImage()"
    pipeline = Pipeline((*read(before).calls, call))
    photo = PHOTO.resize((200, 200))
    subject = [photo] * 10 if pipeline.mixes else SCENE if Need.BOXES in step.needs else photo
    templates = set()
    for number in range(30):
        trace = mix(pipeline, subject, number) if pipeline.mixes else pipeline.trace(subject, 3, number)
        templates |= {part.template for part in words(trace.stages[-1])}
    assert set(step.draws) <= templates
