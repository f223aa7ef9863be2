"""What the scripts of the components compute, called by name in an empty page, without the app."""

import json
import re
from collections import Counter
from itertools import pairwise, permutations
from pathlib import Path

import pytest

from cnnlab.summary.columns import BRANCH, COLUMNS, SHARES, TREE, measured, shown
from pages.shared import component
from pages.shared.models import offered

ROOT = Path(__file__).parent.parent.parent
SCRIPTS = {name: f"pages/summary/{name}" for name in ("tree", "graph", "compare")}
SCRIPTS |= {name: f"pages/shared/{name}" for name in ("choice", "histograms", "maps")}
SCRIPTS |= {name: f"pages/layers/{name}" for name in ("matrix", "pixels")}
SCRIPTS |= {"sheet": "pages/loading/sheet"}
SCRIPTS |= {"tiles": "pages/augmentation/tiles", "charts": "pages/training/charts"}
# A set goes in as {"set": [...]}; sets and maps come out as lists.
CALL = """
async ([source, name, cases]) => {
    const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    const script = await import(address);
    URL.revokeObjectURL(address);
    const read = (value) => Array.isArray(value?.set) ? new Set(value.set) : value;
    const plain = (key, value) => value instanceof Set || value instanceof Map ? [...value] : value;
    return JSON.stringify(cases.map((values) => script[name](...values.map(read))), plain);
}
"""


def source(script: str) -> str:
    return component.script(ROOT / SCRIPTS[script])


@pytest.fixture(scope="module")
def blank(browser):
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture
def call(blank):
    """`call(script, function, *cases)` gives what the function gives for each case, a list of arguments."""

    def call(script: str, function: str, *cases):
        return json.loads(blank.evaluate(CALL, [source(script), function, cases]))

    return call


def rows(*names: str) -> list[dict]:
    """Rows of a tree; spaces before a name say how deep it is, a type may follow it."""
    made, path = [], []
    for text in names:
        label, _, type_name = text.strip().partition(" ")
        depth = len(text) - len(text.lstrip())
        path[depth:] = [label]
        name = ".".join(path[1:])
        made.append({"name": name, "label": label, "type": type_name or "Module", "kind": "module", "depth": depth})
    return made


NET = rows("Net", " stem Conv2d", " body Sequential", "  one Conv2d", "  two", "   norm BatchNorm2d", " head Linear")
NAMES = [row["label"] for row in NET]


def at(label: str) -> int:
    return NAMES.index(label)


def places(*labels: str) -> dict:
    return {"set": [at(label) for label in labels]}


def labels(flags) -> str:
    return " ".join(label for label, flag in zip(NAMES, flags, strict=True) if flag)


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_still_gives_streamlit_its_component(name, blank):
    text = source(name)
    kind = "async source => typeof (await import(URL.createObjectURL(new Blob([source], {type: 'text/javascript'})))).default"
    assert blank.evaluate(kind, text) == "function"


def test_the_tree_knows_every_kind_of_cell_and_no_column_by_name(blank):
    columns = [column for column in shown(COLUMNS, TREE) if column.kind != BRANCH]
    text = source("tree")
    keys = "async source => Object.keys((await import(URL.createObjectURL(new Blob([source], {type: 'text/javascript'})))).FILL)"
    assert set(blank.evaluate(keys, text)) == {column.kind for column in columns}
    style = (ROOT / SCRIPTS["tree"] / "tree.css").read_text(encoding="utf-8")
    names = {column.name for column in (*columns, *measured(COLUMNS)) if column.kind != SHARES}
    assert names & set(re.findall(r"\w+", text + style)) == set()


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0, ""),
        (1e-9, "< 0.1%"),
        (0.00049, "< 0.1%"),
        (0.0005, "0.1%"),
        (0.1234, "12.3%"),
        (0.9999, "100.0%"),
        (1, "100.0%"),
    ],
)
def test_a_share_reads_as_percent(call, share, text):
    assert call("tree", "percent", [share]) == [text]


def test_a_share_is_that_of_the_chosen_measure(call):
    values = {"params": 10, "macs": 300}
    params, macs, other, nothing = (
        {"name": name, "total": total} for name, total in (("params", 40), ("macs", 400), ("calls", 9), ("macs", 0))
    )
    assert call("tree", "share", *([values, measure] for measure in (params, macs, other, nothing))) == [
        0.25,
        0.75,
        0,
        0,
    ]
    assert call("tree", "share", [None, macs]) == [0]


def test_badges_say_the_mark_or_what_is_special_about_the_row(call):
    marks = {
        "alias": {"text": "alias", "tone": "orange", "title": "Same"},
        "repeated": {"text": "r", "tone": "violet", "title": "T"},
    }
    cell = [{"mark": "repeated", "text": "× 3"}, {"mark": "alias", "more": " = conv"}]
    repeated = {"text": "× 3", "tone": "violet", "title": "T"}
    alias = {"text": "alias", "tone": "orange", "title": "Same = conv"}
    assert call("tree", "badges", [cell, marks], [None, marks]) == [[repeated, alias], []]
    assert call("tree", "room", ["badges", cell, marks]) == [len("× 3") + 2 + len("alias") + 2]
    again = {"again": {"text": "call {call} of {calls}", "tone": "violet", "title": "T"}}
    (badges,) = call("tree", "badges", [[{"mark": "again", "call": 2, "calls": 3000}], again])
    assert [badge["text"] for badge in badges] == ["call 2 of 3,000"]


@pytest.mark.parametrize(
    ("kind", "cell", "width"),
    [
        ("text", "k 3×3", 5),
        ("text", None, 0),
        ("number", "9,408", 5),
        ("shapes", ["3 × 8"], 5),
        ("shapes", ["3 × 8", "4"], 9),
        ("shapes", None, 0),
        ("share", {"params": 3}, 0),
        ("badges", None, 0),
    ],
)
def test_a_cell_takes_as_many_characters_as_it_shows(call, kind, cell, width):
    assert call("tree", "room", [kind, cell, {}]) == [width]


def test_which_rows_hold_others_and_which_hold_them(call):
    assert labels(call("tree", "hasBelow", *([NET, at] for at in range(len(NET))))) == "Net body two"
    assert call("tree", "above", [NET, at("norm")], [NET, at("head")], [NET, 0]) == [
        [at("two"), at("body"), at("Net")],
        [at("Net")],
        [],
    ]


@pytest.mark.parametrize(
    ("depth", "closed", "visible"),
    [
        (0, "Net body two", "Net"),
        (1, "body two", "Net stem body head"),
        (2, "two", "Net stem body one two head"),
        (9, "", "Net stem body one two norm head"),
    ],
)
def test_folding_at_a_depth_shows_what_is_above(call, depth, closed, visible):
    (shut,) = call("tree", "closedFrom", [NET, depth])
    assert shut == [at(label) for label in closed.split()]
    assert labels(call("tree", "unfolded", [NET, {"set": shut}])[0]) == visible


def test_calls_that_repeat_are_folded_until_all_is_expanded(call):
    again = [
        {**row, "kind": "call" if row["label"] == "body" else "rest" if row["label"] == "two" else "module"}
        for row in NET
    ]
    assert call("tree", "closedFrom", [again, 9], [again, None]) == [[at("body"), at("two")], []]
    through = [{**row, "look": "continued"} for row in again]  # a container gone through bit by bit hides nothing
    assert call("tree", "closedFrom", [through, 9]) == [[]]


def test_a_type_stands_beside_the_label_where_that_does_not_say_it(call):
    cases = [("module", "conv", "Conv2d"), ("module", "Net", "Net"), ("function", "relu:2", "relu")]
    rows = [[{"kind": kind, "label": label, "type": name}] for kind, label, name in cases]
    assert call("tree", "beside", *rows) == ["Conv2d", "", ""]


PAIRED = [
    {"state": state, "depth": depth}
    for state, depth in (
        *(("changed", 0), ("same", 1), ("same", 1), ("changed", 1), ("same", 2), ("only right", 2)),
        *(("only right", 3), ("only right", 3), ("only left", 1), ("same", 1), ("same", 1)),
    )
]


def test_equal_rows_and_what_one_side_has_alone_are_folded(call):
    folded, opened, everything = call("compare", "lines", *(
        [PAIRED, {"set": places}, all] for places, all in (([], False), ([1, 5], False), ([], True))
    ))  # fmt: skip
    assert folded == [
        *({"at": 0}, {"at": 1, "equal": 2, "open": False}, {"at": 3}, {"at": 4}),
        *({"at": 5, "hidden": 2, "open": False}, {"at": 8}, {"at": 9, "equal": 2, "open": False}),
    ]
    assert [line["at"] for line in opened] == [0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert [line["at"] for line in everything] == [0, 1, 2, 3, 4, 5, 8, 9, 10]
    assert call("compare", "below", [PAIRED, 0], [PAIRED, 5], [PAIRED, 10]) == [10, 2, 0]
    assert call("compare", "tally", [PAIRED]) == [{"same": 5, "changed": 2, "only left": 1, "only right": 3}]


def test_a_cell_has_one_text_or_one_for_each_side(call):
    assert call("compare", "sides", [["8 × 4"], "same"], [[""], "same"], [["1", "2"], "changed"], [["", "2"], "changed"],
                [[None, "2"], "only right"], [[None, ""], "only right"]) == [
        [{"text": "8 × 4"}], [], [{"side": "A", "text": "1"}, {"side": "B", "text": "2"}],
        [{"side": "A", "text": "–"}, {"side": "B", "text": "2"}], [{"text": "2"}], [],
    ]  # fmt: skip


def test_a_row_folded_inside_a_folded_one_stays_folded(call):
    assert labels(call("tree", "unfolded", [NET, places("two")])[0]) == "Net stem body one two head"
    assert labels(call("tree", "unfolded", [NET, places("body")])[0]) == "Net stem body head"


@pytest.mark.parametrize(
    ("query", "named", "typed", "kept"),
    [
        ("norm", "norm", "norm", "Net body two norm"),
        ("  CONV ", "", "stem one", "Net stem body one"),
        ("body", "body", "", "Net body"),  # and not all that is called body.…
        ("body.", "one two norm", "", "Net body one two norm"),
        ("two.norm", "norm", "", "Net body two norm"),
        ("linear", "", "head", "Net head"),
        ("nothing", "", "", ""),
        ("sequential", "", "body", "Net body"),
    ],
)
def test_a_search_keeps_answers_and_what_holds_them(call, query, named, typed, kept):
    (answers,) = call("tree", "search", [NET, query])
    assert labels(answers) == kept
    assert labels(answer and answer["named"] for answer in answers) == named
    assert labels(answer and answer["typed"] for answer in answers) == typed


# key, row, closed, then what is done and where
KEYS = [
    ("ArrowDown", "stem", "", "go", "body"),
    ("ArrowDown", "body", "body", "go", "head"),  # over what is folded away
    ("ArrowDown", "head", "", "go", "head"),
    ("ArrowUp", "head", "", "go", "norm"),
    ("ArrowUp", "head", "body", "go", "body"),
    ("ArrowUp", "Net", "", "go", "Net"),
    ("Home", "norm", "", "go", "Net"),
    ("End", "Net", "", "go", "head"),
    ("End", "Net", "Net", "go", "Net"),
    ("ArrowRight", "body", "body", "toggle", "body"),
    ("ArrowRight", "body", "", "go", "one"),
    ("ArrowRight", "stem", "", None, None),
    ("ArrowLeft", "body", "", "toggle", "body"),
    ("ArrowLeft", "body", "body", "go", "Net"),
    ("ArrowLeft", "norm", "", "go", "two"),
    ("ArrowLeft", "head", "", "go", "Net"),
    ("ArrowLeft", "Net", "Net", "go", "Net"),
    ("Enter", "two", "", "pick", "two"),
    (" ", "two", "", "pick", "two"),
]


@pytest.mark.parametrize(("key", "row", "closed", "deed", "to"), KEYS)
def test_a_key_leads_to_a_row_or_folds_opens_or_picks_one(call, key, row, closed, deed, to):
    shut = places(*closed.split())
    (visible,) = call("tree", "unfolded", [NET, shut])
    assert call("tree", "pressed", [key, at(row), NET, visible, shut, False]) == [{deed: at(to)} if deed else {}]


@pytest.mark.parametrize(
    ("key", "row", "deed", "to"),
    [
        ("ArrowDown", "Net", "go", "body"),
        ("ArrowUp", "norm", "go", "two"),
        ("End", "Net", "go", "norm"),
        ("ArrowRight", "body", "go", "two"),  # what is folded otherwise is open now
        ("ArrowLeft", "body", "go", "Net"),  # and does not fold
        ("ArrowLeft", "norm", "go", "two"),
        ("Enter", "norm", "pick", "norm"),
    ],
)
def test_in_a_search_keys_walk_through_what_it_keeps_and_fold_nothing(call, key, row, deed, to):
    visible = [bool(answer) for answer in call("tree", "search", [NET, "norm"])[0]]
    assert call("tree", "pressed", [key, at(row), NET, visible, places("body"), True]) == [{deed: at(to)}]


@pytest.mark.parametrize("key", ["a", "Tab", "Escape", "PageDown"])
def test_other_keys_are_the_browsers(call, key):
    assert call("tree", "pressed", [key, 1, NET, [True] * len(NET), places(), False]) == [None]
    assert call("graph", "pressed", [key, 1, 5]) == [None]


def test_every_row_is_reached_by_arrows_from_every_other(call):
    (visible,) = call("tree", "unfolded", [NET, places("two")])
    seen = [at for at, flag in enumerate(visible) if flag]
    down = call("tree", "pressed", *(["ArrowDown", at, NET, visible, places("two"), False] for at in seen))
    up = call("tree", "pressed", *(["ArrowUp", at, NET, visible, places("two"), False] for at in seen))
    assert [deed["go"] for deed in down] == [*seen[1:], seen[-1]]
    assert [deed["go"] for deed in up] == [seen[0], *seen[:-1]]


@pytest.mark.parametrize(
    ("edges", "lanes", "count"),
    [
        ([], {}, 0),
        ([[0, 1], [1, 2]], {}, 0),  # straight down needs no lane
        ([[0, 1], [0, 3], [1, 2]], {0: 0}, 1),
        ([[0, 2], [2, 4]], {0: 0, 2: 0}, 1),  # one below the other
        ([[0, 5], [1, 3]], {0: 1, 1: 0}, 2),  # the short inside the long
        ([[0, 3], [0, 7], [4, 6]], {0: 1, 4: 0}, 2),  # one lane down to the last that takes it
        ([[0, 3], [1, 4]], {0: 0, 1: 1}, 2),
        ([[0, 7], [0, 3], [4, 6]], {0: 1, 4: 0}, 2),  # whatever their order
    ],
)
def test_what_skips_ahead_has_a_lane_of_its_own(call, edges, lanes, count):
    (result,) = call("graph", "lanes", [edges])
    assert (dict(result["lane"]), result["count"]) == (lanes, count)


def test_in_one_lane_nothing_runs_beside_another(call):
    edges = [[a, b] for a, b in permutations(range(9), 2) if a < b and (a * 7 + b * 3) % 4 == 0]
    (result,) = call("graph", "lanes", [edges])
    last = {start: max(to for a, to in edges if a == start) for start, _ in edges}
    runs = {}
    for start, lane in result["lane"]:
        runs.setdefault(lane, []).append((start, last[start]))
    assert len(runs) == result["count"]
    for lane in runs.values():
        assert all(one[1] <= two[0] for one, two in pairwise(sorted(lane)))


def test_nodes_stand_below_each_other_in_their_bands(call):
    bands = [{"first": 1, "last": 2, "name": "a"}, {"first": 4, "last": 4, "name": "b"}]
    (place,) = call("graph", "heights", [6, bands])
    tops, boxes = place["tops"], place["boxes"]
    assert len(tops) == 6
    assert all(b - a >= 38 for a, b in pairwise(tops))
    for band, box in zip(bands, boxes, strict=True):
        inside = [top for top in tops if box["top"] < top and top + 27 <= box["bottom"]]
        assert inside == tops[band["first"] : band["last"] + 1]
    assert place["bottom"] >= tops[-1] + 27


def test_an_edge_runs_straight_to_the_next_node_and_down_its_lane_to_others(call):
    tops = [10, 48, 86]
    straight, bent = call("graph", "path", [0, 1, tops, 454, 0], [0, 2, tops, 454, 12])
    assert straight == "M36.5 37V48"
    assert bent.startswith("M454 29.5H")
    assert bent.endswith("H454")
    assert "V86.5" in bent


@pytest.mark.parametrize(
    ("key", "at", "to"),
    [("ArrowDown", 1, 2), ("ArrowDown", 4, 4), ("ArrowUp", 1, 0), ("ArrowUp", 0, 0), ("Home", 3, 0), ("End", 0, 4)],
)
def test_a_key_leads_to_a_node(call, key, at, to):
    assert call("graph", "pressed", [key, at, 5]) == [{"go": to}]


def test_a_node_says_what_it_is_in_the_language_of_the_page(call):
    words = {"input": "Eingang", "macs": "{macs} MACs"}
    node = {"row": "body.conv", "name": "conv", "kind": "module", "type": "Conv2d", "shape": "8 × 4", "macs": "1,234"}
    cases = [
        ({}, {"label": "conv", "type": "Conv2d", "title": "body.conv (Conv2d)\n8 × 4\n1,234 MACs"}),
        ({"macs": None, "name": ""}, {"label": "Conv2d", "type": "Conv2d", "title": "body.conv (Conv2d)\n8 × 4"}),
        ({"kind": "function"}, {"label": "conv", "type": "", "title": "body.conv (Conv2d)\n8 × 4\n1,234 MACs"}),
        ({"kind": "input"}, {"label": "Eingang", "type": "", "title": "8 × 4"}),
    ]
    assert call("graph", "worded", *([{**node, **change}, words] for change, _ in cases)) == [said for _, said in cases]


def test_numbers_stand_where_a_text_names_them(call):
    text = "{nodes} layers, {edges} connections"
    assert call("graph", "filled", [text, {"nodes": 1234, "edges": 5}]) == ["1,234 layers, 5 connections"]


MODEL_OPTIONS = [{**option._asdict(), "about": str(option.about)} for option in offered()]


def test_models_for_the_same_are_told_apart_by_their_size():
    told = {option["name"]: option["about"] for option in MODEL_OPTIONS}
    assert told["resnet18"] == "Says what is in a picture. Published with 11.7 M parameters, 1.81 G MACs."
    alike = Counter(told.values())
    assert max(alike.values()) <= 2  # vgg with and without batch normalisation


def test_a_name_typed_in_full_comes_first_and_each_of_its_beginnings_finds_names_that_begin_so(call):
    names = [option["name"] for option in MODEL_OPTIONS]
    typed = sorted({name[:length] for name in names for length in range(1, len(name) + 1)})
    for text, order in zip(typed, call("choice", "ranked", *([MODEL_OPTIONS, text] for text in typed)), strict=True):
        found = [names[at] for at in order]
        assert found[0] == text if text in names else found[0].lower().startswith(text.lower()), text
        starts = [name.lower().startswith(text.lower()) for name in found]
        assert starts == sorted(starts, reverse=True)
        assert {name for name in names if text.lower() in name.lower()} <= set(found)


def test_classifiers_stand_before_detectors_and_a_kind_or_a_description_is_found_too(call):
    order, boxes, nothing = call(
        "choice", "ranked", [MODEL_OPTIONS, "resnet50"], [MODEL_OPTIONS, "boxes detection"], [MODEL_OPTIONS, "xyzzy"]
    )
    kinds = [MODEL_OPTIONS[at]["kind"] for at in order]
    assert kinds.index("detection") > max(at for at, kind in enumerate(kinds) if kind == "classification")
    assert {MODEL_OPTIONS[at]["kind"] for at in boxes} == {"detection"}
    assert nothing == []


@pytest.mark.parametrize(
    ("field", "window", "expected"),
    [
        ((80, 200, 700, 240), (1280, 900), (80, 244, 620, 400)),
        ((16, 290, 374, 330), (390, 700), (8, 334, 374, 358)),
        ((80, 700, 700, 740), (1280, 900), (80, 296, 620, 400)),
        ((1000, 10, 1270, 50), (1280, 900), (840, 54, 432, 400)),
    ],
)
def test_the_list_stays_in_the_window(call, field, window, expected):
    left, top, right, bottom = field
    box = {"left": left, "top": top, "right": right, "bottom": bottom, "width": right - left}
    (place,) = call("choice", "placed", [box, 432, 400, {"width": window[0], "height": window[1]}])
    assert tuple(place.values()) == expected


def test_keys_lead_from_map_to_map_and_never_out_of_them(call):
    keys = ("ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp", "Home", "End", "Tab")
    led = {at: call("maps", "turned", *[[key, at, 10, 4] for key in keys]) for at in (0, 5, 9)}
    assert led == {0: [1, 0, 4, 0, 0, 9, None], 5: [6, 4, 9, 1, 0, 9, None], 9: [9, 8, 9, 5, 0, 9, None]}


def test_a_map_is_found_on_its_sheet(call):
    assert call("maps", "place", *[[at, 3, [20, 30]] for at in (0, 2, 3, 7)]) == [[0, 0], [60, 0], [0, 20], [30, 40]]


def test_values_of_a_map_are_told_to_three_digits(call):
    values = {"low": -1.23456, "high": 1234.5, "mean": None}
    assert call("maps", "worded", ["{low}, {high}; {mean}", values]) == ["−1.23, 1230; –"]


@pytest.mark.parametrize(
    ("key", "at", "count", "columns", "to"),
    [
        ("ArrowRight", 0, 8, 4, 1),
        ("ArrowRight", 7, 8, 4, None),
        ("ArrowLeft", 0, 8, 4, None),
        ("ArrowDown", 1, 8, 4, 5),
        ("ArrowDown", 5, 8, 4, None),
        ("ArrowUp", 5, 8, 4, 1),
        ("ArrowDown", 1, 8, 8, None),  # one row: up and down are the browser's
        ("Home", 5, 8, 4, 0),
        ("End", 5, 8, 4, 7),
        ("Enter", 5, 8, 4, None),
    ],
)
def test_an_arrow_key_leads_from_picture_to_picture(call, key, at, count, columns, to):
    assert call("tiles", "moved", [key, at, count, columns]) == [to]


def test_round_numbers_stand_along_an_axis(call):
    asked = [[0, 1, 5], [-40, 0, 4], [0.013, 0.021, 4], [5, 5, 4], [0, 1e7, 2]]
    assert call("charts", "rounds", *asked) == [
        [0, 0.2, 0.4, 0.6, 0.8, 1],
        [-40, -30, -20, -10, 0],
        [0.014, 0.016, 0.018, 0.02],
        [5],
        [0, 5e6, 1e7],
    ]


def test_powers_of_ten_stand_along_a_logarithmic_axis_more_where_they_are_few(call):
    asked = [[1e-4, 1e4, 4], [0.5, 6, 4], [0.9, 40, 4], [2.1, 2.4, 3], [1e-30, 1, 4]]
    few = call("charts", "powers", *asked)
    assert few[:3] == [[1e-4, 1e-1, 1e2], [0.5, 1, 2, 5], [1, 2, 5, 10, 20]]
    assert few[3] == [2.1, 2.2, 2.3, 2.4]
    assert len(few[4]) <= 5


def test_numbers_are_told_in_the_unit_that_reads_well(call):
    asked = [
        [3 << 30, "B"],
        [1536, "B/s"],
        [0.0042, "s"],
        [5400, "s"],
        [61.25, "%"],
        [0, "B"],
        [0.00012, ""],
        [-3.5, ""],
        [12345.678, ""],
    ]
    assert call("charts", "told", *asked) == [
        "3 GiB", "1.5 KiB/s", "4.2 ms", "1.5 h", "61.25 %", "0 B", "1.2e−4", "−3.5", "12,350"]  # fmt: skip


def test_the_nearest_point_is_found(call):
    xs = [1, 2, 4, 8]
    assert call("charts", "nearest", *[[xs, x] for x in (-5, 1.4, 1.6, 3, 3.1, 6.1, 99)]) == [0, 0, 1, 1, 2, 3, 3]


def test_a_legend_names_lines_and_a_group_of_lines_once(call):
    alone = [{"name": "", "quiet": True}, {"name": "loss"}, {"name": "mean", "dash": True}]
    grouped = [{"name": f"{run}: {name}", "group": run, "dash": name == "b"} for run in "xy" for name in "ab"]
    (few, runs) = call("charts", "entries", [alone], [grouped])
    assert few == alone[1:]
    assert [(line["name"], line["dash"]) for line in runs] == [("x", False), ("y", False)]


def test_an_axis_goes_as_far_as_the_lines_that_are_in_sight(call):
    lines = [{"x": [0, 1, 2, 3], "y": [5, -1, 2, 9]}, {"x": [1], "y": [0.5], "top": [7]}]
    asked = [
        [lines, "y", False, None],
        [lines, "y", False, [0.5, 2.5]],
        [lines, "y", True, None],
        [lines, "x", False, None],
    ]
    assert call("charts", "extent", *asked) == [[-1, 9], [-1, 7], [0.5, 9], [0, 3]]
    assert call("charts", "extent", [[], "y", False, None]) == [None]
    assert call("charts", "upright", [[0, 10], {"log": False}], [[2, 2], {"log": False}], [None, {"log": True}],
                [[40, 99], {"log": False, "low": 0, "high": 100}]) == [[0, 10.5], [1.8, 2.2], [0.1, 1], [0, 100]]  # fmt: skip


def test_a_line_breaks_where_a_number_is_none(blank):
    drawn = blank.evaluate(
        """async (source) => {
            const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
            const { path, unpacked } = await import(address);
            const numbers = btoa(String.fromCharCode(...new Uint8Array(Float32Array.of(1, NaN, 3, 4).buffer)));
            return path([0, 1, 2, 3], unpacked(numbers), (x) => x, (y) => y);
        }""",
        source("charts"),
    )
    assert drawn == "M0.0 1.0M2.0 3.0L3.0 4.0"


WATCHED = """async ([source, first, second]) => {
    const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    const { default: draw } = await import(address);
    const packed = (numbers) => btoa(String.fromCharCode(...new Uint8Array(Float32Array.from(numbers).buffer)));
    const numbers = (count) => packed([...Array(count).keys()]);
    const line = (name, count) => ({ name, colour: "red", x: 0, y: numbers(count) });
    const data = (count, axis) => ({
        charts: [{ name: "loss", title: "Loss", alt: "Loss", unit: "", log: false, height: 200, x: { title: "step", unit: "" },
                   lines: [line("training", count), line("validation", count)] }],
        xs: [numbers(count)], axis, columns: 1, words: { reset: "Show all", toggle: "{name}", bad: "" },
    });
    const inside = '<div class="charts"><button class="reset" hidden></button><div class="sheet"></div></div>';
    document.body.innerHTML = `<div style="width: 600px">${inside}</div>`;
    const parentElement = document.body.firstChild, find = (selector) => parentElement.querySelector(selector);
    const labels = () => [...find("svg").querySelectorAll(":scope > text")].map((text) => text.textContent);
    const lines = () => find("svg").querySelectorAll("path").length;
    const kept = () => find("figure").dataset.mine ?? "";
    const told = () => ({ labels: labels(), lines: lines(), reset: !find(".reset").hidden, kept: kept() });
    const seen = [];
    const draws = (count, axis) => { draw({ data: data(count, axis), parentElement }); seen.push(told()); };
    draws(first, "step");
    find("figure").dataset.mine = "yes";
    find("[aria-pressed]").click();
    const box = find(".box"), edge = box.getBoundingClientRect().left;
    const mouse = (x) => ({ clientX: edge + x, button: 0, pointerType: "mouse", pointerId: 1 });
    const send = (type, x) => box.dispatchEvent(new PointerEvent(type, mouse(x)));
    box.setPointerCapture = () => {};
    for (const [type, x] of [["pointerdown", 100], ["pointermove", 300], ["pointerup", 300]]) send(type, x);
    seen.push({ ...told(), says: find(".says").textContent });
    draws(second, "step");
    find(".reset").click();
    seen.push(told());
    draws(second, "time");
    return seen;
}"""


def test_a_chart_that_grows_keeps_its_zoom_and_what_was_hidden(blank):
    whole_script = component.script(ROOT / "pages" / "shared") + source("charts")
    drawn, zoomed, grown, whole, other = blank.evaluate(WATCHED, [whole_script, 101, 201])
    assert (drawn["labels"][:2], drawn["lines"], drawn["reset"]) == (["0", "20"], 2, False)
    assert (zoomed["lines"], zoomed["reset"]) == (1, True)
    assert zoomed["labels"] != drawn["labels"]
    assert zoomed["says"].startswith("step ")
    assert "validation" in zoomed["says"]
    assert "training" not in zoomed["says"]
    across = slice(0, zoomed["labels"].index("step"))
    assert grown["labels"][across] == zoomed["labels"][across]
    assert (grown["lines"], grown["reset"], grown["kept"]) == (1, True, "yes")
    assert (whole["labels"][-1], whole["reset"], whole["lines"]) == ("200", False, 1)
    assert other["lines"] == 1


@pytest.mark.parametrize(
    ("low", "high", "count", "marks"),
    [
        (0, 256, 6, [0, 50, 100, 150, 200, 250]),
        (-2.1, 2.6, 6, [-2, -1, 0, 1, 2]),
        (0, 0.3, 3, [0, 0.1, 0.2, 0.3]),
        (5, 5, 4, [5]),
    ],
)
def test_the_axes_of_histograms_are_marked_at_round_numbers(call, low, high, count, marks):
    assert call("histograms", "ticks", [low, high, count]) == [marks]


def test_a_histogram_is_as_high_as_its_shares(call):
    assert call("histograms", "outline", [[25, 100, 0], 100]) == ["M0 1V0.75H0.33333V0H0.66667V1H1V1Z"]


def test_a_model_that_is_known_and_not_on_offer_says_why(call):
    others, words = MODEL_OPTIONS, {"none": "Nothing.", "unoffered": "{name} is known. {about}"}
    told, nothing = call("choice", "missing", [others, "fcn_resnet50", words], [others, "xyzzy", words])
    assert told == "fcn_resnet50 is known. " + next(
        one["about"] for one in MODEL_OPTIONS if one["name"] == "fcn_resnet50"
    )
    assert nothing == "Nothing."
    detectors = [one for one in others if one["kind"] == "detection"]
    for typed in ("fasterrcnn", "Faster R-CNN", "faster-rcnn", "rcnn", "detector", "Detectors"):
        (told,) = call("choice", "missing", [detectors, typed, words])
        assert told.partition(" ")[0] in {one["name"] for one in detectors}, typed


def test_a_thumbnail_is_cut_out_where_it_lies_on_its_sheet(call):
    sheet = {"size": [98, 88], "step": [10, 10], "columns": 10}
    cases = [[at, sheet, size] for at, size in ((0, [8, 8]), (11, [8, 8]), (83, [4, 8]))]
    corners = [(0, 0), (10, 10), (30, 80)]  # where montage puts them
    for (x, y), (_, _, (wide, high)), cut in zip(corners, cases, call("sheet", "cut", *cases), strict=True):
        across, down = (float(share) / 100 for share in cut["position"].replace("%", "").split())
        assert [across * (98 - wide), down * (88 - high)] == pytest.approx([x, y])  # CSS, background-position
        assert [float(share) for share in cut["size"].replace("%", "").split()] == pytest.approx(
            [100 * 98 / wide, 100 * 88 / high]
        )
    alone = {"size": [8, 8], "step": [10, 10], "columns": 1}
    assert call("sheet", "cut", [0, alone, [8, 8]]) == [{"size": "100% 100%", "position": "0% 0%"}]


def test_keys_lead_from_thumbnail_to_thumbnail(call):
    keys = ("ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp", "Home", "End", "a")
    led = call("sheet", "led", *[[key, 5, 10, 4] for key in keys])
    assert led == [6, 4, 9, 1, 0, 9, None]
    assert call("sheet", "led", ["ArrowLeft", 0, 10, 4], ["ArrowDown", 8, 10, 4]) == [None, None]


@pytest.mark.parametrize(
    ("room", "least", "columns"),
    [(500, None, 3), (480, 180, 3), (430, 130, 3), (429, 209, 2), (350, 130, 2), (349, 229, 1), (100, 78, 1)],
)
def test_the_frame_of_the_tree_shows_whole_columns(call, room, least, columns):
    assert call("tree", "fitted", [200, [100, 100, 100], room, 130, 20]) == [{"least": least, "columns": columns}]


@pytest.mark.parametrize(("rows", "high"), [(7, 432), (8, 432), (9, 425), (40, 425)])
def test_a_gallery_of_maps_shows_by_half_a_row_that_there_are_more(call, rows, high):
    assert call("maps", "cropped", [432, 50, rows]) == [high]
