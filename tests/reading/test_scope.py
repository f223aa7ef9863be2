"""What a name stands for: what was last bound before it is used."""

import pytest

from cnnlab.reading import Bounds, Scope, reading
from cnnlab.specs import SpecError

BOUNDS = Bounds(number=1000, items=8)


def scope(text: str, **options) -> Scope:
    return Scope(text, BOUNDS, **options)


def behind(text: str) -> str:
    """The source of what the last line's expression stands for."""
    with reading():
        names = scope(text)
        return names.quote(names.follow(names.tree.body[-1].value))


def dotted(text: str, **options) -> str | None:
    names = scope(text, **options)
    return names.dotted(names.tree.body[-1].value)


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("a = 1\na", "1"),
        ("a = 1\na = 2\na", "2"),
        ("a = 1\nb = a\na = 2\nb", "1"),
        ("a = 1\na = a\na", "1"),
        ("a = a\na", "a"),
        ("a\na = 1\na", "1"),
        ("a = b = 3\na", "3"),
        ("a, (b, c) = 1, (2, 3)\nc", "3"),
        ("a: int = 1\na", "1"),
        ("a = 1; a = 2; a", "2"),
        ("é = 'ü'; b = é; b", "'ü'"),
        ("import a\na", "a"),
        ("a", "a"),
    ],
)
def test_a_name_stands_for_what_was_last_bound_before_it(text, expression):
    assert behind(text) == expression


@pytest.mark.parametrize(
    "line", ["def a(): pass", "class a: pass", "for a in x: pass", "with x as a: pass", "a, b = x", "del a", "(a := x)"]
)
def test_what_only_running_would_tell_is_refused_where_it_is_used(line):
    with pytest.raises(SpecError) as caught:
        behind(f"a = 1\n{line}\na")
    assert str(caught.value) == "Line 3: a is code of yours, which is not run here: use what this page knows."
    assert behind(f"a\n{line}\n1") == "1"


@pytest.mark.parametrize("line", ["a += 1", "a.append(1)", "a.b.sort()", "a[0] = 1", "a.b = 1", "del a[0]"])
def test_what_a_line_changes_in_place_is_refused_before_it_too(line):
    with pytest.raises(SpecError) as caught:
        behind(f"a = [1]\n{line}\n\na")
    assert str(caught.value) == "Line 4: a is changed on line 2, and nothing is run here: write it in one piece."


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("a.b.c", "a.b.c"),
        ("import x.y\nx.y.z", "x.y.z"),
        ("import x.y as a\na.b", "x.y.b"),
        ("from x import y as a\na.b", "x.y.b"),
        ("from . import y\ny", ".y"),
        ("from x import y\nT = y.z\nT.a", "x.y.z.a"),
        ("import x as a\na = b\na.c", "b.c"),
        ("a = 3\nimport x as a\na.c", "x.c"),
        ("a.c\nimport x as a\n1", None),
        ("a().b", None),
        ("a = f()\na.b", None),
        ("def a(): pass\na.b", None),
    ],
)
def test_dotted_names_in_full(text, name):
    assert dotted(text) == name


def test_an_import_counts_from_its_line_on():
    names = scope("a.c\nimport x as a\na.c")
    assert [names.dotted(names.tree.body[line].value) for line in (0, 2)] == ["a.c", "x.c"]


def test_names_may_be_known_from_the_start():
    paths = {"nn": "torch.nn"}
    assert dotted("nn.Linear", paths=paths) == "torch.nn.Linear"
    assert dotted("nn = x\nnn.Linear", paths=paths) == "x.Linear"
    assert dotted("class invert: pass\ninvert", known={"invert"}) == "invert"


def test_quotes_are_short_and_count_characters_not_bytes():
    names = scope("é, 'ü' * 2\n" + "a" * 61 + "\n(1,\n 2)")
    assert [names.quote(statement.value) for statement in names.tree.body] == ["é, 'ü' * 2", "a" * 57 + "...", "(1,..."]
    assert names.quote(names.tree.body[0].value.elts[1]) == "'ü' * 2"
