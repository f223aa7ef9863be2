"""What pasted code is read as, and that nothing in it ever runs."""

import inspect
import string
import sys
import threading

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cnnlab import limits
from cnnlab.augmentation import functions
from cnnlab.augmentation.catalogue import AUGMENTATIONS
from cnnlab.augmentation.catalogue.plumbing import FUNCTIONS
from cnnlab.augmentation.noise import SaltAndPepperNoise
from cnnlab.augmentation.reading import AT_LINE, Reading, read_code
from cnnlab.augmentation.reading.oldnames import FUNCTION_SOURCES, PIL_CODES, RENAMED
from cnnlab.specs import SCALAR, Call, Param, Spec, SpecError, Target

A = AUGMENTATIONS
TO_TENSOR = (A["ToImage"](), A["ToDtype"](dtype="float32", scale=True))
TO_TENSOR_NOTE = "ToTensor() is ToImage(), ToDtype(float32, scale=True) in v2."
RANDOM_NOTE = (
    "draws with torch here; in torchvision.transforms it draws with Python's random, "
    "so torch.manual_seed governs it only in v2."
)
NAMED = ", ".join(FUNCTIONS)
FUNCTION = f"a function of yours is not run here; the named functions are {NAMED}."
PLAIN = "is not something this page reads: write plain values and what the page offers."
NOTHING = "Line 1: there are no transforms here: paste v2.Compose([...]), a list of steps, or one step."


def refusal(text: str) -> str:
    with pytest.raises(SpecError) as caught:
        read_code(text)
    return str(caught.value)


def notes(reading: Reading) -> list[str]:
    return [str(note) for note in reading.notes]


# What the lab itself writes


@pytest.mark.parametrize("spec", A.values(), ids=A)
def test_every_row_reads_back_from_its_code(spec):
    call = spec.example()
    assert read_code(f"v2.Compose([{call.code()}])") == Reading((call,))
    assert read_code(call.code()).calls == (call.children if spec.name == "Compose" else (call,))


@st.composite
def values(draw, param: Param):
    if isinstance(param.type, type) and issubclass(param.type, Call):
        return draw(st.lists(st.sampled_from([A["RGB"](), A["RandomInvert"](p=0.25)]), min_size=1, max_size=3))
    if param.type is bool:
        return draw(st.booleans())
    if param.type is str:
        return draw(st.sampled_from(list(param.options)))
    length = draw(st.sampled_from(param.lengths))
    low, high = param.bounds(length)
    numbers = st.integers(int(low), int(high)) if param.type is int else st.floats(low, high)
    if length == SCALAR:
        return draw(numbers)
    items = draw(st.lists(numbers, min_size=length, max_size=length))
    return tuple(sorted(items) if param.rising else items)


@st.composite
def calls(draw) -> Call | None:
    spec: Spec = draw(st.sampled_from(list(A.values())))
    chosen = {param.name: draw(values(param)) for param in spec.params if param.required or draw(st.booleans())}
    try:
        return spec(**chosen)
    except SpecError:  # values that do not go together
        return None


@given(calls())
def test_any_call_reads_back_from_its_code(call):
    if call:
        assert read_code(f"transform = v2.Compose([{call.code()}])").calls[0].values == call.values


@pytest.mark.parametrize("spec", A.values(), ids=A)
def test_arguments_without_a_name_go_where_the_installed_signature_puts_them(spec):
    call = spec.example()
    kinds = inspect.signature(Target(spec.target).resolve()).parameters
    words = [param.code(call[param.name]) for param in spec.params]
    text = f"{Target(spec.target).code}({', '.join(words)})"
    if any(kinds[param.name].kind is kinds[param.name].KEYWORD_ONLY for param in spec.params):
        names = ", ".join(param.name for param in spec.params)
        count = len(spec.params)
        assert refusal(text) == (
            f"Line 1: {spec.name} takes 0 values without a name and is given {count}: it takes {names}."
        )
    else:
        assert read_code(f"[{text}]").calls == (call,)


def test_code_that_brings_along_a_class_of_ours_reads_back():
    text = inspect.getsource(SaltAndPepperNoise) + "\n\ntransform = v2.Compose([SaltAndPepperNoise(snr=0.8)])\n"
    reading = read_code(text)
    assert reading.calls == (A["SaltAndPepperNoise"](snr=0.8),)
    assert notes(reading) == ["Line 1: only the pipeline is read; these lines were left aside and not run: 1."]


# What others write


def test_the_transfer_learning_tutorial():
    reading = read_code("""\
# Data augmentation and normalization for training
# Just normalization for validation
data_transforms = {
    'train': transforms.Compose([
        transforms.RandomResizedCrop(224),
        transforms.RandomHorizontalFlip(),
        transforms.ToTensor(),
        transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    ]),
    'val': transforms.Compose([
        transforms.Resize(256),
        transforms.CenterCrop(224),
        transforms.ToTensor(),
        transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    ]),
}

data_dir = 'data/hymenoptera_data'
image_datasets = {x: datasets.ImageFolder(os.path.join(data_dir, x),
                                          data_transforms[x])
                  for x in ['train', 'val']}
""")
    assert reading.calls == (
        A["RandomResizedCrop"](size=224),
        A["RandomHorizontalFlip"](),
        *TO_TENSOR,
        A["Normalize"](mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225)),
    )
    assert notes(reading) == [
        "Line 4: data_transforms['train'] is read; also found: data_transforms['val']. Paste one alone to read it.",
        f"Line 7: {TO_TENSOR_NOTE}",
    ]


def test_the_cifar_10_tutorial():
    reading = read_code(r"""
import torch
import torchvision
import torchvision.transforms as transforms
%matplotlib inline
transform = transforms.Compose(
    [transforms.ToTensor(),
     transforms.Normalize((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))])
trainset = torchvision.datasets.CIFAR10(root='D:\data', train=True, download=True, transform=transform)
for image, label in trainset:
    print("\d", image)
""")
    assert reading.calls == (*TO_TENSOR, A["Normalize"](mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5)))
    assert notes(reading) == [
        "Line 10: only the pipeline is read; these lines were left aside and not run: 10.",
        f"Line 7: {TO_TENSOR_NOTE}",
    ]


def test_the_imagenet_example_with_the_pipeline_inside_a_call():
    reading = read_code("""
    normalize = transforms.Normalize(mean=[0.485, 0.456, 0.406],
                                     std=[0.229, 0.224, 0.225])
    train_dataset = datasets.ImageFolder(
        traindir,
        transforms.Compose([
            transforms.RandomResizedCrop(224, scale=(0.08, 1.0), ratio=(3. / 4., 4. / 3.)),
            transforms.ToTensor(),
            normalize,
        ]))
    """)
    assert reading.calls == (
        A["RandomResizedCrop"](size=224, ratio=(0.75, 4 / 3)),
        *TO_TENSOR,
        A["Normalize"](mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225)),
    )
    assert notes(reading) == [f"Line 8: {TO_TENSOR_NOTE}"]


def test_course_notes():
    reading = read_code("""\
class AddPepperNoise(object):
    def __init__(self, snr, p=0.9):
        assert isinstance(snr, float) or (isinstance(p, float))

norm_mean = [0.485, 0.456, 0.406]
norm_std: list = [0.229, 0.224, 0.225]
size, T = 224, transforms
train_transform = T.Compose([
    T.Resize((size, size)),
    # T.CenterCrop(512),
    T.RandomRotation(30, expand=True, resample=PIL.Image.BICUBIC),
    T.RandomGrayscale(num_output_channels=3, p=0.5),
    T.RandomApply([T.Pad(32, fill=(255, 0, 0), padding_mode="constant")], p=0.5),
    AddPepperNoise(0.9, p=0.5),
    T.ToTensor(),
    T.RandomErasing(p=1, scale=(0.02, 0.33), ratio=(0.3, 3.3), value='1234'),
    T.Normalize(norm_mean, norm_std),
])
valid_transform = T.Compose([T.Resize((224, 224)), T.ToTensor()])
""")
    assert reading.calls == (
        A["Resize"](size=(224, 224)),
        A["RandomRotation"](degrees=30, expand=True, interpolation="bicubic"),
        A["RandomGrayscale"](p=0.5),
        A["RandomApply"](transforms=[A["Pad"](padding=32, fill=(255, 0, 0))], p=0.5),
        A["SaltAndPepperNoise"](snr=0.9, p=0.5),
        *TO_TENSOR,
        A["RandomErasing"](p=1, value="random"),
        A["Normalize"](mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225)),
    )
    assert notes(reading) == [
        "Line 8: train_transform is read; also found: valid_transform. Paste one alone to read it.",
        "Line 1: only the pipeline is read; these lines were left aside and not run: 1.",
        "Line 11: resample is called interpolation now.",
        "Line 12: RandomGrayscale keeps the channels and takes no num_output_channels: left out.",
        "Line 14: AddPepperNoise is SaltAndPepperNoise here: "
        "snr is the share of pixels left untouched, p the chance (0.5 unless given).",
        f"Line 15: {TO_TENSOR_NOTE}",
        "Line 16: value='1234' is written 'random' now: it fills the hole with noise.",
    ]


@pytest.mark.parametrize(
    "wrapped",
    [
        "T.Compose([{}])",
        "v2.Compose(({},))",
        "torchvision.transforms.v2.Compose(transforms=[{}])",
        "Compose([{}],)",
        "nn.Sequential({})",
        "torch.nn.Sequential({},)",
        "[{}]",
        "({},)",
        "{}",
        "{},",
        "transform = {}",
        "return T.Compose([{}])",
        "self.transform = T.Compose([{}])",
        "transform: object = T.Compose([{}])",
        "transform=T.Compose([{}]),",
        "a = [{}]\nb = T.Compose(a)",
        "T.Compose([] + [{}])",
        "step = {}\nT.Compose([step])",
        "T.Compose(nn.ModuleList([{}]))",
        "T.Compose(list([{}]))",
        "from x import Compose as C\nC([{}])",
        "\ufeffT.Compose(\xa0[{}])",
        "T.Compose([\r\n{}\r\n])",
        "DataLoader(MNIST('.', transform=T.Compose([{}])), 64)",
        "    T.Compose([\n        {},\n    ])",
        "Read this:\n```python\nT.Compose([{}])\n```\nand run it.",
        ">>> import x\n>>> T.Compose([\n...     {}])\nCompose()\n",
        "!pip install torchvision\nT.Compose([{}])",
        "'''A pipeline.'''\npass\nT.Compose([{}])",
    ],
)
def test_a_pipeline_is_found_however_it_is_wrapped(wrapped):
    assert read_code(wrapped.format("v2.RandomInvert(p=0.25)")) == Reading((A["RandomInvert"](p=0.25),))


def test_lines_of_a_list_pasted_without_its_brackets_are_the_list():
    reading = read_code("        T.Resize(256),\n        T.CenterCrop(224),\n        T.RGB()\n")
    assert reading == Reading((A["Resize"](size=256), A["CenterCrop"](size=224), A["RGB"]()))


@pytest.mark.parametrize(
    ("old", "call", "said"),
    [
        ("T.Scale(256)", A["Resize"](size=256), ["Scale is called Resize now."]),
        (
            "T.RandomSizedCrop(224)",
            A["RandomResizedCrop"](size=224),
            ["RandomSizedCrop is called RandomResizedCrop now."],
        ),
        (
            "T.RandomAffine(10, fillcolor=0, resample=False)",
            A["RandomAffine"](degrees=10, fill=0),
            [
                "fillcolor is called fill now.",
                "resample is called interpolation now.",
                "interpolation=False is PIL's number for 'nearest'.",
            ],
        ),
        (
            "T.RandomRotation(10, fill_color=(1, 2, 3))",
            A["RandomRotation"](degrees=10, fill=(1, 2, 3)),
            ["fill_color is called fill now."],
        ),
        (
            "T.RandomGrayscale(3, 0.2)",
            A["RandomGrayscale"](p=0.2),
            ["RandomGrayscale keeps the channels and takes no num_output_channels: left out."],
        ),
        (
            "T.RandomGrayscale(3, p=0.2)",
            A["RandomGrayscale"](p=0.2),
            ["RandomGrayscale keeps the channels and takes no num_output_channels: left out."],
        ),
        ("T.RandomGrayscale(0.2)", A["RandomGrayscale"](p=0.2), []),
        (
            "T.Normalize((0.5), (0.5))",
            A["Normalize"](mean=(0.5,), std=(0.5,)),
            [
                "mean=0.5 is one number, and v2 takes a tuple: it is read as (0.5,).",
                "std=0.5 is one number, and v2 takes a tuple: it is read as (0.5,).",
            ],
        ),
        (
            "T.Resize(8, Image.ANTIALIAS)",
            A["Resize"](size=8, interpolation="lanczos"),
            ["Image.ANTIALIAS is called lanczos now."],
        ),
        (
            "T.Resize(8, PIL.Image.CUBIC)",
            A["Resize"](size=8, interpolation="bicubic"),
            ["PIL.Image.CUBIC is called bicubic now."],
        ),
        (
            "T.RandomApply(T.RGB(), p=0.3)",
            A["RandomApply"](transforms=[A["RGB"]()], p=0.3),
            ["RandomApply takes a list: the step is read as a list of one."],
        ),
        ("T.RandomApply(torch.nn.ModuleList([T.RGB()]), 0.3)", A["RandomApply"](transforms=[A["RGB"]()], p=0.3), []),
        ("T.RandomApply(nn.Sequential(T.RGB()), 0.3)", A["RandomApply"](transforms=[A["RGB"]()], p=0.3), []),
        (
            "nn.Sequential(T.RGB())",
            A["Compose"](transforms=[A["RGB"]()]),
            ["nn.Sequential is Compose here: both run their steps in turn."],
        ),
        (
            "T.RandomOrder([T.ToTensor(), T.RGB()])",
            A["RandomOrder"](transforms=[A["Compose"](transforms=TO_TENSOR), A["RGB"]()]),
            [TO_TENSOR_NOTE],
        ),
        (
            "T.RandomChoice([T.RGB(), T.ToTensor()], p=[1, 2])",
            A["RandomChoice"](transforms=[A["RGB"](), A["Compose"](transforms=TO_TENSOR)], p=(1, 2)),
            [TO_TENSOR_NOTE],
        ),
        ("lambda t: 1.0 - t", A["Lambda"](lambd="invert"), ["lambda t: 1.0 - t is the named function invert here."]),
        ("T.Lambda(invert)", A["Lambda"](lambd="invert"), []),
        ("invert", A["Lambda"](lambd="invert"), []),
        ("T.ToPILImage()", A["ToPILImage"](), []),
        ("T.ConvertImageDtype(torch.float)", A["ConvertImageDtype"](), []),
    ],
)
def test_old_names_and_habits(old, call, said):
    reading = read_code(f"T.Compose([{old}])")
    assert reading.calls == (call,)
    assert notes(reading) == [f"Line 1: {one}" for one in said]


@pytest.mark.parametrize(("old", "new"), [(old, new) for old, (new, _) in RENAMED.items()])
def test_every_old_name_is_read_and_said(old, new):
    reading = read_code(f"T.{old}(1)")
    assert reading.calls == (A[new](**{A[new].params[0].name: 1}),)
    assert str(reading.notes[0]).startswith(f"Line 1: {old} is ")


def test_to_tensor_is_two_steps_in_a_pipeline_and_inside_random_apply():
    reading = read_code("Compose([ToTensor(), RandomApply([ToTensor()])])")
    assert reading.calls == (*TO_TENSOR, A["RandomApply"](transforms=TO_TENSOR))


@pytest.mark.parametrize("name", ["RandomChoice", "RandomOrder"])
def test_the_source_of_chance_is_noted_for_the_first_transforms_only(name):
    old = f"from torchvision import transforms\ntransforms.{name}([transforms.RGB()])"
    assert notes(read_code(old)) == [f"Line 2: {name} {RANDOM_NOTE}"]
    assert read_code(old.replace("import transforms", "import transforms, v2 as transforms")).notes == ()


@pytest.mark.parametrize(
    "prefix",
    ["InterpolationMode", "T.InterpolationMode", "F.InterpolationMode", "Image", "PIL.Image", "Image.Resampling"],
)
@pytest.mark.parametrize("mode", PIL_CODES.values())
def test_interpolation_under_any_prefix(prefix, mode):
    assert read_code(f"T.Resize(8, interpolation={prefix}.{mode.upper()})") == Reading(
        (A["Resize"](size=8, interpolation=mode),)
    )


@pytest.mark.parametrize(("code", "mode"), PIL_CODES.items())
def test_interpolation_by_the_numbers_of_pil(code, mode):
    import PIL.Image

    assert PIL.Image.Resampling(code).name.lower() == mode
    reading = read_code(f"T.Resize(8, {code})")
    assert reading.calls == (A["Resize"](size=8, interpolation=mode),)
    assert notes(reading) == [f"Line 1: interpolation={code} is PIL's number for {mode!r}."]


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("torch.float32", "float32"),
        ("torch.float", "float32"),
        ("torch.double", "float64"),
        ("torch.half", "float16"),
        ("torch.uint8", "uint8"),
        ("torch.long", "int64"),
        ("torch.int", "int32"),
        ("torch.bool", "bool"),
    ],
)
def test_number_types(argument, value):
    assert not hasattr(torch, value) or eval(argument) is getattr(torch, value)
    assert read_code(f"v2.ToDtype({argument}, True)").calls == (A["ToDtype"](dtype=value, scale=True),)


@pytest.mark.parametrize(
    "policy", ["T.AutoAugmentPolicy.SVHN", "AutoAugmentPolicy.SVHN", "T.AutoAugmentPolicy('svhn')"]
)
def test_policies(policy):
    assert read_code(f"T.AutoAugment({policy})").calls == (A["AutoAugment"](policy="svhn"),)


@pytest.mark.parametrize(
    "items", ["[0.5] * 3", "3 * (0.5,)", "[0.5, 0.5] + [0.5]", "tuple([0.5] * 3)", "list((.5, .5, .5))"]
)
def test_sequences_are_pythons(items):
    assert read_code(f"v2.Normalize({items}, [1, 1, 1])").calls[0]["mean"] == tuple(eval(items))


@pytest.mark.parametrize(
    ("function", "inner"),
    [
        ("lambda crops: torch.stack([transforms.ToTensor()(crop) for crop in crops])", TO_TENSOR),
        ("lambda crops: torch.stack([(transforms.ToTensor()(c)) for c in crops], dim=0)", TO_TENSOR),
        ("lambda cs: torch.stack(tuple(T.RGB()(T.ToTensor()(c)) for c in cs))", (*TO_TENSOR, A["RGB"]())),
        ("lambda crops: [gray(crop) for crop in crops]", (A["Grayscale"](num_output_channels=3),)),
    ],
)
def test_a_function_over_crops_is_the_steps_it_applies(function, inner):
    reading = read_code(f"gray = T.Grayscale(3)\nT.Compose([T.TenCrop(8), T.RGB(), T.Lambda({function})])")
    assert reading.calls == (A["TenCrop"](size=8), A["RGB"](), *inner)
    steps = ", ".join(call.code() for call in inner)
    assert notes(reading)[-1] == (
        f"Line 2: v2 runs each step on every crop by itself, so this function is read as {steps}; "
        "the crops stay a tuple, not stacked."
    )


def test_a_function_that_only_stacks_crops_is_left_out():
    reading = read_code("[T.FiveCrop(8), T.Lambda(lambda crops: torch.stack(crops))]")
    assert reading.calls == (A["FiveCrop"](size=8),)
    assert notes(reading) == ["Line 1: v2 hands the crops on as a tuple: the function that stacks them is left out."]


def test_crops_read_this_way_are_the_crops_that_the_first_transforms_gave():
    from torchvision import transforms
    from torchvision.transforms import v2

    text = "[T.FiveCrop(4), T.Lambda(lambda crops: torch.stack([T.ToTensor()(c) for c in crops]))]"
    image = v2.functional.to_pil_image(torch.arange(3 * 81, dtype=torch.uint8).reshape(3, 9, 9))
    old = transforms.Compose(
        [
            transforms.FiveCrop(4),
            transforms.Lambda(lambda crops: torch.stack([transforms.ToTensor()(crop) for crop in crops])),
        ]
    )
    new = v2.Compose([call.build() for call in read_code(text).calls])
    # The two divide by 255 in different ways: equal up to the last bit (vision#8902).
    torch.testing.assert_close(torch.stack(new(image)), old(image))


@pytest.mark.parametrize(("name", "source"), [(name, one) for name, all_ in FUNCTION_SOURCES.items() for one in all_])
def test_a_lambda_with_a_name_does_what_the_named_function_does(name, source):
    assert read_code(f"T.Lambda({source})").calls == (A["Lambda"](lambd=name),)
    whole = "255" in source
    picture = torch.arange(64.0).reshape(1, 8, 8) / 64
    picture = (
        picture.expand(3, 8, 8) * torch.tensor([1, 0.5, 0.1])[:, None, None] if name == "swap_red_blue" else picture
    )
    picture = (picture * 255).to(torch.uint8) if whole else picture
    if "convert" in source:
        from torchvision.transforms.v2.functional import to_pil_image

        picture = to_pil_image(picture)
        assert eval(source)(picture).tobytes() == getattr(functions, name)(picture).tobytes()
    else:
        torch.testing.assert_close(eval(source)(picture), getattr(functions, name)(picture))


# What is refused


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", NOTHING),
        ("# nothing", NOTHING),
        ("x = 3", NOTHING),
        ("import os", NOTHING),
        ("if 1:\n    v2.RGB()", NOTHING),
        ("class A:\n    x = v2.Compose([v2.RGB()])", NOTHING),
        ("def f():\n    return v2.Compose([v2.RGB()])", NOTHING),
        ("v2.Compose([])", "Line 1: Compose is empty, and v2 refuses that: put a step in."),
        ("v2.Compose([\nv2.RandomApply([])])", "Line 2: RandomApply is empty, and v2 refuses that: put a step in."),
        ("v2.Compose()", "Line 1: Compose needs a value for transforms."),
        ("v2.Compose([\n  v2.RGB(),\n  v2.Resize(size=0)])", "Line 3: size=0 is too small: use 1 or more."),
        ("v2.Resize()", "Line 1: Resize needs a value for size."),
        (
            "v2.Resize(3,\n colour=2)",
            "Line 2: Resize has no parameter colour: it takes size, interpolation, max_size, antialias.",
        ),
        ("v2.Resize(3, size=4)", "Line 1: Resize is given size twice: leave one out."),
        ("v2.Resize(size=3, size=4)", "Line 1: Resize is given size twice: leave one out."),
        ("v2.RGB(3)", "Line 1: RGB takes 0 values without a name and is given 1: it takes ()."),
        (
            "v2.Grayscale(num_output_channels=3, p=0.1)",
            "Line 1: Grayscale has no parameter p: it takes num_output_channels.",
        ),
        ("v2.Reszie(3)", "Line 1: there is no transform Reszie: did you mean Resize?"),
        ("v2.Compose([v2.Zzz(3)])", "Line 1: there is no transform Zzz here: leave v2.Zzz(3) out."),
        (
            "v2.UniformTemporalSubsample(8)",
            "Line 1: UniformTemporalSubsample is for videos, and this page shows single pictures: leave it out.",
        ),
        ("v2.ToTensor(3)", "Line 1: ToTensor takes no values: write ToTensor()."),
        ("v2.Compose([v2.RGB])", "Line 1: v2.RGB is only named here: write v2.RGB(…) to make the step."),
        ("v2.Compose([3])", f"Line 1: 3 {PLAIN}"),
        ("v2.Compose([None, v2.RGB()])", f"Line 1: None {PLAIN}"),
        ("v2.Compose([steps])", "Line 1: steps is not set in the pasted text: write its value or paste its line too."),
        ("v2.Resize(size)", "Line 1: size is not set in the pasted text: write its value or paste its line too."),
        (
            "size = size\nv2.Resize(size)",
            "Line 1: size is not set in the pasted text: write its value or paste its line too.",
        ),
        ("v2.Resize(args.size)", f"Line 1: args.size {PLAIN}"),
        ("v2.Resize(sizes[0])", f"Line 1: sizes[0] {PLAIN}"),
        (
            "for size in (3, 4):\n    pass\nv2.Resize(size)",
            "Line 3: size is code of yours, which is not run here: use what this page knows.",
        ),
        (
            "class Mine: pass\nv2.Compose([Mine()])",
            "Line 2: Mine is code of yours, which is not run here: use what this page knows.",
        ),
        (
            "steps = []\nsteps.append(v2.RGB())\nv2.Compose(steps)",
            "Line 3: steps is changed on line 2, and nothing is run here: write it in one piece.",
        ),
        (
            "t = v2.Compose([v2.RGB()])\nt.transforms.insert(0, v2.RandomInvert())",
            "Line 1: t is changed on line 2, and nothing is run here: write it in one piece.",
        ),
        (
            "t = [v2.RGB()]\nt += [v2.RandomInvert()]",
            "Line 1: t is changed on line 2, and nothing is run here: write it in one piece.",
        ),
        ("v2.Resize('abc')", "Line 1: size='abc' must be a finite number."),
        (
            "v2.Resize(3, np.BILINEAR)",
            "Line 1: interpolation='np.BILINEAR' is not one of its values: "
            "use nearest, nearest-exact, bilinear, bicubic, box, hamming, lanczos.",
        ),
        (
            "v2.RandomRotation(3, Image.LANCZOS)",
            "Line 1: interpolation='Image.LANCZOS' is not one of its values: use nearest, bilinear, bicubic.",
        ),
        (
            "v2.RandomRotation(3, 1)",
            "Line 1: interpolation='lanczos' is not one of its values: use nearest, bilinear, bicubic.",
        ),
        (
            "v2.Resize(3, True)",
            "Line 1: interpolation=True is not one of its values: "
            "use nearest, nearest-exact, bilinear, bicubic, box, hamming, lanczos.",
        ),
        (
            "v2.Pad(3, fill={tv_tensors.Image: 0})",
            "Line 1: a value per type of input is not read here: write the picture's alone.",
        ),
        (
            "v2.ToDtype({Image: torch.float32}, scale=True)",
            "Line 1: a value per type of input is not read here: write the picture's alone.",
        ),
        (
            "v2.LinearTransformation([[1, 2], [3, 4]], [0, 0])",
            "Line 1: [[1, 2], [3, 4]] holds a list that is too long or too deep: write it flatter.",
        ),
        ("v2.Lambda(mine)", f"Line 1: {FUNCTION}"),
        ("v2.Lambda(lambda x: x + 1)", f"Line 1: {FUNCTION}"),
        ("v2.Lambda(lambda x, y: 1 - x)", f"Line 1: {FUNCTION}"),
        ("v2.Lambda(lambda x=3: 1 - x)", f"Line 1: {FUNCTION}"),
        ("v2.Lambda(lambda y: 1 - x)", f"Line 1: {FUNCTION}"),
        ("v2.Lambda(partial(f, 3))", f"Line 1: {FUNCTION}"),
        ("v2.Lambda(lambda crops: torch.stack([T.RGB()(c) for c in crops]))", f"Line 1: {FUNCTION}"),
        ("[v2.FiveCrop(3), v2.Lambda(lambda crops: [T.RGB()(c) for c in crops if c])]", f"Line 1: {FUNCTION}"),
        ("[v2.FiveCrop(3), v2.Lambda(lambda crops: [crops.x for c in crops])]", f"Line 1: crops.x {PLAIN}"),
        ("v2.SanitizeBoundingBoxes(labels_getter=lambda x: x)", f"Line 1: lambda x: x {PLAIN}"),
        (
            "v2.RandomErasing(value=random)",
            "Line 1: random is not set in the pasted text: write its value or paste its line too.",
        ),
        (
            "import albumentations as A\nt = A.Compose([A.HorizontalFlip(p=0.5)])",
            "Line 2: A.Compose belongs to albumentations, and this page reads torchvision: use its like there.",
        ),
        (
            "A.HorizontalFlip(p=0.5)",
            "Line 1: A.HorizontalFlip belongs to albumentations, and this page reads torchvision: use its like there.",
        ),
        (
            "iaa.Sequential([iaa.Fliplr()])",
            "Line 1: iaa.Sequential belongs to imgaug, and this page reads torchvision: use its like there.",
        ),
        (
            "K.RandomAffine(3)",
            "Line 1: K.RandomAffine belongs to kornia, and this page reads torchvision: use its like there.",
        ),
        (
            "v2.Compose([cv2.resize(image)])",
            "Line 1: cv2.resize belongs to OpenCV, and this page reads torchvision: use its like there.",
        ),
        (
            "from albumentations import Compose\nCompose([v2.RGB()])",
            "Line 2: Compose belongs to albumentations, and this page reads torchvision: use its like there.",
        ),
        ("v2.Compose([\n  v2.Resize（3）])", "Line 2: （ is not a character of Python: type ( instead."),
        (
            "v2.Compose([\n\n  v2.Pad(3, padding_mode=“edge”)])",
            'Line 3: “ is not a character of Python: type " instead.',
        ),
        (
            "print 'hello'",
            "Line 1: this is not Python (Missing parentheses in call to 'print'. Did you mean print(...)?): "
            "check brackets, commas and quotes.",
        ),
        (
            "v2.Compose([\nv2.RGB()",
            "Line 1: this is not Python ('[' was never closed): check brackets, commas and quotes.",
        ),
        (
            "```\nx = 1\nv2.RGB(])\n```",
            "Line 3: this is not Python (closing parenthesis ']' does not match opening parenthesis '('): "
            "check brackets, commas and quotes.",
        ),
        (">>> x = 1\n1\n>>> v2.Pad(0.5)", "Line 3: padding=0.5 must be a whole number."),
        (
            "v2.RGB()\0",
            "Line 1: this is not Python (source code string cannot contain null bytes): paste the code as plain text.",
        ),
    ],
)
def test_refusals_say_where_and_why(text, reason):
    assert refusal(text) == reason


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("9**9**9", "9**9**9 is too large a power to work out: write the number."),
        ("10**(10**10)", "10**(10**10) is too large a power to work out: write the number."),
        ("2**65", "2**65 is too large a power to work out: write the number."),
        ("2**64", "2**64 is too large a number: write a smaller one."),
        ("'a'*10**9", f"'a'*10**9 {PLAIN}"),
        ("[1]*10**9", "[1]*10**9 has more than 64 values: write fewer."),
        ("[1]*(2**53)", "[1]*(2**53) has more than 64 values: write fewer."),
        ("1e400", "1e400 is too large a number: write a smaller one."),
        ("1/0", "1/0 cannot be worked out: write the number."),
        ("1%0.", "1%0. cannot be worked out: write the number."),
        ("0x" + "f" * 9000, "0x" + "f" * 55 + "... is too large a number: write a smaller one."),
        ("[" + "1," * 99 + "]", "[" + "1," * 28 + "... has more than 64 values: write fewer."),
    ],
)
def test_values_that_no_transform_takes_are_refused(expression, reason):
    assert refusal(f"v2.Resize({expression})") == f"Line 1: {reason}"


HOSTILE = [
    ("__import__('os').system('touch made')", f"Line 1: __import__('os').system {PLAIN}"),
    ("v2.Compose([__import__('os').system('touch made')])", f"Line 1: __import__('os').system {PLAIN}"),
    ("v2.Resize(open('made', 'w'))", f"Line 1: open('made', 'w') {PLAIN}"),
    ("v2.Resize(int(open('made', 'w')))", f"Line 1: open('made', 'w') {PLAIN}"),
    ("v2.Lambda(lambda x: open('made', 'w'))", f"Line 1: {FUNCTION}"),
    ("v2.Lambda(lambda x=open('made', 'w'): x)", f"Line 1: {FUNCTION}"),
    ("v2.Lambda(open)", f"Line 1: {FUNCTION}"),
    ("(t := v2.Compose([v2.RGB()]))", f"Line 1: t := v2.Compose([v2.RGB()]) {PLAIN}"),
    ("v2.Resize(x := 3)", f"Line 1: x := 3 {PLAIN}"),
    ("v2.Resize(f\"{open('made', 'w')}\")", f"Line 1: f\"{{open('made', 'w')}}\" {PLAIN}"),
    ("v2.Resize([open('made', 'w') for _ in [1]])", f"Line 1: [open('made', 'w') for _ in [1]] {PLAIN}"),
    ("v2.Resize(*open('made', 'w'))", f"Line 1: *open('made', 'w') {PLAIN}"),
    ("v2.Resize(**dict(a=open('made', 'w')))", f"Line 1: dict(a=open('made', 'w')) {PLAIN}"),
    ("v2.Compose([*open('made', 'w')])", f"Line 1: *open('made', 'w') {PLAIN}"),
    ("v2.RGB().forward(open('made', 'w'))", f"Line 1: v2.RGB().forward {PLAIN}"),
    ("v2.RGB()(open('made', 'w'))", f"Line 1: v2.RGB() {PLAIN}"),
    ("(await v2.RGB())", f"Line 1: await v2.RGB() {PLAIN}"),
    ("(yield v2.RGB())", f"Line 1: yield v2.RGB() {PLAIN}"),
    ("v2.__class__", f"Line 1: v2.__class__ {PLAIN}"),
    ("class Mine(open('made', 'w')):\n    open('made', 'w')", NOTHING),
    ("@open('made', 'w')\ndef f(): pass", NOTHING),
    ("import hostile_module", NOTHING),
    ("from hostile_module import Compose", NOTHING),
    ("exec(\"open('made', 'w')\")", "Line 1: there is no transform exec here: leave exec(\"open('made', 'w')\") out."),
    ("x: open('made', 'w') = v2.Resize(0)", "Line 1: size=0 is too small: use 1 or more."),
    ("size = open('made', 'w')\nv2.Resize(size)", f"Line 1: open('made', 'w') {PLAIN}"),
    ("T = open('made', 'w')\nT.Resize(3)", f"Line 2: T.Resize {PLAIN}"),
    ("v2.LinearTransformation(digits_mean(open('made')), digits_mean())", f"Line 1: digits_mean(open('made')) {PLAIN}"),
]


@pytest.mark.parametrize(("text", "reason"), HOSTILE)
def test_hostile_code_is_refused_and_nothing_runs(text, reason, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "hostile_module.py").write_text("open('made', 'w').close()\nCompose = open\n")
    before = set(sys.modules)
    assert refusal(text) == reason
    assert [path.name for path in tmp_path.iterdir()] == ["hostile_module.py"]
    assert "hostile_module" not in set(sys.modules) - before


def test_hostile_code_beside_a_pipeline_is_left_aside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    reading = read_code("__import__('os').system('touch made')\nv2.Compose([v2.RGB()])\nopen('made', 'w')")
    assert reading.calls == (A["RGB"](),)
    assert notes(reading) == ["Line 1: only the pipeline is read; these lines were left aside and not run: 1, 3."]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "text",
    [
        "-" * 5000 + "1",
        "~" * 19_000 + "1",
        "not " * 4900 + "1",
        "1" + "+1" * 9000,
        "v2" + ".a" * 9000,
        "a" + "()" * 9000,
        "1" + "**1" * 6000,
        "v2.Resize(" + "1 if 1 else " * 1500 + "1)",
        "lambda:" * 2700 + "1",
        "a = a + a\n" * 2200 + "v2.Resize(a)",
    ],
)
def test_deep_nesting_is_refused_in_a_thread_as_well(text):
    refusals = []
    thread = threading.Thread(target=lambda: refusals.append(refusal(text)))
    thread.start()
    thread.join()
    assert len(refusals) == 1
    assert refusals[0].startswith("Line 1: ")


@pytest.mark.parametrize("leaf", ["[]", "[v2.RGB()]", "1"])
def test_names_that_double_at_every_line_end_soon(leaf):
    text = f"a0 = {leaf}\n" + "".join(f"a{i + 1} = a{i} + a{i}\n" for i in range(60)) + "v2.Compose(a60)"
    assert refusal(text).endswith("this is too much to read: paste less of it, its values written out.")


def test_too_many_steps_and_too_many_levels_are_refused():
    many = ", ".join(["v2.RGB()"] * limits.STEPS)
    assert len(read_code(f"[{many}]").calls) == limits.STEPS
    assert refusal(f"[{many},\nv2.RGB()]") == f"Line 2: a pipeline has at most {limits.STEPS} steps: leave some out."
    inner = "v2.RGB()"
    for _ in range(limits.STEP_DEPTH - 1):
        inner = f"v2.RandomApply([{inner}])"
    assert read_code(f"[{inner}]").calls[0].code().count("RandomApply") == limits.STEP_DEPTH - 1
    assert refusal(f"[v2.RandomApply([{inner}])]") == (
        f"Line 1: the steps are nested too deeply: at most {limits.STEP_DEPTH} levels."
    )


def test_a_refusal_carries_the_line_and_the_reason_for_translation():
    with pytest.raises(SpecError) as caught:
        read_code("v2.Compose([\n  v2.Resize(size=0)])")
    error = caught.value
    assert (error.template, error.values["line"]) == (AT_LINE, 2)
    assert isinstance(error.values["reason"], SpecError)
    assert error.values["reason"].template == "{name}={value} is too small: use {low} or more."


# Anything at all


def read_or_refused(text: str) -> None:
    lines = range(1, text.count("\n") + text.count("\r") + 2)
    try:
        reading = read_code(text)
    except SpecError as error:
        refused = error
    else:
        assert reading.calls
        assert all(str(note).startswith("Line ") and note.line in lines for note in reading.notes)
        return
    assert str(refused).startswith("Line ")
    assert refused.values["line"] in lines


@given(st.text(st.characters(), max_size=200))
def test_any_text_is_read_or_refused(text):
    read_or_refused(text)


TOKENS = [
    "v2.",
    "Compose",
    "(",
    ")",
    "[",
    "]",
    ",",
    "=",
    "\n",
    " ",
    "lambda x:",
    "x",
    "*",
    "**",
    "9",
    "0.5",
    "'a'",
    '"',
    "{",
    "}",
    ":",
    "Resize",
    "RandomApply",
    "size",
    "for",
    "in",
    "if",
    "import ",
    "f'",
    "\\",
    "```",
    ">>> ",
    ":=",
    "A.",
    "-",
    "ToTensor",
    "Lambda",
    "FiveCrop",
    "torch.stack",
    "class ",
    "def ",
    "\t",
    "“",
    "+=",
    ".append",
    "Sequential",
    "transforms",
]


@given(st.lists(st.sampled_from(TOKENS), max_size=40).map("".join))
def test_any_words_of_the_language_are_read_or_refused(text):
    read_or_refused(text)


VALID = """\
from torchvision import transforms as T
mean, std = [0.5] * 3, (0.25, 0.25, 1 / 4)
class AddPepperNoise: pass
steps = [T.Scale(32, interpolation=2), T.RandomAffine(10, fillcolor=0)]
train = T.Compose(steps + [
    AddPepperNoise(0.9, p=0.5), T.RandomApply([T.ColorJitter(0.4, hue=.1)], p=0.3),
    T.TenCrop(8), T.Lambda(lambda crops: torch.stack([T.ToTensor()(crop) for crop in crops])),
    T.RandomErasing(value='1234'), T.Lambda(lambda x: x.repeat(3, 1, 1)), T.Normalize(mean, std)])
"""


@given(st.data())
def test_a_snippet_with_characters_deleted_and_inserted_is_read_or_refused(data):
    text = VALID
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text) - 1))
        until = data.draw(st.integers(at, min(at + 5, len(text))))
        text = text[:at] + data.draw(st.text(string.printable, max_size=3)) + text[until:]
    read_or_refused(text)


def test_the_snippet_that_is_mutated_reads_whole():
    assert [call.name for call in read_code(VALID).calls] == [
        "Resize",
        "RandomAffine",
        "SaltAndPepperNoise",
        "RandomApply",
        "TenCrop",
        "ToImage",
        "ToDtype",
        "RandomErasing",
        "Lambda",
        "Normalize",
    ]
