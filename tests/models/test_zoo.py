"""Every model of torchvision is a row, built without a download."""

import pytest
import torch
from torchvision.models import get_model_builder, get_model_weights, list_models

from cnnlab.models import MODELS, ZOO, build, example_inputs, input_shapes
from cnnlab.models.building import parameter_count
from cnnlab.specs import SpecError, Target
from tools.zoo import DATA, text

SOME = (
    "alexnet",
    "densenet121",
    "googlenet",
    "inception_v3",
    "mobilenet_v2",
    "quantized_resnet18",
    "regnet_x_400mf",
    "resnet18",
    "swin_t",
    "vit_b_16",
    "fcn_resnet50",
    "fcos_resnet50_fpn",
    "r3d_18",
    "raft_small",
)


def build_and_run(name: str) -> None:
    call = ZOO[name]()
    model = build(call)
    assert all(tensor.is_meta for tensor in (*model.parameters(), *model.buffers()))
    if ZOO[name].takes_list:
        return  # detectors choose boxes by their values, which meta has none of
    with torch.no_grad(), torch.device("meta"):
        model(*example_inputs(call))


def test_what_is_written_down_is_what_the_installed_torchvision_says():
    assert DATA.read_text(encoding="utf-8") == text(), "run `make zoo`"


def test_the_rows_are_the_installed_torchvisions():
    assert list(ZOO) == list_models()
    assert set(ZOO) <= set(MODELS)


@pytest.mark.parametrize("name", SOME)
def test_builds_on_meta_and_runs_its_shape(name):
    build_and_run(name)


@pytest.mark.sweep
@pytest.mark.parametrize("name", sorted(set(ZOO) - set(SOME)))
def test_every_one_builds_on_meta_and_runs_its_shape(name):
    build_and_run(name)


@pytest.mark.parametrize("name", ZOO)
def test_a_row_names_its_builder_and_asks_for_no_download(name):
    spec = ZOO[name]
    assert Target(spec.target).resolve() is get_model_builder(name)
    assert any(param.name == "weights_backbone" for param in spec.params) == ("weights_backbone=None" in spec().code())


@pytest.mark.parametrize("name", [name for name, spec in ZOO.items() if spec.family == "vision_transformer"])
def test_a_vision_transformer_is_built_for_the_side_that_its_row_begins_with(name):
    side = ZOO[name].param("image_size").default
    assert build(ZOO[name]()).image_size == side
    assert input_shapes(ZOO[name]()) == ((3, side, side),)


@pytest.mark.parametrize(
    "name",
    [
        "lraspp_mobilenet_v3_large",
        "fcn_resnet50",
        "ssdlite320_mobilenet_v3_large",
        "raft_small",
        "mc3_18",
        "quantized_mobilenet_v2",
    ],
)
def test_what_the_form_begins_with_is_what_the_library_builds(name):
    example, plain = (build(call).state_dict() for call in (ZOO[name].example(), ZOO[name]()))
    assert {key: value.shape for key, value in example.items()} == {key: value.shape for key, value in plain.items()}


@pytest.mark.parametrize("name", ZOO)
def test_weights_and_shapes_are_the_enums(name):
    entries = list(get_model_weights(name))
    assert ZOO[name].weights == tuple(f"{type(entry).__name__}.{entry.name}" for entry in entries)
    smallest = min(min(entry.meta["min_size"]) for entry in entries)
    assert all(min(shape[-2:]) >= smallest for shape in input_shapes(ZOO[name]()))


@pytest.mark.parametrize(
    "name", [name for name in SOME if "fcos" not in name and name not in ("googlenet", "fcn_resnet50")]
)
def test_the_number_of_parameters_is_the_published_one(name):
    assert parameter_count(build(ZOO[name]())) == get_model_weights(name).DEFAULT.meta["num_params"]


@pytest.mark.parametrize(("name", "key"), [("vit_h_14", "min_size"), ("s3d", "min_temporal_size")])
def test_published_sizes_fit(name, key):
    meta = get_model_weights(name).DEFAULT.meta
    shape = input_shapes(ZOO[name](image_size=518) if name == "vit_h_14" else ZOO[name]())[0]
    assert shape[-2:] == meta["min_size"]
    assert shape[1] >= meta["min_temporal_size"] if key == "min_temporal_size" else len(shape) == 3


@pytest.mark.parametrize("name", ["ssd300_vgg16", "ssdlite320_mobilenet_v3_large"])
def test_a_detector_of_one_size_is_given_that_size(name):
    assert build(ZOO[name]()).transform.fixed_size == input_shapes(ZOO[name]())[0][1:]


def test_shapes_of_all_kinds():
    shapes = {name: input_shapes(ZOO[name]()) for name in ("inception_v3", "r3d_18", "raft_small", "fcn_resnet50")}
    assert shapes == {
        "inception_v3": ((3, 299, 299),),
        "r3d_18": ((3, 16, 112, 112),),
        "raft_small": ((3, 520, 960),) * 2,
        "fcn_resnet50": ((3, 520, 520),),
    }


def test_a_detector_takes_a_list_and_runs_on_the_cpu():
    call = ZOO["ssdlite320_mobilenet_v3_large"](num_classes=3)
    with torch.no_grad():
        answers = build(call, "cpu")(*example_inputs(call, batch=2, device="cpu"))
    assert [set(one) for one in answers] == [{"boxes", "labels", "scores"}] * 2


def test_the_tasks_are_torchvisions_subpackages():
    counts = {task: sum(spec.group == task for spec in ZOO.values()) for task in {spec.group for spec in ZOO.values()}}
    assert set(counts) == {
        "classification",
        "classification, ready for quantization",
        "segmentation",
        "detection",
        "video",
        "optical flow",
    }
    assert sum(counts.values()) == len(list_models())
    assert ZOO["wide_resnet50_2"].family == "resnet"


def test_no_build_downloads(monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("a download")

    monkeypatch.setattr("torch.hub.download_url_to_file", refuse)
    build(ZOO["fasterrcnn_resnet50_fpn"](), "cpu")
    with pytest.raises(SpecError) as caught:
        ZOO["fcos_resnet50_fpn"](weights_backbone="IMAGENET1K_V1")
    assert str(caught.value) == (
        "weights_backbone would download weights: build fcos_resnet50_fpn without, and load weights afterwards."
    )


def test_the_same_seed_gives_the_same_values_and_the_generator_stays():
    before = torch.get_rng_state()
    one, same, other = (build(ZOO["squeezenet1_1"](), "cpu", seed) for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), before)
    values = [torch.cat([p.flatten() for p in model.parameters()]) for model in (one, same, other)]
    assert torch.equal(values[0], values[1])
    assert not torch.equal(values[0], values[2])


def test_meta_leaves_the_generator_alone():
    before = torch.get_rng_state()
    build(ZOO["regnet_y_400mf"]())
    assert torch.equal(torch.get_rng_state(), before)


def test_what_is_too_large_gets_no_values():
    with pytest.raises(SpecError) as caught:
        build(ZOO["vit_h_14"](), "cpu", limit=300_000_000)
    assert str(caught.value) == (
        "vit_h_14 has 632,045,800 parameters, more than the 300,000,000 that are given values here: "
        "make it smaller, or look at its shapes only."
    )


def test_arguments_that_the_builder_refuses_are_explained():
    with pytest.raises(SpecError) as caught:
        build(ZOO["vit_b_16"](image_size=225))
    assert str(caught.value) == "vit_b_16 cannot be built with these values: Input shape indivisible by patch size!."
