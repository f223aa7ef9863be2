"""The table of columns: every output shows exactly the columns that say so, one more row is one more column everywhere."""

import csv
import io
import json
import re
from dataclasses import fields
from math import prod
from pathlib import Path

import pytest
import torch
import torchvision
from streamlit import config
from torch import nn

from cnnlab.quantities import binary
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
    Badge,
    Column,
    Mark,
    Output,
    Share,
    measured,
    shown,
)
from cnnlab.summary.compare import compare, side_by_side
from cnnlab.summary.export import to_csv, to_json, to_markdown
from cnnlab.summary.rows import PARAMETER, Row, shape_text
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


class Marked(nn.Module):
    """Every mark that a row can have without the pass stopping."""

    def __init__(self):
        super().__init__()
        self.again, self.direct, self.lazy = nn.ReLU(), nn.Sigmoid(), nn.LazyLinear(3)
        self.second, self.never = self.again, nn.Linear(3, 3)
        self.read, self.frozen = nn.Linear(3, 3, bias=False), nn.Linear(3, 3).requires_grad_(False)
        self.one, self.other = nn.Linear(3, 3, bias=False), nn.Linear(3, 3, bias=False)
        self.other.weight = self.one.weight
        self.offset = nn.Parameter(torch.ones(2, 3))
        self.none = nn.Parameter(torch.empty(0))

    def forward(self, x):
        x = self.again(self.again(self.lazy(x))) @ self.read.weight
        return self.other(self.one(self.frozen(self.direct.forward(x)))) + self.offset


class Looped(nn.Module):
    """A loop of many rounds, over what a container holds."""

    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(3, 3)])

    def forward(self, x):
        for _ in range(20):
            x = self.layers[0](x) + x
        return x


@pytest.fixture(scope="module")
def marked():
    return summarize(Marked(), (5,), batch=2)


TREE_FILES = Path(__file__).parents[2] / "pages" / "summary" / "tree"
SCRIPT, STYLE = ((TREE_FILES / name).read_text() for name in ("tree.js", "tree.css"))
TITLED = TREE | TEXT | MARKDOWN | SIDES
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
    assert [row["cells"]["letters"] for row in side_by_side(longer, other, MORE)] == [["10,000"], ["6,000", "4,000"]]


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
        (TEXT, "layer input_shape output_shape params macs calls remarks"),
        (MARKDOWN, "label type input_shape output_shape params macs calls"),
        (
            CSV,
            "name type kind depth input_shape output_shape params own_params trainable frozen buffers macs own_macs "
            "calls activation_bytes settings marks call of",
        ),
        (JSON, " ".join(field.name for field in fields(Row))),
        (SIDES, "type leaves params macs short"),
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
    assert bool(column.title) == bool(column.outputs & TITLED)
    assert bool(column.about) == (TREE in column.outputs and column.kind != SHARES)
    assert not column.about or column.about.endswith(".")
    assert not column.head or len(column.head) < len(column.title)
    assert type(column.least) is int
    for row in report.rows:
        value = column.of(report, row)
        json.dumps(value, default=vars)
        if column.kind == NUMBER:
            assert isinstance(value, int)
            assert value in column.usual or column.written(report, row) == column.brief(report, row) != ""
        if column.share:
            assert 0 <= value <= column.total(report)


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
def test_whole_numbers_stand_at_the_right_and_nothing_else_does(report, marked, column):
    kinds = {type(column.of(each, row)) for each in (report, marked) for row in each.rows}
    assert column.right == (kinds == {int})


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
def test_a_value_reads_as_its_kind_of_value_does(report, marked, column):
    for each in (report, marked):
        for row in each.rows:
            value = column.of(each, row)
            if column.kind == SHAPES:
                assert [column.text(shape) for shape in value] == [shape_text(shape) for shape in value]
            elif column.name.endswith("_shape"):
                assert column.written(each, row) == shape_text(value)
            elif column.share or column.name == "activation_bytes":
                for number in (value, 12_345_678):  # large enough for separators
                    counts = column.name in ("params", "macs")
                    assert column.text(number) == (f"{number:,}" if counts else binary(number))
            elif column.name == "marks":
                assert column.written(each, row).split(", ") == list(row.marks or ("",))
            else:
                assert column.written(each, row) == str(value)


def test_what_goes_without_saying_is_that_there_is_nothing_or_that_it_happened_once():
    for column in COLUMNS:
        said = [number for number in (0, 1, 2, 1000) if number not in column.usual]
        assert said == {"calls": [2, 1000]}.get(column.name, [1, 2, 1000] if column.usual else [0, 1, 2, 1000])


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
    assert rows["again:2"]["cells"]["notes"] == [{"mark": "again", "call": 2, "calls": 2}]
    assert (rows["again"]["turn"], rows["again:2"]["turn"], "turn" in rows["conv"]) == ("1/2", "2/2", False)
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


def test_the_script_of_the_tree_knows_every_kind_of_cell():
    filled = re.findall(r"^  (\w+): \(element", SCRIPT, re.MULTILINE)
    assert [BRANCH, *filled] == ["branch", WORDS, NUMBER, SHAPES, SHARES, BADGES]
    assert len({BRANCH, *filled}) == 6
    named = set(re.findall(r"\bkind ===? \"(\w+)\"", SCRIPT)) - {"module"}  # that one is a row's
    assert named <= {BRANCH, *filled}
    assert {column.kind for column in shown(COLUMNS, TREE)} == {BRANCH, *filled}
    for output in (TREE, TEXT, MARKDOWN):
        assert [column.kind for column in shown(COLUMNS, output)].count(BRANCH) == 1


def test_every_row_has_its_place_in_the_tree_even_where_a_column_is_empty():
    """Without `least` the tree leaves an empty column out: what the choice of shares names, and the bar, must stay."""
    lasting = {column.name for column in shown(COLUMNS, TREE) if column.share or column.kind == SHARES}
    assert lasting <= {column.name for column in COLUMNS if column.least > 0}
    assert Column("a", "A", TREE).least == 0


def test_a_colour_means_the_same_as_on_every_page():
    """.streamlit/config.toml: input blue, weights orange, output green."""
    tones = {column.name: column.tone for column in COLUMNS if column.tone}
    assert tones == {"arrives": "blue", "params": "orange", "leaves": "green"}
    shares = {column.name: column.share.tone for column in measured(COLUMNS)}
    assert shares["params"] == tones["params"]
    assert len(set(shares.values())) == len(shares)
    for tone in {*tones.values(), *shares.values(), *(mark.tone for mark in MARKS.values())}:
        assert f"theme.{tone}Color" in config.get_config_options()
    assert {share.title for share in (column.share for column in measured(COLUMNS))} == {
        "% parameters",
        "% MACs",
        "% activations",
    }


def test_every_mark_that_a_row_can_have_is_explained_and_no_other(marked):
    stopped = summarize(nn.Sequential(nn.Linear(3, 2), nn.Linear(3, 2)), (3,))
    looped = summarize(Looped(), (3,))
    given = {mark for report in (marked, stopped, looped) for row in report.rows for mark in row.marks}
    assert given == set(MARKS)


@pytest.mark.parametrize("name", MARKS)
def test_a_mark_has_a_word_a_meaning_and_a_badge_in_a_colour(name):
    mark = MARKS[name]
    words = {"again": "call {call} of {calls}", "rest": "{calls} further calls"}
    assert mark.word == words.get(name, name)
    assert mark.about.endswith(".")
    assert f".badge.{mark.tone} {{" in STYLE
    assert mark.row == bool(re.search(rf"\.{name}\b", STYLE))
    assert not Mark("word", "gray", "Meaning.").row


def test_a_badge_says_what_is_special_about_its_row(marked):
    notes = next(column for column in COLUMNS if column.name == "notes")
    badges = {row.name: notes.of(marked, row) for row in marked.rows}
    assert badges["again"] == (Badge("repeated", text="× 2"),)
    assert badges["again:2"] == (Badge("again", call=2, calls=2),)
    assert str(*badges["again:2"]) == "call 2 of 2"
    assert badges["second"] == (Badge("alias", more=" = again"),)
    for row in marked.rows:
        assert [badge.mark for badge in badges[row.name]] == list(row.marks)
        plain = set(row.marks) - {"repeated", "alias", "again"}
        assert all(badge == Badge(badge.mark, "", "") for badge in badges[row.name] if badge.mark in plain)


def test_a_parameter_keeps_a_first_side_that_is_as_long_as_the_batch(marked):
    """It has no batch. One that is empty, or not made yet, shows no shape."""
    leaves = next(column for column in COLUMNS if column.name == "leaves")
    assert {row.name: leaves.of(marked, row) for row in marked.rows if row.kind == PARAMETER} == {
        "offset": ((2, 3),),
        "none": (),
    }
    assert leaves.of(marked, marked.row("lazy")) == ((3,),)


def test_a_row_of_plain_text_is_named_by_what_the_model_calls_it_and_by_its_type(report):
    layer = next(column for column in COLUMNS if column.name == "layer")
    assert [layer.written(report, row) for row in report.rows if row.name in ("", "conv", "/mul:1")] == [
        "Tied",
        "conv (Conv2d)",
        "mul",
    ]


def test_all_marks_of_a_row_stand_in_plain_text(marked):
    lines = {line.split()[1]: line for line in table(marked).splitlines() if line.startswith("└")}
    for row in marked.rows[1:]:
        words = ["call 2 of 2" if mark == "again" else mark for mark in row.marks]
        assert lines[row.label].endswith(", ".join(words))


def test_a_column_stands_for_the_attribute_of_its_name_as_text_unless_told_otherwise(report):
    column, row = Column("depth", "", CSV), report.row("conv")
    assert (column.of(report, row), column.written(report, row), column.brief(report, row)) == (1, "1", "1")
    assert (column.kind, column.head, column.about, column.tone, column.tip, column.share) == (
        WORDS, "", "", "", None, None,
    )  # fmt: skip
    assert not column.right
    quiet = Column("depth", "", CSV, NUMBER, text="<{}>".format, usual=(1,))
    assert (quiet.written(report, row), quiet.brief(report, row), quiet.right) == ("<1>", "", True)
    assert quiet.brief(report, report.rows[0]) == "<0>"
    assert quiet.total(report) == 0
    doubled = Column("depth", "", CSV, value=lambda report, row: 2 * row.depth + len(report.rows))
    assert doubled.of(report, row) == 2 + len(report.rows)
