"""What the form allows runs within its limits, or is refused before it starts."""

import itertools
import time

import pytest
import torch
from PIL import Image
from test_pipeline import read
from torchvision.transforms import v2

from cnnlab import limits
from cnnlab.augmentation import AUGMENTATIONS, Pipeline
from cnnlab.augmentation.budget import Budget, size_of
from cnnlab.augmentation.catalogue import is_mixing
from cnnlab.augmentation.catalogue.cost import Size
from cnnlab.params import SCALAR
from cnnlab.specs import SpecError

LARGE = torch.zeros(3, 1024, 1024, dtype=torch.float64)


def refusal(call, picture) -> str:
    with pytest.raises(SpecError) as caught:
        Budget().foresee(call, picture)
    return str(caught.value)


def test_long_work_is_refused_before_it_starts(monkeypatch):
    monkeypatch.setattr("torch.nn.functional.conv2d", None)
    (sway,) = read("v2.ElasticTransform(sigma=30.0)").calls
    assert refusal(sway, Image.new("RGB", (1024, 1024))) == (
        "ElasticTransform would take about 126 s; here 10 s are allowed: a smaller kernel or picture would do."
    )
    (blur,) = read("v2.GaussianBlur(kernel_size=63)").calls
    assert refusal(blur, LARGE[:, :340, :340]) == (
        "GaussianBlur would take about 33 s; here 10 s are allowed: a smaller kernel or picture would do."
    )
    monkeypatch.setattr(limits, "STEP_SECONDS", 100)
    assert refusal(blur, LARGE[:, :340, :340]) == (
        "GaussianBlur would take about 3.4 GiB; here 1.0 GiB are allowed: a smaller kernel or picture would do."
    )


def test_what_is_usual_is_not_refused():
    for name, row in AUGMENTATIONS.items():
        if not row.nested and not is_mixing(row.example()):
            for picture in (Image.new("RGB", (1024, 1024)), LARGE.to(torch.uint8), LARGE.float()):
                try:
                    Budget().foresee(row.example(), picture)
                except SpecError as error:
                    pytest.fail(f"{name}: {error}")


def spend(budget, call, *pictures) -> None:
    for picture in pictures:
        budget.foresee(call, picture)


def test_the_time_of_all_steps_is_added_up():
    budget, (blur,) = Budget(), read("v2.GaussianBlur(kernel_size=63)").calls
    picture = LARGE.to(torch.uint8)[:, :700, :700]
    with pytest.raises(SpecError) as caught:
        spend(budget, blur, *[picture] * 64)
    assert str(caught.value) == (
        "The steps up to GaussianBlur would take about 24 s; here 20 s are allowed: fewer steps or a smaller picture "
        "would do."
    )


def test_the_pictures_that_are_kept_are_added_up():
    budget, (flip,) = Budget(), read("v2.RandomHorizontalFlip(p=1.0)").calls
    large = torch.zeros(1, 1, 1, dtype=torch.float64).expand(3, 2048, 2048)
    with pytest.raises(SpecError) as caught:
        spend(budget, flip, *[large[:] for _ in range(64)])
    assert str(caught.value) == (
        "The pictures after each step up to RandomHorizontalFlip would take about 1.0 GiB; here 1.0 GiB are allowed: "
        "fewer steps or a smaller picture would do."
    )
    assert budget.kept < limits.TRACE_BYTES


def test_a_picture_that_a_step_hands_on_is_kept_once():
    budget, (same,) = Budget(), read("v2.Identity()").calls
    for _ in range(64):
        budget.foresee(same, LARGE)
    assert budget.kept == LARGE.nbytes


@pytest.mark.parametrize(
    ("picture", "size"),
    [
        (Image.new("L", (4, 5)), Size(5, 4, 1, "uint8")),
        (Image.new("RGB", (4, 5)), Size(5, 4, 3, "uint8")),
        (torch.zeros(3, 5, 4), Size(5, 4, 3, "float32")),
        (torch.zeros(7, 3, 5, 4), Size(5, 4, 3, "float32", 7)),
        ((torch.zeros(3, 5, 4, dtype=torch.float64),) * 10, Size(5, 4, 3, "float64", 10)),
        (torch.zeros(5, 4), Size(5, 4, 1, "float32")),
    ],
)
def test_the_size_of_every_kind_of_picture(picture, size):
    assert size_of(picture) == size


def extremes(param) -> list:
    """The legal values at the ends of a parameter's range, in each of its forms."""
    ends = [None] if param.optional else []
    if param.type is bool:
        return [False, True, *ends]
    ends += list(param.options)
    for length in () if param.type is str else param.lengths:
        low, high = param.bounds(length)
        if length == SCALAR:
            ends += [low, high]
        elif length <= 4:
            ends += list(itertools.product((low, high), repeat=length))
    return ends


def calls(row, most: int):
    """The row's example with up to `most` of its parameters at their ends."""
    free = [param for param in row.params if param.name != "p"]
    start = {param.name: param.first for param in row.params} | ({"p": 1.0} if "p" in row.example().values else {})
    for count in range(most + 1):
        for chosen in itertools.combinations(free, count):
            for values in itertools.product(*map(extremes, chosen)):
                ends = {param.name: value for param, value in zip(chosen, values, strict=True)}
                try:
                    yield row(**{**start, **ends})
                except SpecError:  # the values do not go together
                    continue


ROWS = [row for row in AUGMENTATIONS.values() if not row.nested and not is_mixing(row.example())]


def pictures(height: int, width: int) -> list:
    noise = torch.randint(0, 256, (3, height, width), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    return [v2.functional.to_pil_image(noise), noise, noise.double() / 255]


def run_within(row, most: int, sides: list[tuple[int, int]], seconds: float) -> None:
    for height, width in sides:
        for call in calls(row, most):
            for picture in pictures(height, width):
                began = time.perf_counter()
                Pipeline((call,)).trace(picture, 0, 0)  # a failure is a sentence, and the trace has it
                assert time.perf_counter() - began < seconds, (call, height, width)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_end_of_every_parameter_gives_a_stage_or_a_sentence(row):
    run_within(row, 1, [(1, 1), (8, 8)], 60)


@pytest.mark.sweep
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_all_pairs_of_ends_run_within_thrice_what_is_allowed_or_are_refused(row):
    run_within(row, 2, [(1, 1), (8, 8), (340, 512), (1024, 1024)], 3 * limits.STEP_SECONDS)
