"""A web server on this machine with small datasets in the formats of the real ones."""

import gzip
import hashlib
import io
import pickle
import tarfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
from scipy.io import savemat
from torchvision import datasets

from cnnlab.loading import DATASETS
from cnnlab.loading.rows import Remote
from cnnlab.specs import Call

TRAIN, TEST = 40, 20


def md5(data: bytes) -> str:
    return hashlib.md5(data).hexdigest()


def pictures(count: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(count).integers(0, 256, (count, *shape), np.uint8)


def labels(count: int) -> np.ndarray:
    return np.arange(count, dtype=np.uint8) % 10


def idx(values: np.ndarray) -> bytes:
    """MNIST's format: a magic number that names type and dimensions, the sizes, the bytes (yann.lecun.com/exdb/mnist)."""
    sizes = b"".join(size.to_bytes(4, "big") for size in values.shape)
    return bytes((0, 0, 8, values.ndim)) + sizes + values.tobytes()


def tar(files: Mapping[str, bytes], *more: tarfile.TarInfo) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        for info in more:
            archive.addfile(info)
    return file.getvalue()


def mnist() -> dict[str, bytes]:
    """By the paths of MNIST's row."""
    parts = [pictures(TRAIN, 28, 28), labels(TRAIN), pictures(TEST, 28, 28), labels(TEST)]
    files = DATASETS["MNIST"].files
    return {file.path: gzip.compress(idx(part)) for file, part in zip(files, parts, strict=True)}


def cifar() -> dict[str, bytes]:
    """The files inside CIFAR-10's archive; their keys are text, as torchvision asks for them."""
    made = {}
    for place, name in enumerate(name for name, _ in datasets.CIFAR10.train_list):
        some = slice(place * TRAIN // 5, (place + 1) * TRAIN // 5)
        made[name] = {"data": pictures(TRAIN, 3 * 32 * 32)[some], "labels": labels(TRAIN)[some].tolist()}
    made["test_batch"] = {"data": pictures(TEST, 3 * 32 * 32), "labels": labels(TEST).tolist()}
    made["batches.meta"] = {"label_names": list(DATASETS["CIFAR10"].classes)}
    return {f"{datasets.CIFAR10.base_folder}/{name}": pickle.dumps(value) for name, value in made.items()}


def svhn() -> dict[str, bytes]:
    """MATLAB's files: pictures (H, W, C, N), and 10 for the digit 0."""
    files = {}
    for part, count in (("train", TRAIN), ("test", TEST)):
        file = io.BytesIO()
        digits = labels(count).astype(np.uint8)
        savemat(
            file, {"X": pictures(count, 3, 32, 32).transpose(2, 3, 1, 0), "y": np.where(digits, digits, 10)[:, None]}
        )
        files[f"{part}_32x32.mat"] = file.getvalue()
    return files


@dataclass
class Site:
    """What a server answers by path, bytes or a status; `said` are lengths that it claims; `asked` what was asked for."""

    files: dict[str, bytes | int]
    said: dict[str, int] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    address: str = ""

    def call(self, name: str, files: Mapping[str, bytes], mirrors: tuple[str, ...] = ("",)) -> Call:
        """The dataset whose files lie on this site, below each of the mirrors."""
        self.files |= {f"/{mirror}{path}": data for mirror in mirrors for path, data in files.items()}
        spec = DATASETS[name]
        remotes = tuple(self._remote(row, files[row.path], mirrors) for row in spec.files)
        return replace(spec, files=remotes)()

    def _remote(self, row: Remote, data: bytes, mirrors: tuple[str, ...]) -> Remote:
        urls = tuple(f"{self.address}/{mirror}{row.path}" for mirror in mirrors)
        return replace(row, mirrors=urls, md5=md5(data), nbytes=len(data))


@contextmanager
def site() -> Iterator[Site]:
    made = Site({})

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            made.asked.append(self.path)
            answer = made.files.get(self.path, 404)
            if isinstance(answer, int):
                self.send_error(answer)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(made.said.get(self.path, len(answer))))
            self.end_headers()
            with suppress(ConnectionError):  # who asked has left
                self.wfile.write(answer)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
