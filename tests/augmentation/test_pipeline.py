"""Pipelines: dice, stages, editing, and the way to a dict and back."""

import contextlib
import threading

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from torchvision.transforms import v2

from cnnlab.augmentation import AUGMENTATIONS, Pipeline
from cnnlab.augmentation.dice import plan, step_seed
from cnnlab.augmentation.targets import with_targets
from cnnlab.chance import generator
from cnnlab.images import sample
from cnnlab.scene import draw_scene
from cnnlab.specs import SpecError

PHOTO = sample("chelsea").resize((96, 64))
TENSOR = v2.functional.pil_to_tensor(PHOTO)
ROWS = pytest.mark.parametrize("name", AUGMENTATIONS)
FLOATS = "v2.ToImage(), v2.ToDtype(torch.float32, scale=True)"


def read(code):
    return Pipeline.from_code(f"v2.Compose([{code}])")


def same(one, other):
    """Bit equality of pictures, tuples of pictures and dicts."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, Image.Image):
        return one.mode == other.mode and one.size == other.size and one.tobytes() == other.tobytes()
    return one.dtype == other.dtype and torch.equal(one, other)


def draws_of(stages, name):
    return next(stage.draws for stage in stages if stage.name == name)


def test_there_is_one_stage_before_the_first_step_and_one_after_each():
    stages = read("v2.RandomHorizontalFlip(), v2.RandomRotation(15), v2.ToImage()").stages(PHOTO, seed=7, sample=3)
    assert [stage.name for stage in stages] == ["input", "RandomHorizontalFlip", "RandomRotation", "ToImage"]
    assert stages[0].image is PHOTO
    assert stages[0].draws == stages[-1].draws == {}


def test_a_rotation_tells_its_angle_and_a_flip_its_coin():
    stages = read("v2.RandomRotation(15), v2.RandomHorizontalFlip(0.5)").stages(PHOTO, seed=7, sample=3)
    assert list(stages[1].draws) == ["angle"]
    assert v2.functional.rotate(PHOTO, stages[1].draws["angle"]).tobytes() == stages[1].image.tobytes()
    assert stages[2].draws["applied"] == (stages[2].draws["coin"] < 0.5)
    assert (stages[2].image is stages[1].image) == (not stages[2].draws["applied"])


def test_a_coin_of_0_never_and_of_1_always_applies():
    for p, applied in ((0, False), (1, True)):
        pipeline = read(
            f"v2.RandomVerticalFlip(p={p}), SaltAndPepperNoise(0.9, p={p}), v2.RandomApply([v2.RandomInvert(1)], p={p})"
        )
        for number in range(20):
            assert [stage.draws["applied"] for stage in pipeline.stages(PHOTO, 0, number)[1:]] == [applied] * 3


@ROWS
def test_a_step_draws_the_same_whatever_stands_beside_it(name):
    call = AUGMENTATIONS[name].example().marked(id="it")
    before = (
        (AUGMENTATIONS["ToImage"](), AUGMENTATIONS["ToDtype"](dtype="float32", scale=True))
        if name == "Normalize"
        else ()
    )
    alone = Pipeline((*before, call)).trace(PHOTO, 5, 2)
    beside = Pipeline(
        (AUGMENTATIONS["RandomVerticalFlip"](p=0.0), *before, call, AUGMENTATIONS["RandomChannelPermutation"]())
    )
    other = beside.trace(PHOTO, 5, 2)
    assert (alone.failure is None) == (other.failure is None) or beside.mixes
    if alone.failure is None:
        assert other.stages[len(before) + 2].draws == alone.stages[-1].draws
        assert same(other.stages[len(before) + 2].image, alone.stages[-1].image)


@pytest.mark.parametrize("place", range(4))
def test_inserting_switching_off_moving_and_removing_leaves_the_others_draws(place):
    pipeline = read("v2.RandomRotation(30), v2.ColorJitter(0.5), v2.RandomAffine(10), v2.GaussianBlur(5)")
    names = [call.id for call in pipeline.calls]
    fresh = AUGMENTATIONS["RandomPerspective"]()
    edited = [
        pipeline.toggled(names[place]),
        pipeline.removed(names[place]),
        pipeline.moved(names[place], 1),
        pipeline.moved(names[place], -1),
        pipeline.duplicated(names[place]),
        pipeline.added(fresh, before=names[place]),
    ]
    reference = pipeline.stages(PHOTO, 11, 4)
    for other in edited:
        by_id = {stage.id: stage.draws for stage in other.stages(PHOTO, 11, 4)}
        for stage in reference[1:]:
            assert by_id.get(stage.id, stage.draws) == stage.draws


def test_a_copy_has_dice_of_its_own():
    pipeline = read("v2.RandomRotation(30)").duplicated("RandomRotation")
    assert [call.id for call in pipeline.calls] == ["RandomRotation", "RandomRotation-2"]
    first, second = (stage.draws["angle"] for stage in pipeline.stages(PHOTO, 1)[1:])
    assert first != second


def test_seeds_and_samples_each_draw_anew():
    pipeline = read("v2.RandomRotation(180)")
    angles = {pipeline.stages(PHOTO, seed, number)[-1].draws["angle"] for seed in range(20) for number in range(20)}
    assert len(angles) == 400


def test_draws_are_spread_as_the_library_spreads_them():
    pipeline = read("v2.RandomRotation(90), v2.RandomHorizontalFlip(0.3)")
    stages = [pipeline.stages(TENSOR[:, :4, :4], 0, number) for number in range(2000)]
    angles = torch.tensor([each[1].draws["angle"] for each in stages])
    fired = torch.tensor([each[2].draws["applied"] for each in stages]).float().mean()
    assert angles.min() > -90
    assert angles.max() < 90
    assert abs(angles.mean()) < 4 * 90 / 3**0.5 / 2000**0.5  # four standard errors of a uniform mean
    assert abs(fired - 0.3) < 4 * (0.3 * 0.7 / 2000) ** 0.5


def test_the_generator_is_left_as_it_was():
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    read("v2.RandomRotation(15), v2.AugMix()").stages(PHOTO, 3)
    assert torch.equal(torch.rand(3), expected)


def test_two_threads_never_disturb_each_other():
    pipeline = read("v2.RandomRotation(30), v2.ColorJitter(0.5), v2.RandomHorizontalFlip(), v2.RandomCrop(20)")
    small = TENSOR[:, :24, :32]
    expected = [pipeline.stages(small, 9, number) for number in range(300)]
    wrong = []

    def draw(numbers):
        for number in numbers:
            stages = pipeline.stages(small, 9, number)
            if [stage.draws for stage in stages] != [stage.draws for stage in expected[number]]:
                wrong.append(number)
            if not torch.equal(stages[-1].image, expected[number][-1].image):
                wrong.append(number)

    threads = [
        threading.Thread(target=draw, args=(order,)) for order in (range(300), range(299, -1, -1), range(0, 300, 3))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize("name", ["RandomApply", "RandomChoice", "RandomOrder"])
def test_a_container_draws_what_the_library_draws_with_its_seed(name):
    steps = [lambda numbers, number=number: [*numbers, number] for number in range(3)]
    calls = [AUGMENTATIONS[row]() for row in ("RandomInvert", "RandomEqualize", "RandomAutocontrast")]
    values = {"RandomChoice": {"p": (1.0, 2.0, 3.0)}, "RandomApply": {"p": 0.4}}.get(name, {})
    call = AUGMENTATIONS[name](transforms=calls, **values)
    pipeline = Pipeline((call,))
    for number in range(60):
        with generator() as seed_generator:
            seed_generator(step_seed(3, number, name))
            expected = getattr(v2, name)(
                steps, **{key: list(v) if isinstance(v, tuple) else v for key, v in values.items()}
            )([])
            (planned,) = plan(pipeline.active, 3, number)
        order = [calls.index(leaf.call.marked(id="")) for leaf in planned.leaves()]
        assert order == expected


def test_a_choice_keeps_its_weights_with_its_steps():
    pipeline = read("v2.RandomChoice([v2.RandomInvert(1), v2.RandomEqualize(1), v2.RGB()], p=[1, 0, 0])")
    moved = pipeline.moved("RandomInvert", 1)
    assert moved.calls[0]["p"] == (0, 1, 0)
    assert pipeline.removed("RGB").calls[0]["p"] == (1, 0)
    assert pipeline.added(AUGMENTATIONS["Identity"](), into="RandomChoice").calls[0]["p"] == (1, 0, 0, 1.0)
    off = pipeline.toggled("RandomEqualize")
    assert {off.stages(PHOTO, 0, number)[1].draws["chosen"] for number in range(20)} == {"RandomInvert"}


def test_a_step_moved_past_the_end_of_its_container_leaves_it():
    pipeline = read("v2.RandomApply([v2.RandomInvert(), v2.RGB()]), v2.Identity()")
    assert [call.name for call in pipeline.moved("RGB", 1).calls] == ["RandomApply", "RGB", "Identity"]
    assert [call.name for call in pipeline.moved("RandomInvert", -1).calls] == [
        "RandomInvert",
        "RandomApply",
        "Identity",
    ]


def test_containers_of_nothing_do_nothing():
    pipeline = read("v2.RandomApply([v2.RandomInvert()], p=1)").removed("RandomInvert")
    assert len(pipeline.stages(PHOTO)) == 1
    assert "RandomApply" not in pipeline.code()


def test_more_steps_than_allowed_are_refused():
    with pytest.raises(SpecError, match="^65 steps are too many: a pipeline has at most 64.$"):
        Pipeline((AUGMENTATIONS["RGB"](),) * 65)
    deep = AUGMENTATIONS["RGB"]()
    for _ in range(4):
        deep = AUGMENTATIONS["Compose"](transforms=[deep])
    with pytest.raises(SpecError, match="^The steps are nested too deeply: at most 4 levels.$"):
        Pipeline((deep,))


@ROWS
def test_a_pipeline_survives_its_dict(name):
    pipeline = Pipeline((AUGMENTATIONS[name].example(), AUGMENTATIONS[name].example().marked(enabled=False)))
    assert Pipeline.from_dict(pipeline.to_dict()) == pipeline


@pytest.mark.parametrize(
    "data", [None, 3, [], {}, {"version": 1}, {"version": 2, "steps": []}, {"version": 1, "steps": [3]}]
)
def test_a_dict_that_is_no_pipeline_is_refused(data):
    with pytest.raises(SpecError):
        Pipeline.from_dict(data)


def test_crops_are_shown_as_many_and_the_steps_after_work_on_each():
    stages = read(f"v2.TenCrop(32), {FLOATS}").stages(PHOTO)
    assert len(stages[1].image) == len(stages[-1].image) == 10
    assert all(crop.shape == (3, 32, 32) for crop in stages[-1].image)


def test_boxes_mask_and_key_points_move_with_the_picture():
    scene = with_targets(draw_scene(160, 120))
    stages = read("v2.RandomHorizontalFlip(1), v2.Pad(10)").stages(scene, 1)
    flipped, padded = stages[1].sample, stages[2].sample
    assert torch.equal(flipped["mask"], scene["mask"].flip(-1))
    assert torch.allclose(flipped["boxes"][:, 0], 160 - scene["boxes"][:, 2])
    assert torch.allclose(padded["keypoints"], flipped["keypoints"] + 10)
    for number, box in enumerate(padded["boxes"].int().tolist(), 1):
        rows, columns = torch.where(padded["mask"] == number)
        assert [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1] == box


FAILURES = [
    (
        "v2.Normalize([0.5], [0.5])",
        "Normalize",
        "Normalize works on tensors, and a PIL picture reaches it: "
        "put ToImage and ToDtype(float32, scale=True) before it.",
    ),
    (
        "v2.ToImage(), v2.Normalize([0.5], [0.5])",
        "Normalize",
        "Normalize works on floats, and uint8 reaches it: put ToDtype(float32, scale=True) before it.",
    ),
    (
        "v2.RandomCrop(200)",
        "RandomCrop",
        "RandomCrop wants 200 × 200 pixels, and the picture has only 64 × 96: "
        "make size smaller, or resize the picture first.",
    ),
    (
        "v2.FiveCrop((10, 100))",
        "FiveCrop",
        "FiveCrop wants 10 × 100 pixels, and the picture has only 64 × 96: "
        "make size smaller, or resize the picture first.",
    ),
    (
        f"{FLOATS}, v2.JPEG(50)",
        "JPEG",
        "JPEG works on uint8 or PIL pictures, and float32 reaches it: move it before the step that makes floats.",
    ),
    (
        "v2.LinearTransformation(digits_whitening_matrix(), digits_mean())",
        "LinearTransformation",
        "LinearTransformation works on tensors, and a PIL picture reaches it: put ToImage and "
        "ToDtype(float32, scale=True) before it.",
    ),
    (
        "v2.RandomApply([v2.Grayscale(), v2.GaussianNoise()], p=1)",
        "GaussianNoise",
        "GaussianNoise works on tensors, and a PIL "
        "picture reaches it: put ToImage and ToDtype(float32, scale=True) before it.",
    ),
    (
        f"{FLOATS}, v2.Normalize([0.1, 0.2], [0.1, 0.2])",
        "Normalize",
        "Normalize has statistics for 2 channels, and the picture has 3: give one per channel.",
    ),
    (
        f"{FLOATS}, v2.LinearTransformation(digits_whitening_matrix(), digits_mean())",
        "LinearTransformation",
        "LinearTransformation multiplies by a 64 × 64 matrix, so it needs 1 × 8 × 8 values, and Image 3 × 64 × 96 "
        "float32 reaches it: choose a digit, or make the picture gray and 8 × 8.",
    ),
    (
        f"{FLOATS}, v2.FiveCrop(20), v2.RandAugment()",
        "RandAugment",
        "RandAugment works on one picture, and 5 crops reach it: put it before the step that makes them.",
    ),
    (
        "v2.Resize((2, 3)), v2.GaussianBlur(9)",
        "GaussianBlur",
        "GaussianBlur blurs wider than the picture of 2 × 3 pixels: use a smaller kernel_size.",
    ),
    (
        "v2.Resize((2, 3)), v2.ElasticTransform()",
        "ElasticTransform",
        "ElasticTransform blurs wider than the picture of 2 × 3 pixels: use a smaller sigma.",
    ),
    (
        "v2.SanitizeKeyPoints()",
        "SanitizeKeyPoints",
        "SanitizeKeyPoints needs boxes or key points beside the picture: choose the drawn scene, which has them.",
    ),
    (
        "v2.CutMix(num_classes=3)",
        "CutMix",
        "CutMix mixes the pictures of a batch, and this is a single picture: give it a batch.",
    ),
    (
        "v2.RandomIoUCrop()",
        "RandomIoUCrop",
        "RandomIoUCrop needs boxes or key points beside the picture: choose the drawn scene, which has them.",
    ),
    (
        "v2.Resize(1000), v2.RandomZoomOut(p=1), v2.Pad(256)",
        "RandomZoomOut",
        "RandomZoomOut would make a picture of up to 24 million pixels: this page stops at 17. "
        "Use smaller values, or resize the picture first.",
    ),
]


@pytest.mark.parametrize(("code", "step", "message"), FAILURES, ids=[step for _, step, _ in FAILURES])
def test_a_step_that_fails_is_explained_and_the_steps_before_are_kept(code, step, message):
    pipeline = read(code)
    trace = pipeline.trace(PHOTO, 1)
    assert str(trace.failure.error) == message
    assert pipeline.find(trace.failure.step).name == step
    assert trace.stages[-1].name != step
    with pytest.raises(SpecError) as refusal:
        pipeline.stages(PHOTO, 1)
    assert str(refusal.value) == message


@pytest.mark.parametrize("code", [code for code, _, _ in FAILURES])
def test_a_remedy_mends_the_step_it_is_offered_for(code):
    pipeline = read(code)
    failure = pipeline.trace(PHOTO, 1).failure
    if failure.remedy:
        mended = pipeline.added(*failure.remedy, before=failure.step).trace(PHOTO, 1)
        assert mended.failure is None or mended.failure.remedy


def values_of(param):
    """Any value that the widget of a parameter can give."""
    if param.type is bool:
        return st.sampled_from([True, False, *([None] if param.optional else [])])
    words = [st.sampled_from(list(param.options))] if param.options else []
    if param.type is not str:
        number = st.integers if param.type is int else st.floats
        low, high = (param.low, min(param.high, 64) if param.type is int and param.high else param.high)
        one = number(int(low) if param.type is int else low, int(max(high, low)) if param.type is int else high)
        words += [one if length == 0 else st.tuples(*[one] * length) for length in param.lengths]
    return st.one_of(*words, *([st.none()] if param.optional else []))


@ROWS
@settings(max_examples=12)
@given(data=st.data())
def test_whatever_widgets_give_yields_pixels_or_one_sentence(name, data):
    spec = AUGMENTATIONS[name]
    drawn = {param.name: data.draw(values_of(param), param.name) for param in spec.params if param is not spec.nested}
    nested = (
        {spec.nested.name: [AUGMENTATIONS["RandomInvert"](), AUGMENTATIONS["Pad"](padding=1)]} if spec.nested else {}
    )
    subject = data.draw(
        st.sampled_from([PHOTO, TENSOR, PHOTO.convert("L"), TENSOR / 255, with_targets(draw_scene(64, 64))])
    )
    with contextlib.suppress(SpecError):
        image = Pipeline((spec(**drawn, **nested),)).stages(subject, 1, 2)[-1].image
        assert isinstance(image, (Image.Image, torch.Tensor, tuple))
