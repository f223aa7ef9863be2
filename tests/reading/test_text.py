"""Pasted text as a tree, and the refusal of what is none."""

import ast

import pytest

from cnnlab import limits
from cnnlab.reading import Bounds, Scope, reading
from cnnlab.reading.text import parse, tidy
from cnnlab.specs import SpecError

BOUNDS = Bounds(number=1000, items=8)


def refusal(text: str, tidied: bool = False) -> str:
    with pytest.raises(SpecError) as caught, reading():
        parse(text, tidied)
    return str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "a = 1",
        "    a = 1",
        "\ufeffa =\xa01",
        "Read:\n```python\na = 1\n```\nand run.",
        ">>> a = 1\n2\n",
        "In short:\n    ```\n    >>> a = 1\n    2\n    ```",
        "!pip install x\n%matplotlib inline\na = 1",
        "\r\na = 1\r",
    ],
)
def test_code_is_found_however_it_was_copied(text):
    code, tree = parse(text, tidied=True)
    assert ast.unparse(tree) == "a = 1"
    assert len(code.split("\n")) == len(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))


def test_what_is_tidied_keeps_its_columns():
    text = r"a = 'D:\new', '\'', 1"
    (code,) = tidy(text).split("\n")
    assert code == r"a = 'D:/new', '\'', 1"
    scope = Scope(text, BOUNDS, tidied=True)
    assert scope.quote(scope.tree.body[0].value.elts[2]) == "1"


def test_what_is_not_tidied_is_what_python_reads():
    assert ast.unparse(parse(r"a = '\t\u00e9'", tidied=False)[1]) == r"a = '\té'"
    assert refusal("```\na\n```") == "Line 1: this is not Python (invalid syntax): check brackets, commas and quotes."


def test_a_long_text_is_refused_before_it_is_parsed():
    limit = limits.PASTE_CHARACTERS
    assert refusal("(" * (limit + 1)) == "Line 1: the text has 20,001 characters: at most 20,000 are read."
    assert parse("#" * limit, tidied=False)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("x = 1\n\ny = (", "Line 3: this is not Python ('(' was never closed): check brackets, commas and quotes."),
        ("x\r\ry = (", "Line 3: this is not Python ('(' was never closed): check brackets, commas and quotes."),
        ("a\nf（3）", "Line 2: （ is not a character of Python: type ( instead."),
        ("'“' + “a”", 'Line 1: “ is not a character of Python: type " instead.'),
        ("3 × 4", "Line 1: × is not a character of Python: type * instead."),
        ("(" * 5000, "Line 1: this is not Python (too many nested parentheses): check brackets, commas and quotes."),
        ("-" * 5000 + "1", "Line 1: this is nested too deeply to be read: give inner parts names."),
        (
            "1\0",
            "Line 1: this is not Python (source code string cannot contain null bytes): paste the code as plain text.",
        ),
    ],
)
@pytest.mark.parametrize("tidied", [True, False])
def test_what_is_no_python_is_refused_with_its_line(text, reason, tidied):
    assert refusal(text, tidied) == reason


def test_half_a_surrogate_pair_is_a_refusal_or_a_question_mark():
    assert refusal("'\ud800'").startswith("Line 1: this is not Python (")
    assert parse("'\ud800'", tidied=True)[0] == "'?'"
