"""What the driver of `make load` is made of, without a server."""

import io
import json
import random

import numpy as np
import pytest
from PIL import Image
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.load import files
from tests.load.addresses import addresses
from tests.load.bad import BOXES, HEAVY
from tests.load.inputs import inputs
from tests.load.messages import MessageCache
from tests.load.report import Aim, Row, percentile, table
from tests.load.session import Action


def component(data) -> Element:
    element = Element()
    element.bidi_component.json = json.dumps(data)
    return element


def test_a_component_s_addresses_are_found_wherever_they_stand():
    data = {
        "tiles": [{"src": "picture/a/0.png?x=1"}, {"src": "/picture/a/1.png"}],
        "more": {"deep": ["./picture/b.png"]},
    }
    assert addresses(component(data)) == ["/picture/a/0.png?x=1", "/picture/a/1.png", "/picture/b.png"]


def test_tails_are_joined_with_the_base_above_them():
    data = {"base": "picture/samples/", "tiles": [{"id": "0", "src": "0.png?seed=1"}, {"tail": "1.png"}, {"src": ""}]}
    assert addresses(component(data)) == ["/picture/samples/0.png?seed=1", "/picture/samples/1.png"]


def test_what_is_no_address_is_not_fetched():
    data = {
        "src": "data:image/png;base64,picture/",
        "title": "a picture/of something",
        "src2": "https://x/picture/a.png",
    }
    assert addresses(component(data)) == []


def test_pictures_of_streamlit_s_own_elements_are_found():
    images, html, words = Element(), Element(), Element()
    images.imgs.imgs.add(url="/media/0a.png")
    images.imgs.imgs.add(url="data:image/svg+xml,x")
    html.html.body = "<img src='picture/a.png?b=1&c=2'><a href=\"/summary\">"
    words.markdown.body = "![a](picture/a.png) and ![a](picture/a.png)"
    assert [addresses(element) for element in (images, html, words, Element())] == [
        ["/media/0a.png"],
        ["/picture/a.png?b=1&c=2"],
        ["/picture/a.png"],
        [],
    ]


@pytest.mark.parametrize("share", [0.01, 0.5, 0.95, 1.0])
@pytest.mark.parametrize("count", [1, 2, 19, 20, 21, 100])
def test_percentiles_are_numpy_s(share, count):
    values = random.Random(count).choices(range(1000), k=count)
    assert percentile(values, share) == np.percentile(values, share * 100, method="inverted_cdf")


def test_an_aim_is_met_up_to_its_limit_and_where_the_figure_is_unknown():
    row = Row("alone", 1, [Action("a", all_s=0.08, text_s=0.08)])
    assert Aim("p50", 80, "ms").said(row) == "✓ p50 ≤ 80 ms"
    assert Aim("p50", 79, "ms").said(row) == "✗ p50 ≤ 79 ms"
    assert Aim("CPU", 30, "ms").said(row) == "– CPU ≤ 30 ms"
    assert Aim("CPU", 30, "ms").met(row)


def test_columns_are_aligned_by_their_width_on_the_screen():
    assert table([["", "1", "x"], ["中", "10", "y"]]) == "     1  x\n中  10  y"


def large(hash: str, fragment: str = "") -> bytes:
    message = ForwardMsg(hash=hash)
    message.metadata.cacheable = True
    message.delta.fragment_id = fragment
    message.delta.new_element.markdown.body = hash * 10
    return message.SerializeToString()


def reference(hash: str, place: int) -> bytes:
    message = ForwardMsg(ref_hash=hash)
    message.metadata.delta_path.append(place)
    return message.SerializeToString()


def test_a_reference_is_the_message_at_the_reference_s_place():
    cache = MessageCache()
    cache.resolved(large("a"))
    message = cache.resolved(reference("a", 7))
    assert message.delta.new_element.markdown.body == "a" * 10
    assert list(message.metadata.delta_path) == [7]
    assert cache.hashes == ["a"]


def test_messages_that_no_run_used_are_forgotten_after_two_runs():
    cache = MessageCache()
    cache.resolved(large("a"))
    cache.resolved(large("b"))
    for run in range(3):
        assert cache.hashes == ["a", "b"], run
        cache.resolved(reference("a", 0))
        cache.run_ended([])
    assert cache.hashes == ["a"]


def test_a_run_of_a_fragment_ages_that_fragment_s_messages_alone():
    cache = MessageCache()
    cache.resolved(large("a"))
    cache.resolved(large("b", "one"))
    for _ in range(3):
        cache.run_ended(["one"])
    assert cache.hashes == ["a"]


def test_the_fuzzer_s_inputs_are_many_and_the_same_for_a_seed():
    names = [deed.name for deed in inputs(1)]
    assert len(names) == len(set(names)) > 300
    assert names == [deed.name for deed in inputs(1)]
    assert names != [deed.name for deed in inputs(2)]
    assert {deed.name for deed in (*BOXES, *HEAVY)} <= set(names)


def test_the_files_are_what_they_say():
    assert len(files.reserve()) < 1300
    data = files.scans(300)
    assert len(data) < 500_000
    assert data.count(b"\xff\xda") == 299 + files.scans(1).count(b"\xff\xda")
    with Image.open(io.BytesIO(files.scans(3, 64))) as picture:
        assert picture.convert("L").getextrema() == (128, 128)
    assert files.mutated(data, 1) == files.mutated(data, 1) != data
