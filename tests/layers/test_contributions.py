"""Contributions held against autograd: what has a gradient, and no more, makes an output element, with just that factor."""

import random
from math import prod

import pytest
import torch
from legal_layers import layers, run

from cnnlab.layers import LAYERS, first_input
from cnnlab.layers.contributions import RULES, contributions, fed, links, ravel, unravel, weight_shape
from cnnlab.layers.sizes import out_shape
from cnnlab.layers.windows import SIDES, axes
from cnnlab.layers.wiring import NOWHERE

pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same'")  # torch says so once, of even kernels
FAMILIES = sorted({spec.family for spec in LAYERS.values()})
CHOOSING = {"max_pool", "adaptive_max", "fractional_max"}
BENDING = {"activation", "lp_pool", *(family for family in FAMILIES if family.endswith("_norm"))}
ELEMENTS = 5  # looked at of each layer
TOLERANCE = {"rtol": 1e-4, "atol": 1e-5}


class Example:
    """A layer with numbers, what it makes of them, and the gradients of an element."""

    def __init__(self, call, shape, seed):
        self.call, self.shape = call, shape
        generator = torch.Generator().manual_seed(seed)
        drawn = torch.rand(shape, generator=generator) * 0.4 + 0.55  # where every activation bends or rises
        self.inputs = drawn.requires_grad_()
        torch.manual_seed(seed)
        self.layer = call.build()
        if call.spec.family in ("dropout", "activation"):
            self.layer.eval()
        self.result = out_shape(call, shape)
        self.indices = self._indices(generator) if call.spec.family == "unpool" else None
        self.output = run(call, self.inputs, self.layer, self.indices)
        assert self.output.shape == self.result
        self.weight = getattr(self.layer, "weight", None) if weight_shape(call) else None

    def _indices(self, generator):
        plane, count = prod(self.result[1:]), prod(self.shape[1:])
        rows = [torch.randperm(max(plane, count), generator=generator)[:count] % plane for _ in range(self.shape[0])]
        return torch.stack(rows).reshape(self.shape)

    def elements(self, rng):
        places = range(prod(self.result))
        return [unravel(o, self.result) for o in rng.sample(places, min(ELEMENTS, len(places)))]

    def terms(self, element):
        return contributions(
            self.call, self.shape, element, self.indices.flatten().tolist() if self.indices is not None else ()
        )

    def gradients(self, element):
        watched = [self.inputs] if self.weight is None else [self.inputs, self.weight]
        grads = torch.autograd.grad(self.output[element], watched, retain_graph=True, materialize_grads=True)
        return grads if len(grads) == 2 else (*grads, None)

    def claimed(self, element):
        """The gradients as the terms have them, and the sum that they write out."""
        inputs, weight, total = torch.zeros(self.shape), torch.zeros(weight_shape(self.call)), 0.0
        for term in self.terms(element):
            factor = term.share * (term.weight[2] + 1 if self.call.spec.family == "bilinear" else 1)
            w = 1.0 if term.weight is None else self.weight[term.weight].item()
            x = self.inputs[term.input].item()
            inputs[term.input] += factor * w
            if term.weight is not None:
                weight[term.weight] += factor * x
            total += factor * w * x
        return inputs, weight, total

    def bias(self, element):
        bias = getattr(self.layer, "bias", None)
        if bias is None or not weight_shape(self.call):
            return 0.0
        return bias[element[-1 if self.call.spec.family == "linear" else 0]].item()


def examples(family, seed, count):
    rng = random.Random(f"{family} {seed}")
    for index, (call, shape) in enumerate(layers(family, seed, count)):
        example = Example(call, shape, index)
        for element in example.elements(rng):
            yield example, element


def assert_the_terms_are_the_gradient(family, seed, count):
    for example, element in examples(family, seed, count):
        said = f"{example.call.code()} on {example.shape}: {element}"
        terms = example.terms(element)
        named = {term.input for term in terms}
        if family in CHOOSING:
            largest = max((example.inputs[place].item() for place in named), default=-torch.inf)
            assert example.output[element] == largest, said
            if example.output.isinf().any():  # of a window of padding alone torch names some place, and may crash there
                continue
        inputs, weight = example.gradients(element)
        gradient = {tuple(place) for place in inputs.abs().gt(1e-7).nonzero().tolist()}
        if family in CHOOSING:
            assert gradient <= named, said
        elif family in BENDING:
            assert gradient == named or (gradient < named and len(named) < 3), said
        else:
            made, weighed, total = example.claimed(element)
            assert gradient == named, said
            torch.testing.assert_close(made, inputs, **TOLERANCE, msg=said)
            if weight is not None:
                assert {term.weight for term in terms} == {tuple(place) for place in weight.nonzero().tolist()}, said
                torch.testing.assert_close(weighed, weight, **TOLERANCE, msg=said)
            if not (example.call.name.startswith("ConstantPad") and not terms):
                assert example.output[element].item() == pytest.approx(total + example.bias(element), abs=1e-4), said


@pytest.mark.parametrize("family", FAMILIES)
def test_terms_are_the_gradient_of_an_element_and_their_sum_is_its_value(family):
    assert_the_terms_are_the_gradient(family, seed=0, count=30 if family in ("convolution", "transposed") else 10)


@pytest.mark.sweep
@pytest.mark.parametrize("seed", range(1, 9))
@pytest.mark.parametrize("family", FAMILIES)
def test_terms_are_the_gradient_over_many_layers(family, seed):
    assert_the_terms_are_the_gradient(family, seed, 100)


@pytest.mark.parametrize("family", sorted(CHOOSING))
def test_whatever_is_largest_in_a_window_wins(family):
    for example, element in examples(family, seed=1, count=6):
        for term in example.terms(element):
            largest = example.inputs.detach().clone()
            largest[term.input] = 100.0
            assert run(example.call, largest, example.layer)[element] == 100, example.call.code()


@pytest.mark.parametrize("family", FAMILIES)
def test_an_input_element_feeds_the_outputs_that_name_it(family):
    for call, shape in layers(family, seed=2, count=4, most=120):
        example = Example(call, shape, 0)
        indices = example.indices.flatten().tolist() if example.indices is not None else ()
        outputs = [unravel(o, example.result) for o in range(prod(example.result))]
        feeds = {}
        for output in outputs:
            for term in example.terms(output):
                feeds.setdefault(term.input, []).append(output)
        for place in (unravel(i, shape) for i in range(prod(shape))):
            assert fed(call, shape, place, indices) == tuple(dict.fromkeys(feeds.get(place, ()))), call.code()


@pytest.mark.parametrize("family", sorted(RULES))
def test_links_are_the_contributions_by_flat_indices(family):
    for call, shape in layers(family, seed=3, count=4, most=100):
        example = Example(call, shape, 0)
        indices = example.indices.flatten().tolist() if example.indices is not None else ()
        for o, pairs in enumerate(links(call, shape, indices)):
            terms = example.terms(unravel(o, example.result))
            weights = weight_shape(call)
            assert pairs == tuple(
                (ravel(term.input, shape), NOWHERE if term.weight is None else ravel(term.weight, weights))
                for term in terms
            )


@pytest.mark.parametrize("name", LAYERS)
def test_every_row_has_windows_or_links(name):
    call = LAYERS[name].example()
    family, shape = call.spec.family, first_input(call)
    assert (family in SIDES) != (family in RULES)
    if family in SIDES:
        assert [(axis.size, axis.out) for axis in axes(call, shape)] == list(
            zip(shape[1:], out_shape(call, shape)[1:], strict=True)
        )


def test_a_transposed_convolution_is_the_adjoint_of_the_convolution():
    """⟨conv(x), y⟩ = ⟨x, transposed(y)⟩: the same pairs, with the parts of input and output changed round."""
    settings = {"kernel_size": 3, "stride": 2, "padding": 1, "groups": 2}
    forward = LAYERS["Conv2d"](in_channels=4, out_channels=2, **settings)
    back = LAYERS["ConvTranspose2d"](in_channels=2, out_channels=4, **settings)
    there, here = (4, 7, 5), (2, 4, 3)
    assert out_shape(forward, there) == here
    assert out_shape(back, here) == there
    made = {
        (o, term.input, term.weight)
        for o in (unravel(flat, here) for flat in range(prod(here)))
        for term in contributions(forward, there, o)
    }
    returned = {
        (term.input, o, term.weight)
        for o in (unravel(flat, there) for flat in range(prod(there)))
        for term in contributions(back, here, o)
    }
    assert made == returned
    x, y = torch.rand(1, *there), torch.rand(1, *here)
    conv, transposed = forward.replace(bias=False).build(), back.replace(bias=False).build()
    transposed.weight = conv.weight
    assert torch.allclose((conv(x) * y).sum(), (x * transposed(y)).sum(), rtol=1e-4)


def test_one_element_of_a_large_layer_is_told_without_all_others():
    """Nothing grows with the size of the output: this would not end if all windows were worked out."""
    call = LAYERS["Conv1d"](in_channels=64, out_channels=64, kernel_size=3, padding=1)
    terms = contributions(call, (64, 10**9), (5, 10**9 - 1))
    assert len(terms) == 64 * 2
    assert terms[-1] == ((63, 10**9 - 1), (5, 63, 1), 1.0)


def test_the_last_of_two_values_with_one_index_is_what_unpooling_keeps():
    call = LAYERS["MaxUnpool1d"](kernel_size=2)
    indices = [3, 3]
    result = call.build()(torch.tensor([[[5.0, 6.0]]]), torch.tensor([[indices]]))
    assert result[0, 0].tolist() == [0, 0, 0, 6]
    assert contributions(call, (1, 2), (0, 3), indices) == (((0, 1), None, 1.0),)


def test_a_window_cut_off_by_ceil_mode_divides_by_what_is_left():
    axis = axes(LAYERS["AvgPool1d"](kernel_size=2, ceil_mode=True), (1, 5))[0]
    assert (axis.taps, axis.counted) == (((0, 1), (2, 3), (4, NOWHERE)), (2, 2, 1))
