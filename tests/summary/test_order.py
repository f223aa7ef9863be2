"""One row for each call, in the order in which torch's own hooks fire."""

import copy
import random
from functools import partial

import pytest
import torch
import torchvision
from torch import nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from cnnlab import limits
from cnnlab.models import MODELS, build
from cnnlab.summary import summarize
from cnnlab.summary.graph import graph
from cnnlab.summary.order import FEW, SHOWN
from cnnlab.summary.rows import CALL, FUNCTION, MODULE, PARAMETER, REST


class Siamese(nn.Module):
    """A container called twice, with pictures of two sizes, and an operation inside it."""

    def __init__(self):
        super().__init__()
        self.head, self.body = nn.Linear(8, 2), Body()

    def forward(self, x):
        return self.head(torch.cat([self.body(x), self.body(x[..., ::2, ::2])], 1))


class Body(nn.Module):
    def __init__(self):
        super().__init__()
        self.pool, self.conv = nn.AdaptiveAvgPool2d(1), nn.Conv2d(3, 4, 3)

    def forward(self, x):
        return self.pool(F.relu(self.conv(x))).flatten(1)


class Loop(nn.Module):
    """A cell that runs as often as it is told to."""

    def __init__(self, times=4):
        super().__init__()
        self.cell, self.norm, self.head = nn.Linear(4, 4), nn.Sequential(nn.Linear(4, 4), nn.ReLU()), nn.Linear(4, 2)
        self.times = times

    def forward(self, x):
        for _ in range(self.times):
            x = self.norm(self.cell(x)) + x
        return self.head(x)


class Zipped(nn.Module):
    """Two containers gone through together, with an operation between, in another order than they were declared."""

    def __init__(self):
        super().__init__()
        self.norms = nn.ModuleList(nn.BatchNorm2d(3) for _ in range(3))
        self.convs = nn.ModuleList(nn.Conv2d(3, 3, 3, padding=1) for _ in range(4))  # the last is never called

    def forward(self, x):
        for conv, norm in zip(self.convs, self.norms, strict=False):
            x = F.relu(norm(conv(x))) + x
        return x


class Borrowing(nn.Module):
    """A module that calls one which is registered elsewhere, and a container that is gone through and then called."""

    def __init__(self):
        super().__init__()
        self.shared, self.pair = nn.Linear(4, 4), nn.Sequential(nn.Linear(4, 4), nn.ReLU())
        self.block = Guest(self.shared)

    def forward(self, x):
        for layer in self.pair:
            x = layer(x)
        return self.pair(self.shared(self.block(x)))


class Guest(nn.Module):
    def __init__(self, other):
        super().__init__()
        self.own, self.others = nn.Linear(4, 4), [other]

    def forward(self, x):
        return self.others[0](self.own(x))


class Dice(nn.Module):
    """A few layers, in containers and shared, called in an order that a seed decides."""

    def __init__(self, seed):
        super().__init__()
        dice = random.Random(seed)
        layers = [nn.Linear(4, 4), nn.ReLU(), nn.Sequential(nn.Linear(4, 4), nn.Tanh()), nn.Identity()]
        self.names = []
        for number in range(dice.randint(1, 5)):
            name, layer = f"part{number}", dice.choice(layers)
            held = nn.ModuleList([layer, nn.Linear(4, 4)]) if dice.random() < 0.4 else layer
            self.add_module(name, held)
            self.names += [(name, 0), (name, 1)] if isinstance(held, nn.ModuleList) else [(name, None)]
        self.calls = [dice.choice([*self.names, None]) for _ in range(dice.randint(1, 30))]

    def forward(self, x):
        for call in self.calls:
            if call is None:
                x = x + 1
            else:
                module = getattr(self, call[0])
                x = (module if call[1] is None else module[call[1]])(x)
        return x


NETS = {
    "LeNet": (lambda: build(MODELS["LeNet"].example(), "cpu"), (3, 32, 32)),
    "UNet": (lambda: build(MODELS["UNet"].example(), "cpu"), (3, 64, 64)),
    "resnet50": (torchvision.models.resnet50, (3, 64, 64)),
    "densenet121": (torchvision.models.densenet121, (3, 64, 64)),
    "googlenet": (partial(torchvision.models.googlenet, init_weights=False), (3, 64, 64)),
    "swin_t": (torchvision.models.swin_t, (3, 64, 64)),
    "siamese": (Siamese, (3, 12, 12)),
    "loop of 5": (partial(Loop, 5), (4,)),
    "loop of 40": (partial(Loop, 40), (4,)),
    "zipped": (Zipped, (3, 8, 8)),
    "borrowing": (Borrowing, (4,)),
    **{f"dice {seed}": (partial(Dice, seed), (4,)) for seed in range(25)},
}


def heard(model, shape):
    """What hooks hear of a pass: the paths in the order in which calls begin, with the shapes of each."""
    model = copy.deepcopy(model).eval()
    begun, open_calls = [], []

    def before(module, args, name):
        first = args[0][0] if isinstance(args[0], list) else args[0]  # a dense layer takes all results so far
        begun.append([name, tuple(first.shape), None])
        open_calls.append(len(begun) - 1)

    def after(module, args, out, name):
        begun[open_calls.pop()][2] = tuple(out.shape) if isinstance(out, torch.Tensor) else None

    for name, module in model.named_modules():
        module.register_forward_pre_hook(partial(before, name=name))
        module.register_forward_hook(partial(after, name=name))
    with torch.no_grad():
        model(torch.zeros(1, *shape))
    return [tuple(call) for call in begun]


@pytest.mark.parametrize("name", NETS)
def test_calls_of_modules_have_rows_in_the_order_in_which_hooks_fire(name):
    make, shape = NETS[name]
    model = make()
    report = summarize(model, shape)
    rows = [row for row in report.rows if row.call]
    assert [(row.path, row.input_shape, row.output_shape) for row in rows] == heard(model, shape)
    turns = {}
    for row in rows:
        turns[row.path] = turns.get(row.path, 0) + 1
        assert (row.call, row.kind == MODULE) == (turns[row.path], turns[row.path] == 1)
    assert {path: report.row(path).calls for path in turns} == turns


@pytest.mark.parametrize("name", NETS)
def test_numbers_of_the_rows_add_up_to_those_of_torch(name):
    make, shape = NETS[name]
    model = make().eval()
    report = summarize(model, shape)
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), counter:
        model(torch.zeros(1, *shape))
    assert sum(row.own_macs for row in report.rows) == report.rows[0].macs == report.macs
    assert report.macs == counter.get_total_flops() // 2
    for row in report.rows:
        assert row.macs == row.own_macs + sum(other.macs for other in report.children(row.name))
    own = {id(parameter): parameter.numel() for parameter in model.parameters()}
    assert report.params == sum(own.values())
    for row in report.rows:
        if row.kind == MODULE:
            assert row.params == sum(parameter.numel() for parameter in model.get_submodule(row.name).parameters())
        assert row.kind in (MODULE, PARAMETER) or row.params == row.own_params == 0


@pytest.mark.parametrize("name", NETS)
def test_every_row_has_a_name_of_its_own_and_its_place_below_another(name):
    make, shape = NETS[name]
    model = make()
    report = summarize(model, shape)
    names = [row.name for row in report.rows]
    assert len(set(names)) == len(names)
    assert {row.name for row in report.modules} == {name for name, _ in model.named_modules(remove_duplicate=False)}
    above = []
    for row in report.rows:
        assert row.depth <= len(above)
        del above[row.depth :]
        assert row.parent == (above[-1] if above else None)
        above.append(row.name)
    assert {step.row for step in report.steps} <= set(names)
    assert [step.row for step in report.steps] == [row.name for row in report.rows if row.call or row.kind == FUNCTION]
    assert [node.row for node in graph(report).nodes[1:]] == [step.row for step in report.steps if step.finest]


def test_lenet_reads_downwards_as_its_forward_does():
    report = summarize(build(MODELS["LeNet"].example()), (3, 32, 32))
    assert [row.label for row in report.rows[1:]] == [
        *("conv1", "relu", "max_pool2d", "conv2", "relu:2", "max_pool2d:2", "flatten"),
        *("fc1", "relu:3", "fc2", "relu:4", "fc3"),
    ]
    assert report.row("/max_pool2d:2").output_shape == (1, 16, 5, 5)
    lines = report.to_text().splitlines()[4:16]
    assert [line.split()[1] for line in lines] == [row.label for row in report.rows[1:]]


def test_a_module_that_is_called_again_has_a_light_row_with_the_shapes_of_that_call():
    report = summarize(Siamese(), (3, 12, 12))
    first, again = report.row("body.conv"), report.row("body.conv:2")
    assert (first.calls, first.call, first.output_shape) == (2, 1, (1, 4, 10, 10))
    assert (again.calls, again.call, again.output_shape) == (1, 2, (1, 4, 4, 4))
    assert (again.kind, again.path, again.parent, again.label) == (CALL, "body.conv", "body:2", "conv:2")
    assert (first.params, again.params) == (3 * 4 * 9 + 4, 0)
    assert (first.macs, again.macs) == (3 * 4 * 9 * 100, 3 * 4 * 9 * 16)
    assert [row.name for row in report.children("body:2")] == [
        "body.conv:2",
        "body/relu:2",
        "body.pool:2",
        "body/flatten:2",
    ]
    text = report.to_text()
    assert "conv:2 (Conv2d)" in text
    assert "call 2 of 2" in text
    assert "A module called again has its parameters at its first call." in text


def test_a_container_that_is_gone_through_bit_by_bit_stands_wherever_it_goes_on():
    report = summarize(Zipped(), (3, 8, 8))
    assert [row.name for row in report.rows if row.depth == 1] == [
        *("convs", "norms", "/relu:1", "/add:1", "convs:2", "norms:2", "/relu:2", "/add:2"),
        *("convs:3", "norms:3", "/relu:3", "/add:3"),
    ]
    assert [row.name for row in report.children("convs")] == ["convs.0", "convs.3"]
    assert report.row("convs.3").marks == ("unused",)
    assert report.row("convs:2").marks == ("continued",)
    assert report.row("convs").params == 4 * (3 * 3 * 9 + 3)


def test_a_container_that_is_called_at_last_has_the_shapes_of_that_call():
    report = summarize(Borrowing(), (4,))
    assert (report.row("pair").calls, report.row("pair").output_shape) == (1, (1, 4))
    assert [row.name for row in report.rows if row.path == "pair"] == ["pair:2", "pair"]
    assert report.row("shared").parent == "block"  # where it runs first
    assert report.row("shared:2").parent == ""


def test_the_further_rounds_of_a_loop_are_one_row_that_folds():
    short, long = (summarize(Loop(times), (4,)) for times in (SHOWN + 1, 40))
    assert [row for row in short.rows if row.kind == REST] == []  # so few are no wall
    (rest,) = (row for row in long.rows if row.kind == REST)
    assert rest.calls == 5 * (40 - SHOWN) >= FEW
    assert rest.macs == (40 - SHOWN) * 2 * 16
    assert [row.label for row in long.rows if row.depth == 1][-2:] == [f"… × {rest.calls}", "head"]
    assert len(long.outline) == len(long.rows) - rest.calls
    assert f"{rest.calls} further calls" in long.to_text()
    assert "cell:4" not in long.to_text()
    assert len(long.to_csv().splitlines()) == len(long.rows) + 1


def test_a_module_called_thousands_of_times_has_no_more_rows_than_the_limit(monkeypatch):
    monkeypatch.setattr(limits, "CALL_ROWS", 50)
    report = summarize(Loop(200), (4,))
    assert len(report.rows) == len(list(Loop().modules())) + 50 + 1
    (rest,) = (row for row in report.rows if row.kind == REST)
    assert rest.calls == 5 * (200 - SHOWN)
    assert sum(row.own_macs for row in report.rows) == report.macs == 200 * 2 * 16 + 8
    assert report.row("cell").calls == 200
    sizes = sum(4 * 4 for row in report.steps if row.finest and row.row != "head") + 2 * 4
    assert report.activations[""] == sizes
    assert {step.row for step in report.steps} <= {row.name for row in report.rows}


def test_the_call_that_stopped_is_marked_and_not_the_first():
    class Narrow(nn.Module):
        def __init__(self):
            super().__init__()
            self.fold = nn.Linear(4, 2)

        def forward(self, x):
            return self.fold(self.fold(x))

    report = summarize(Narrow(), (4,))
    assert report.failure.path == "fold"
    assert [row.name for row in report.rows if "failed" in row.marks] == ["fold:2"]
