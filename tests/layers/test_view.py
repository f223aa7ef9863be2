"""The layer inspector's view: a stack of layers, of which one is looked at."""

from dataclasses import replace

import pytest

from cnnlab import limits
from cnnlab.layers import LAYERS
from cnnlab.layers.view import View, fitted, understood
from cnnlab.links import pack
from cnnlab.specs import SpecError

CONV = LAYERS["Conv2d"](in_channels=3, out_channels=6, kernel_size=5)
POOL = LAYERS["MaxPool2d"](kernel_size=2)
RELU = LAYERS["ReLU"]()
STACK = View(layers=(CONV, RELU, POOL), shape=(3, 32, 32), place=1)
OWN = {"numbers": {"x": (1.0,)}, "origin": {"model": "LeNet"}, "row": "conv1", "element": (0, 1, 1), "channel": 2}


def test_a_layer_is_handed_what_the_one_before_puts_out():
    assert [place.input for place in STACK.places()] == [(3, 32, 32), (6, 28, 28), (6, 28, 28)]
    assert STACK.places()[-1].output == (6, 14, 14)
    assert STACK.here == STACK.places()[1]


def test_what_stands_behind_a_refusal_gets_no_input():
    wrong = View(layers=(CONV, RELU), shape=(1, 32, 32))
    first, second = wrong.places()
    assert first.output is None
    assert first.error
    assert (second.input, second.output, second.error) == (None, None, None)


def test_a_place_beyond_the_stack_is_the_last_one():
    beyond = View.from_query({**STACK.to_query(), "place": "24"})
    assert (beyond.index, beyond.call, beyond.here.output) == (2, POOL, (6, 14, 14))


def test_a_layer_is_put_behind_the_one_that_is_looked_at():
    more = STACK.added(POOL, POOL)
    assert [call.name for call in more.layers] == ["Conv2d", "ReLU", "MaxPool2d", "MaxPool2d", "MaxPool2d"]
    assert (more.index, more.here.input) == (2, (6, 28, 28))


def test_a_stack_has_an_end():
    full = View(layers=(RELU,) * limits.STACK)
    with pytest.raises(SpecError, match=r"^A stack has 1 to 24 layers, and this would have 25\.$"):
        full.added(RELU)
    with pytest.raises(SpecError, match="this would have 0"):
        full.read(())


def test_the_shape_goes_with_what_is_left():
    assert STACK.without().layers == (CONV, POOL)
    rest = View(layers=(CONV, RELU), shape=(3, 32, 32)).without()
    assert (rest.layers, rest.here.input) == ((RELU,), (6, 28, 28))
    assert rest.without() is rest
    alone = View(layers=(CONV, RELU, POOL), shape=(3, 32, 32), place=2).alone()
    assert (alone.layers, alone.here.output) == ((POOL,), (6, 14, 14))


def test_a_layer_is_moved_and_stays_chosen():
    assert STACK.moved(1).layers == (CONV, POOL, RELU)
    assert STACK.moved(1).call == RELU
    assert STACK.moved(-1).layers == (RELU, CONV, POOL)
    assert STACK.moved(-2) is STACK
    assert STACK.moved(5) is STACK


@pytest.mark.parametrize(
    "change", [lambda view: view.at(0), lambda view: view.added(RELU), lambda view: view.exchanged(POOL)]
)
def test_what_belongs_to_one_layer_stays_with_it(change):
    view = change(View(layers=STACK.layers, shape=STACK.shape, place=1, kernel="model", **OWN))
    fresh = View()
    assert {name: getattr(view, name) for name in OWN} == {name: getattr(fresh, name) for name in OWN}
    assert view.kernel == fresh.kernel


LONG = View(layers=(LAYERS["Flatten"](), RELU, LAYERS["Identity"]()), shape=(16, 256, 256), place=1)


@pytest.mark.parametrize(
    "view",
    [LONG.alone(), replace(LONG, place=0).without(), LONG.moved(1), LONG.moved(-1), LONG.added(RELU),
     View(layers=(LAYERS["Linear"](in_features=limits.LAYER_SIDE, out_features=1),)).added(RELU)],
)  # fmt: skip
def test_what_was_edited_can_be_sent_as_a_link_however_long_the_shapes_are(view):
    assert View.from_query(view.to_query()) == view


TYPED = {"x": (1.0, 2.0)}
POOLS = View(layers=(POOL, RELU, POOL), shape=(1, 4, 4), place=2, numbers=TYPED)


@pytest.mark.parametrize(
    ("change", "back"),
    [
        (lambda view: view.at(0), 2),
        (lambda view: view.added(RELU), 2),
        (lambda view: view.at(0).added(RELU, RELU), 4),
        (lambda view: view.at(0).without(), 1),
        (lambda view: view.at(1).moved(-1), 2),
        (lambda view: view.moved(-1).at(0), 1),
        (lambda view: view.at(1).moved(1), 1),
        (lambda view: view.at(1).exchanged(CONV), 2),
    ],
)
def test_typed_numbers_are_there_again_when_one_comes_back_to_their_layer(change, back):
    view = change(POOLS)
    assert view.typed == tuple(TYPED if place == back else {} for place in range(len(view.layers)))
    assert View.from_query(view.to_query()) == view
    assert view.at(back).numbers == TYPED


def test_typed_numbers_go_with_their_layer():
    assert not any(POOLS.without().typed)
    assert POOLS.alone().typed == (TYPED,)
    assert not any(POOLS.at(0).of(POOL, RELU).typed)


def test_a_link_has_room_for_the_typed_numbers_of_the_nearest_layers():
    view = View(layers=(RELU,) * 4, shape=(1, 4, 4))
    for place in range(4):
        view = replace(view.at(place), numbers={"x": (1.0,) * (limits.TYPED_NUMBERS // 2)})
    assert [bool(typed) for typed in view.typed] == [False, True, True, True]


def test_a_read_stack_keeps_the_input_that_its_first_layer_takes():
    assert STACK.read((CONV, POOL)).shape == (3, 32, 32)
    assert STACK.read((LAYERS["Conv2d"](in_channels=1, out_channels=4, kernel_size=3),)).here.input == (1, 8, 8)


def test_a_new_layer_has_the_channels_that_reach_it():
    assert fitted(LAYERS["Conv2d"], (6, 28, 28))["in_channels"] == 6
    assert fitted(LAYERS["BatchNorm2d"], (6, 28, 28))["num_features"] == 6
    assert fitted(LAYERS["Linear"], (400,))["in_features"] == 400
    assert fitted(LAYERS["Conv2d"], (400,)) == LAYERS["Conv2d"].example()
    assert fitted(LAYERS["Conv2d"], (70_000, 3, 3)) == LAYERS["Conv2d"].example()
    assert fitted(LAYERS["ReLU"], None) == RELU


@pytest.mark.parametrize(
    ("text", "shape"),
    [("28", (3, 28, 28)), ("28x30", (3, 28, 30)), ("(1, 3, 8, 8)", (3, 8, 8)), ("25088", (3, 25088, 25088))],
)
def test_a_shape_is_read_as_people_write_it(text, shape):
    assert understood(text, (3, 8, 8))[0] == shape
    assert understood("25088", (3,))[0] == (25088,)


@pytest.mark.parametrize("text", ["", "x", "3x0x8", "3x-1x8", "1000000", "3x8x8x8x8x8", "inf", "1e9", "3" * 500])
def test_what_is_no_shape_is_refused(text):
    with pytest.raises(SpecError, match=r"is not a shape: write sides from 1 to 999999, such as 3 x 224 x 224\.$"):
        understood(text, (3, 8, 8))


@pytest.mark.parametrize(
    "query",
    [
        {"layers": pack([])},
        {"layers": pack([{"name": "Conv2d"}])},
        {"layers": pack([{"name": "Nope"}])},
        {"layers": pack([RELU.to_dict()] * 25)},
        {"layers": pack({"name": "ReLU"})},
        {"layers": "garbage"},
        {"numbers": pack({"x": [1e400]})},
        {"numbers": pack({"x": ["1"]})},
        {"numbers": pack({"x": [0] * 1025})},
        {"numbers": pack({"y": [0]})},
        {"others": pack({"24": {"x": [0]}})},
        {"others": pack({"x": [0]})},
        {"others": pack({"1": {"x": ["0"]}})},
        {"others": pack([1])},
        {"numbers": pack({"x": [10**7]})},
        {"origin": pack({"model": "Nope"})},
        {"origin": pack({"model": 1})},
        {"origin": pack([1])},
        {"element": "1x2x3x4x5"},
        {"element": "1x-2"},
        {"goal": "14"},
        {"goal": "0x28"},
        {"goal": "14x99999"},
        {"shape": "3x9999999"},
        {"fill": "nothing"},
        {"kernel": "nothing"},
        {"place": "0"},
        {"place": "25"},
        {"step": "101"},
    ],
)
def test_a_damaged_link_is_refused(query):
    with pytest.raises(SpecError):
        View.from_query(query)


@pytest.mark.parametrize("value", [10**400, -(10**400), True, None, "1"])
def test_what_no_cell_holds_damages_a_link(value):
    with pytest.raises(SpecError, match="The link is damaged"):
        View.from_query({"numbers": pack({"x": [value]})})
