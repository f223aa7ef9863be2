"""Exported source is run, and gives what it promises."""

import ast

import pytest
import torch
from test_pipeline import FLOATS, PHOTO, ROWS, read, same

from cnnlab.augmentation import AUGMENTATIONS, Pipeline
from cnnlab.augmentation.presets import PRESETS
from cnnlab.augmentation.targets import with_targets
from cnnlab.augmentation.view import preset
from cnnlab.images import sample
from cnnlab.scene import draw_scene

BEFORE = {"Normalize": FLOATS, "GaussianNoise": "v2.ToImage()", "ToPILImage": "v2.ToImage()"}
SCENIC = {"RandomIoUCrop", "SanitizeBoundingBoxes", "SanitizeKeyPoints"}


def run(source):
    scope = {}
    exec(source, scope)
    return scope


@ROWS
def test_exact_code_gives_the_same_pixels(name):
    before = read(BEFORE[name]).calls if name in BEFORE else ()
    pipeline = Pipeline((*before, AUGMENTATIONS[name].example()))
    subject = with_targets(draw_scene(128, 96)) if name in SCENIC else PHOTO.resize((200, 190))
    if name == "LinearTransformation":
        subject = sample("digit_4")
        pipeline = Pipeline((*read(FLOATS).calls, AUGMENTATIONS[name].example()))
    if pipeline.mixes:
        return
    for number in range(3):
        stages = pipeline.stages(subject, seed=7, sample=number)
        assert same(run(pipeline.code(seed=7, sample=number))["transform"](subject), stages[-1].sample)


@pytest.mark.parametrize("name", [name for name in PRESETS if name != "cutmix"])
def test_exact_code_of_a_preset_gives_the_same_pixels(name):
    subject = with_targets(draw_scene()) if PRESETS[name].image == "scene" else sample(PRESETS[name].image)
    for number in range(2):
        stages = preset(name).stages(subject, seed=1, sample=number)
        assert same(run(preset(name).code(seed=1, sample=number))["transform"](subject), stages[-1].sample)


def test_the_words_of_exact_code_count_samples_from_one():
    transform = run(read("v2.RandomRotation(30)").code(seed=3, sample=4))["transform"]
    assert transform.__doc__ == "Sample 5 of seed 3, pixel for pixel."


def test_exact_code_leaves_ones_own_random_numbers_alone():
    transform = run(read("v2.RandomRotation(30), v2.ColorJitter(0.5)").code(seed=1))["transform"]
    torch.manual_seed(5)
    expected = torch.rand(2)
    torch.manual_seed(5)
    transform(PHOTO)
    assert torch.equal(torch.rand(2), expected)


@ROWS
def test_idiomatic_code_reads_back_as_the_same_pipeline(name):
    pipeline = Pipeline((AUGMENTATIONS[name].example(),))
    if pipeline.mixes:
        return
    assert Pipeline.from_code(pipeline.code()) == pipeline


@pytest.mark.parametrize("name", PRESETS)
def test_idiomatic_code_of_a_preset_builds_the_library_s_own_objects(name):
    scope = run(preset(name).code())
    steps = [
        *scope["transform"].transforms,
        *(scope["batch_transform"].transforms if "batch_transform" in scope else ()),
    ]
    assert [type(step).__name__ for step in steps] == [call.name for call in preset(name).calls]


def test_idiomatic_code_draws_from_the_same_distribution():
    pipeline = read("v2.RandomApply([v2.RandomHorizontalFlip(0.5)], p=0.5)")
    transform = run(pipeline.code())["transform"]
    torch.manual_seed(0)
    small = torch.arange(6, dtype=torch.uint8).reshape(1, 1, 6)
    theirs = sum(not torch.equal(transform(small), small) for _ in range(2000)) / 2000
    ours = sum(not torch.equal(pipeline.stages(small, 0, n)[-1].image, small) for n in range(2000)) / 2000
    error = 4 * (0.25 * 0.75 / 2000) ** 0.5
    assert abs(theirs - 0.25) < error
    assert abs(ours - 0.25) < error


def test_what_is_switched_off_is_not_exported():
    code = read("v2.RGB(), v2.RandomApply([v2.Identity()])").toggled("Identity").code()
    assert "Identity" not in code
    assert "RandomApply" not in code
    ast.parse(code)


def test_nothing_at_all_is_exported_as_the_identity():
    assert same(run(Pipeline().code())["transform"](PHOTO), PHOTO)
    assert same(run(Pipeline().code(seed=1))["transform"](PHOTO), PHOTO)


def test_a_step_that_mixes_is_exported_for_batches():
    scope = run(preset("cutmix").code())
    images = torch.stack([scope["transform"](PHOTO), scope["transform"](PHOTO)])
    mixed, labels = scope["batch_transform"](images, torch.tensor([0, 1]))
    assert mixed.shape == images.shape
    assert labels.shape == (2, 10)
