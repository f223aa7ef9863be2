"""Batches: prepared picture by picture, mixed with one draw."""

import pytest
import torch
from test_pipeline import FLOATS, PHOTO, read

from cnnlab.augmentation.batch import code, mix
from cnnlab.augmentation.view import preset
from cnnlab.images import sample

PHOTOS = [PHOTO, PHOTO.rotate(90), PHOTO.rotate(180), sample("coffee").resize((80, 80))]


@pytest.mark.parametrize("name", ["CutMix", "MixUp"])
def test_pixels_and_labels_are_mixed_by_the_same_share(name):
    pipeline = read(f"v2.Resize((32, 32)), {FLOATS}, v2.{name}(num_classes=4)")
    for seed in range(5):
        trace = mix(pipeline, PHOTOS, seed)
        (before, _), (after, labels) = trace.stages[0].sample, trace.stages[-1].sample
        draws = trace.stages[-1].draws
        share = draws["lam"] if name == "MixUp" else draws["lam_adjusted"]
        eye = torch.eye(4)
        assert torch.allclose(labels, share * eye + (1 - share) * eye.roll(1, 0))
        if name == "MixUp":
            assert torch.allclose(after, share * before + (1 - share) * before.roll(1, 0), atol=1e-6)
        else:
            kept = (after == before).all(dim=1).float().mean(dim=(1, 2))
            assert (kept >= share - 1e-6).all()


def test_each_picture_of_a_batch_has_the_dice_of_its_own_sample():
    pipeline = read(f"v2.Resize((32, 32)), v2.RandomRotation(40), {FLOATS}, v2.MixUp(num_classes=4)")
    alone = pipeline.toggled("MixUp")
    batch, _labels = mix(pipeline, PHOTOS, seed=3, sample=5).stages[0].sample
    for place, photo in enumerate(PHOTOS):
        assert torch.equal(batch[place], alone.stages(photo, 3, 5 + place)[-1].image)


def test_a_mixed_batch_is_the_same_for_the_same_seed():
    first, second, third = (mix(preset("cutmix"), PHOTOS, seed).stages[-1].sample[0] for seed in (1, 1, 2))
    assert torch.equal(first, second)
    assert not torch.equal(first, third)


@pytest.mark.parametrize("name", ["CutMix", "MixUp"])
def test_exact_code_gives_the_same_batch_and_labels(name):
    pipeline = read(
        "v2.RandomChoice([v2.RandomRotation(40), v2.RandomInvert(0.5)]), v2.Resize((32, 32)), "
        f"{FLOATS}, v2.{name}(num_classes=4), v2.RandomErasing(1)"
    )
    scope = {}
    exec(code(pipeline, len(PHOTOS), seed=3, sample=5), scope)
    images, labels = scope["transform"](PHOTOS)
    expected, shares = mix(pipeline, PHOTOS, seed=3, sample=5).stages[-1].sample
    assert torch.equal(images, expected)
    assert torch.equal(labels, shares)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            f"{FLOATS}, v2.MixUp(num_classes=4)",
            "The pictures of a batch must have one shape, and these have "
            "3 × 64 × 96, 3 × 80 × 80: put Resize((160, 160)) or a crop before the step that mixes.",
        ),
        (
            "v2.Resize((9, 9)), v2.MixUp(num_classes=4)",
            "A batch is made of tensors, and the steps before it leave PIL "
            "pictures: put ToImage and ToDtype(float32, scale=True) before the step that mixes.",
        ),
        (
            "v2.Resize((9, 9)), v2.ToImage(), v2.MixUp(num_classes=4)",
            "MixUp works on floats, and uint8 reaches it: put ToDtype(float32, scale=True) before it.",
        ),
        (
            f"v2.Resize((9, 9)), {FLOATS}, v2.CutMix(num_classes=3)",
            "CutMix has num_classes=3, and the batch has 4 labels: use 4 or more.",
        ),
    ],
)
def test_a_batch_that_cannot_be_made_or_mixed_is_explained_at_the_step(source, message):
    failure = mix(read(source), PHOTOS).failure
    assert str(failure.error) == message
    assert failure.step in ("MixUp", "CutMix")
    if failure.remedy:
        assert mix(read(source).added(*failure.remedy, before=failure.step), PHOTOS).failure is None
