"""The table of columns: every output shows exactly the columns that say so, one more row is one more column everywhere."""

import csv
import io
import json
from dataclasses import fields
from math import prod

import pytest
import torch
import torchvision
from torch import nn

from cnnlab.summary import cells, summarize
from cnnlab.summary.columns import (
    BADGES,
    BRANCH,
    CHANGES,
    COLUMNS,
    CSV,
    JSON,
    MARKDOWN,
    MARKS,
    MEASURE,
    NUMBER,
    SHAPES,
    SHARES,
    SIDES,
    TEXT,
    TREE,
    WORDS,
    Column,
    Output,
    Share,
    measured,
    shown,
)
from cnnlab.summary.compare import compare, side_by_side
from cnnlab.summary.export import to_csv, to_json, to_markdown
from cnnlab.summary.rows import Row
from cnnlab.summary.settings import short
from cnnlab.summary.text import table


class Tied(nn.Module):
    """Rows of every kind, marks and counts of every size."""

    def __init__(self, width=4):
        super().__init__()
        self.conv, self.again = nn.Conv2d(3, width, 3, padding=1), nn.ReLU()
        self.other, self.unused = self.again, nn.Linear(3, 2)
        self.scale = nn.Parameter(torch.ones(width, 1, 1))
        self.pool, self.head = nn.AdaptiveAvgPool2d(1), nn.Linear(width, 2)

    def forward(self, x):
        return self.head(self.pool(self.again(self.again(self.conv(x)) * self.scale)).flatten(1))


@pytest.fixture(scope="module")
def report():
    return summarize(Tied(), (3, 8, 8), batch=2)


EVERYWHERE = TREE | TEXT | MARKDOWN | CSV | JSON | CHANGES | SIDES
EXTRA = Column("letters", "Letters", EVERYWHERE, NUMBER, lambda report, row: 1000 * len(row.type), "{:,}".format)
MORE = (*COLUMNS[:20], EXTRA, *COLUMNS[20:])


def fields_of_csv(report, columns):
    return list(csv.DictReader(io.StringIO(to_csv(report, columns))))


def cells_of_markdown(report, columns):
    lines = [line for line in to_markdown(report, columns).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_one_more_row_of_the_table_is_a_column_of_every_output(report):
    letters = [f"{1000 * len(row.type):,}" for row in report.rows]
    assert [row["cells"]["letters"] for row in cells.rows(report, MORE)] == letters
    head, *lines = table(report, MORE).splitlines()[1:]
    at = head.index("Letters") + len("Letters")
    assert [line[:at].split()[-1] for line in lines[1 : 1 + len(letters)]] == letters
    head, rule, *body = cells_of_markdown(report, MORE)
    at = head.index("Letters")
    assert rule[at] == "--:"
    assert [line[at] for line in body] == letters
    assert [int(line["letters"]) for line in fields_of_csv(report, MORE)] == [1000 * len(r.type) for r in report.rows]
    assert [row["letters"] for row in json.loads(to_json(report, MORE))["rows"]] == [
        1000 * len(row.type) for row in report.rows
    ]
    longer = summarize(nn.Sequential(nn.Conv2d(3, 4, 3)), (3, 8, 8))
    other = summarize(nn.Sequential(nn.Conv1d(3, 4, 3)), (3, 8))
    assert "letters" not in compare(longer, other, MORE)[1].fields  # as long: Conv1d, Conv2d
    other = summarize(nn.Sequential(nn.ReLU()), (3, 8))
    assert "letters" in compare(longer, other, MORE)[1].fields
    sides = {column.name: values for column, *values in side_by_side(longer, other, MORE)[1]}
    assert sides["letters"] == [[10_000, 6000], [10_000, 4000]]


def test_a_share_of_one_more_measured_column_can_be_chosen(report):
    column = Column("sides", "", Output(0), NUMBER, lambda report, row: row.calls, share=Share("% calls", "blue"))
    (*_, measure) = cells.measures(report, (*COLUMNS, column))
    assert measure == {"name": "sides", "title": "% calls", "tone": "blue", "total": 1}
    rows = cells.rows(report, (*COLUMNS, column))
    assert [row["cells"].get("share", {}).get("sides", 0) for row in rows] == [row.calls for row in report.rows]


@pytest.mark.parametrize(
    ("output", "names"),
    [
        (TREE, "label arrives leaves params macs share activation_bytes notes short"),
        (TEXT, "layer input_shape output_shape params macs calls marks"),
        (MARKDOWN, "label type input_shape output_shape params macs calls"),
        (
            CSV,
            "name type kind depth input_shape output_shape params own_params trainable frozen buffers macs own_macs "
            "calls activation_bytes settings marks",
        ),
        (JSON, " ".join(field.name for field in fields(Row))),
        (SIDES, "type output_shape params macs"),
    ],
)
def test_what_reads_these_tables_relies_on_their_columns_and_order(output, names):
    assert [column.name for column in shown(COLUMNS, output)] == names.split()


def test_every_output_has_the_columns_of_the_table_in_its_order(report):
    for column in shown(COLUMNS, TEXT):
        assert (column.head or column.title) in table(report).splitlines()[1]
    titles = [column.head or column.title for column in shown(COLUMNS, TEXT)]
    places = [table(report).splitlines()[1].index(title) for title in titles]
    assert places == sorted(places)
    assert cells_of_markdown(report, COLUMNS)[0] == [c.head or c.title for c in shown(COLUMNS, MARKDOWN)]
    assert list(fields_of_csv(report, COLUMNS)[0]) == [column.name for column in shown(COLUMNS, CSV)]
    for row in json.loads(report.to_json())["rows"]:
        assert list(row) == [column.name for column in shown(COLUMNS, JSON)]
    for row in cells.rows(report):
        assert set(row["cells"]) <= {column.name for column in shown(COLUMNS, TREE)}


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
def test_a_column_is_whole(report, column):
    assert [other.name for other in COLUMNS].count(column.name) == 1
    assert column.kind in (BRANCH, WORDS, NUMBER, SHAPES, SHARES, BADGES)
    assert column.outputs or column.share
    if column.outputs & (TREE | TEXT | MARKDOWN | SIDES):
        assert column.title
    if column.outputs & TREE:
        assert column.about or column.kind == SHARES
    for row in report.rows:
        value = column.of(report, row)
        json.dumps(value, default=vars)
        if column.kind == NUMBER:
            assert isinstance(value, int)
            assert value in column.usual or column.written(report, row) == column.brief(report, row) != ""
        if column.share:
            assert 0 <= value <= column.total(report)


def test_numbers_stand_at_the_right_in_text_and_in_markdown(report):
    head, rule, *_ = cells_of_markdown(report, COLUMNS)
    right = {column.head or column.title for column in shown(COLUMNS, MARKDOWN) if column.kind == NUMBER}
    assert (
        {title for title, mark in zip(head, rule, strict=True) if mark == "--:"} == right == {"Params", "MACs", "Calls"}
    )
    assert set(rule) == {"--:", ":--"}
    lines = table(report).splitlines()
    end = lines[1].index("MACs") + len("MACs")
    assert {line[end : end + 2] for line in lines[3 : 3 + len(report.rows)]} <= {"  ", ""}
    for line, row in zip(lines[3:], report.rows, strict=False):
        assert not row.macs or line[:end].endswith(f" {row.macs:,}")


def test_the_parts_of_each_measure_are_what_torch_counts_of_the_whole():
    model = torchvision.models.resnet18()
    report = summarize(model, (3, 64, 64))
    totals = {measure["name"]: measure["total"] for measure in cells.measures(report)}
    assert totals["params"] == sum(parameter.numel() for parameter in model.parameters())
    assert totals["macs"] == report.macs
    sizes = []
    for module in model.modules():
        if not list(module.children()):
            module.register_forward_hook(lambda module, args, out: sizes.append(out.nbytes))
    with torch.no_grad():
        model.eval()(torch.zeros(1, 3, 64, 64))
    functions = sum(4 * prod(row.output_shape) for row in report.rows if row.kind == "function")
    assert totals["activations"] == sum(sizes) + functions
    rows = {row["name"]: row["cells"].get("share", {}) for row in cells.rows(report)}
    assert rows["fc"]["params"] == sum(p.numel() for p in model.fc.parameters())
    assert rows["fc"]["macs"] == model.fc.in_features * model.fc.out_features
    assert rows["fc"]["activations"] == 4 * model.fc.out_features
    for below in ("conv1", "layer1", "fc"):
        assert {name for name in totals if rows[below][name] > totals[name]} == set()


def test_the_tree_starts_with_a_measure_that_there_is():
    assert MEASURE in [column.name for column in measured(COLUMNS)]


def test_the_tree_shows_one_sample_and_every_tensor(report):
    rows = {row["name"]: row["cells"] for row in cells.rows(report)}
    assert rows["conv"]["arrives"] == ["3 × 8 × 8"]
    assert rows["scale"]["leaves"] == ["4 × 1 × 1"]
    assert rows["/mul:1"]["arrives"] == ["4 × 8 × 8", "4 × 1 × 1"]
    assert rows["conv"]["activation_bytes"] == "2.00 KiB"
    assert rows["conv"]["short"] == "k 3×3 p 1"
    assert "params" not in rows["again"]


def test_marks_are_badges_with_what_is_special_about_the_row(report):
    rows = {row["name"]: row for row in cells.rows(report)}
    assert rows["again"]["cells"]["notes"] == [{"mark": "repeated", "text": "× 2"}]
    assert rows["other"]["cells"]["notes"] == [{"mark": "alias", "more": " = again"}]
    assert (rows["unused"]["look"], rows["unused"]["cells"]["notes"]) == ("unused", [{"mark": "unused"}])
    assert "look" not in rows["conv"]
    assert {mark for row in report.rows for mark in row.marks} <= set(MARKS)


def test_what_pointing_at_a_cell_tells_is_there_for_every_row_with_settings(report):
    texts = cells.tips(report)["short"]
    tips = {at: text for text, places in texts.items() for at in places}
    for at, row in enumerate(report.rows):
        assert tips.get(at, "").splitlines() == [f"{name}={value!r}" for name, value in row.settings.items()]


@pytest.mark.parametrize(
    ("layer", "shape", "words"),
    [
        (nn.Conv2d(3, 8, (3, 5), stride=(2, 1), groups=1), (3, 9, 9), "k 3×5 s 2×1"),
        (nn.ConvTranspose2d(3, 8, 2, stride=2, output_padding=1), (3, 9, 9), "k 2×2 s 2 op 1"),
        (nn.MaxPool2d(2), (3, 9, 9), "k 2×2 s 2"),
        (nn.MaxPool1d(2), (3, 9), "k 2 s 2"),
        (nn.AvgPool3d(2, padding=1), (3, 9, 9, 9), "k 2×2×2 s 2 p 1"),
        (nn.AdaptiveAvgPool2d((None, 7)), (3, 9, 9), "→ ·×7"),
        (nn.Conv2d(8, 8, 3, padding="same", groups=8, dilation=2), (8, 9, 9), "k 3×3 p same d 2 g 8"),
        (nn.Dropout(0.25), (3,), "p 0.25"),
        (nn.Linear(3, 2), (3,), ""),
    ],
    ids=lambda value: type(value).__name__,
)
def test_settings_in_short(layer, shape, words):
    assert short(summarize(nn.Sequential(layer), shape).row("0")) == words
