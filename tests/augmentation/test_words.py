"""What was drawn, in words."""

import re

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
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
    assert told("RandomHorizontalFlip", coin=0.714, p=0.5, applied=False) == ["0.71 ≥ p = 0.5, so skipped"]
    assert told("RandomHorizontalFlip", coin=0.314, p=0.5, applied=True) == ["0.31 < p = 0.5, so done"]
    assert told("RandomChannelPermutation", permutation=[2, 0, 1]) == ["channels in the order B, R, G"]
    assert told("RandomChannelPermutation", permutation=[1, 0]) == ["channels in the order 1, 0"]
    assert told("RandAugment", operations=[("TranslateY", 8.7), ("Equalize", 0.0), ("Color", -0.27)]) == [
        "TranslateY 8.7, Equalize, Color −0.27"
    ]


def test_parts_that_were_not_drawn_are_not_told():
    assert told("ColorJitter", brightness_factor=1.2, contrast_factor=None) == ["brightness ×1.20"]
    assert told("RandomErasing", coin=0.9, p=0.1, applied=False) == ["0.90 ≥ p = 0.1, so skipped"]
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
    filled = call.replace(**{param.name: param.on for param in step.params if call[param.name] is None and param.on})
    before = FLOATS if Need.FLOATS in step.needs else "v2.ToImage()"
    photo = PHOTO.resize((200, 200))
    templates = set()
    for pipeline in (Pipeline((*read(before).calls, one)) for one in (call, filled)):
        subject = [photo] * 10 if pipeline.mixes else SCENE if Need.BOXES in step.needs else photo
        for number in range(30):
            trace = mix(pipeline, subject, number) if pipeline.mixes else pipeline.trace(subject, 3, number)
            templates |= {part.template for part in words(trace.stages[-1])}
    assert set(step.draws) <= templates


@given(coin=st.floats(0, 1, exclude_max=True, width=32), p=st.floats(0, 1))
@example(coin=0.4996, p=0.5)
@example(coin=0.5, p=0.5)
def test_a_coin_is_told_so_that_one_sees_why(coin, p):
    (said,) = told("RandomHorizontalFlip", coin=coin, p=p, applied=coin < p)
    left, sign, right = re.fullmatch(r"(\S+) ([<≥]) p = (\S+), so (?:done|skipped)", said).groups()
    assert (sign, float(left) < float(right), float(right)) == ("<" if coin < p else "≥", coin < p, p)
    assert abs(float(left) - coin) < 0.0051


@pytest.mark.parametrize("settings", ["padding=4", "padding=(2, 3)", "pad_if_needed=True"])
def test_the_place_of_a_crop_is_told_where_it_was_counted(settings):
    photo = PHOTO.resize((60, 62))
    for code, part in ((f"64, {settings}", " of the padded picture"), ("32", "")):
        stages = read(f"v2.RandomCrop({code})").stages(photo, 5)
        top, left = stages[1].draws["top"], stages[1].draws["left"]
        assert [str(said) for said in words(stages[1])] == [f"cut from row {top}, column {left}{part}"]


@pytest.mark.parametrize(("name", "east_goes"), [("RandomRotation", "up"), ("RandomAffine", "down")])
def test_a_turn_goes_where_its_help_says(name, east_goes):
    picture = torch.zeros(1, 21, 21)
    picture[0, 10, 18] = 1
    step = AUGMENTATIONS[name]
    stage = Pipeline((step.example().replace(degrees=(45, 45)),)).stages(picture)[-1]
    row = int(stage.image[0].nonzero()[0, 0])
    assert ("up" if row < 10 else "down") == east_goes
    help = step.param("degrees").help
    assert help.startswith("Positive turns " + {"up": "counter-clockwise", "down": "clockwise"}[east_goes])
    assert any(part.endswith("clockwise") for part in map(str, words(stage))) == (east_goes == "down")
