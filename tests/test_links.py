"""Links carry plain data and refuse everything else."""

import base64
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab import limits
from cnnlab.links import pack, unpack
from cnnlab.specs import SpecError

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@given(JSON)
def test_what_is_packed_comes_back(data):
    assert unpack(pack(data)) == data
    assert set(pack(data)) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@given(st.text(max_size=60))
def test_any_other_text_is_refused_in_one_sentence(text):
    with pytest.raises(SpecError, match="The link is damaged"):
        unpack(text)


@pytest.mark.parametrize("plain", [b"[" + b"1," * limits.LINK_UNPACKED + b"1]", b"[" * 100_000])
def test_a_link_that_unpacks_to_too_much_is_refused(plain):
    text = base64.urlsafe_b64encode(zlib.compress(plain, 9)).decode().rstrip("=")
    with pytest.raises(SpecError, match="The link is damaged"):
        unpack(text)


def test_a_link_cut_short_is_refused():
    with pytest.raises(SpecError, match="The link is damaged"):
        unpack(pack({"steps": list(range(50))})[:-6])
