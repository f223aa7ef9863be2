"""The course's networks give the course's numbers."""

import re
import sys

import pytest
import torch
import torchvision
from torch import nn
from torchvision.models.resnet import BasicBlock

from cnnlab.models import COURSE, build, example_inputs, input_shapes
from cnnlab.models.building import parameter_count
from cnnlab.models.course.resnet import ResidualBlock
from cnnlab.models.course.vgg import CONVOLUTIONS
from cnnlab.models.rows import ModelSpec
from cnnlab.specs import Call, Param, SpecError, Target, catalogue

# Tensors of equal shape are the same layer, whatever the two codes call it.
shapes = lambda model: sorted(tuple(p.shape) for p in model.parameters())  # noqa: E731


def run(name: str, **values) -> torch.Tensor:
    call = COURSE[name](**values)
    with torch.no_grad():
        return build(call)(*example_inputs(call))


@pytest.mark.parametrize("name", COURSE)
def test_every_network_runs_its_natural_shape_on_meta_and_on_the_cpu(name):
    call = COURSE[name]()
    outputs = []
    for device in ("meta", "cpu"):
        with torch.no_grad():
            outputs.append(build(call, device)(*example_inputs(call, batch=2, device=device)))
    assert outputs[0].shape == outputs[1].shape
    assert outputs[1].isfinite().all()
    assert outputs[1].shape[0] == 2


def options(param: Param):
    if param.type is int:
        return (param.low, param.low + (param.step or 1))
    return param.options or ((True,) if param.type is bool else (param.low, param.high))


def test_the_architectures_on_offer_are_those_of_the_file():
    assert COURSE["VGG"].param("arch").options == tuple(CONVOLUTIONS)


TURNED = [
    (name, param.name, value)
    for name, spec in COURSE.items()
    for param in spec.params
    for value in options(param)
    if param.name != "in_features"  # which goes with the size of the picture
]


@pytest.mark.parametrize(
    ("name", "shape", "features"),
    [
        ("LeNet", (3, 224, 224), 16 * 53 * 53),
        ("LeNetSigmoid", (1, 32, 32), 16 * 5 * 5),
        ("AlexNet", (1, 128, 128), 256 * 2 * 2),
        ("VGG", (1, 64, 64), 512 * 2 * 2),
    ],
)
def test_in_features_goes_with_the_size_of_the_picture(name, shape, features):
    assert COURSE[name](in_features=features).build().eval()(torch.zeros(1, *shape)).shape == (1, 10)


@pytest.mark.parametrize(("name", "param", "value"), TURNED)
def test_every_parameter_may_be_turned(name, param, value):
    output = run(name, **{param: value})
    if param == "classes":
        assert output.shape[1] == value


@pytest.mark.parametrize("name", COURSE)
def test_the_row_has_the_input_that_the_file_says(name):
    says = re.search(r"\(N, ([^)]*)\) ->", Target(COURSE[name].target).resolve().__doc__)[1].split(", ")
    (shape,) = COURSE[name].inputs
    for said, side in zip(says, shape, strict=True):
        assert said in ("H", "W", str(side))  # H and W stand for any side


TINY = '''
from torch import nn


class Tiny(nn.Conv2d):
    """(N, depth, 5, 7) -> (N, classes, 3, 5)."""

    def __init__(self, depth: int = 2, classes: int = 3):
        super().__init__(depth, classes, 3)
'''


def test_a_new_network_is_one_row_and_its_own_file(tmp_path, monkeypatch):
    (tmp_path / "tiny.py").write_text(TINY)
    monkeypatch.syspath_prepend(tmp_path)
    params = (Param("depth", int, default=2, low=1), Param("classes", int, default=3, low=1))
    longer = catalogue((*COURSE.values(), ModelSpec("tiny:Tiny", params, inputs=(("depth", 5, 7),))))
    try:
        call = Call.from_dict({"name": "Tiny", "params": {"depth": 4}}, longer)
        assert input_shapes(call) == ((4, 5, 7),)
        assert build(call)(*example_inputs(call)).shape == (1, 3, 3, 5)
    finally:
        sys.modules.pop("tiny", None)


def test_lenet_is_the_courses():
    layers = [(6, 3, 5, 5), (6,), (16, 6, 5, 5), (16,), (120, 400), (120,), (84, 120), (84,), (7, 84), (7,)]
    assert [tuple(p.shape) for p in build(COURSE["LeNet"](classes=7)).parameters()] == layers


def test_lenet_with_sigmoids_is_the_courses():
    weights = [(6, 1, 5, 5), (16, 6, 5, 5), (120, 256), (84, 120), (10, 84)]
    for batch_norm in (False, True):
        model = build(COURSE["LeNetSigmoid"](batch_norm=batch_norm))
        assert [tuple(p.shape) for p in model.parameters() if p.dim() > 1] == weights
        assert sum(isinstance(m, nn.Sigmoid) for m in model.modules()) == 4
        norms = [type(m) for m in model.modules() if "BatchNorm" in type(m).__name__]
        assert norms == [nn.BatchNorm2d, nn.BatchNorm2d, nn.BatchNorm1d, nn.BatchNorm1d] * batch_norm


def test_alexnet_is_the_courses():
    weights = [
        (96, 1, 11, 11),
        (256, 96, 5, 5),
        (384, 256, 3, 3),
        (384, 384, 3, 3),
        (256, 384, 3, 3),
        (4096, 256 * 5 * 5),
        (4096, 4096),
        (10, 4096),
    ]
    model = build(COURSE["AlexNet"]())
    assert [tuple(p.shape) for p in model.parameters() if p.dim() > 1] == weights
    assert sum(isinstance(m, nn.Dropout) for m in model.modules()) == 2


@pytest.mark.parametrize("arch", COURSE["VGG"].param("arch").options)
def test_vgg_has_torchvisions_layers(arch):
    with torch.device("meta"):
        theirs = torchvision.models.get_model(arch.lower(), weights=None)
    assert shapes(build(COURSE["VGG"](arch=arch, in_channels=3, classes=1000))) == shapes(theirs)


def test_the_head_of_vgg_is_a_child_by_name():
    children = dict(build(COURSE["VGG"]()).net.named_children())
    assert list(children) == ["block1", "block2", "block3", "block4", "block5", "head"]


# He et al. 2015, table 6, in millions; the paper's shortcuts have no parameters, ours have two 1×1 convolutions.
@pytest.mark.parametrize(("depth", "millions"), [(20, 0.27), (32, 0.46), (44, 0.66), (56, 0.85), (110, 1.7)])
def test_resnet_has_the_papers_number_of_parameters(depth, millions):
    model = build(COURSE["ResNet"](depth=depth))
    shortcuts = sum(p.numel() for name, p in model.named_parameters() if "shortcut" in name)
    count = (parameter_count(model) - shortcuts) / 1e6
    assert round(count, 1 if depth == 110 else 2) == millions
    layers = [p for name, p in model.named_parameters() if p.dim() > 1 and "shortcut" not in name]
    assert len(layers) == depth


def test_a_residual_block_computes_what_torchvisions_does():
    shortcut = nn.Sequential(nn.Conv2d(4, 8, 1, 2, bias=False), nn.BatchNorm2d(8))
    theirs = BasicBlock(4, 8, stride=2, downsample=shortcut).eval()
    ours = ResidualBlock(4, 8, stride=2).eval()
    ours.load_state_dict({key.replace("downsample", "shortcut"): v for key, v in theirs.state_dict().items()})
    x = torch.linspace(-1, 1, 2 * 4 * 6 * 6).view(2, 4, 6, 6)
    assert torch.equal(ours(x), theirs(x))


def test_a_wrong_depth_names_the_nearest():
    with pytest.raises(SpecError) as caught:
        COURSE["ResNet"](depth=18)
    assert str(caught.value) == "depth=18 is not 6n + 2, two layers and three stages of n blocks: use 20."


def test_network_in_network_has_the_courses_shapes():
    x, shapes = torch.zeros(1, 1, 224, 224, device="meta"), []
    for layer in build(COURSE["NetworkInNetwork"]()).net:
        x = layer(x)
        shapes.append(tuple(x.shape))
    assert shapes == [
        (1, 96, 54, 54),
        (1, 96, 26, 26),
        (1, 256, 26, 26),
        (1, 256, 12, 12),
        (1, 384, 12, 12),
        (1, 384, 5, 5),
        (1, 384, 5, 5),
        (1, 10, 5, 5),
        (1, 10, 1, 1),
        (1, 10),
    ]


def test_the_toy_model_lists_eight_modules_root_first():
    model = build(COURSE["ToyModel"]())
    names = ["", "conv1", "conv2", "maxpool1", "features", "features.conv3", "features.conv4", "features.relu1"]
    assert [name for name, _ in model.named_modules()] == names
    assert next(model.modules()) is model
    assert [name for name, _ in model.named_children()] == ["conv1", "conv2", "maxpool1", "features"]


def test_inception_is_the_beginning_of_googlenet():
    with torch.device("meta"):
        theirs = torchvision.models.get_model("googlenet", weights=None, init_weights=True, aux_logits=False)
    # torchvision has batch normalisation and, where the paper says 5×5, a 3×3 convolution.
    outs = lambda block: sorted(m.out_channels for m in block.modules() if isinstance(m, nn.Conv2d))  # noqa: E731
    ours = build(COURSE["InceptionNet"]())
    for mine, other in (("block_a", "inception3a"), ("block_b", "inception3b"), ("block_c", "inception4a")):
        assert outs(getattr(ours, mine)) == outs(getattr(theirs, other))


def test_the_spatial_transformer_begins_by_leaving_the_picture_as_it_is():
    model = build(COURSE["SpatialTransformer"](), "cpu")
    x = torch.linspace(0, 1, 28 * 28).view(1, 1, 28, 28)
    assert torch.allclose(model.straighten(x), x, atol=1e-5)


def test_unpooling_puts_the_maxima_back_where_they_were():
    call = COURSE["UnpoolingNet"]()
    model, seen = build(call, "cpu"), []
    model.unpool.register_forward_hook(lambda module, args, output: seen.append((args[0], args[1], output)))
    with torch.no_grad():
        odd = model(torch.randn(1, 3, 7, 9, generator=torch.Generator().manual_seed(0)))
    assert odd.shape == (1, 2, 7, 9)
    for small, indices, large in seen:
        assert torch.equal(large.flatten(2).gather(2, indices.flatten(2)), small.flatten(2))
        assert large.count_nonzero() == small.count_nonzero()
