"""What a checkpoint makes of its data, judged by the session's own evaluation and by scikit-learn."""

import io
import time
from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load as load_safetensors
from sklearn.decomposition import PCA

from cnnlab import limits
from cnnlab.loading import DATASETS
from cnnlab.models import INITIALISATIONS, MODELS
from cnnlab.specs import SpecError
from cnnlab.training import Session, TrainConfig
from cnnlab.training.export import FORMS, exported
from cnnlab.training.jobs import FORMS as OFFERED
from cnnlab.training.jobs import Exported, Looked, tried, wanted
from cnnlab.training.keeping import Folder
from cnnlab.training.outcome import answered, outcome, restored
from cnnlab.training.probing import probe
from cnnlab.training.run import Run
from cnnlab.training.work import brought, counts, export, looked, probed, rates, searched, written
from cnnlab.workshop.plain import packed, unpacked

CONFIG = TrainConfig(epochs=1, samples=400, test=0.1)
WEIGHTS = "ResNet18_Weights.IMAGENET1K_V1"


@pytest.fixture(scope="module")
def ended(tmp_path_factory):
    """A run and the session that it was."""
    run = Run.create(tmp_path_factory.mktemp("runs") / "abcdefghijklmnopqrstuv", CONFIG)
    session = Session(CONFIG)
    list(session.records())
    note = {"step": session.step, "epoch": session.epoch, "place": 0, "t": time.time()}
    Folder(run.folder).save(session.state(), note, ("last.pt",))
    return run, session


@pytest.mark.parametrize("part", ["validation", "test", "train"])
def test_an_outcome_counts_as_the_session_does(ended, part):
    run, session = ended
    (checkpoint,) = run.checkpoints()
    told = outcome(run, checkpoint, part)
    pictures = getattr(session.data, part)
    means = session.evaluate(replace(pictures, training=False)).means("x")
    assert told.count == len(pictures) == sum(map(sum, told.table))
    assert told.correct / told.count == pytest.approx(means["x/accuracy"])
    assert told.loss == pytest.approx(means["x/loss"], rel=1e-5)
    assert [sum(row) for row in told.table] == list(session.data.counts[part])
    assert unpacked(packed(told)) == told


def test_the_loss_of_an_outcome_is_that_of_the_run_with_weighed_classes_too():
    config = replace(CONFIG, class_weights=True, samples=300, classes=(0, 1, 8), batch_size=16, sampler="weighted")
    session = Session(config)
    session.criterion.weights *= torch.tensor([0.1, 1.0, 5.0])  # as with rarer classes would have it
    for part in (session.data.validation, session.data.train):
        part = replace(part, training=False)
        assert answered(session, part).loss == pytest.approx(session.evaluate(part).means("x")["x/loss"], rel=1e-5)


def test_mistakes_are_shown_as_the_pictures_they_are(ended):
    run, session = ended
    told = outcome(run, run.checkpoints()[0], "validation")
    assert 0 < len(told.mistakes) <= limits.MISTAKES
    for mistake, picture in zip(told.mistakes, told.pictures, strict=True):
        shown = np.asarray(Image.open(io.BytesIO(picture)))
        (own,) = session.data.validation.pictures[torch.tensor([mistake.place])]
        assert np.array_equal(shown, own.permute(1, 2, 0).numpy())
        assert session.data.validation.labels[mistake.place] == mistake.label


def test_the_plane_is_that_of_what_the_last_layer_is_given(ended):
    run, session = ended
    told = outcome(run, run.checkpoints()[0], "validation")
    caught = []
    session.model.eval().fc3.register_forward_hook(lambda layer, given, made: caught.append(given[0]))
    with torch.no_grad():
        session.model(session.data.floats(session.data.validation, torch.arange(told.count)))
    judge = PCA(2).fit(caught[0].numpy())
    np.testing.assert_allclose(np.abs(told.points), np.abs(judge.transform(caught[0].numpy())), atol=1e-3)
    np.testing.assert_allclose(told.shares, judge.explained_variance_ratio_, rtol=1e-3)


def test_weights_of_a_checkpoint_are_those_that_were_saved(ended):
    run, session = ended
    assert restored(run, run.checkpoints()[0]).weights_hash() == session.weights_hash()


def test_a_part_without_pictures_and_a_run_that_is_gone_are_refused(ended, monkeypatch):
    run, session = ended
    monkeypatch.setenv("CNNLAB_RUNS", str(run.folder.parent))
    step = session.step
    assert looked(Looked(run.folder.name, "last.pt", step)).step == step
    for one in (Looked("../x"), Looked("a" * 22)):
        with pytest.raises(SpecError, match="^There is no such run any more: it was deleted, or its days were over"):
            looked(one)
    for one in (Looked(run.folder.name, "best.pt", step), Looked(run.folder.name)):
        with pytest.raises(SpecError, match="^There is no such checkpoint any more: look at the newest one"):
            looked(one)


def test_exported_weights_are_those_of_the_checkpoint(ended):
    run, session = ended
    (checkpoint,) = run.checkpoints()
    ours = session.model.state_dict()
    read = {"pt": lambda data: torch.load(io.BytesIO(data), weights_only=True), "safetensors": load_safetensors}
    for form, reader in read.items():
        theirs = reader(exported(run, checkpoint, form))
        assert list(theirs) == list(ours) or form == "safetensors"
        assert theirs.keys() == ours.keys()
        assert all(torch.equal(value, theirs[name]) for name, value in ours.items())


def test_onnx_gives_the_scores_of_the_network_for_any_number_of_pictures(ended):
    for name in ("onnxscript", "onnxruntime"):  # which cnnlab does without: `pip install onnx onnxscript onnxruntime`
        pytest.importorskip(name, reason=f"{name} is not installed: ONNX was not compared with torch")
    runtime = import_module("onnxruntime")
    run, session = ended
    graph = runtime.InferenceSession(exported(run, run.checkpoints()[0], "onnx"), providers=["CPUExecutionProvider"])
    for count in (1, 5):
        pictures = torch.randn(count, *session.data.shape, generator=torch.Generator().manual_seed(count))
        (scores,) = graph.run(["scores"], {"pictures": pictures.numpy()})
        with torch.no_grad():
            expected = session.model.eval()(pictures)
        np.testing.assert_allclose(scores, expected.numpy(), atol=1e-5, rtol=1e-4)


def test_onnx_says_what_it_needs_where_that_is_missing(ended, monkeypatch):
    run, _ = ended
    monkeypatch.setattr("cnnlab.training.export.find_spec", lambda name: None)
    with pytest.raises(SpecError, match="^ONNX is written by packages that are not installed here: `pip install"):
        exported(run, run.checkpoints()[0], "onnx")


def test_weights_that_are_too_many_bytes_are_refused_with_the_way_out(ended, monkeypatch):
    run, session = ended
    monkeypatch.setenv("CNNLAB_RUNS", str(run.folder.parent))
    monkeypatch.setattr(limits, "EXPORT_BYTES", 1000)
    with pytest.raises(SpecError, match=r"here 1,000 are allowed. .* cnnlab.training.export RUN_FOLDER FILE.pt"):
        export(Exported(run.folder.name, "last.pt", session.step))


def test_every_form_of_weights_is_on_offer():
    assert list(FORMS) == list(OFFERED)


def test_a_probe_tells_what_torch_counts_and_leaves_its_generator_alone():
    torch.manual_seed(3)
    before = torch.get_rng_state()
    told = probe(CONFIG)
    model = Session(CONFIG).model
    assert told.parameters == told.learning == sum(parameter.numel() for parameter in model.parameters())
    assert torch.equal(torch.get_rng_state(), before)
    assert 0 < told.step_seconds < told.epoch_seconds
    assert told.steps <= 5
    frozen = probe(replace(CONFIG, frozen="backbone"))
    assert frozen.learning == 84 * 10 + 10


def test_a_class_of_ones_own_is_not_run_without_leave():
    one = tried(replace(CONFIG, own="net:Net"))
    assert one.leave
    with pytest.raises(SpecError, match="^net:Net runs only for who allowed it"):
        probed(replace(one, leave=""))


@pytest.fixture
def hosted(monkeypatch, tmp_path):
    """A machine of a host who leaves all as it is."""
    (tmp_path / "host.toml").touch()
    monkeypatch.setenv("CNNLAB_HOST", str(tmp_path / "host.toml"))
    return tmp_path


@pytest.mark.parametrize("work", [probed, searched])
@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"threads": 64}, "^threads=64 and workers=0 are 64 together: use 2 or less"),
        ({"workers": 16}, "^threads=1 and workers=16 are 17 together: use 2 or less"),
        ({"model": MODELS["resnet18"](), "weights": WEIGHTS}, "^weights=.* visitors may not have them downloaded"),
        ({"data": DATASETS["ImageFolder"]()}, "^ImageFolder: folders of this machine are not for its visitors"),
    ],
    ids=["threads", "workers", "weights", "folder"],
)
def test_what_may_not_be_started_is_not_tried_either(work, more, said, hosted, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(hosted))
    with pytest.raises(SpecError, match=said):
        work(tried(replace(CONFIG, **more)))


@pytest.mark.parametrize("work", [counts, rates, written])
def test_nothing_is_told_of_folders_that_are_not_for_visitors(work, hosted, monkeypatch):
    (hosted / "secret" / "class").mkdir(parents=True)
    monkeypatch.setenv("CNNLAB_PICTURES", str(hosted))
    with pytest.raises(SpecError, match="^ImageFolder: folders of this machine are not for its visitors"):
        work(TrainConfig(data=DATASETS["ImageFolder"](root="secret")))


def test_nothing_is_downloaded_where_the_host_does_not_allow_it(hosted, monkeypatch):
    monkeypatch.setenv("CNNLAB_DATA", str(hosted))
    with pytest.raises(SpecError, match="^MNIST is not on this machine, and visitors may not have it downloaded"):
        brought(wanted("MNIST"))


@pytest.mark.parametrize("work", [probed, searched])
def test_a_loss_that_is_no_number_at_once_is_told_with_its_layer(work):
    deep = f"nn.Sequential(nn.Flatten(), nn.Linear(64, 300), {'nn.Linear(300, 300), ' * 14}nn.Linear(300, 10))"
    huge = {"linear": INITIALISATIONS["constant_"](val=1000.0)}
    with pytest.raises(SpecError, match="^At step 1 a number was not finite any more, first in the activation of "):
        work(tried(replace(CONFIG, source=deep, scheme=huge)))
