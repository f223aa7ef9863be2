"""Every row of every catalogue against its target in the installed libraries, and nothing about a row by name elsewhere."""

import ast
import inspect
from pathlib import Path

import pytest
from PIL import Image
from torch import nn

from cnnlab.augmentation import AUGMENTATIONS
from cnnlab.forms import variants
from cnnlab.layers import LAYERS, LayerSpec
from cnnlab.loading import DATASETS, ORDERS, DatasetSpec, OrderSpec
from cnnlab.models import COURSE, INITIALISATIONS, ZOO
from cnnlab.models.building import on_meta
from cnnlab.models.rows import ModelSpec
from cnnlab.specs import SCALAR, Call, Param, Spec, SpecError, Target
from cnnlab.training import LOSSES, OPTIMIZERS, SCHEDULES, LossSpec, OptimizerSpec, ScheduleSpec

CATALOGUES = {
    "augmentation": AUGMENTATIONS,
    "course": COURSE,
    "zoo": ZOO,
    "initialisation": INITIALISATIONS,
    "layers": LAYERS,
    "datasets": DATASETS,
    "orders": ORDERS,
    "losses": LOSSES,
    "optimizers": OPTIMIZERS,
    "schedules": SCHEDULES,
}
# One of torchvision's models of each kind is built in every run, the others by `make test-all`.
BUILT = {"alexnet", "inception_v3", "quantized_resnet18", "vit_b_16", "fcn_resnet50", "fcos_resnet50_fpn", "r3d_18"}
# Parameters of a target that no row shows.
HIDDEN = {
    "weights": "pretrained values are chosen beside the row and loaded afterwards",
    "progress": "of a download, and nothing is downloaded",
    "trainable_backbone_layers": "counts for a pretrained backbone only",
    "quantize": "an 8-bit model has other modules, which cannot be looked into",
    "norm_layer": "a class, which no widget can give",
    "num_keypoints": "the 17 of COCO are what its picture draws",
    "generator": "every draw comes from the one seeded generator",
}
HIDDEN_OF_LAYERS = {
    "device": "layers are looked at on the CPU",
    "dtype": "numbers are float32",
    "min_value": "an old name of min_val",
    "max_value": "an old name of max_val",
    "_random_samples": "every draw comes from the one seeded generator",
}
HIDDEN_OF_LOSSES = {
    "weight": "of the classes, by how rare they are in the data",
    "size_average": "an old name of reduction",
    "reduce": "an old name of reduction",
    "reduction": "a step needs one number, the mean",
    "ignore_index": "every picture has a label",
}
HIDDEN_OF_OPTIMIZERS = {
    "foreach": "another order of the same sums",
    "fused": "another order of the same sums",
    "capturable": "for CUDA graphs, which nothing here records",
    "differentiable": "for gradients through the step itself",
    "maximize": "a loss is to become smaller",
}
HIDDEN_OF_SCHEDULES = {
    "last_epoch": "a run that goes on restores its schedule's state",
    "T_max": "the steps of the run",
    "total_steps": "the steps of the run",
    "epochs": "told by total_steps",
    "steps_per_epoch": "told by total_steps",
    "max_lr": "the optimizer's learning rate",
    "mode": "what is watched is a loss, which is to become smaller",
}
HIDDEN_OF_DATASETS = {
    "train": "both parts are read, and the row says how",
    "split": "as train",
    "transform": "pictures are read as they are, and augmented later",
    "target_transform": "as transform",
    "download": "files are fetched and checked before they are read",
}
HIDDEN_OF_ORDERS = {"seed": "that of the page"}
HIDDEN_OF = {
    DatasetSpec: HIDDEN_OF_DATASETS,
    LayerSpec: HIDDEN_OF_LAYERS,
    LossSpec: HIDDEN_OF_LOSSES,
    OptimizerSpec: HIDDEN_OF_OPTIMIZERS,
    OrderSpec: HIDDEN_OF_ORDERS,
    ScheduleSpec: HIDDEN_OF_SCHEDULES,
}
# Parameters whose default differs from what the signature says.
OTHER_DEFAULT = {
    "weights_backbone": "the library's downloads; ours has none, so that code says None",
    "num_samples": "as many as there are, where torch wants a number of a weighted sampler",
    "num_replicas": "torch asks its process group, and there is none here",
    "rank": "as num_replicas",
    "init_weights": "the library's warns; ours has none, so that code says True",
    "image_size": "the builder takes it out of **kwargs itself; what it builds is compared in tests/models/test_zoo.py",
}

ROWS = [(spec, rows) for rows in CATALOGUES.values() for spec in rows.values()]
IDS = [f"{title}-{name}" for title, rows in CATALOGUES.items() for name in rows]


def every_row(check):
    """A test of each table: it looks at the rows one by one, and names all that fail."""

    @pytest.mark.parametrize("title", CATALOGUES)
    def test(title):
        faults = [fault for spec in CATALOGUES[title].values() if (fault := fault_of(spec, check))]
        if faults:
            raise ExceptionGroup(f"rows of {title} that fail", faults)

    return test


def fault_of(spec: Spec, check) -> Exception | None:
    try:
        check(spec)
    except Exception as fault:
        fault.add_note(f"in the row {spec.name}")
        return fault
    return None


def own(spec: Spec) -> dict[str, inspect.Parameter]:
    """What the target takes by name, in order, without what it works on."""
    parameters = inspect.signature(Target(spec.target).resolve()).parameters
    named = [p for p in parameters.values() if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    hidden = HIDDEN | HIDDEN_OF.get(type(spec), {})
    return {p.name: p for p in named[spec.partial :] if p.name not in hidden}


def passed_on(spec: Spec) -> dict[str, inspect.Parameter]:
    """What the target takes besides: a layer each time it is called, a builder for the class that it says it returns."""
    signature = inspect.signature(Target(spec.target).resolve())
    if isinstance(spec, LayerSpec):
        called = inspect.signature(Target(spec.target).resolve().forward).parameters
        return {param.name: called[param.name] for param in spec.params if param.forward}
    if isinstance(spec, OrderSpec):
        return dict(inspect.signature(Target(spec.over).resolve()).parameters)
    if all(p.kind is not p.VAR_KEYWORD for p in signature.parameters.values()):
        return {}
    classes = signature.return_annotation.__mro__
    bases = reversed(classes[: classes.index(nn.Module)])
    return {name: p for base in bases for name, p in inspect.signature(base).parameters.items()}


@pytest.fixture(autouse=True, scope="module")
def pictures(tmp_path_factory):
    """A folder of pictures for the row that needs one."""
    folder = tmp_path_factory.mktemp("pictures")
    for name in ("cats", "dogs"):
        (folder / name).mkdir()
        Image.new("L", (2, 2)).save(folder / name / "0.png")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CNNLAB_PICTURES", str(folder))
        yield


@every_row
def test_a_row_has_the_parameters_of_its_target_in_their_order(spec):
    names = [param.name for param in spec.params]
    assert [name for name in names if name in own(spec)] == list(own(spec))
    assert set(names) <= {*own(spec), *passed_on(spec)}


@every_row
def test_a_row_has_the_defaults_of_its_target(spec):
    parameters = {**passed_on(spec), **own(spec)}
    for param in spec.params:
        default = parameters[param.name].default
        if param.name not in OTHER_DEFAULT:
            assert (
                param.required
                if default is inspect.Parameter.empty
                else default in (param.default, param.build(param.default))
            ), param.name


def test_every_exception_is_one():
    names = {name for spec, _ in ROWS for name in inspect.signature(Target(spec.target).resolve()).parameters}
    assert {*HIDDEN, *(name for hidden in HIDDEN_OF.values() for name in hidden)} <= names
    assert set(OTHER_DEFAULT) <= {param.name for spec, _ in ROWS for param in spec.params}


@every_row
def test_a_row_says_what_it_is_and_what_each_parameter_does(spec):
    assert spec.about.endswith(".")
    for param in spec.params:
        assert param.help.endswith("."), param.name


@pytest.mark.parametrize("title", CATALOGUES)
def test_rows_have_a_group_where_groups_are_used(title):
    assert len({bool(spec.group) for spec in CATALOGUES[title].values()}) == 1


@pytest.mark.parametrize("title", CATALOGUES)
def test_the_first_values_of_a_row_are_valid_and_survive_a_dict(title):
    rows, firsts = CATALOGUES[title], [spec.example() for spec in CATALOGUES[title].values()]
    assert [call for call in firsts if Call.from_dict(call.to_dict(), rows) != call] == []


@pytest.mark.parametrize(
    "spec",
    [
        pytest.param(spec, id=id, marks=[pytest.mark.sweep] if rows is ZOO and spec.name not in BUILT else [])
        for (spec, rows), id in zip(ROWS, IDS, strict=True)
        if not getattr(spec, "own", False)  # made of a visitor's files: tests/loading/test_archive.py
    ],
)
def test_the_first_values_of_a_row_build_what_it_names(spec):
    target = Target(spec.target).resolve()
    item = on_meta(spec.example()) if isinstance(spec, ModelSpec) else spec.example().build()
    if spec.partial:
        assert item.func is target
    else:
        assert isinstance(item, target if inspect.isclass(target) else inspect.signature(target).return_annotation)


@every_row
def test_every_option_stands_for_an_object_that_is_there(spec):
    for param in spec.params:
        for option in param.options:
            assert param.build(option) is not None


@every_row
def test_labels_name_as_many_elements_as_there_are(spec):
    for param in spec.params:
        for length, names in param.labels.items():
            assert len(names) == length
            assert length in param.lengths, param.name


@every_row
def test_every_element_that_has_a_widget_has_a_name(spec):
    for param in numbers(spec):
        if param.widget != "weights":
            for form in variants(param):
                assert not isinstance(form, int) or form < 2 or form in param.labels, (param.name, form)


def numbers(spec: Spec) -> list[Param]:
    return [param for param in spec.params if param.type in (int, float)]


@every_row
def test_bounds_are_refused_just_outside_and_taken_at_the_edge(spec):
    for param in numbers(spec):
        for length in param.lengths:
            low, high = param.bounds(length)
            for bound, outside in ((low, -1), (high, 1)):
                if bound is not None:
                    assert param.check(repeated(bound, length)) == repeated(bound, length)
                    with pytest.raises(SpecError, match=r"is too (small|large)"):
                        param.check(repeated(bound + outside, length))


def repeated(value: float, length: int):
    return value if length == SCALAR else (value,) * length


@every_row
def test_every_number_has_bounds(spec):
    for param in numbers(spec):
        assert None not in (param.low, param.high), param.name


ROOT = Path(__file__).parents[1]
# Files that hold rows, and those that read what people write, which is names.
TABLES = (
    "cnnlab/augmentation/catalogue/",
    "cnnlab/augmentation/reading/",
    "cnnlab/layers/catalogue/",
    "cnnlab/layers/presets.py",
    "cnnlab/loading/catalogue.py",
    "cnnlab/loading/orders.py",
    "cnnlab/models/course/catalogue.py",
    "cnnlab/models/initialisations.py",
    "cnnlab/training/catalogue/",
)
NO_ROWS = {
    ("cnnlab/augmentation/functions.py", "RGB"): "a mode of PIL",
    ("cnnlab/layers/by_hand.py", "constant"): "a mode of numpy.pad",
    ("cnnlab/layers/refusals.py", "constant"): "a mode of torch's pad",
    ("cnnlab/loading/gallery/originals.py", "JPEG"): "a format of PIL",
    ("cnnlab/models/names.py", "LayerNorm"): "what torch's encoders hold, in pasted text",
}
NAMES = {name for rows in CATALOGUES.values() for name in rows}
FOLDERS = ("cnnlab/augmentation", "cnnlab/layers", "cnnlab/loading", "cnnlab/models", "cnnlab/training")


def listed(tree: ast.AST) -> set[str]:
    """The names of rows that code compares with, or keeps in a list, a table or a pattern."""
    places = (ast.Compare, ast.Tuple, ast.List, ast.Set, ast.Dict, ast.MatchValue)
    items = (item for node in ast.walk(tree) if isinstance(node, places) for item in ast.iter_child_nodes(node))
    return {item.value for item in items if isinstance(item, ast.Constant) and item.value in NAMES}


def test_what_is_known_of_a_row_stands_in_it_and_nowhere_by_name():
    files = [file for folder in FOLDERS for file in (ROOT / folder).rglob("*.py")]
    places = {
        (path, name)
        for path, file in ((file.relative_to(ROOT).as_posix(), file) for file in files)
        if not path.startswith(TABLES)
        for name in listed(ast.parse(file.read_text()))
    }
    assert places == set(NO_ROWS)


@pytest.mark.parametrize(
    "code",
    ['call.name == "Normalize"', 'name in ("VGG", x)', '{"Pad": 1}', '["normal_"]', 'match n:\n case "vit_b_16": pass'],
)
def test_names_kept_elsewhere_are_seen(code):
    assert listed(ast.parse(code))


def test_rows_may_be_looked_up_by_name():
    assert not listed(ast.parse('AUGMENTATIONS["Resize"](size=8, p=f(1, "x"))'))
