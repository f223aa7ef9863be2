"""Every row against its target in the installed torchvision."""

import inspect

import pytest
from torchvision.transforms import v2

from cnnlab.augmentation import AUGMENTATIONS
from cnnlab.augmentation.catalogue import LEFT_OUT
from cnnlab.specs import SCALAR, SpecError, Target

ROWS = pytest.mark.parametrize("spec", AUGMENTATIONS.values(), ids=AUGMENTATIONS)


def parameters(spec):
    found = inspect.signature(Target(spec.target).resolve()).parameters.values()
    return [parameter for parameter in found if parameter.kind is not parameter.VAR_POSITIONAL]


def test_every_transform_of_the_library_has_a_row_or_a_reason():
    there = {name for name, item in vars(v2).items() if inspect.isclass(item) and issubclass(item, v2.Transform)}
    assert set(AUGMENTATIONS) - there == {"SaltAndPepperNoise"}
    assert there - set(AUGMENTATIONS) == set(LEFT_OUT)


@ROWS
def test_a_row_has_the_parameters_of_its_target_in_their_order(spec):
    assert [param.name for param in spec.params] == [parameter.name for parameter in parameters(spec)]


@ROWS
def test_a_row_has_the_defaults_of_its_target(spec):
    for param, parameter in zip(spec.params, parameters(spec), strict=True):
        if parameter.default is parameter.empty:
            assert param.required, param.name
        else:
            assert parameter.default in (param.default, param.build(param.default)), param.name


@ROWS
def test_a_row_says_what_it_is_and_what_each_parameter_does(spec):
    assert spec.about.endswith(".")
    assert spec.group
    for param in spec.params:
        assert param.help, param.name


@ROWS
def test_the_first_values_of_a_row_are_valid_and_build(spec):
    assert isinstance(spec.example().build(), Target(spec.target).resolve())


@ROWS
def test_every_option_stands_for_an_object_that_is_there(spec):
    for param in spec.params:
        for option in param.options:
            assert param.build(option) is not None


@ROWS
def test_labels_name_as_many_elements_as_there_are(spec):
    for param in spec.params:
        for length, names in param.labels.items():
            assert len(names) == length
            assert length in param.lengths, param.name


@ROWS
def test_bounds_are_refused_just_outside_and_taken_at_the_edge(spec):
    for param in (param for param in spec.params if param.type in (int, float)):
        for length in param.lengths:
            low, high = param.bounds(length)
            count = max(length, 1)
            wrap = (lambda value: value) if length == SCALAR else (lambda value, count=count: (value,) * count)
            for bound, outside in ((low, -1), (high, 1)):
                if bound is not None:
                    assert param.check(wrap(bound)) == wrap(bound)
                    with pytest.raises(SpecError, match=r"is too (small|large)"):
                        param.check(wrap(bound + outside))


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
