"""Other views of a summary: text, exports, graph, comparison, walks, the value for the layer inspector."""

import csv
import io
import json

import pytest
import torch
import torchvision
from torch import nn
from torch.nn import functional as F

from cnnlab.specs import SpecError
from cnnlab.summary import bands, graph, hand_over, node_names, shape_text, summarize, walks


class Small(nn.Module):
    def __init__(self, width=4):
        super().__init__()
        self.conv = nn.Conv2d(3, width, 3, padding=1)
        self.norm = nn.BatchNorm2d(width)
        self.head = nn.Linear(width, 2)

    def forward(self, x):
        x = self.conv(x)
        x = F.relu(self.norm(x)) + x
        return self.head(x.mean((2, 3)))


@pytest.fixture(scope="module")
def report():
    return summarize(Small(), (3, 8, 8))


def test_printing_gives_a_table(report):
    assert str(report) == report.to_text()
    assert str(report).splitlines() == [
        "─" * 79,
        "Layer (type)          Input          Output         Params   MACs  Calls  Notes",
        "─" * 79,
        "Small                 1 × 3 × 8 × 8  1 × 2             130  6,920",
        "└ conv (Conv2d)       1 × 3 × 8 × 8  1 × 4 × 8 × 8     112  6,912",
        "└ norm (BatchNorm2d)  1 × 4 × 8 × 8  1 × 4 × 8 × 8       8",
        "└ relu                1 × 4 × 8 × 8  1 × 4 × 8 × 8",
        "└ add                 1 × 4 × 8 × 8  1 × 4 × 8 × 8",
        "└ mean                1 × 4 × 8 × 8  1 × 4",
        "└ head (Linear)       1 × 4          1 × 2              10      8",
        "─" * 79,
        "Parameters: 130 (130 trainable, 0 frozen), 520 B",
        "Buffers: 9",
        "MACs: 6,920 (FLOPs = 2 × MACs = 13,840), batch 1",
        "Not counted: add × 1, mean × 1, native_batch_norm × 1, relu × 1",
        "meta: Run on the meta device: shapes only, no memory and no arithmetic.",
        "─" * 79,
    ]


def test_the_text_of_a_failure_says_why_and_what_would_do():
    text = summarize(Small(), (1, 8, 8)).to_text()
    assert (
        "Stopped: Layer conv (Conv2d) expects 3 channels (in_channels), and got 1: its input is 1 × 1 × 8 × 8." in text
    )
    assert "  Fix: Give an input of 3 × 8 × 8: 3 channels." in text


def test_csv_reads_back(report):
    lines = list(csv.DictReader(io.StringIO(report.to_csv())))
    assert [line["name"] for line in lines] == [row.name for row in report.rows]
    assert [int(line["macs"]) for line in lines] == [row.macs for row in report.rows]
    assert [json.loads(line["output_shape"]) for line in lines] == [list(row.output_shape) for row in report.rows]
    assert json.loads(lines[1]["settings"])["kernel_size"] == [3, 3]


def test_csv_cells_are_not_formulas():
    model = nn.Sequential()
    model.add_module("=1+1", nn.ReLU())
    assert "'=1+1" in summarize(model, (3,)).to_csv()


def test_json_reads_back(report):
    data = json.loads(report.to_json())
    assert (data["params"], data["macs"], data["flops"]) == (report.params, report.macs, report.flops)
    assert data["rows"][1]["settings"]["padding"] == [1, 1]
    failure = json.loads(summarize(Small(), (1, 8, 8)).to_json())["failure"]
    assert (failure["path"], failure["arrived"]) == ("conv", [[1, 1, 8, 8]])


def test_markdown_has_a_line_for_each_row(report):
    lines = report.to_markdown().splitlines()
    assert lines[2] == "| `Small` | Small | 1 × 3 × 8 × 8 | 1 × 2 | 130 | 6,920 | 1 |"
    assert sum(line.startswith("|") for line in lines) == len(report.rows) + 2


def test_the_graph_follows_the_data(report):
    whole = graph(report)
    names = {node.id: node.row or "input" for node in whole.nodes}
    assert [(names[a], names[b]) for a, b, _ in whole.edges] == [
        ("input", "conv"),
        ("conv", "norm"),
        ("norm", "/relu:1"),
        ("/relu:1", "/add:1"),
        ("conv", "/add:1"),
        ("/add:1", "/mean:1"),
        ("/mean:1", "head"),
    ]


@pytest.mark.parametrize("name", ["resnet50", "densenet121", "googlenet", "vit_b_32", "swin_t", "efficientnet_b0"])
def test_every_node_of_a_zoo_model_leads_from_the_input_to_the_end(name):
    with torch.device("meta"):
        settings = {"init_weights": False, "aux_logits": False} if name == "googlenet" else {}
        model = torchvision.models.get_model(name, weights=None, **settings)
    whole = graph(summarize(model, (3, 224, 224)))
    reached = {-1}
    for source, to, _ in whole.edges:
        assert source < to
        if source in reached:
            reached.add(to)
    last = whole.nodes[-1].id
    assert last in reached
    assert len(reached) > 0.9 * len(whole.nodes)


def test_nodes_stand_in_bands_that_say_something():
    with torch.device("meta"):
        nodes = graph(summarize(torchvision.models.resnet18(), (3, 64, 64))).nodes
    runs = bands(nodes)
    assert [run.name for run in runs] == ["", "layer1", "layer2", "layer3", "layer4", ""]
    assert [place for run in runs for place in range(run.first, run.last + 1)] == list(range(len(nodes)))
    names = node_names(nodes, runs)
    assert (names[1], names[runs[1].first], names[runs[1].last], names[-2]) == (
        "conv1",
        "0.conv1",
        "1.relu:2",
        "flatten",
    )


def test_a_band_that_holds_most_of_the_nodes_is_parted():
    with torch.device("meta"):
        nodes = graph(summarize(torchvision.models.mobilenet_v2(), (3, 64, 64))).nodes
    names = [run.name for run in bands(nodes)]
    assert names[1:4] == ["features.0", "features.1", "features.2"]


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.norm = nn.Embedding(5, 4), nn.BatchNorm1d(4)
        self.head = nn.Linear(4, 5, bias=False)
        self.head.weight = self.embedding.weight


@pytest.mark.parametrize("model", [Tied(), torchvision.models.resnet18(), nn.Sequential(nn.ReLU(), nn.Linear(3, 2))])
def test_walks_yield_what_torch_yields_and_their_code_prints_it(model, capsys):
    ways = {walk.name: walk for walk in walks(model)}
    assert list(ways) == [
        "modules",
        "named_modules",
        "children",
        "named_children",
        "parameters",
        "named_parameters",
        "state_dict",
    ]
    for walk in ways.values():
        exec(walk.code, {"model": model})
        printed = capsys.readouterr().out.splitlines()
        items = [
            " ".join(
                part
                for part in (item.name, str(item.shape) if item.shape is not None else item.type)
                if part is not None
            )
            for item in walk.items
        ]
        assert printed == items
    assert [item.type for item in ways["parameters"].items] == ["Parameter"] * len(list(model.parameters()))


@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v2", "alexnet"])
def test_a_row_handed_over_builds_the_same_layer(name):
    model = torchvision.models.get_model(name, weights=None)
    for row in summarize(model, (3, 224, 224)).modules:
        if not row.leaf:
            continue
        plain = json.loads(json.dumps(hand_over(row)))
        settings = {k: tuple(v) if isinstance(v, list) else v for k, v in plain["params"].items()}
        layer = getattr(nn, plain["name"])(**settings)
        assert repr(layer) == repr(model.get_submodule(row.name))
        assert tuple(plain["input_shape"]) == row.input_shape[1:]


def test_a_row_that_is_no_layer_is_not_handed_over(report):
    with pytest.raises(SpecError) as refusal:
        hand_over(report.rows[0])
    assert str(refusal.value) == "Small is not a single layer: choose a row without rows below it."


def test_the_batch_is_taken_off_for_one_sample(report):
    assert report.sample((1, 4, 8, 8)) == (4, 8, 8)
    assert report.sample((4, 4)) == (4, 4)
    assert shape_text(report.sample(report.rows[0].input_shape)) == "3 × 8 × 8"
