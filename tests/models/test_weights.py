"""Pretrained weights, through torchvision's own enum, from a server on loopback."""

import errno
import hashlib
import io
import threading
from dataclasses import replace
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch
from torchvision.models import SqueezeNet1_1_Weights, get_model, get_model_weights, list_models

from cnnlab.models import ZOO, build, cached, find_weights, load_weights, pretrained, published
from cnnlab.models.published import HASH, cache_folder
from cnnlab.specs import SpecError

NAME = "SqueezeNet1_1_Weights.IMAGENET1K_V1"


def _content() -> bytes:
    buffer = io.BytesIO()
    torch.save(build(ZOO["squeezenet1_1"](), "cpu", seed=3).state_dict(), buffer)
    return buffer.getvalue()


CONTENT = _content()
FILE = f"squeezenet1_1-{hashlib.sha256(CONTENT).hexdigest()[:8]}.pth"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        if self.path.startswith("/gone"):
            self.send_error(404)
            return
        content = b"other" if self.path.startswith("/other") else CONTENT
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[:-100] if self.path.startswith("/short") else content)

    def log_message(self, *args):
        pass


def moved(monkeypatch, url: str) -> None:
    """Lets ours and torchvision's entry name another address."""
    monkeypatch.setitem(published.WEIGHTS, NAME, replace(published.WEIGHTS[NAME], url=url))
    monkeypatch.setattr(SqueezeNet1_1_Weights.IMAGENET1K_V1.value, "url", url)


@pytest.fixture
def served(monkeypatch, tmp_path):
    """A server, and the function that lets the enum's entry point into one of its folders."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setenv("no_proxy", "*")
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.asked = []
        thread = threading.Thread(target=partial(server.serve_forever, poll_interval=0.01))
        thread.start()

        def point(folder: str) -> list:
            url = f"http://127.0.0.1:{server.server_port}/{folder}/{FILE}"
            moved(monkeypatch, url)
            return server.asked

        yield point
        server.shutdown()
        thread.join()


def fresh():
    return build(ZOO["squeezenet1_1"](), "cpu", seed=0)


def refusal(tmp_path) -> str:
    with pytest.raises(SpecError) as caught:
        load_weights(fresh(), NAME)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    return str(caught.value)


def test_weights_are_fetched_once_and_loaded(served, tmp_path):
    asked, steps = served("good"), []
    model = load_weights(fresh(), NAME, lambda done, total: steps.append((done, total)))
    assert torch.equal(
        torch.cat([p.flatten() for p in model.parameters()]),
        torch.cat([p.flatten() for p in build(ZOO["squeezenet1_1"](), "cpu", seed=3).parameters()]),
    )
    assert steps[-1] == (len(CONTENT), len(CONTENT))
    assert steps == sorted(steps)
    assert len(steps) > 1
    assert cached(find_weights(NAME)) == tmp_path / "hub" / "checkpoints" / FILE
    assert [path.name for path in (tmp_path / "hub" / "checkpoints").iterdir()] == [FILE]
    load_weights(fresh(), NAME)
    before = torch.get_rng_state()
    again = pretrained("squeezenet1_1", NAME)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(again.features[0].weight, model.features[0].weight)
    assert len(asked) == 1


def test_a_damaged_file_in_the_cache_is_fetched_anew(served, tmp_path):
    asked = served("good")
    (tmp_path / "hub" / "checkpoints").mkdir(parents=True)
    (tmp_path / "hub" / "checkpoints" / FILE).write_bytes(CONTENT[:1000])
    load_weights(fresh(), NAME)
    assert len(asked) == 1


def test_the_wrong_hash_is_refused(served, tmp_path):
    served("other")
    wanted, got = FILE[14:22], hashlib.sha256(b"other").hexdigest()[:8]
    message = refusal(tmp_path)
    assert message.startswith("What http://127.0.0.1:")
    assert message.endswith(
        f"sent is not the published file: its hash begins with {got} instead of {wanted}. Nothing was kept."
    )


def test_gone_refused_and_cut_off_are_one_sentence_each(served, tmp_path, monkeypatch):
    served("gone")
    message = refusal(tmp_path)
    assert message.startswith("The server answered 404 (Not Found) for http://127.0.0.1:")
    assert message.endswith(": try again later, or other weights.")
    served("short")
    assert f"broke off after {len(CONTENT) - 100} of {len(CONTENT)} bytes: try again." in refusal(tmp_path)
    moved(monkeypatch, f"http://127.0.0.1:1/{FILE}")
    assert refusal(tmp_path) == (
        f"http://127.0.0.1:1/{FILE} cannot be reached "
        f"([Errno {errno.ECONNREFUSED}] Connection refused): "
        f"weights need the internet once; go on without, or "
        f"put the file at {tmp_path}/hub/checkpoints/{FILE}."
    )


def test_a_full_disk_is_one_sentence(served, tmp_path, monkeypatch):
    served("good")

    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("tempfile.mkstemp", full)
    assert refusal(tmp_path) == (
        f"The weights cannot be kept at {tmp_path}/hub/checkpoints/{FILE} (No space left on device): "
        "make room, or let TORCH_HOME name another folder."
    )


def test_a_progress_that_raises_stops_the_download(served, tmp_path):
    served("good")

    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load_weights(fresh(), NAME, stop)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_weights_of_another_model_are_refused(served):
    served("good")
    with pytest.raises(SpecError) as caught:
        load_weights(build(ZOO["squeezenet1_1"](num_classes=3), "cpu"), NAME)
    assert str(caught.value).startswith(
        f"{NAME} do not fit this model. 2 tensors have another shape, such as classifier.1.weight"
    )
    with pytest.raises(SpecError, match=r"^SqueezeNet1_1_Weights\.IMAGENET1K_V1 are not for resnet18: take one that"):
        pretrained("resnet18", NAME)


@pytest.mark.parametrize("name", ["ResNet18_Weights.NONE", "resnet18", "a.b.c", "os.system", "ResNet18_Weights", ""])
def test_unknown_names_are_one_sentence(name):
    with pytest.raises(SpecError) as caught:
        find_weights(name)
    assert str(caught.value) == f"torchvision has no weights {name!r}: take one that the model's row lists."


def test_published_names_carry_their_hash():
    entries = [weights for name in list_models() for weights in get_model_weights(name)]
    without = [weights.url for weights in entries if not HASH.search(weights.url.rpartition("/")[2])]
    # The older quantized files have an underscore before the digits, and torch.hub does not check them either.
    assert all("/quantized/" in url for url in without)
    assert len(without) < 6


class Payload:
    def __reduce__(self):
        return eval, ("1/0",)


def test_a_payload_is_not_run(served, monkeypatch, tmp_path):
    buffer = io.BytesIO()
    torch.save({"w": Payload()}, buffer)
    file = tmp_path / "hub" / "checkpoints" / f"x-{hashlib.sha256(buffer.getvalue()).hexdigest()[:8]}.pth"
    file.parent.mkdir(parents=True)
    file.write_bytes(buffer.getvalue())
    moved(monkeypatch, f"http://127.0.0.1:1/{file.name}")
    with pytest.raises(SpecError) as caught:
        load_weights(fresh(), NAME)
    assert str(caught.value) == (
        f"{NAME} hold more than tensors, or are no file of torch.save: build the model with them instead."
    )


def test_weights_that_expect_other_means_change_the_model(served):
    served("good")
    model = fresh()
    model.transform_input = False
    assert load_weights(model, NAME).transform_input is True


@pytest.mark.parametrize("name", ["googlenet", "inception_v3"])
def test_which_models_these_are(name):
    assert build(ZOO[name]()).transform_input is False
    assert get_model(name, weights=None, init_weights=False, transform_input=True).transform_input is True


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"TORCH_HOME": "/a"},
        {"XDG_CACHE_HOME": "/b"},
        {"TORCH_HOME": "~/c", "XDG_CACHE_HOME": "/b"},
        {"XDG_CACHE_HOME": "~"},
    ],
    ids=str,
)
def test_files_lie_where_torch_keeps_them(monkeypatch, variables):
    for name in ("TORCH_HOME", "XDG_CACHE_HOME", "TORCH_HUB"):
        monkeypatch.delenv(name, raising=False)
    for name, folder in variables.items():
        monkeypatch.setenv(name, folder)
    assert cache_folder() == Path(torch.hub.get_dir(), "checkpoints")


def test_all_files_together_are_bounded(served, monkeypatch, tmp_path):
    asked = served("good")
    monkeypatch.setattr("cnnlab.limits.WEIGHTS_BYTES", 10**6)
    assert (
        refusal(tmp_path) == "All weights together may take 1 MB here, and 0 MB are taken: ask whoever runs this page."
    )
    assert asked == []
