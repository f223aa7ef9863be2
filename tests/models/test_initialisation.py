"""Initialisation: torch's own schemes, chosen per kind of layer, the same for the same seed."""

import copy
import functools

import pytest
import torch
from torch import nn

from cnnlab.models import COURSE, INITIALISATIONS, build, course_scheme
from cnnlab.models.initialisation import KINDS, initialise, kind_of
from cnnlab.models.initialisations import NONLINEARITIES
from cnnlab.specs import SpecError, Target

CONSTANT = INITIALISATIONS["constant_"]


def network() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Flatten(), nn.Linear(8 * 36, 200))


@pytest.mark.parametrize("nonlinearity", NONLINEARITIES)
def test_every_nonlinearity_has_a_gain_in_torch(nonlinearity):
    assert nn.init.calculate_gain(nonlinearity) > 0


@pytest.mark.parametrize("name", INITIALISATIONS)
def test_a_scheme_and_its_code_fill_the_tensor_they_are_called_with(name):
    call, tensors = INITIALISATIONS[name].example(), [torch.full((3, 4), torch.nan) for _ in range(2)]
    with torch.random.fork_rng():
        for fill, tensor in zip(
            (call.build(), eval(call.code(), {"functools": functools, "init": nn.init})), tensors, strict=True
        ):
            torch.manual_seed(1)
            assert fill(tensor) is tensor
    assert tensors[0].isfinite().all()
    assert torch.equal(*tensors)


@pytest.mark.parametrize("name", INITIALISATIONS)
@pytest.mark.parametrize("kind", ["convolution", "linear"])
def test_values_are_what_torch_draws_with_the_same_seed(name, kind):
    call, model = INITIALISATIONS[name].example(), network()
    others = {key: value.clone() for key, value in model.state_dict().items()}
    initialise(model, {kind: call}, seed=5)
    layer, own = (model[0], "0.") if kind == "convolution" else (model[3], "3.")
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(5)
        layer_again = nn.Conv2d(3, 8, 3) if kind == "convolution" else nn.Linear(8 * 36, 200)
        Target(call.spec.target).resolve()(layer_again.weight, **call.values)
    assert torch.equal(layer.weight, layer_again.weight)
    assert torch.equal(layer.bias, layer_again.bias)
    assert all(torch.equal(value, others[key]) for key, value in model.state_dict().items() if not key.startswith(own))


def test_the_same_seed_gives_the_same_values_and_the_generator_stays():
    models = [network() for _ in range(3)]
    before = torch.get_rng_state()
    states = [
        initialise(model, dict.fromkeys(KINDS), seed).state_dict()
        for model, seed in zip(models, (1, 1, 2), strict=True)
    ]
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(states[0][key], states[1][key]) for key in states[0])
    assert not torch.equal(states[0]["0.weight"], states[2]["0.weight"])


def test_the_courses_scheme():
    model = initialise(build(COURSE["LeNet"](), "cpu"), course_scheme())
    assert all(p.eq(0).all() for name, p in model.named_parameters() if name.endswith("bias"))
    assert abs(model.fc1.weight.std().item() - 0.1) < 0.005
    fans = 16 * 25 + 6 * 25
    assert abs(model.conv2.weight.std().item() - (2 / fans) ** 0.5) < 0.005


def test_the_courses_scheme_makes_every_normalisation_begin_as_torch_does():
    model = nn.Sequential(nn.BatchNorm2d(4), nn.GroupNorm(2, 4))
    for value in model.parameters():
        nn.init.constant_(value, 7)
    initialise(model, course_scheme())
    assert all(layer.weight.eq(1).all() and layer.bias.eq(0).all() for layer in model)


def test_running_statistics_begin_anew_with_a_normalisation():
    model = network()
    model[1].running_mean.fill_(3)
    initialise(model, {"normalisation": INITIALISATIONS["constant_"](val=1)})
    assert model[1].running_mean.eq(0).all()


@pytest.mark.parametrize(("model", "layer"), [(network(), "1"), (nn.GroupNorm(2, 8), "GroupNorm")])
def test_a_scheme_that_does_not_suit_is_refused(model, layer):
    with pytest.raises(SpecError) as caught:
        initialise(model, {"normalisation": INITIALISATIONS["xavier_normal_"]()})
    assert str(caught.value) == (
        f"xavier_normal_ does not suit the layer {layer} of shape (8,): choose normal_, uniform_ or constant_ for it."
    )


def test_a_kind_that_there_is_not_is_refused():
    with pytest.raises(SpecError, match=r"^dense is no kind of layer: use convolution, linear, normalisation, bias\.$"):
        initialise(network(), {"dense": None})


@pytest.mark.parametrize(
    "layer",
    [
        nn.BatchNorm2d(2, affine=False),
        nn.LayerNorm(2, elementwise_affine=False),
        nn.LazyLinear(3),
        nn.LazyConv2d(3, 1),
        nn.Conv2d(1, 1, 1, bias=False),
        nn.Linear(1, 1, bias=False),
        nn.LayerNorm(2, bias=False),
    ],
)
def test_layers_without_values_to_set_are_left(layer):
    initialise(nn.Sequential(layer), {**dict.fromkeys(KINDS, CONSTANT(val=1)), "bias": CONSTANT(val=2)})
    known = [value for value in layer.parameters() if not nn.parameter.is_lazy(value)]
    assert all(value.eq(1).all() for value in known)


LAYERS = [
    (nn.Conv1d(2, 2, 1), "convolution"),
    (nn.Conv2d(2, 2, 1), "convolution"),
    (nn.Conv3d(2, 2, 1), "convolution"),
    (nn.ConvTranspose1d(2, 2, 1), "convolution"),
    (nn.ConvTranspose2d(2, 2, 1), "convolution"),
    (nn.ConvTranspose3d(2, 2, 1), "convolution"),
    (nn.Linear(2, 2), "linear"),
    (nn.Bilinear(2, 2, 2), "linear"),
    (nn.BatchNorm1d(2), "normalisation"),
    (nn.BatchNorm2d(2), "normalisation"),
    (nn.BatchNorm3d(2), "normalisation"),
    (nn.InstanceNorm2d(2, affine=True), "normalisation"),
    (nn.GroupNorm(1, 2), "normalisation"),
    (nn.LayerNorm(2), "normalisation"),
]


@pytest.mark.parametrize(("layer", "kind"), LAYERS, ids=lambda value: type(value).__name__)
def test_a_layer_is_started_with_its_kind_and_with_no_other(layer, kind):
    model = nn.Sequential(copy.deepcopy(layer), nn.ReLU())
    for value in model.parameters():
        nn.init.constant_(value, 7)
    others = {other: CONSTANT(val=1) for other in KINDS if other != kind}
    initialise(model, {**others, "bias": CONSTANT(val=2)})
    assert [set(value.flatten().tolist()) for value in (model[0].weight, model[0].bias)] == [{7}, {7}]
    initialise(model, {kind: CONSTANT(val=1), "bias": CONSTANT(val=2)})
    assert [set(value.flatten().tolist()) for value in (model[0].weight, model[0].bias)] == [{1}, {2}]
    assert kind_of(layer) == kind


@pytest.mark.parametrize(("layer", "kind"), LAYERS, ids=lambda value: type(value).__name__)
def test_biases_may_be_chosen_where_weights_start_as_torch_draws_them(layer, kind):
    layer, again = copy.deepcopy(layer), copy.deepcopy(layer)
    initialise(layer, {kind: None, "bias": CONSTANT(val=2)}, seed=3)
    with torch.random.fork_rng():
        torch.manual_seed(3)
        again.reset_parameters()
    assert torch.equal(layer.weight, again.weight)
    assert layer.bias.eq(2).all()


def test_a_model_is_changed_in_place_and_without_a_seed_as_with_the_seed_0():
    one, other = network(), network()
    assert initialise(one, dict.fromkeys(KINDS)) is one
    initialise(other, dict.fromkeys(KINDS), seed=0)
    assert all(torch.equal(value, other.state_dict()[key]) for key, value in one.state_dict().items())


def test_activations_and_containers_have_no_kind():
    assert kind_of(nn.ReLU()) is kind_of(nn.Sequential(nn.Conv2d(1, 1, 1))) is None
