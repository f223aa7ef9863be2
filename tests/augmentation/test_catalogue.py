"""The transforms on offer: all of the library's, with what each asks of a picture."""

import inspect

import pytest
import torch
from test_pipeline import FLOATS, PHOTO, TENSOR, read
from torchvision.transforms import v2

from cnnlab.augmentation import AUGMENTATIONS, Pipeline
from cnnlab.augmentation.catalogue import LEFT_OUT, Inner, Need, Normalisation
from cnnlab.augmentation.dice import ORDERS
from cnnlab.augmentation.explain import REASONS
from cnnlab.augmentation.targets import with_targets
from cnnlab.scene import draw_scene
from cnnlab.specs import SpecError


def test_every_transform_of_the_library_has_a_row_or_a_reason():
    there = {name for name, item in vars(v2).items() if inspect.isclass(item) and issubclass(item, v2.Transform)}
    assert set(AUGMENTATIONS) - there == {"SaltAndPepperNoise"}
    assert there - set(AUGMENTATIONS) == set(LEFT_OUT)


REFUSED = [
    ("GaussianBlur", {"kernel_size": 4}, "kernel_size=4 has an even side: use 3 or 5, which have a middle pixel."),
    ("ColorJitter", {"hue": (-0.6, 0.1)}, "hue=(-0.6, 0.1) is too small: use -0.5 or more."),
    (
        "Resize",
        {"size": (9, 9), "max_size": 20},
        "max_size=20 goes with a single size, and size=(9, 9) names both sides: leave max_size out.",
    ),
    ("Resize", {"size": 30, "max_size": 20}, "max_size=20 must be larger than size=30, the short side."),
    (
        "RandomResize",
        {"min_size": 9, "max_size": 8},
        "min_size=9 is larger than max_size=8: make it smaller or raise max_size.",
    ),
    ("Grayscale", {"num_output_channels": 2}, "num_output_channels=2 is neither 1 nor 3: use one of them."),
    ("RandAugment", {"magnitude": 31}, "magnitude=31 must be below num_magnitude_bins=31: use 30 or less."),
    (
        "Normalize",
        {"mean": (0.5, 0.5), "std": (0.5, 0.5, 0.5)},
        "mean has 2 values and std has 3: give both one per channel.",
    ),
    (
        "RandomAffine",
        {"degrees": 0, "shear": (0, 1, 5, 2)},
        "shear=(0, 1, 5, 2) must go from the smaller to the larger angle.",
    ),
]


@pytest.mark.parametrize(("name", "values", "message"), REFUSED)
def test_values_that_do_not_go_together_are_refused_with_a_way_out(name, values, message):
    with pytest.raises(SpecError) as refusal:
        AUGMENTATIONS[name](**values)
    assert str(refusal.value) == message


def test_weights_of_a_choice_fit_its_steps():
    flip = AUGMENTATIONS["RandomHorizontalFlip"]()
    with pytest.raises(SpecError, match="^p has 1 weights for 2 steps: give each step one.$"):
        AUGMENTATIONS["RandomChoice"](transforms=[flip, flip], p=(1.0,))
    with pytest.raises(SpecError, match="gives every step the chance 0"):
        AUGMENTATIONS["RandomChoice"](transforms=[flip], p=(0.0,))


SUBJECTS = {
    "PIL": PHOTO,
    "tiny": PHOTO.resize((3, 2)),
    "uint8": TENSOR,
    "floats": TENSOR / 255,
    "digit": TENSOR[:1, :8, :8] / 255,
    "scene": with_targets(draw_scene(96, 64)),
}


@pytest.mark.parametrize("name", AUGMENTATIONS)
@pytest.mark.parametrize("kind", SUBJECTS)
def test_what_a_row_needs_explains_every_refusal_of_the_library(name, kind):
    for before in (f"{FLOATS}, v2.Identity()", "v2.Identity()"):
        pipeline = Pipeline((*read(before).calls, AUGMENTATIONS[name].example()))
        for number in range(2):
            failure = pipeline.trace(SUBJECTS[kind], 5, number).failure
            if failure and "torchvision says" in failure.error.template:
                # 128 lies outside 0–1, as torchvision itself says clearly.
                assert "Threshold should be less" in failure.error.values["reason"], str(failure.error)


# A sample that lacks what is needed and nothing else.
LACKING = {
    Need.BATCH: TENSOR / 255,
    Need.BOXES: PHOTO,
    Need.KEYPOINTS: PHOTO,
    Need.ALONE: with_targets(draw_scene(160, 160)),
    Need.TENSOR: PHOTO,
    Need.FLOATS: TENSOR,
    Need.BYTES: TENSOR / 255,
    Need.DIGIT: TENSOR / 255,
    Need.CHANNELS: TENSOR[:2] / 255,
    Need.SIZE: PHOTO,
    Need.KERNEL: PHOTO.resize((3, 2)),
    Need.SIGMA: PHOTO.resize((3, 2)),
}
MIXED = (torch.zeros(2, 3, 8, 8, dtype=torch.uint8), torch.arange(2))


@pytest.mark.parametrize(
    ("name", "need"), [(name, need) for name, step in AUGMENTATIONS.items() for need in step.needs], ids=str
)
def test_a_step_does_not_work_without_what_its_row_says_it_needs(name, need):
    call = AUGMENTATIONS[name].example()
    transform = call.replace(p=1.0).build() if "p" in call.values else call.build()
    sample = MIXED if need is Need.FLOATS and Need.BATCH in call.spec.needs else LACKING[need]
    with pytest.raises((TypeError, ValueError, RuntimeError)):
        transform(*sample) if isinstance(sample, tuple) else transform(sample)


def test_every_mark_of_a_row_means_something_and_is_used():
    assert {need for need, _ in REASONS} - {None} == set(Need)
    assert set(ORDERS) == set(Inner)
    steps = AUGMENTATIONS.values()
    assert {need for step in steps for need in step.needs} == set(Need)
    assert {step.normalisation for step in steps} - {None} == set(Normalisation)
    for step in steps:
        assert (step.inner is None) == (step.nested is None), step.name


def test_a_step_that_is_there_to_do_nothing_is_not_said_to_have_left_the_picture():
    for name, untouched in (("Identity", False), ("ToPureTensor", True)):
        stage = Pipeline((AUGMENTATIONS[name].example(),)).stages(PHOTO)[-1]
        assert stage.image is PHOTO
        assert stage.untouched is untouched


@pytest.mark.parametrize("name", [name for name, step in AUGMENTATIONS.items() if not step.nested])
def test_a_picture_grows_no_larger_than_the_row_says(name):
    photo = PHOTO.resize((90, 60))
    step = AUGMENTATIONS[name]
    sure = {name: value for name, value in (("p", 1.0), ("expand", True)) if name in step.example().values}
    call = step.example().replace(**sure)
    size = call.values.get("size")
    most = max(90 * 60, size**2 if isinstance(size, int) else 0)
    if step.grows:
        most = max(most, step.grows(call.values, 60, 90))
    for number in range(10):
        trace = Pipeline((call,)).trace(photo, 3, number)
        if trace.failure is None:
            image = trace.stages[-1].image
            height, width = v2.functional.get_size(image[0] if isinstance(image, tuple) else image)
            assert height * width <= most
