"""What was pasted on one line, over several: the same Python, whatever it was."""

import ast

import pytest

from cnnlab.reading.layout import WIDTH, laid_out

CONV = "nn.Conv2d(3, 16, kernel_size=3, padding=1), nn.ReLU(), nn.MaxPool2d(2)"
ONE_LINE = [
    f"nn.Sequential({CONV}, nn.Flatten(), nn.Linear(16 * 16 * 16, 10))",
    f"model = nn.Sequential(nn.Sequential({CONV}), nn.Sequential({CONV}), nn.Linear(16, 10),)  # two blocks",
    f"width = 16; model = nn.Sequential({CONV}, nn.Flatten())",
    f"model = nn.Sequential(OrderedDict([('名', nn.Conv2d(3, 16, 3)), ('second', nn.Sequential({CONV}))]))",
    f"model = nn.Sequential(*[nn.Sequential({CONV}), nn.Sequential({CONV})], *(nn.ReLU() for _ in range(2)))",
    f"model = nn.Sequential(*(nn.Sequential({CONV}) for _ in range(2)))",
    f"model = nn.Sequential((nn.Sequential({CONV})), (nn.ReLU()), **{{}})",
    f"blocks = {{'a': nn.Sequential({CONV}, {CONV})}}",
    f"if True: model = nn.Sequential({CONV}, nn.Flatten())",
    f"model = nn.Sequential(nn.Dropout(p=(0.5)), {CONV}, nn.Sequential(nn.LayerNorm(normalized_shape=(16, 16, 16))))",
    f"model = (nn.Sequential({CONV}))",
    "print(x for x in [" + ", ".join(map(str, range(40))) + "])",
]


@pytest.mark.parametrize("text", ONE_LINE)
def test_it_is_the_same_python_and_once_is_enough(text):
    shown = laid_out(text)
    assert ast.dump(ast.parse(shown)) == ast.dump(ast.parse(text))
    assert laid_out(shown) == shown


@pytest.mark.parametrize("text", ONE_LINE[:2])
def test_each_layer_has_a_line_that_is_seen_without_scrolling(text):
    lines = laid_out(text).split("\n")
    assert max(len(line.partition("#")[0]) for line in lines) <= WIDTH
    assert all(line.count("nn.") <= 3 for line in lines)


@pytest.mark.parametrize(
    "text",
    [
        "nn.Sequential(nn.Flatten(), nn.Linear(784, 10))",
        f"nn.Sequential(\n    {CONV},\n    nn.Flatten(),\n)",
        f"nn.Sequential({CONV}, nn.Flatten()",
        "x" * 100,
        "",
    ],
)
def test_what_is_short_or_laid_out_or_no_python_stays(text):
    assert laid_out(text) == text
