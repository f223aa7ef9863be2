"""Source by hand, run with numpy alone and held against torch."""

import ast
import subprocess
import sys
from math import prod

import numpy as np
import pytest
import torch
from legal_layers import layers, run

from cnnlab.layers import LAYERS
from cnnlab.layers.by_hand import BY_HAND, Numbers, by_hand
from cnnlab.layers.sizes import out_shape
from cnnlab.specs import SpecError

pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same'")  # torch says so once, of even kernels


def example(call, shape, seed):
    """The layer's numbers, and what torch makes of them."""
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    layer, inputs, indices = call.build(), torch.randn(shape, generator=generator), None
    if call.spec.family == "unpool":
        plane, count = prod(out_shape(call, shape)[1:]), prod(shape[1:])
        rows = [torch.randperm(plane, generator=generator)[:count] for _ in range(shape[0])]
        indices = torch.stack(rows).reshape(shape)
    flat = [
        [] if values is None else values.detach().flatten().tolist()
        for values in (inputs, getattr(layer, "weight", None), getattr(layer, "bias", None), indices)
    ]
    return Numbers(*flat), run(call, inputs, layer, indices).detach()


def result_of(source):
    scope = {}
    exec(source, scope)
    return scope["output"]


@pytest.mark.parametrize("family", BY_HAND)
def test_the_source_works_out_what_torch_does(family):
    for seed, (call, shape) in enumerate(layers(family, 7, 25, most=150)):
        numbers, expected = example(call, shape, seed)
        source = by_hand(call, shape, numbers)
        output = result_of(source)
        assert output.shape == expected.shape, source
        np.testing.assert_allclose(output, expected.numpy(), rtol=1e-4, atol=1e-5, err_msg=source)


@pytest.mark.parametrize("family", BY_HAND)
def test_the_source_needs_numpy_alone_and_reads_well(family):
    for seed, (call, shape) in enumerate(layers(family, 8, 5, most=60)):
        numbers = example(call, shape, seed)[0]
        short = Numbers(*(list(map(int, values)) for values in vars(numbers).values()))
        source = by_hand(call, shape, short)
        imports = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Import | ast.ImportFrom)]
        assert [ast.unparse(each) for each in imports] == ["import numpy as np"]
        code = [
            line
            for line in source.splitlines()
            if not line.startswith((" " * 9 + "[", "x =", "w =", "b =", "indices ="))
        ]
        assert max(len(line) for line in code if "[[" not in line) <= 120


def test_the_source_runs_by_itself_and_prints_the_courses_numbers():
    call = LAYERS["Linear"](in_features=3, out_features=4)
    weight = [float(row) for row in (1, 2, 3, 4) for _ in range(3)]
    source = by_hand(call, (3,), Numbers([1, 2, 3], weight, [0.5] * 4))
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    assert done.stdout == "[ 6.5 12.5 18.5 24.5]\n"


def test_the_courses_pooling_and_its_way_back():
    pool = LAYERS["MaxPool2d"](kernel_size=2)
    pooled = result_of(by_hand(pool, (1, 4, 4), Numbers([0, 4, 4, 3, 3, 3, 1, 1, 4, 2, 3, 4, 1, 3, 3, 0])))
    assert pooled.tolist() == [[[4, 4], [4, 4]]]
    unpool = LAYERS["MaxUnpool2d"](kernel_size=2)
    back = result_of(by_hand(unpool, (1, 2, 2), Numbers([1, 2, 3, 4], indices=[1, 2, 8, 11])))
    assert back.tolist() == [[[0, 1, 2, 0], [0, 0, 0, 0], [3, 0, 0, 4], [0, 0, 0, 0]]]


def test_a_small_convolution_reads_as_a_student_would_write_it():
    call = LAYERS["Conv1d"](in_channels=1, out_channels=1, kernel_size=2, bias=False)
    assert by_hand(call, (1, 3), Numbers([1, 2, 3], [1, -1])) == (
        "import numpy as np\n"
        "\n"
        "x = np.array([[1, 2, 3]])\n"
        "w = np.array([[[1, -1]]])\n"
        "b = np.zeros(1)  # no bias\n"
        "stride = (1,)\n"
        "dilation = (1,)\n"
        "groups = 1\n"
        "\n"
        "padded = np.pad(x, [(0, 0), (0, 0)], mode='constant')\n"
        "sides = [\n"
        "    (padded.shape[1 + d] - dilation[d] * (w.shape[2 + d] - 1) - 1) // stride[d] + 1\n"
        "    for d in range(1)\n"
        "]\n"
        "output = np.zeros((len(w), *sides))\n"
        "for o, i in np.ndindex(*output.shape):\n"
        "    first = o // (len(w) // groups) * w.shape[1]  # input channel of this group\n"
        "    output[o, i] = b[o]\n"
        "    for c, u in np.ndindex(*w.shape[1:]):\n"
        "        place = (first + c, i * stride[0] + u * dilation[0])\n"
        "        output[o, i] += w[o, c, u] * padded[place]\n"
        "print(output)\n"
    )


def test_other_layers_say_that_they_have_no_such_source():
    with pytest.raises(SpecError, match="ReLU is not written out by hand here."):
        by_hand(LAYERS["ReLU"](), (1, 4, 4), Numbers([0.0] * 16))
