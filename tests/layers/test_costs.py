"""Parameters, MACs and bytes are those of torch and of the summary."""

import warnings

import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings

from cnnlab.layers.costs import cost
from cnnlab.layers.rows import call_arguments
from cnnlab.specs import SpecError
from cnnlab.summary.counting import MacCounter
from tests.layers.random_layers import ROWS, batch, layers


@pytest.mark.parametrize("spec", ROWS, ids=lambda spec: spec.name)
def test_costs_are_what_torch_takes(spec):
    @settings(max_examples=5, database=None, suppress_health_check=list(HealthCheck))
    @given(layers(spec))
    def check(pair):
        call, shape = pair
        try:
            ours = cost(call, shape)
        except SpecError:
            assume(False)
        module, counter = call.build(), MacCounter()
        inputs = batch(call, shape)
        with torch.no_grad(), counter:
            out = module(*inputs, **call_arguments(call))
        assert ours.params == sum(each.numel() for each in module.parameters())
        assert ours.weight_bytes == sum(each.nbytes for each in module.parameters())
        assert 2 * ours.macs == counter.macs
        assert 2 * ours.input_bytes == sum(each.nbytes for each in inputs)
        assert 2 * ours.output_bytes == sum(each.nbytes for each in (out if isinstance(out, tuple) else (out,)))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check()
