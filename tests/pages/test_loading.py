"""The loading page's narrow column without a browser: what is chosen, what it comes to, and the ways to other pages."""

import json
import re
from urllib.parse import parse_qsl

import pytest
from visit import choose, ids, query, said, shown, unquoted, visit
from zips import PETS, zipped

from cnnlab import shelf
from cnnlab.augmentation.view import View as Played
from cnnlab.images.jobs import Uploaded
from cnnlab.loading import DATASETS, Selection, describe
from cnnlab.loading.jobs import UNPACK
from cnnlab.loading.uploads import kept_in
from cnnlab.loading.view import View
from cnnlab.training import TrainConfig
from cnnlab.training.folder import UPLOADS
from cnnlab.training.supervisor import Client
from cnnlab.training.view import View as Training
from pages.shared.ledger import Shelved
from pages.shared.zip import HELD, Held
from pages.training.keys import KEY

OWN = View(data=DATASETS["Upload"]())
TOKEN = re.compile(r"[0-9a-f]{64}")


@pytest.fixture
def held():
    """A zip as a session has it."""
    digest = shelf.keep(zipped(PETS))
    return Held(Shelved(digest), "pets.zip", UNPACK.do(Uploaded(digest, "pets.zip").to_query()))


def texts(app) -> str:
    return "\n".join(unquoted(box.value) for box in (*app.markdown, *app.caption, *app.info))


def ways(app) -> dict[str, dict[str, str]]:
    """The query of each link to a page by that page."""
    links = [element.proto for element in app.get("page_link")]
    return {link.page: dict(parse_qsl(link.query_string)) for link in links if link.page}


def test_the_first_view_says_what_it_comes_to():
    app = visit("loading")
    assert said(app) == []
    assert "**1,437** to learn from, **360** for validation, **0** for the test; 10 classes." in texts(app)
    assert query(app) == {}


def test_what_is_set_stands_in_the_link():
    app = visit("loading")
    app.number_input(key="loading.batch_size").set_value(10).run()
    app.toggle(key="loading.drop_last").set_value(True).run()
    app.selectbox(key="loading.sampler").set_value("balanced").run()
    choose(app, "loading.data", "FakeData")
    assert said(app) == []
    assert shown(app, "loading") == View(data=DATASETS["FakeData"](), batch_size=10, drop_last=True, sampler="balanced")


def test_data_goes_to_training_and_comes_back():
    view = View(
        data=DATASETS["FakeData"](size=60), batch_size=9, sampler="weighted", seed=4, validation=0.5, look="trial"
    )
    to = ways(visit("loading", view.to_query()))["training"]
    training = Training.from_query(to)
    assert training == Training(
        data=DATASETS["FakeData"](size=60), batch_size=9, sampler="weighted", seed=4, validation=0.5
    )
    back = ways(visit("training", to))["loading"]
    assert View.from_query(back) == View(**{**vars(view), "look": ""})


def test_steps_come_from_the_playground_and_go_back():
    played = Played()
    to = ways(visit("augmentation", played.to_query()))["loading"]
    assert View.from_query(to) == View(augmentation=played.pipeline)
    assert Played.from_query(ways(visit("loading", to))["augmentation"]).pipeline == played.pipeline


def test_a_zip_is_used_on_both_pages_and_no_link_has_its_hash(held):
    for page in ("loading", "training"):
        app = visit(page, OWN.to_query(), **{HELD: held})
        assert said(app) == []
        assert "**pets.zip**: 6 pictures of 2 classes." in texts(app)
        assert app.session_state[f"{page}.trail"].now.data["digest"] == held.shelved.digest
        everything = json.dumps([query(app), *ways(app).values(), *[box.value for box in app.code]])
        assert "Upload" not in everything or not TOKEN.search(everything)
        assert all(view.data["digest"] == "" for view in (shown(app, page),))
        for to in ways(app).values():
            if "data" in to:
                assert View.from_query({"data": to["data"]}).data["digest"] == ""


def test_what_is_left_of_a_zip_is_counted(held):
    data = DATASETS["Upload"](digest=held.shelved.digest)
    parts = {part: sum(getattr(describe(Selection(data)), part)) for part in ("train", "validation", "test")}
    app = visit("loading", OWN.to_query(), **{HELD: held})
    told = "**{train}** to learn from, **{validation}** for validation, **{test}** for the test; 2 classes."
    assert told.format(**parts) in texts(app)
    assert sum(parts.values()) == 6


def test_a_link_of_somebody_s_zip_asks_for_one_s_own():
    app = visit("loading", OWN.to_query())
    assert "This link was made with a zip of its sender's own" in texts(app)
    assert any(id.endswith("-loading.zip.upload") for id in ids(app._tree))


def test_a_hash_in_a_link_opens_nobody_s_pictures(held):
    app = visit("loading", View(data=DATASETS["Upload"](digest=held.shelved.digest)).to_query())
    assert app.session_state["loading.trail"].now.data["digest"] == ""
    assert "6 pictures" not in texts(app)


def test_a_zip_is_taken_back(held):
    app = visit("loading", OWN.to_query(), **{HELD: held})
    folder = shelf.folder() / f"{held.shelved.digest}.unpacked"
    assert folder.is_dir()
    app.button(key="loading.zip.remove").click().run()
    assert HELD not in app.session_state
    assert "seen by nobody else" in texts(app)


def test_a_dataset_that_is_not_here_is_offered(monkeypatch, tmp_path):
    monkeypatch.setenv("CNNLAB_DATA", str(tmp_path))
    query = View(data=DATASETS["CIFAR10"]()).to_query()
    app = visit("loading", query)
    assert "CIFAR10 is not on this machine yet." in texts(app)
    assert app.button(key="loading.fetch").label == "Fetch 170 MB"
    (tmp_path / "host.toml").write_text("")
    monkeypatch.setenv("CNNLAB_HOST", str(tmp_path / "host.toml"))
    app = visit("loading", query)
    assert "CIFAR10 is not on this machine, and not fetched here: whoever runs it can allow it." in texts(app)


def test_a_host_s_folders_are_not_counted(monkeypatch, tmp_path):
    (tmp_path / "host.toml").write_text("")
    monkeypatch.setenv("CNNLAB_HOST", str(tmp_path / "host.toml"))
    monkeypatch.setenv("CNNLAB_PICTURES", str(tmp_path))
    app = visit("loading", View(data=DATASETS["ImageFolder"]()).to_query())
    assert said(app)[0].startswith("ImageFolder: folders of this machine are not for its visitors.")


@pytest.mark.parametrize("started", [True, False], ids=["its starter", "a watcher"])
def test_who_started_a_run_gets_its_zip_back(held, monkeypatch, tmp_path, started):
    monkeypatch.setenv("CNNLAB_RUNS", str(tmp_path))
    monkeypatch.setattr("cnnlab.training.supervisor.client.start", lambda root, module: None)
    data = DATASETS["Upload"](digest=held.shelved.digest)
    ticket = Client(tmp_path).submit(TrainConfig(data=data), "v" * 32)
    with kept_in(tmp_path / ticket.run / UPLOADS):
        data.build()
    keys = {ticket.run: ticket.key} if started else {}
    app = visit("training", Training(run=ticket.run).to_query(), **{KEY: {"held": {"visitor": "v" * 32, "keys": keys}}})
    app.button(key="training.another").click().run()
    assert not app.exception
    assert app.session_state["training.trail"].now.data["digest"] == (held.shelved.digest if started else "")
    assert ("6 pictures of 2 classes." in texts(app)) == started
