"""Pasted source: what torch would build, and nothing is ever executed."""

import collections
from collections import OrderedDict
from inspect import Parameter

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from cnnlab.models import from_source, read_source
from cnnlab.models.expressions import Reader
from cnnlab.models.names import CONTAINERS, DTYPES, LAYERS, LEFT_OUT, signature
from cnnlab.specs import SpecError

GOOD = [
    "nn.Sequential(nn.Conv2d(3, 6, 5), nn.ReLU(), nn.MaxPool2d(2))",
    "model = nn.Sequential(nn.Flatten(), nn.Linear(3 * 4 * 4, 2 ** 5 // 2, bias=False))\nhead = nn.Linear(1, 1)",
    "from collections import OrderedDict\nimport torch.nn as nn\n"
    "net = nn.Sequential(OrderedDict([('conv', nn.Conv2d(1, 2, (3, 1), padding='same')), ('act', nn.ReLU(inplace=True))]))",
    "from torch.nn import Sequential as S, Linear\nS(S(Linear(2, 3)), S(Linear(3, -2 + 4), nn.Dropout(p=.5)))",
    "import torch\nwidth: int = 8\nlayers = [nn.Linear(width, width), torch.nn.Tanh()]\n"
    "nn.Sequential(*layers + [nn.Linear(8, 1, dtype=torch.float64)], *layers)",
    "import collections\nnn.Sequential(collections.OrderedDict({'a': nn.Identity(1, x=2), 'b': nn.GELU('tanh')}))",
    "nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, batch_first=True), 2, nn.LayerNorm(8))",
    "nn.Sequential(nn.LSTM(3, 4, 2, batch_first=True), nn.RNN(3, 4, nonlinearity='relu'), nn.ModuleList([nn.GRUCell(2, 2)]))",
    "nn.Sequential(nn.LazyConv2d(4, 3), nn.Upsample(scale_factor=(2., 2.)), nn.Unflatten(1, (2, 2)), "
    "nn.ModuleDict({'x': nn.ReLU()}))",
    "nn.Sequential(*[nn.Linear(int(4.5), 4)] * 2, *tuple([nn.ReLU()]), nn.Conv2d(1, 2, (3,) * 2))",
    "from torch import float64\nnn = 3\nfrom torch import nn\nL = nn.Linear\nmodel = L(2, 3, dtype=float64)\nnn = 4",
    "a = nn.ReLU()\nb = a\na = nn.Sequential(b, b)\nb = nn.Sequential(a, b)\nmodel = b\nb = nn.Tanh()",
]


@pytest.mark.parametrize("text", GOOD)
def test_what_is_read_is_what_python_makes(text):
    import ast

    tree, scope = ast.parse(text), {"nn": nn, "torch": torch}
    last = tree.body[-1]
    if isinstance(last, ast.Expr):
        tree.body[-1] = ast.parse(f"result = {ast.unparse(last)}").body[0]
    exec(compile(tree, "test", "exec"), scope)  # the texts above are this test's own
    theirs = scope.get("model") or scope.get("net") or scope["result"]
    ours = from_source(text)
    assert str(ours) == str(theirs.eval())
    named = [
        {k: getattr(v, "shape", None) for k, v in m.state_dict().items() if not nn.parameter.is_lazy(v)}
        for m in (ours, theirs)
    ]
    assert named[0] == named[1]
    assert [v.dtype for v in ours.state_dict().values()] == [v.dtype for v in theirs.state_dict().values()]
    assert len(list(ours.modules())) == len(list(theirs.modules()))


@pytest.mark.parametrize(
    ("text", "module"),
    [
        ("nn.ReLU()", nn.ReLU()),
        ("torch.nn.ReLU()", nn.ReLU()),
        ("nn.Sequential(OrderedDict([('a', nn.ReLU())]))", nn.Sequential(OrderedDict(a=nn.ReLU()))),
        ("nn.Sequential(collections.OrderedDict([('a', nn.ReLU())]))", nn.Sequential(OrderedDict(a=nn.ReLU()))),
        ("nn.Linear(1, 1, dtype=torch.float16)", nn.Linear(1, 1, dtype=torch.float16)),
    ],
)
def test_the_usual_names_need_no_import(text, module):
    ours = from_source(text)
    assert str(ours) == str(module)
    assert [value.dtype for value in ours.parameters()] == [value.dtype for value in module.parameters()]


A, B = "nn.ReLU()", "nn.Tanh()"


@pytest.mark.parametrize(
    "table",
    [
        f"[('a', {A}), ('b', {B})]",
        f"(('a', {A}), ('b', {B}))",
        f"[['a', {A}], ['b', {B}]]",
        f"{{'a': {A}, 'b': {B}}}",
        f"collections.OrderedDict([('a', {A}), ('b', {B})])",
        f"[('a', {A})] + [('b', {B})]",
        f"[('a', {B}), ('b', {B}), ('a', {A})]",
        "[]",
        "{}",
        "",
    ],
)
def test_a_table_of_layers_is_written_as_python_writes_it(table):
    text = f"nn.Sequential(OrderedDict({table}))"
    theirs = eval(text, {"nn": nn, "collections": collections, "OrderedDict": OrderedDict})
    ours = from_source(text)
    assert str(ours) == str(theirs)
    assert list(ours._modules) == list(theirs._modules)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("nn.ReLU()\nnn.Tanh()", nn.Tanh),
        ("nn.ReLU()\nx = 3", nn.ReLU),
        ("a = nn.ReLU()\nb = nn.Tanh()\na", nn.ReLU),
        ("model = nn.ReLU()\nnn.Tanh()", nn.ReLU),
        ("model = nn.ReLU()\nmodel = nn.Tanh()", nn.Tanh),
        ("a = nn.ReLU()\nmodel = a\nnn.Tanh()", nn.ReLU),
        ("model: nn.Module = nn.ReLU()\nnn.Tanh()", nn.ReLU),
        ("nn.ReLU()\nimport torch", nn.ReLU),
    ],
)
def test_the_model_is_what_model_names_at_the_end_or_else_what_the_last_line_made(text, kind):
    assert type(from_source(text)) is kind


def test_exactly_as_many_layers_are_read_as_a_refusal_says():
    text = "nn.LSTM(1, 1, 200)\n" * 10
    assert Reader(text).root().name == "LSTM"
    with pytest.raises(SpecError) as caught:
        Reader(text + "nn.ReLU()").root()
    assert str(caught.value) == "Line 11: this comes to 2001 layers, 1 deep: at most 2000 layers, 60 deep, are read."


@pytest.mark.parametrize(
    ("text", "beyond"),
    [
        ("x = [1] * 2000\nnn.Identity(x)", "x = [1] * 2001\nnn.Identity(x)"),
        (f"nn.Identity('{'a' * 200}')", f"nn.Identity('{'a' * 201}')"),
        ("nn.Identity([(1,) * 16])", "nn.Identity([(1,) * 17])"),
        ("nn.Identity(10**12)", "nn.Identity(10**12 + 1)"),
    ],
    ids=["values", "letters", "values inside", "number"],
)
def test_everything_is_read_up_to_its_bound(text, beyond):
    assert from_source(text)
    with pytest.raises(SpecError):
        from_source(beyond)


def test_a_layer_used_twice_is_one_module():
    model = from_source("a = nn.Linear(2, 2)\nnn.Sequential(a, nn.ReLU(), a)")
    assert model[0] is model[2]


def test_a_name_may_stand_for_a_name_a_thousand_times():
    text = "a0 = nn.ReLU()\n" + "".join(f"a{line + 1} = a{line}\n" for line in range(1000)) + "nn.Sequential(a0, a1000)"
    model = from_source(text)
    assert model[0] is model[1]


def test_the_same_seed_gives_the_same_values_and_the_generator_stays():
    before = torch.get_rng_state()
    one, same, other = (from_source("nn.Linear(3, 3)", seed=seed) for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(one.weight, same.weight)
    assert not torch.equal(one.weight, other.weight)


def test_on_meta_there_is_room_for_more():
    text = "nn.Linear(30_000, 30_000)"
    assert read_source(text).build("meta").weight.is_meta
    with pytest.raises(SpecError) as caught:
        from_source(text)
    assert str(caught.value) == (
        "Line 1: the model has 900,030,000 numbers of 4 bytes, more than the 200,000,000 that are "
        "given values here: make it smaller, or look at its shapes only."
    )


SHARED = "x = [1] * 16\ny = [x] * 2000\n"
REFUSED = {
    "": "Line 1: there is no model here: write model = nn.Sequential(...) with layers of torch.nn.",
    "x = 3": "Line 1: there is no model here: write model = nn.Sequential(...) with layers of torch.nn.",
    "import os\nos.system('x')": "Line 1: os is not imported here: only torch, torch.nn and its layers are known.",
    "\nfrom . import x": "Line 2: .x is not imported here: only torch, torch.nn and its layers are known.",
    "__import__('os')": "Line 1: __import__ is not known here: assign it in a line before, or write nn.__import__ for a layer.",
    "nn.Linear.__init__": "Line 1: .__init__ is not read here: only layers of torch.nn and torch's number types are.",
    "().__class__": "Line 1: .__class__ is not read here: only layers of torch.nn and torch's number types are.",
    "(lambda: 1)()": "Line 1: only layers of torch.nn may be called here, and OrderedDict.",
    "torch.load('x')": "Line 1: .load is not read here: only layers of torch.nn and torch's number types are.",
    "nn.Sequential(nn.Linear(1, 1)).eval()": "Line 1: .eval is not read here: only layers of torch.nn and "
    "torch's number types are.",
    "nn.Conv2D(1, 1, 1)": "Line 1: torch.nn has no layer Conv2D that is read here: did you mean Conv2d?",
    "nn.functional": "Line 1: there is no model here: write model = nn.Sequential(...) with layers of torch.nn.",
    "nn.Linear(10**9, 10**9)": "Line 1: the model has 1,000,000,001,000,000,000 numbers of 4 bytes: "
    "at most 2,000,000,000 are looked at.",
    "nn.BatchNorm1d(10**11, affine=False)": "Line 1: the model has 200,000,000,002 numbers of 4 bytes: "
    "at most 2,000,000,000 are looked at.",
    "nn.Linear(9**9**9, 1)": "Line 1: 9**9**9 is too large a power to work out: write the number.",
    "nn.Linear(1, 1, device='cpu')": "Line 1: leave device='cpu' out: models are built where this page needs them.",
    "nn.LSTM(1, 1, 1, True, True, 0., False, 0, 'cuda')": "Line 1: leave device='cuda' out: models are built "
    "where this page needs them.",
    "nn.GRU(1, 1, device=0)": "Line 1: leave device=0 out: models are built where this page needs them.",
    "nn.LSTM(1, 1, 10**9)": "Line 1: num_layers of nn.LSTM is too large here: use 200 or less.",
    "nn.LSTM(1, 1, num_layers=True)": "Line 1: num_layers of nn.LSTM must be a whole number.",
    "nn.LazyLinear(10**9)": "Line 1: out_features of nn.LazyLinear is too large here: use 65,536 or less.",
    "nn.Linear(nn.ReLU(), 1)": "Line 1: nn.Linear takes no layer as in_features.",
    "nn.Linear(nn.ReLU, 1)": "Line 1: in_features of nn.Linear must be a number, a word, True, False, None or a few of these.",
    "\nnn.Linear(1)": "Line 2: nn.Linear does not take these arguments (missing a required argument: 'out_features').",
    "nn.Linear('a', 1)": None,
    "nn.Conv2d(3, 4, 3, groups=2)": "Line 1: nn.Conv2d does not take these arguments (in_channels must be divisible by groups).",
    "nn.Sequential(nn.ReLU)": "Line 1: nn.Sequential holds layers only, made with brackets: write it like "
    "nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU()).",
    "nn.Sequential({'a.b': nn.ReLU()})": None,
    "class Net(nn.Module):\n    pass": "Line 1: a class or function of your own is not read yet: write the "
    "layers out in nn.Sequential(...).",
    "for i in range(3):\n    pass": "Line 1: this kind of statement (For) is not read: assign layers and "
    "numbers to names, no more.",
    "nn.Sequential(*[nn.ReLU() for _ in range(3)])": "Line 1: [nn.ReLU() for _ in range(3)] "
    "is not something this page reads: write plain values and what the page offers.",
    "nn.Sequential(": "Line 1: this is not Python ('(' was never closed): check brackets, commas and quotes.",
    "nn.Linear(1, 1 / 0)": "Line 1: 1 / 0 cannot be worked out: write the number.",
    "nn.Linear(1, **{})": "Line 1: ** is not read in a call: write the arguments out.",
    "nn.DataParallel(nn.ReLU())": None,
    "x.y = 1": "Line 1: this kind of statement (Assign) is not read: assign layers and numbers to names, no more.",
    "f'{1}'": "Line 1: f'{1}' is not something this page reads: write plain values and what the page offers.",
    "'a' * 10**9": "Line 1: 'a' * 10**9 is not something this page reads: write plain values and what the page offers.",
    "[1] * 10**9": "Line 1: [1] * 10**9 has more than 2000 values: write fewer.",
    "x = nn.ReLU()\n" + "x = nn.Sequential(x, x)\n" * 40: None,
    "x = nn.ReLU()\n" + "x = nn.Sequential(x)\n" * 3000: None,
    "x = nn.ReLU()\n"
    + "x = nn.Sequential(x)\n"
    * 80: "Line 61: this comes to 61 layers, 61 deep: at most 2000 layers, 60 deep, are read.",
    "nn.Linear(1, " + "-" * 70 + "1)": "Line 1: this is nested more than 60 deep: give inner parts names.",
    "x = (1, 1)\n"
    + "x = (x, x)\n" * 100: "Line 3: (x, x) holds a list that is too long or too deep: write it flatter.",
    "x = [1, 1]\n" + "x = x + x\n" * 100: "Line 11: x + x has more than 2000 values: write fewer.",
    "nn.ReLU(" + "(" * 90 + "1" + ",)" * 90 + ")": None,
    "nn.Linear(" + "-" * 5000 + "1, 1)": None,
    "nn.Linear(1, " + "1+" * 9000 + "1)": None,
    "#" * 60_001: "Line 1: the text has 60,001 characters: at most 20,000 are read.",
    "nn.Linear(1, 1" + "0" * 5000 + ")": None,
    "\0": None,
    "\ud800": None,
    "'"
    + "a" * 300
    + "'": f"Line 1: '{'a' * 56}... is not something this page reads: write plain values and what the page offers.",
    "b'x'": "Line 1: b'x' is not something this page reads: write plain values and what the page offers.",
    "nn = 3\nnn.Linear(1, 1)": "Line 2: .Linear is not read here: only layers of torch.nn and torch's number types are.",
    "nn.Sequential(a)\na = nn.ReLU()": "Line 1: a is not known here: assign it in a line before, or write nn.a for a layer.",
    "ReLU()\nfrom torch.nn import ReLU": "Line 1: ReLU is not known here: assign it in a line before, "
    "or write nn.ReLU for a layer.",
    "a = a": "Line 1: a is not known here: assign it in a line before, or write nn.a for a layer.",
    "a = []\nnn.Sequential(*a)\na.append(nn.ReLU())": "Line 2: a is changed on line 3, and nothing is run here: "
    "write it in one piece.",
    SHARED + "nn.Identity(y)\n" * 1200: "Line 31: this is too much to read: paste less of it, its values written out.",
    "model = nn.ReLU()\nfrom torch.nn import ReLU as model": "Line 1: there is no model here: write "
    "model = nn.Sequential(...) with layers of torch.nn.",
    "nn.Sequential(\n  nn.ReLU(),\n  nn.Conv2d(3, 4, 3,\n  groups=2))": "Line 3: nn.Conv2d does not take these arguments "
    "(in_channels must be divisible by groups).",
    "nn.Linear(1,\n 1 +\n x)": "Line 3: x is not known here: assign it in a line before, or write nn.x for a layer.",
    "```\nnn.ReLU(\n```": "Line 2: this is not Python ('(' was never closed): check brackets, commas and quotes.",
    f"nn.Linear({'9' * 5000}, 1)": "Line 1: a number with thousands of digits is not read: write a smaller one.",
    "from .torch import nn": "Line 1: .torch.nn is not imported here: only torch, torch.nn and its layers are known.",
    "from torch.nn import *": "Line 1: torch.nn.* is not imported here: only torch, torch.nn and its layers are known.",
    "import torch\nfrom torch import nn, load": "Line 2: torch.load is not imported here: only torch, torch.nn and its "
    "layers are known.",
    f"import {'a' * 90}": f"Line 1: {'a' * 80} is not imported here: only torch, torch.nn and its layers are known.",
    "a" * 90: f"Line 1: {'a' * 80} is not known here: assign it in a line before, or write nn.{'a' * 80} for a layer.",
    f"torch.{'a' * 90}": f"Line 1: .{'a' * 80} is not read here: only layers of torch.nn and torch's number types are.",
    f"nn.Linear{'r' * 90}": None,
    "nn.Xyzzy()": "Line 1: .Xyzzy is not read here: only layers of torch.nn and torch's number types are.",
    "torch.Conv2d(1, 1, 1)": "Line 1: .Conv2d is not read here: only layers of torch.nn and torch's number types are.",
    "nn.functional.relu": "Line 1: .relu is not read here: only layers of torch.nn and torch's number types are.",
    "[nn][0].ReLU()": "Line 1: .ReLU is not read here: only layers of torch.nn and torch's number types are.",
    # A word is not the name that it spells.
    "a = 'torch.nn'\na.ReLU()": "Line 2: .ReLU is not read here: only layers of torch.nn and torch's number types are.",
    "a = 'torch.nn.ReLU'\na()": "Line 2: only layers of torch.nn may be called here, and OrderedDict.",
    "nn()": "Line 1: only layers of torch.nn may be called here, and OrderedDict.",
    "torch.float32()": "Line 1: only layers of torch.nn may be called here, and OrderedDict.",
    "\n[nn.ReLU][0]()": "Line 2: only layers of torch.nn may be called here, and OrderedDict.",
    "nn.ReLU()()": "Line 1: only layers of torch.nn may be called here, and OrderedDict.",
    "x: int": "Line 1: this kind of statement (AnnAssign) is not read: assign layers and numbers to names, no more.",
    "a = b = nn.ReLU()": "Line 1: this kind of statement (Assign) is not read: assign layers and numbers to names, no more.",
    "def net(x):\n    return x": "Line 1: a class or function of your own is not read yet: write the layers out in "
    "nn.Sequential(...).",
    "model = 3\nnn.ReLU()": "Line 1: there is no model here: write model = nn.Sequential(...) with layers of torch.nn.",
    "model = nn.ReLU": "Line 1: there is no model here: write model = nn.Sequential(...) with layers of torch.nn.",
    "[nn.ReLU()]": "Line 1: there is no model here: write model = nn.Sequential(...) with layers of torch.nn.",
    "nn.Linear(4, out_features=4, out_features=5)": "Line 1: torch.nn.Linear is given out_features twice: leave one out.",
    "nn.Sequential({**{}})": "Line 1: ** is not read in a table: write its entries out.",
    **dict.fromkeys(
        (
            "OrderedDict(3)",
            "OrderedDict([3])",
            "OrderedDict('ab')",
            "OrderedDict([('a', nn.ReLU(), 1)])",
            "OrderedDict([('a',)])",
            "OrderedDict([('a', 3)])",
            "OrderedDict([('a', nn.ReLU)])",
            "OrderedDict([('a', nn.ReLU()), ('b', 3)])",
            "OrderedDict([(1, nn.ReLU())])",
            "OrderedDict([(nn, nn.ReLU())])",
            "OrderedDict(a=nn.ReLU())",
            "OrderedDict([('a', nn.ReLU())], b=nn.Tanh())",
            "OrderedDict([('a', nn.ReLU())], [('b', nn.Tanh())])",
            "{'a': 3}",
            "{1: nn.ReLU()}",
        ),
        'Line 1: here go pairs of a name and a layer: OrderedDict([("conv", nn.Conv2d(3, 8, 3)), ...]).',
    ),
}


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: text[:40].encode("unicode_escape").decode())
def test_what_is_not_read_is_refused_with_its_line(text):
    with pytest.raises(SpecError) as caught:
        from_source(text)
    assert str(caught.value).startswith("Line ")
    assert len(str(caught.value)) < 400
    assert REFUSED[text] is None or str(caught.value) == REFUSED[text]


ATOMS = st.sampled_from(
    [
        "nn",
        "nn.Linear",
        "torch",
        "os",
        "nn.Sequential",
        "3",
        "-1",
        "'same'",
        "model",
        "lambda x: x",
        "__import__",
        "().__class__.__bases__",
        "10**9",
        "nn.ReLU()",
        "OrderedDict",
        "nn.Module",
        "exec",
        "*",
        "True",
    ]
)
TEXTS = st.recursive(
    ATOMS,
    lambda inner: (
        st.builds("{}({}, {})".format, inner, inner, inner)
        | st.builds("[{}, *{}]".format, inner, inner)
        | st.builds("{}.{}".format, inner, inner)
        | st.builds("x = {}\nx + {}".format, inner, inner)
    ),
)


@given(st.text() | TEXTS)
def test_any_text_is_a_model_or_a_refusal_and_nothing_is_run(text):
    try:
        assert isinstance(from_source(text), nn.Module)
    except SpecError as error:
        assert str(error).startswith("Line ")  # noqa: PT017, a model is as good


def test_the_table_is_torch_nns():
    modules = {name for name, value in vars(nn).items() if isinstance(value, type) and issubclass(value, nn.Module)}
    assert set(LEFT_OUT) <= modules
    losses = {name for name in modules if name.endswith(("Loss", "Loss2d"))}
    assert modules - set(LAYERS) - set(LEFT_OUT) == losses - set(LEFT_OUT)
    assert all(cls.__module__.startswith("torch.nn.modules.") for cls in LAYERS.values())
    assert set(CONTAINERS) <= set(LAYERS)
    # In all others a device has its name, by which it is refused.
    kinds = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
    loose = {name for name in LAYERS if any(p.kind in kinds for p in signature(name).parameters.values())}
    bare = {name for name in loose if LAYERS[name].__init__ is nn.Module.__init__}
    assert loose - bare == {"Sequential", "Identity"}
    assert not any(list(LAYERS[name]().state_dict()) for name in bare)
    assert all(isinstance(value, torch.dtype) for value in DTYPES.values())


def test_layers_that_the_model_does_not_use_count_too():
    unused = "unused = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2), 150)"
    lines = [unused.replace("unused", f"unused{number}") for number in range(20)]
    with pytest.raises(SpecError, match=r"^Line 14: this comes to 2,?\d+ layers"):
        read_source("\n".join([*lines, "nn.ReLU()"]))
    with pytest.raises(SpecError, match="the model has"):
        from_source("unused = nn.Linear(20_000, 20_000)\nmodel = nn.ReLU()")


def test_layers_are_made_in_the_order_in_which_python_makes_them():
    text = "last = nn.Linear(4, 2)\nunused = nn.Linear(3, 3)\nmodel = nn.Sequential(nn.Linear(4, 4), last)"
    ours, scope = from_source(text, seed=3), {"nn": nn}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        exec(text, scope)
    assert all(torch.equal(a, b) for a, b in zip(ours.parameters(), scope["model"].parameters(), strict=True))


@pytest.mark.parametrize(
    "text",
    [
        "```python\nimport torch\nmodel = nn.Sequential(nn.Linear(2, 3))\n```\nThat is it.",
        ">>> model = nn.Sequential(\n...     nn.Linear(2, 3))\n>>> model\nSequential(...)",
        "    model = nn.Sequential(\n        nn.Linear(2, 3))",
        "In my notes:\n```\n>>> nn.Sequential(nn.Linear(2, 3))\n```",
    ],
)
def test_a_text_is_read_however_it_was_copied(text):
    source = read_source(text)
    assert [(layer.in_features, layer.out_features) for layer in source.build()] == [(2, 3)]
    scope = {"nn": nn}
    exec(source.code.strip().replace("import torch\n", ""), scope)
    assert repr(scope["model"]) == repr(source.build())


@pytest.mark.parametrize("length", [500, 9000])
def test_a_refusal_does_not_repeat_an_endless_name(length):
    name = "a" * length
    for text in (
        f"class {name}: pass\nx = {name}",
        f"{name} = 1\n{name} += 1\nnn.Sequential({name})",
        f"nn.Linear({name}=1)",
    ):
        with pytest.raises(SpecError) as refusal:
            read_source(text)
        assert len(str(refusal.value)) < 400
