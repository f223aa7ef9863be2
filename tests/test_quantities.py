"""Numbers as people read them, read back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.quantities import GIB, KIB, MIB, PREFIXES, UNITS, binary, si


def test_units_are_powers_of_1024():
    assert (KIB, MIB, GIB) == (1024, 1024**2, 1024**3)


def digits(text):
    return sum(letter.isdigit() for letter in text)


@given(st.integers(0, 10**20))
def test_a_number_with_a_prefix_is_the_number_to_three_digits(number):
    value, _, prefix = si(number).partition(" ")
    assert float(value) * 1000 ** PREFIXES.index(prefix) == pytest.approx(number, rel=0.0051, abs=0.5)
    assert digits(value) <= 3
    assert not value.startswith("0") or not number


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (999.4, "999"),
        (999.6, "1 k"),
        (1000, "1 k"),
        (1234, "1.23 k"),
        (-25_600, "-25.6 k"),
        (1e21, "1e+03 E"),
    ],
)
def test_a_number_goes_to_the_next_prefix_where_its_digits_do(number, text):
    assert si(number) == text


@given(st.integers(0, 1024**5))
def test_bytes_with_a_unit_are_the_bytes_to_three_digits(size):
    value, unit = binary(size).split()
    assert float(value.replace(",", "")) * 1024 ** UNITS.index(unit) == pytest.approx(size, rel=0.0051, abs=0.5)
    assert unit == "B" or 3 <= digits(value) <= 4


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (1023, "1,023 B"),
        (1024, "1.00 KiB"),
        (10 * MIB, "10.0 MiB"),
        (100 * GIB, "100 GiB"),
        (2048 * 1024**4, "2,048 TiB"),
    ],
)
def test_a_unit_begins_at_1024_of_the_one_before_and_the_last_one_goes_on(size, text):
    assert binary(size) == text


@pytest.mark.parametrize(("part", "text"), [(9.99, "9.99"), (9.996, "10.0"), (99.94, "99.9"), (99.96, "100")])
def test_a_size_never_shows_four_digits_for_rounding_up(part, text):
    assert binary(part * MIB) == f"{text} MiB"
