"""What other pages are shown of a run: a forward hook on the restored network is the judge."""

import time
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
import torch
from PIL import Image
from tiny_runs import SOURCE

from cnnlab.augmentation import Pipeline
from cnnlab.hosting import SHARED
from cnnlab.layers.handover import opened
from cnnlab.layers.jobs import ARRAY
from cnnlab.layers.jobs import asked as of_layer
from cnnlab.loading import DATASETS, batches
from cnnlab.models import MODELS
from cnnlab.specs import SpecError
from cnnlab.summary import summarize
from cnnlab.summary.jobs import CALLS, CODE, GRADIENTS, MAPS, SIGHT, SLOPE, asked
from cnnlab.summary.learnt import Element, Learnt
from cnnlab.summary.maps import feature_maps
from cnnlab.summary.pictures import given
from cnnlab.summary.subject import Subject
from cnnlab.summary.view import View
from cnnlab.training import Session, TrainConfig
from cnnlab.training.handover import looked_at
from cnnlab.training.jobs import OUTCOME, Looked
from cnnlab.training.keeping import Folder
from cnnlab.training.outcome import restored
from cnnlab.training.run import Run

BLURRED = "[v2.GaussianBlur(3), v2.RandomHorizontalFlip()]"  # the second draws, by the dice of the picture
CONFIGS = {
    "digits": TrainConfig(epochs=1, samples=300, test=0.2, batch_size=50),
    "judged by a pipeline": TrainConfig(
        epochs=1, samples=300, test=0.2, batch_size=50, seed=4, evaluation=Pipeline.from_code(BLURRED)
    ),
    "pasted": TrainConfig(epochs=1, samples=300, test=0.2, normalise=False, source=SOURCE),
    "gray from colours": TrainConfig(epochs=1, data=DATASETS["FakeData"](size=60), test=0.2, side=8, source=SOURCE),
}


class Ended:
    """A run with its last checkpoint, its session, and the links to what it made of its pictures for testing."""

    def __init__(self, root, name: str, number: int):
        self.config = CONFIGS[name]
        self.run = Run.create(root / f"{number:022d}", self.config)
        session = Session(self.config)
        list(session.records())
        note = {"step": session.step, "epoch": 1, "place": 0, "t": time.time()}
        Folder(self.run.folder).save(session.state(), note, ("last.pt",))
        self.learnt = Learnt(self.run.folder.name, "last", session.step)
        self.outcome = OUTCOME.do(Looked(self.learnt.run, "last.pt", session.step, "test").to_query())
        self.layer = "0" if self.config.source else "conv2"
        self.session = restored(self.run, self.run.checkpoints()[0])

    def view(self, number: int) -> View:
        one = Element(self.learnt.run, self.outcome.own_test, self.outcome.elements[number])
        classes, shape = len(self.outcome.classes), self.outcome.shape
        view = looked_at(self.config, classes, shape, self.learnt, str(one)).at(self.layer)
        return View.from_query(view.to_query())

    def hooked(self, number: int) -> np.ndarray:
        """What the layer puts out for a mistake in the batch in which the run is judged."""
        part, place = self.session.data.test, self.outcome.mistakes[number].place
        rows = batches(self.session.data, replace(part, training=False), self.config, 0)
        (x,) = [pictures[place % self.config.batch_size] for at, (pictures, *_) in enumerate(rows)
                if at == place // self.config.batch_size]  # fmt: skip
        caught = []
        layer = self.session.model.get_submodule(self.layer)
        handle = layer.register_forward_hook(lambda layer, args, made: caught.append(made))
        with torch.no_grad():
            self.session.model(x[None])
        handle.remove()
        return caught[0][0].numpy()


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CNNLAB_RUNS", str(folder))
        yield folder


@pytest.fixture(scope="module", params=CONFIGS)
def ended(root, request):
    return Ended(root, request.param, list(CONFIGS).index(request.param))


@pytest.fixture(scope="module")
def digits(root):
    return Ended(root, "digits", 9)


def test_maps_of_a_mistake_are_those_of_a_hook_on_the_restored_network(ended):
    assert ended.outcome.mistakes
    for number in (0, len(ended.outcome.mistakes) - 1):
        about = Subject(ended.view(number))
        maps = feature_maps(about.real(), ended.layer, given(about).x).maps
        np.testing.assert_allclose(maps, ended.hooked(number), rtol=1e-5, atol=1e-6)
    answer = MAPS.do(asked(ended.view(0)).to_query())
    assert answer.edges[-1] == pytest.approx(ended.hooked(0).max(), rel=1e-4)
    assert answer.photo.of_run


def test_the_layer_inspector_has_the_same_maps(ended):
    view = ended.view(0)
    about = Subject(view)
    report = summarize(about.meta, *about.inputs)
    layer = opened(view, report, report.row(ended.layer))
    maps = np.load(BytesIO(ARRAY.do(of_layer(layer).to_query()).data))
    np.testing.assert_allclose(maps, ended.hooked(0), rtol=1e-5, atol=1e-6)


def test_every_look_that_runs_the_model_takes_a_picture_of_the_run(digits):
    for kind in (SIGHT, SLOPE, CALLS, GRADIENTS, CODE):
        assert kind.do(asked(digits.view(0)).to_query())


def test_the_exported_code_makes_the_same_model_and_the_same_picture(digits, tmp_path, monkeypatch):
    torch.save(digits.session.model.state_dict(), tmp_path / f"{digits.learnt.run[:6]}-{digits.learnt.step}.pt")
    monkeypatch.chdir(tmp_path)
    scope = {}
    exec(GRADIENTS.do(asked(digits.view(0)).to_query()).code, scope)
    assert torch.equal(scope["x"][0], given(Subject(digits.view(0))).x)
    ours = digits.session.model.state_dict()
    assert all(torch.equal(value, ours[name]) for name, value in scope["model"].state_dict().items())


def test_any_photo_is_given_to_the_network_as_its_run_would(digits):
    seen = given(Subject(replace(digits.view(0), image="chelsea")))
    data = digits.session.data
    pixels = torch.from_numpy(np.array(seen.shown)).permute(2, 0, 1)
    assert torch.equal(seen.x, data.normalised(pixels.float() * (1 / 255)))


OTHER = "These weights are of another network than {model}: look at them from their run."
GONE = "There is no such checkpoint any more: look at the newest one."
SHAPE = "The run that these weights are of gives its network 3 × 32 × 32, and this model is given 3 × 40 × 40: give it the same."
REFUSED = [
    ({"learnt": Learnt("b" * 22, "last", 5)}, "There is no such run any more: it was deleted, or its days were over."),
    ({"learnt": "step"}, GONE),
    ({"learnt": "best"}, GONE),
    ({"model": MODELS["LeNetSigmoid"]()}, OTHER.format(model="LeNetSigmoid")),
    ({"model": MODELS["LeNet"](classes=3)}, OTHER.format(model="LeNet")),
    ({"source": "nn.Sequential(nn.Conv2d(3, 6, 5))"}, OTHER.format(model="model")),
    ({"image": "9" * 9}, "This run has no picture 999999999 in its data: choose one on its page."),
    ({"shape": (3, 40, 40)}, SHAPE),
]


@pytest.mark.parametrize(
    ("change", "message"), REFUSED, ids=[f"{n}-{next(iter(c))}" for n, (c, _) in enumerate(REFUSED)]
)
def test_what_is_gone_or_does_not_belong_together_is_refused(digits, change, message):
    view, learnt = digits.view(0), digits.learnt
    if change.get("learnt") == "step":
        change = {"learnt": replace(learnt, step=learnt.step + 1)}
    elif change.get("learnt") == "best":
        change = {"learnt": replace(learnt, which="best")}
    elif "image" in change:
        change = {"image": str(Element(learnt.run, False, int(change["image"])))}
    if "model" in change or "source" in change:
        change = {**change, "row": "0" if "source" in change else "conv2"}
    with pytest.raises(SpecError) as refused:
        MAPS.do(asked(replace(view, **change)).to_query())
    assert str(refused.value) == message


@pytest.mark.parametrize(
    "text",
    ["../../etc.last.5", "a/b.last.5", f"{'a' * 22}.start.5", f"{'a' * 22}.last.-5", f"{'a' * 22}.last.{10**10}", "x"],
)
def test_a_link_that_names_no_weights_is_damaged(text):
    with pytest.raises(SpecError, match="^The link is damaged"):
        View.from_query({"learnt": text})


@pytest.mark.parametrize("image", ["../../x.train.1", f"{'a' * 22}.train.{'9' * 10}", f"{'a' * 22}.other.1"])
def test_a_name_that_is_no_picture_of_a_run_is_no_picture(image):
    assert Element.read(image) is None
    with pytest.raises(SpecError, match="is not a sample picture"):
        given(Subject(View(image=image)))


def test_a_checkpoint_that_is_damaged_says_so(root):
    broken = Ended(root, "digits", 10)
    (checkpoint,) = broken.run.checkpoints()
    data = bytearray(checkpoint.path.read_bytes())
    data[len(data) // 3] ^= 1
    checkpoint.path.write_bytes(data)
    with pytest.raises(SpecError, match="^The checkpoint last.pt is damaged: choose another"):
        MAPS.do(asked(broken.view(0)).to_query())


def test_another_model_leaves_the_weights_and_the_pictures_of_the_run(digits):
    other = digits.view(0).of(model=MODELS["AlexNet"]())
    assert (other.learnt, other.image) == (None, "chelsea")
    assert replace(digits.view(0), image="coffee").of(model=MODELS["AlexNet"]()).image == "coffee"


def test_weights_that_would_fit_another_network_are_not_put_into_it(root):
    pasted = Ended(root, "pasted", 11)
    view = replace(pasted.view(0), source=SOURCE.replace("ReLU", "Tanh"))
    with pytest.raises(SpecError, match="^These weights are of another network than model"):
        MAPS.do(asked(view).to_query())


def test_pictures_of_a_folder_that_the_host_keeps_to_itself_are_lent_to_nobody(root, tmp_path, monkeypatch):
    for number in range(24):
        place = tmp_path / "ab"[number % 2]
        place.mkdir(exist_ok=True)
        pixels = np.random.default_rng(number).integers(0, 256, (32, 32, 3), np.uint8)
        Image.fromarray(pixels).save(place / f"{number}.png")
    monkeypatch.setenv("CNNLAB_PICTURES", str(tmp_path))
    monkeypatch.setitem(CONFIGS, "folder", TrainConfig(epochs=1, data=DATASETS["ImageFolder"](), test=0.5))
    ended = Ended(root, "folder", 12)
    monkeypatch.setenv(SHARED, "1")
    view, looked = ended.view(0), Looked(ended.learnt.run, "last.pt", ended.learnt.step, "test")
    asks = [
        (MAPS, asked(view)), (MAPS, asked(replace(view, image="chelsea"))),
        (MAPS, asked(View(image=view.image, row="layer1"))), (OUTCOME, looked),
    ]  # fmt: skip
    for kind, recipe in asks:
        with pytest.raises(SpecError) as refused:
            kind.do(recipe.to_query())
        assert str(refused.value) == (
            "ImageFolder: folders of this machine are not for its visitors. Take another dataset."
        )


def test_a_checkpoint_that_takes_the_place_of_the_one_asked_for_is_not_taken_for_it(root, monkeypatch):
    ended = Ended(root, "digits", 13)
    run, (before,) = ended.run, ended.run.checkpoints()
    state = ended.session.state() | {"step": before.step + 1}
    Folder(run.folder).save(state, {"step": before.step + 1, "epoch": 1, "place": 1, "t": time.time()}, ("last.pt",))
    monkeypatch.setattr("cnnlab.training.lending.checkpoint_of", lambda *named: (run, before))
    for late in (lambda: restored(run, before), lambda: Subject(ended.view(0)).real()):
        with pytest.raises(SpecError) as refused:
            late()
        assert str(refused.value) == GONE
