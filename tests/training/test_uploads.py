"""A run on a visitor's zip: it takes its pictures along, and needs nobody's session to go on."""

from dataclasses import replace

import pytest
from zips import picture, zipped

from cnnlab import shelf
from cnnlab.hosting import HOSTED, hidden
from cnnlab.loading import DATASETS
from cnnlab.specs import SpecError
from cnnlab.training import TrainConfig
from cnnlab.training.comparing import told
from cnnlab.training.outcome import outcome
from cnnlab.training.process import main
from cnnlab.training.run import Run
from cnnlab.training.work import counts


def pets() -> bytes:
    return zipped({f"{'cat' if number % 2 else 'dog'}/{number}.png": picture(number) for number in range(24)})


@pytest.fixture
def config():
    digest = shelf.keep(pets())
    data = DATASETS["Upload"](digest=digest)
    yield TrainConfig(data=data, epochs=1, batch_size=8, validation=0.5)
    if shelf._holders()[digest]:
        shelf.release(digest)


def test_a_run_goes_on_when_the_session_that_sent_its_pictures_has_ended(config, tmp_path, monkeypatch):
    monkeypatch.setattr("cnnlab.training.process.SAMPLER", "none_such")
    monkeypatch.setattr("cnnlab.training.process.Asked.listen", lambda asked: None)
    run = Run.create(tmp_path / "first", config)
    assert sum(counts(config).train) == 12
    shelf.release(config.data["digest"])
    with pytest.raises(SpecError, match="no longer here"):
        counts(config)
    assert main(run.folder) == 0
    newest = run.checkpoints()[0]
    told = outcome(run, newest, "validation")
    assert (told.count, told.classes) == (12, ("cat", "dog"))
    fork = run.fork(tmp_path / "second", newest, replace(config, epochs=2))
    run.delete()
    assert not run.folder.exists()
    assert main(fork.folder) == 0


def test_a_run_without_its_pictures_is_not_made(config, tmp_path):
    shelf.release(config.data["digest"])
    with pytest.raises(SpecError, match=r"^The zip of pictures is no longer here: choose it again\.$"):
        Run.create(tmp_path / "run", config)
    assert not (tmp_path / "run").exists()


def test_one_s_own_pictures_are_not_a_host_s_folders(config):
    assert hidden(config.data, HOSTED) is None
    assert hidden(DATASETS["ImageFolder"](), HOSTED)


def test_the_hash_of_a_zip_is_not_told_to_who_watches_a_run(config):
    assert told(config.data) == "Upload"
