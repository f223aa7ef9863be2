"""The summary page's view in a URL and back."""

import base64
import json
import os
import zlib
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from cnnlab import limits
from cnnlab.links import pack
from cnnlab.models import INITIALISATIONS, MODELS, cached, course_scheme, find_weights, initialise
from cnnlab.models.own import last_change, leave_to_run
from cnnlab.specs import SpecError
from cnnlab.summary import OPTIMIZERS, PRECISIONS, summarize
from cnnlab.summary.learnt import Learnt
from cnnlab.summary.rows import shape_text
from cnnlab.summary.subject import Subject, first_shape
from cnnlab.summary.view import AS_MADE, BATCH_OFF, STARTS, View, handed_over, parse_shape, understood

SOURCE = "nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU())"
SIDES = st.lists(st.integers(1, 512), min_size=1, max_size=4)
VIEWS = st.builds(
    View,
    model=st.sampled_from([MODELS[name].example() for name in ("LeNet", "resnet18", "UNet", "vit_b_16", "VGG")]),
    source=st.sampled_from(["", SOURCE]),
    shape=st.none() | SIDES.map(tuple),
    batch=st.integers(1, 4096),
    precision=st.sampled_from(list(PRECISIONS)),
    optimizer=st.sampled_from(list(OPTIMIZERS)),
    gib=st.integers(1, 1024),
    row=st.sampled_from(["", "layer1.0.conv1"]),
    scheme=st.sampled_from([{}, course_scheme()]),
    learnt=st.sampled_from([None, Learnt("-_" * 11, "best", 10**9)]),
    seed=st.integers(0, 99),
    against=st.none() | st.just(MODELS["alexnet"].example()),
    look=st.sampled_from(["", "maps", "no such look"]),
    channel=st.integers(0, 100_000),
    unit=st.none() | st.tuples(st.integers(0, 999), st.integers(0, 999)),
)


@given(VIEWS)
def test_a_view_survives_its_url(view):
    back = View.from_query(view.to_query())
    assert back.to_query() == view.to_query()
    assert (back.source, back.shape, back.row, back.against) == (view.source, view.shape, view.row, view.against)
    if not view.source:
        assert back == view


DAMAGED = "The link is damaged, so what it showed cannot be restored: ask for it again."
CONSTANT = {"name": "constant_", "params": {"val": 1}}


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"model": "nothing"}, "There is no 'nothing' here."),
        ({"model": "VGG", "params": "xx"}, DAMAGED),
        ({"model": "VGG", "params": pack([1])}, "The description of VGG is not well formed."),
        ({"shape": "3x-1"}, "3x-1 is not a shape: write sides from 1 to 4096, such as 3 x 224 x 224."),
        ({"batch": "0"}, "The link says batch=0: it must be a whole number from 1 to 4096."),
        ({"batch": "4097"}, "The link says batch=4097: it must be a whole number from 1 to 4096."),
        ({"gib": "0"}, "The link says gib=0: it must be a whole number from 1 to 1024."),
        ({"seed": "-1"}, "The link says seed=-1: it must be a whole number from 0 to 2147483647."),
        ({"precision": "float1"}, f"The link says precision=float1: use one of {', '.join(PRECISIONS)}."),
        ({"optimizer": "__import__('os')"}, f"The link says optimizer=__import__('os'): use one of {', '.join(OPTIMIZERS)}."),
        ({"source": "abc"}, DAMAGED),
        ({"source": pack(["nn.ReLU()"])}, DAMAGED),
        ({"scheme": pack([["linear", CONSTANT]])}, DAMAGED),
        ({"scheme": pack({"linear": CONSTANT, "attention": CONSTANT})}, DAMAGED),
        ({"scheme": pack({"linear": {"name": "nothing"}})}, "There is no 'nothing' here."),
        ({"against": "??"}, DAMAGED),
        ({"against": pack({"name": "nothing"})}, "There is no 'nothing' here."),
    ],
)  # fmt: skip
def test_a_damaged_link_is_refused_in_one_sentence(query, message):
    with pytest.raises(SpecError) as refusal:
        View.from_query(query)
    assert str(refusal.value) == message


def test_a_link_holds_a_name_up_to_its_bound():
    long = "x" * (limits.LINK_NAME + 1)
    view = View.from_query({"row": long, "image": long})
    assert (view.row, view.image) == (long[:-1], long[:-1])


@pytest.mark.parametrize("kind", STARTS)
def test_every_kind_of_layer_that_a_scheme_may_name_travels_in_a_link(kind):
    view = View(scheme={kind: INITIALISATIONS["constant_"](val=0.5)})
    assert View.from_query(view.to_query()) == view


def test_a_scheme_may_name_what_initialise_takes_and_no_more():
    with pytest.raises(SpecError) as refusal:
        initialise(nn.ReLU(), {"attention": None})
    assert str(refusal.value) == f"attention is no kind of layer: use {', '.join(STARTS)}."


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("7", (7,)),
        ("1x4096", (1, 4096)),
        ("3×224×224", (3, 224, 224)),
        ("3,224,224", (3, 224, 224)),
        (" 3 x 5, 6 × 7 ", (3, 5, 6, 7)),
        ("(1,3,32,32)", (1, 3, 32, 32)),
        ("3 224 224", (3, 224, 224)),
        ("[3,224,224]", (3, 224, 224)),
        ("torch.Size([1, 3, 224, 224])", (1, 3, 224, 224)),
        ("(784,)", (784,)),
        ("3，224，224", (3, 224, 224)),
    ],
)
def test_a_shape_is_written_as_people_and_torch_write_it(text, shape):
    assert parse_shape(text) == shape


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "3x",
        "0",
        "4097",
        "3x0x5",
        "3x4097",
        "1x2x3x4x5",
        "3x-1",
        "3.5",
        "²",
        "٣",
        "3-5",
        "x3",
        "3,,5",
        "9" * 5000,
    ],
)
def test_what_is_no_shape_is_refused_with_what_would_be_one(text):
    with pytest.raises(SpecError) as refusal:
        parse_shape(text)
    subject = text[:40] or "''"
    assert str(refusal.value) == f"{subject} is not a shape: write sides from 1 to 4096, such as 3 x 224 x 224."


@pytest.mark.parametrize(
    ("text", "natural", "shape", "told"),
    [
        ("224", (3, 64, 64), (3, 224, 224), AS_MADE),
        ("28 32", (1, 64, 64), (1, 28, 32), AS_MADE),
        ("64", (3, 16, 112, 112), (3, 16, 64, 64), AS_MADE),
        ("(1,3,32,32)", (3, 64, 64), (3, 32, 32), BATCH_OFF),
        ("torch.Size([2, 3, 16, 112, 112])", (3, 16, 112, 112), (3, 16, 112, 112), BATCH_OFF),
        ("3x32x32", (3, 64, 64), (3, 32, 32), None),
        ("(3, 16, 32, 32)", (3, 16, 112, 112), (3, 16, 32, 32), None),
        ("784", (100,), (784,), None),
        ("28x28", (784,), (28, 28), None),
        ("32", None, (32,), None),
    ],
)
def test_a_shape_is_completed_by_what_the_model_was_made_for_and_that_is_told(text, natural, shape, told):
    meant, message = understood(text, natural)
    assert (meant, message and message.template) == (shape, told)
    assert message is None or str(message).startswith(f"{text} is read as {shape_text(shape)}: ")


def test_five_sides_are_too_many_where_none_is_the_batch():
    with pytest.raises(SpecError):
        understood("1x2x3x4x5", (3, 32, 32))


@given(st.text(max_size=20))
def test_any_text_is_a_shape_or_one_sentence(text):
    try:
        shape = parse_shape(text)
    except SpecError as refusal:
        assert "is not a shape" in str(refusal)  # noqa: PT017 both outcomes are right
    else:
        assert all(1 <= side <= limits.SIDE for side in shape)
        assert 1 <= len(shape) <= 4


@pytest.mark.parametrize("name", ["LeNet", "resnet18", "fasterrcnn_mobilenet_v3_large_320_fpn", "raft_small", "r3d_18"])
def test_every_kind_of_model_is_given_inputs_it_takes(name):
    view = View(model=MODELS[name].example())
    assert summarize(Subject(view).meta, *Subject(view).inputs).failure is None


def test_a_pasted_model_is_given_an_input_for_its_first_layer():
    assert Subject(View(source=SOURCE)).shapes == ((1, 32, 32),)
    assert Subject(View(source="nn.Linear(7, 2)")).shapes == ((7,),)


def test_the_same_seed_gives_the_same_values_and_the_course_starts_otherwise():
    view = View(model=MODELS["LeNet"].example())
    first, second, course = (
        Subject(view).real(),
        Subject(view).real(),
        Subject(View(model=view.model, scheme=course_scheme())).real(),
    )
    weights = [next(model.parameters()) for model in (first, second, course)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_a_model_too_large_for_values_is_refused():
    with pytest.raises(SpecError, match="parameters, more than"):
        Subject(View(model=MODELS["vit_h_14"].example())).real()


def test_a_layer_is_handed_over_with_all_it_takes_to_get_its_weights():
    view = View(model=MODELS["LeNet"].example(), scheme=course_scheme(), seed=5)
    data = json.loads(json.dumps(handed_over(view, summarize(Subject(view).meta, *Subject(view).inputs).row("conv2"))))
    assert (data["name"], data["input_shape"], data["params"]["out_channels"]) == ("Conv2d", [6, 14, 14], 16)
    layer = Subject(View.from_query(data["model"])).real().get_submodule(data["path"])
    assert torch.equal(layer.weight, Subject(view).real().conv2.weight)


def test_weights_of_another_model_in_a_link_are_refused():
    with pytest.raises(SpecError, match="^The link says weights=Nothing: use one of"):
        View.from_query({"weights": "Nothing"})
    with pytest.raises(SpecError, match="The link says weights="):
        View.from_query({"model": "LeNet", "weights": "ResNet18_Weights.IMAGENET1K_V1"})


NET = """from torch import nn

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Linear(7, 2), nn.Dropout())
"""


@pytest.fixture
def own(monkeypatch, tmp_path):
    """A model of one's own, in a folder of its own."""
    monkeypatch.setenv("CNNLAB_MODELS", str(tmp_path))
    (tmp_path / "net.py").write_text(NET)
    return View(own="net:Net", seed=3)


LISTED = View(model=MODELS["LeNet"].example(), seed=3)
PASTED = View(source="nn.Sequential(nn.Linear(7, 2), nn.Dropout())", seed=3)


def test_one_of_ones_own_travels_by_its_name_alone(own):
    view = replace(own, source=PASTED.source, model=LISTED.model)
    assert view.to_query() == {"own": "net:Net", "seed": "3"}
    assert View.from_query(view.to_query()) == own


def test_a_name_of_ones_own_in_a_link_is_bounded_and_is_there(own):
    with pytest.raises(SpecError) as refusal:
        View.from_query({"own": "net Net"})
    assert str(refusal.value) == "'net Net' is not of the form module:Class: for the class Net in net.py write net:Net."
    with pytest.raises(SpecError) as refusal:
        _ = Subject(View.from_query({"own": "nothing:Net"})).meta
    assert str(refusal.value).startswith("There is no nothing.py in ")
    name = f"net:Net{'x' * limits.LINK_NAME}"
    with pytest.raises(SpecError) as refusal:
        _ = Subject(View.from_query({"own": name})).meta
    assert str(refusal.value) == f"net.py has no class {name[4 : limits.LINK_NAME]}: check the name."


def test_a_link_alone_runs_nothing_of_ones_own(monkeypatch, tmp_path):
    monkeypatch.setenv("CNNLAB_MODELS", str(tmp_path))
    (tmp_path / "net.py").write_text("raise SystemExit('ran')\n")
    assert View.from_query({"own": "net:Net"}).own == "net:Net"


def test_what_is_wrong_with_a_pasted_text_is_told_where_the_model_is_made():
    view = View.from_query({"source": pack("nn.Conv2D(1, 1, 1)")})
    with pytest.raises(SpecError) as refusal:
        _ = Subject(view).meta
    assert str(refusal.value) == "Line 1: torch.nn has no layer Conv2D that is read here: did you mean Conv2d?"


def test_a_link_holds_no_more_text_than_may_be_pasted():
    longest = "#" * limits.PASTE_CHARACTERS
    assert View.from_query({"source": pack(longest)}).source == longest
    with pytest.raises(SpecError):
        View.from_query({"source": pack(longest + "#")})


def test_a_name_of_ones_own_may_be_as_long_as_its_bound_and_is_cut_off_there(monkeypatch, tmp_path):
    monkeypatch.setenv("CNNLAB_MODELS", str(tmp_path))
    name = "N" * (limits.LINK_NAME - len("net:"))
    (tmp_path / "net.py").write_text(NET.replace("Net", name))
    assert View.from_query({"own": f"net:{name}xx"}).own == f"net:{name}"


def test_a_model_is_called_what_it_is_called_where_it_comes_from(own):
    views = (LISTED, PASTED, own, replace(own, source=SOURCE), View())
    assert [view.name for view in views] == ["LeNet", "model", "Net", "Net", "resnet18"]
    assert [view.listed for view in views] == [True, False, False, False, True]


def test_without_values_a_model_is_its_shapes_and_built_once(own):
    for view in (LISTED, PASTED):
        assert all(parameter.is_meta for parameter in Subject(view).meta.parameters())
        subject = Subject(view)
        assert subject.meta is subject.meta
    assert list(map(str, Subject(PASTED).meta)) == list(map(str, Subject(own).meta))
    assert type(Subject(LISTED).meta).__name__ == "LeNet"


@pytest.mark.parametrize("kind", ["listed", "pasted", "own"])
@pytest.mark.parametrize("scheme", [{}, {"linear": INITIALISATIONS["normal_"](std=2.0)}], ids=["torch", "chosen"])
def test_the_seed_alone_decides_the_values_of_any_model(own, kind, scheme):
    view = replace({"listed": LISTED, "pasted": PASTED, "own": own}[kind], scheme=scheme)
    before = torch.get_rng_state()
    first, same, other = (
        torch.cat([parameter.detach().flatten() for parameter in Subject(each).real().parameters()])
        for each in (view, replace(view), replace(view, seed=4))
    )
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(first, same)
    assert not torch.equal(first, other)
    assert not Subject(view).real().training
    last = [module for module in Subject(view).real().modules() if isinstance(module, nn.Linear)][-1].weight
    assert (last.std() > 1) == bool(scheme)  # torch's own are at most one over the root of the width


def test_what_of_ones_own_is_drawn_is_what_torch_draws_for_that_seed(own):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        theirs = nn.Linear(7, 2)
    assert torch.equal(Subject(own).real()[0].weight, theirs.weight)
    assert torch.equal(Subject(PASTED).real()[0].weight, theirs.weight)


def test_an_edited_file_of_ones_own_is_another_model(monkeypatch, tmp_path):
    monkeypatch.setenv("CNNLAB_MODELS", str(tmp_path))
    file = tmp_path / "net.py"
    net = "from torch import nn\n\nclass Net(nn.Sequential):\n    def __init__(self):\n        super().__init__(nn.Linear({}, 2))\n"
    file.write_text(net.format(7))
    view = View.from_query({"own": "net:Net"})
    before = (leave_to_run(view.own), Subject(view).shapes)
    file.write_text(net.format(9))
    os.utime(file, ns=(1, last_change() + 10**9))
    assert before[1] == ((7,),)
    assert Subject(view).shapes == ((9,),)
    assert leave_to_run(view.own) != before[0]


@pytest.mark.parametrize(
    ("view", "published"),
    [
        (View(), True),
        (View(shape=(3, 224, 224)), True),  # what it was made for, said once more
        (View(model=MODELS["googlenet"]()), True),
        (View(model=MODELS["fcn_resnet50"](aux_loss=True)), True),
        (View(model=MODELS["fcn_resnet50"].example().replace(aux_loss=True)), True),
        (View(model=MODELS["fcn_resnet50"]()), False),  # torchvision's figure is for both heads
        (View(batch=2), True),  # the batch is a matter of memory alone
        (View(shape=(3, 224, 256)), False),
        (View(model=MODELS["resnet18"](num_classes=10)), False),
        (View(model=MODELS["LeNet"]()), False),
        (View(source=SOURCE), False),
    ],
    ids=lambda value: value.name if isinstance(value, View) else "",
)
def test_published_figures_are_claimed_for_the_very_model_and_input_alone(view, published):
    assert (Subject(view).published is not None) == published
    if published:
        report = summarize(Subject(view).meta, *Subject(view).inputs)
        assert round(report.macs / 1e9, 3) == Subject(view).published.gmacs


def test_weights_go_into_the_model_on_the_screen_or_are_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr("cnnlab.models.weights.fetch", lambda weights, progress=None: cached(weights))
    view = View(model=MODELS["squeezenet1_1"](num_classes=7), weights="SqueezeNet1_1_Weights.IMAGENET1K_V1")
    path = cached(find_weights(view.weights))
    path.parent.mkdir(parents=True)
    torch.save(Subject(View(model=MODELS["squeezenet1_1"]())).real().state_dict(), path)
    with pytest.raises(SpecError, match="do not fit this model"):
        Subject(view).real()


WEIGHTS = "SqueezeNet1_1_Weights.IMAGENET1K_V1"


@pytest.fixture
def fetched(monkeypatch, tmp_path):
    """Puts the values of a view's model where torch keeps its weights, as if fetched, and gives them back."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr("cnnlab.models.weights.fetch", lambda weights, progress=None: cached(weights))

    def fetch(view):
        path = cached(find_weights(view.weights))
        path.parent.mkdir(parents=True)
        state = Subject(replace(view, weights="", seed=8)).real().state_dict()
        torch.save(state, path)
        return state

    return fetch


@pytest.mark.parametrize(
    "view",
    [
        View(model=MODELS["squeezenet1_1"](), weights=WEIGHTS),
        View(  # not as torchvision's builder makes it: it has the second head for these weights alone
            model=MODELS["deeplabv3_mobilenet_v3_large"](num_classes=21, aux_loss=True),
            weights="DeepLabV3_MobileNet_V3_Large_Weights.COCO_WITH_VOC_LABELS_V1",
        ),
    ],
    ids=lambda view: view.name,
)
def test_pretrained_weights_stand_above_a_scheme_and_a_seed(fetched, view):
    state = fetched(view)
    ours = Subject(replace(view, scheme=course_scheme(), seed=5)).real()
    assert all(torch.equal(value, state[name]) for name, value in ours.state_dict().items())
    assert not ours.training


def test_weights_are_for_a_model_of_the_catalogue_alone():
    assert str(Subject(replace(PASTED, weights=WEIGHTS)).real()) == str(Subject(PASTED).real())


def test_weights_that_are_not_here_are_not_fetched_unasked(monkeypatch, tmp_path):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    with pytest.raises(SpecError) as refusal:
        Subject(View(model=MODELS["squeezenet1_1"](), weights=WEIGHTS)).real()
    assert str(refusal.value) == f"{WEIGHTS} are not on this machine yet: fetch them under Starting values."


BUSY = View(
    model=MODELS["squeezenet1_1"](),
    shape=(3, 64, 64),
    batch=64,
    precision="mixed",
    optimizer="SGD",
    gib=2,
    row="features.0",
    image="coffee",
    scheme=course_scheme(),
    weights="SqueezeNet1_1_Weights.IMAGENET1K_V1",
    seed=5,
    against=MODELS["alexnet"](),
    look="maps",
    channel=7,
    unit=(3, 4),
)


@pytest.mark.parametrize(
    "model",
    [{"model": MODELS["LeNet"].example()}, {"source": SOURCE}, {"own": "net:Net"}],
    ids=lambda model: next(iter(model)),
)
def test_another_model_takes_nothing_along_that_belonged_to_the_one_before(model):
    view = BUSY.of(**model)
    stays = ("precision", "optimizer", "gib", "image", "seed", "against", "look")
    assert view == View(**{"model": BUSY.model, **model}, **{name: getattr(BUSY, name) for name in stays})
    back = replace(view, own="net:Other").of(model=BUSY.model)
    assert (back.listed, back.model) == (True, BUSY.model)


def test_another_row_has_channels_and_units_of_its_own():
    assert BUSY.at("features.3") == replace(BUSY, row="features.3", channel=0, unit=None)
    assert BUSY.at(BUSY.row) == BUSY


def test_a_shape_is_that_of_every_input():
    pair = View(model=MODELS["raft_small"].example())
    assert len(Subject(pair).natural) == 2
    assert Subject(pair).shapes == Subject(pair).natural
    assert Subject(replace(pair, shape=(3, 128, 160))).shapes == ((3, 128, 160),) * 2
    assert Subject(replace(pair, shape=(3, 128, 160))).inputs == ((3, 128, 160),) * 2
    assert Subject(replace(pair, shape=(3, 128, 160))).natural == Subject(pair).natural
    assert (Subject(View()).natural, View().takes_list) == (((3, 224, 224),), False)


def test_a_detector_is_given_a_list_of_one_picture():
    detector = View(model=MODELS["fasterrcnn_mobilenet_v3_large_320_fpn"].example(), shape=(3, 64, 96), batch=3)
    assert detector.takes_list
    (pictures,) = Subject(detector).inputs
    assert [(tuple(picture.shape), picture.is_meta) for picture in pictures] == [((3, 64, 96), True)]
    assert Subject(replace(detector, source=SOURCE)).inputs == ((3, 64, 96),)
    assert not replace(detector, source=SOURCE).takes_list


@pytest.mark.parametrize(
    "model",
    [
        nn.Sequential(nn.ReLU(), nn.Linear(7, 2)),
        nn.Sequential(nn.Conv1d(5, 2, 3)),
        nn.Sequential(nn.Conv2d(5, 2, 3), nn.Flatten(), nn.Linear(1800, 3)),
        nn.Sequential(nn.Tanh(), nn.Conv3d(5, 2, 3)),
        nn.Sequential(nn.Conv2d(3, 2, 3), nn.Conv1d(1, 1, 1)),
        nn.Sequential(nn.Dropout(), nn.Conv2d(3, 2, 3)),
        nn.ReLU(),
    ],
    ids=str,
)
def test_a_model_takes_the_input_that_is_guessed_from_its_first_layer(model):
    shape = first_shape(model)
    layers = [module for module in model.modules() if hasattr(module, "weight")]
    size = {nn.Linear: (), nn.Conv1d: (32,), nn.Conv2d: (32, 32), nn.Conv3d: (32, 32, 32)}
    first = layers[0] if layers else nn.Conv2d(3, 1, 1)  # a picture where nothing says what goes in
    assert shape == (first.weight.shape[1], *size[type(first)])
    out = first(torch.zeros(1, *shape))
    assert out.shape[0] == 1


def test_endless_blanks_in_a_shape_are_read_in_no_time():
    for text in ("1      " * 28 + "!", "1 " * 99 + "!", "3," + " " * 190 + "!"):
        with pytest.raises(SpecError, match="is not a shape"):
            parse_shape(text)  # a pattern with two ways through a blank takes years


def test_half_a_letter_in_a_pasted_text_is_refused():
    for text in ("\ud800", "nn.Sequential(nn.ReLU()) # \ud800"):
        with pytest.raises(SpecError, match="The link is damaged"):
            View.from_query({"source": base64.urlsafe_b64encode(zlib.compress(json.dumps(text).encode())).decode()})
