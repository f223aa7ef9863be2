"""Plain values are Python's own, within bounds; everything else is refused, and nothing runs."""

import threading
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.reading import Bounds, Literals, Scope, reading
from cnnlab.specs import SpecError

BOUNDS = Bounds(number=1000, items=8, inner=3, text=5, depth=40)
UNREADABLE = "is not something this page reads: write plain values and what the page offers."


class Plain(Literals):
    """Reads plain values only."""

    def other(self, node):
        raise self.scope.unreadable(node)


def read(text: str, **bounds):
    """The value of the last line."""
    with reading():
        plain = Plain(Scope(text, replace(BOUNDS, **bounds)))
        return plain.value(plain.scope.tree.body[-1].value)


def refusal(text: str, **bounds) -> str:
    with pytest.raises(SpecError) as caught:
        read(text, **bounds)
    return str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "None",
        "True",
        "'word'",
        "-3",
        "+3",
        "2 * 3 - 1",
        "256 / 224",
        "7 // 2",
        "7 % 4",
        "2 ** 3",
        "1e-3",
        "3. / 4.",
        "-(1 + 1)",
        "int(224 * 0.1)",
        "float(3)",
        "round(2.6)",
        "0x10",
        "1_0",
        "[1, 2.0]",
        "(1, 'a', None)",
        "[]",
        "()",
        "[0.5] * 3",
        "3 * (0.5,)",
        "[1] * 0",
        "[1] * -(10**2)",
        "[0.5, 0.5] + [0.5]",
        "(1,) + (2, 3)",
        "tuple([0.5] * 3)",
        "list((.5, .5, .5))",
        "[*(1, 2), 3, *[4]]",
        "[(1, 2, 3), [4]]",
    ],
)
def test_values_are_pythons(text):
    value = read(text)
    assert value == eval(text)
    assert type(value) is type(eval(text))


ATOMS = st.sampled_from(
    ["0", "1", "-1", "3", "0.5", "7", "1e3", "1001", "64", "65", "True", "None", "'a'", "x", "f(1)"]
)
EXPRESSIONS = st.recursive(
    ATOMS,
    lambda inner: (
        st.builds("({}) {} ({})".format, inner, st.sampled_from(["+", "-", "*", "/", "//", "%", "**", "<<"]), inner)
        | st.builds("[{}, *[{}]]".format, inner, inner)
        | st.builds("({}, {})".format, inner, inner)
        | st.builds("{}({})".format, st.sampled_from(["-", "+", "~", "int", "float", "round", "tuple", "list"]), inner)
    ),
    max_leaves=12,
)


@given(EXPRESSIONS)
def test_any_expression_is_what_python_makes_of_it_or_a_refusal(text):
    try:
        value = read(text)
    except SpecError as error:
        assert str(error).startswith("Line 1: ")  # noqa: PT017, a value is as good
        return
    assert value == eval(text)
    assert repr(value) == repr(eval(text))


def test_lists_may_count_as_tuples():
    assert read("[1] + (2,) + list((3,))", lists=tuple) == (1, 2, 3)
    assert refusal("[1] + (2,)") == f"Line 1: [1] + (2,) {UNREADABLE}"


@pytest.mark.parametrize(
    ("within", "beyond", "reason"),
    [
        ("1000", "1001", "1001 is too large a number: write a smaller one."),
        ("-1000", "-1001", "1001 is too large a number: write a smaller one."),
        ("500 + 500", "500.5 + 500", "500.5 + 500 is too large a number: write a smaller one."),
        ("1 ** 64", "1 ** 65", "1 ** 65 is too large a power to work out: write the number."),
        ("2 ** -64", "2 ** -65", "2 ** -65 is too large a power to work out: write the number."),
        ("'aaaaa'", "'aaaaaa'", f"'aaaaaa' {UNREADABLE}"),
        ("[1,1,1,1,1,1,1,1]", "[1,1,1,1,1,1,1,1,1]", "[1,1,1,1,1,1,1,1,1] has more than 8 values: write fewer."),
        ("[1] * 8", "[1] * 9", "[1] * 9 has more than 8 values: write fewer."),
        ("[1] * 8", "[1] * 10**3", "[1] * 10**3 has more than 8 values: write fewer."),
        ("[1] * 4 + [1] * 4", "[1] * 4 + [1] * 5", "[1] * 4 + [1] * 5 has more than 8 values: write fewer."),
        ("[[1] * 3]", "[[1] * 4]", "[[1] * 4] holds a list that is too long or too deep: write it flatter."),
        ("[[1]]", "[[[1]]]", "[[[1]]] holds a list that is too long or too deep: write it flatter."),
        ("+" * 40 + "1", "+" * 41 + "1", "this is nested more than 40 deep: give inner parts names."),
    ],
)
def test_bounds_hold_to_the_last_one(within, beyond, reason):
    assert read(within) == eval(within)
    assert refusal(beyond) == f"Line 1: {reason}"


def test_where_no_list_may_stand_inside_not_even_an_empty_one_may():
    assert refusal("[()]", inner=0) == "Line 1: [()] holds a list that is too long or too deep: write it flatter."


def test_work_is_bounded_to_the_last_step():
    text = "a = 1\n" * 3 + "a + a + a"  # five expressions, three names
    assert read(text, work=8) == 3
    assert refusal(text, work=7).endswith("this is too much to read: paste less of it, its values written out.")


@pytest.mark.parametrize("leaf", ["1", "[]"])
def test_names_that_double_at_every_line_end_soon(leaf):
    text = f"a0 = {leaf}\n" + "".join(f"a{i + 1} = a{i} + a{i}\n" for i in range(60)) + "a60"
    assert refusal(text, number=2**99, depth=99).endswith(
        "this is too much to read: paste less of it, its values written out."
    )


@pytest.mark.parametrize(
    "text",
    [
        "1 << 99",
        "~1",
        "3j",
        "b'a'",
        "...",
        "not 1",
        "1 if 2 else 3",
        "'a' + 'b'",
        "'a' * 10",
        "[1] * 1.5",
        "[1] - [1]",
        "int('3')",
        "tuple('ab')",
        "int(3, 4)",
        "int(x=3)",
        "{1, 2}",
        "{1: 2}",
        "x",
        "x.y",
        "x[0]",
        "f(1)",
        "lambda: 1",
        "f'{1}'",
        "[1 for _ in x]",
        "(yield 1)",
    ],
)
def test_all_else_is_refused(text):
    quoted = text[1:-1] if text.startswith("(") else text
    assert refusal(text) == f"Line 1: {quoted} {UNREADABLE}"


def test_a_refusal_is_on_the_line_of_the_smallest_part_that_is_wrong():
    assert refusal("[1,\n 2, -\\\n 'a']") == f"Line 3: 'a' {UNREADABLE}"
    assert refusal("[1,\n *3]") == f"Line 2: *3 {UNREADABLE}"
    assert refusal("a = 'a'\n\nb = a + 1\nb").startswith("Line 3: ")
    assert refusal("1 / 0") == "Line 1: 1 / 0 cannot be worked out: write the number."
    assert (
        refusal("(1,\n 2 ** 0.5 ** 99.0,\n 8 % 0.)")
        == "Line 2: 0.5 ** 99.0 is too large a power to work out: write the number."
    )


def test_what_is_read_already_is_not_read_twice():
    plain = Plain(Scope("a = [1]\nb = a\nb", BOUNDS))
    first, second, last = plain.scope.tree.body
    plain.values[id(first.value)] = kept = object()
    assert plain.value(last.value) is plain.value(second.value) is kept


@pytest.mark.parametrize("text", ["-" * 5000 + "1", "1" + "+1" * 9000, "x" + ".a" * 9000, "a" + "()" * 9000, "(" * 300])
def test_deep_nesting_is_refused_in_a_thread_as_well(text):
    refusals = []
    thread = threading.Thread(target=lambda: refusals.append(refusal(text, depth=10**6)))
    thread.start()
    thread.join()
    (reason,) = refusals
    assert reason in (
        "Line 1: this is nested too deeply to be read: give inner parts names.",
        "Line 1: this is not Python (too many nested parentheses): check brackets, commas and quotes.",
    )
