"""Links carry plain data and refuse everything else."""

import base64
import zlib
from dataclasses import dataclass
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab import limits
from cnnlab.links import Field, Linked, choice, flag, pack, packed, text, unpack, whole
from cnnlab.specs import SpecError

DAMAGED = "^The link is damaged, so what it showed cannot be restored: ask for it again.$"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@dataclass(frozen=True)
class View(Linked):
    size: int = 3
    unit: str = "px"
    title: str = ""
    bold: bool = True
    loud: bool = False
    marks: tuple = (1,)

    FIELDS: ClassVar[tuple[Field, ...]] = (
        whole("size", 2, 12),
        choice("unit", lambda view: ("px", "cm") if view.size < 10 else ("px",)),
        text("title", 5),
        flag("bold"),
        flag("loud"),
        packed("m", lambda view: list(view.marks), lambda data, view: tuple(data[: view.size]), "marks"),
    )


VIEWS = st.builds(
    View,
    size=st.integers(2, 9),
    unit=st.sampled_from(["px", "cm"]),
    title=st.text(max_size=5),
    bold=st.booleans(),
    loud=st.booleans(),
    marks=st.lists(st.integers(0, 9), max_size=2).map(tuple),
)


@given(VIEWS)
def test_a_view_survives_its_link(view):
    query = view.to_query()
    assert View.from_query(query) == view
    assert all(isinstance(value, str) for value in query.values())


@pytest.mark.parametrize(
    ("view", "query"),
    [
        (View(), {}),
        (View(size=2), {"size": "2"}),
        (View(size=12), {"size": "12"}),
        (View(unit="cm"), {"unit": "cm"}),
        (View(title="a b"), {"title": "a b"}),
        (View(bold=False), {"bold": "0"}),
        (View(loud=True), {"loud": "1"}),
        (View(marks=()), {"m": pack([])}),
        (View(marks=(2, 3)), {"m": pack([2, 3])}),
    ],
)
def test_a_link_says_what_differs_from_the_default_and_no_more(view, query):
    assert view.to_query() == query
    assert View.from_query(query) == view


def test_an_empty_table_says_nothing():
    assert packed("scheme", lambda view: {}, lambda data, view: data, "scheme").write(None) is None


def test_long_text_is_cut_off():
    assert View.from_query({"title": "x" * 9}).title == "x" * 5


def test_a_row_is_read_for_what_the_rows_before_it_have_read():
    assert View.from_query({"unit": "cm", "size": "9"}).unit == "cm"
    with pytest.raises(SpecError, match="^The link says unit=cm: use one of px.$"):
        View.from_query({"unit": "cm", "size": "10"})
    assert View.from_query({"m": pack([1, 2, 3, 4]), "size": "2"}).marks == (1, 2)


@pytest.mark.parametrize("number", ["1", "13", "-3", "+3", " 3", "3.0", "٣", "", "003", "1" * 400])
def test_another_number_is_refused(number):
    with pytest.raises(SpecError) as refusal:
        View.from_query({"size": number})
    assert str(refusal.value) == f"The link says size={number[:20]}: it must be a whole number from 2 to 12."


@pytest.mark.parametrize("word", ["2", "", "True", "yes"])
def test_another_flag_is_refused(word):
    with pytest.raises(SpecError) as refusal:
        View.from_query({"bold": word})
    assert str(refusal.value) == f"The link says bold={word}: use one of 0, 1."


def test_a_field_is_known_by_its_name():
    field = View.field("size")
    assert (field.name, field.low, field.high) == ("size", 2, 12)
    assert View.field("bold").low is None


@given(JSON)
def test_what_is_packed_comes_back(data):
    assert unpack(pack(data)) == data
    assert set(pack(data)) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_what_is_packed_is_compact_json():
    raw = base64.urlsafe_b64decode(pack({"a": [1, "é"], "b": None}) + "==")
    assert zlib.decompress(raw).decode() == '{"a":[1,"é"],"b":null}'
    assert len(pack([0] * 1000)) < 40


@given(st.text(max_size=60))
def test_any_other_text_is_refused_in_one_sentence(text):
    with pytest.raises(SpecError, match=DAMAGED):
        unpack(text)


@pytest.mark.parametrize("stranger", ["!", " ", "é", "\n", "="])
def test_a_stranger_among_the_characters_is_refused(stranger):
    text = pack({"steps": [1, 2]})
    with pytest.raises(SpecError, match=DAMAGED):
        unpack(text[:8] + stranger + text[8:])
    with pytest.raises(SpecError, match="^The link says unit=x{20}: use one of px, cm.$"):
        View.from_query({"unit": "x" * 30})


@pytest.mark.parametrize("plain", [b"[" + b"1," * limits.LINK_UNPACKED + b"1]", b"[" * 100_000])
def test_a_link_that_unpacks_to_too_much_is_refused(plain):
    text = base64.urlsafe_b64encode(zlib.compress(plain, 9)).decode().rstrip("=")
    with pytest.raises(SpecError, match=DAMAGED):
        unpack(text)


def squeezed(plain: bytes, level: int) -> str:
    return base64.urlsafe_b64encode(zlib.compress(plain, level)).decode().rstrip("=")


def test_a_link_is_read_up_to_its_bounds():
    most = b'"' + b"x" * (limits.LINK_UNPACKED - 2) + b'"'
    assert len(unpack(squeezed(most, 9))) == limits.LINK_UNPACKED - 2
    # Level 0 does not compress, so the text itself comes to the other bound, and then past it.
    texts = [squeezed(b'"' + b"x" * (limits.LINK_PACKED * 3 // 4 - less) + b'"', 0) for less in range(10, 20)]
    assert limits.LINK_PACKED in map(len, texts)
    assert max(map(len, texts)) > limits.LINK_PACKED
    for word in texts:
        if len(word) <= limits.LINK_PACKED:
            assert unpack(word)
        else:
            with pytest.raises(SpecError, match=DAMAGED):
                unpack(word)


def test_a_link_cut_short_is_refused():
    with pytest.raises(SpecError, match=DAMAGED):
        unpack(pack({"steps": list(range(50))})[:-6])
