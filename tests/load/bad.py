"""The worst that one visitor can do, as it was once found: each a link, a file, or a few widgets."""

from collections.abc import Mapping
from typing import Any

from tests.load.deeds import Anywhere, Deed, Paste, Set, Stray, Upload
from tests.load.files import bomb, long_list, other_disk, reserve, safetensors, saved, scans, tensor, traversal
from tests.load.links import link, packed

LOOKS = ("Layers", "Graph", "Along the depth", "Memory", "Feature maps", "Receptive field")
LOOKS += ("Call and hooks", "Gradients", "Ways to walk", "Compare", "State dict")
PICTURE, PIPELINE = r"augmentation\.upload", r"augmentation\.paste"
STATE, MODEL = r"summary\.state\.upload", r"summary\.paste"
ZIP, ZIPPED = r"loading\.zip\.upload", link(data=packed({"name": "Upload", "params": {}}))


def look(name: str) -> Set:
    return Set(r"summary\.look", name)


def pasted(source: str, **query: Any) -> str:
    return link(source=packed(source), **query)


def model(name: str, **query: Any) -> str:
    return link(model=name, **query)


def steps(*calls: tuple[str, Mapping[str, Any]], **query: Any) -> str:
    """A link to a pipeline of (transform, its parameters)."""
    data = [{"name": name, "params": params, "id": f"{name}{index}"} for index, (name, params) in enumerate(calls)]
    return link(steps=packed(data), **query)


DOUBLE = (("ToImage", {}), ("ToDtype", {"dtype": "float64", "scale": True}))
KERNELS = "nn.Sequential(nn.MaxPool2d(385, 1, 192), nn.Bilinear(1, 1, 1))"
ENLARGED = "nn.Sequential(nn.Upsample(scale_factor=6), nn.Bilinear(1, 1, 1))"
POOLED = "nn.Sequential(nn.Conv2d(3, 64, 3, padding=1, dtype=torch.float64), nn.MaxPool2d(63, 1, 31), nn.MaxPool2d(63, 1, 31))"
CHOICE = ("RandomChoice", {"transforms": [
    {"name": "RandomHorizontalFlip", "id": "a", "enabled": False}, {"name": "RandomVerticalFlip", "id": "b"},
], "p": [1, 0]})  # fmt: skip
FAINT = ("RandomChoice", {"transforms": [
    {"name": "RandomHorizontalFlip", "id": "a"}, {"name": "RandomVerticalFlip", "id": "b"},
], "p": [1e-300, 1e-300]})  # fmt: skip

# These take time or memory: each is done beside a class.
HEAVY = (
    Deed("large kernels", "summary", pasted(KERNELS, shape="3x1024x1024")),
    Deed("larger kernels", "summary", pasted(KERNELS.replace("385", "2001").replace("192", "1000"), shape="3x4096x4096")),
    Deed("enlarged", "summary", pasted(ENLARGED, shape="3x1024x1024", batch=64)),
    Deed("elastic", "augmentation", steps(("ElasticTransform", {"sigma": 30.0}), count=64)),
    Deed("blur in float64", "augmentation", steps(
        ("Resize", {"size": 340}), *DOUBLE, ("GaussianBlur", {"kernel_size": 63}), count=64)),
    Deed("many large stages", "augmentation", steps(
        ("Resize", {"size": [1024, 1024]}), ("Pad", {"padding": 256}), ("Pad", {"padding": 256}), *DOUBLE,
        *[("RandomHorizontalFlip", {"p": 1.0})] * 24)),
    Deed("scans of a JPEG", "augmentation", "", (Upload(PICTURE, "scans.jpg", scans),)),
    Deed("reserve in a state dict", "summary", "", (
        look("State dict"), Upload(STATE, "reserve.pt", reserve))),
    Deed("pools and float64 maps", "summary", pasted(POOLED, shape="3x1024x1024"), (
        look("Feature maps"), Set(r"summary\.maps\.layer", 1), Set(r"summary\.maps\.layer", 2))),
    Deed("large maps", "summary", model("vgg16", shape="3x2048x2048"), (look("Feature maps"), Anywhere(8, 1))),
    Deed("large weights", "summary", model("regnet_y_128gf"), (look("Feature maps"),)),
    Deed("a bomb as a zip", "loading", ZIPPED, (Upload(ZIP, "bomb.zip", bomb),)),
    Deed("a zip of a long list", "loading", ZIPPED, (Upload(ZIP, "long.zip", long_list),)),
    Deed("large batches of noise", "loading", link(data=packed({"name": "FakeData", "params": {"size": 100_000, "side": 64}}),
        batch_size=4096), (Anywhere(8, 1),)),
    Deed("stray uploads", "augmentation", "", (Stray(60, 7_900_000),)),
)  # fmt: skip

# These were red boxes.
BOXES = (
    *(Deed(f"memory of {name}", "summary", model(name), (look("Memory"),)) for name in (
        "fasterrcnn_resnet50_fpn", "maskrcnn_resnet50_fpn", "retinanet_resnet50_fpn", "ssd300_vgg16", "fcos_resnet50_fpn",
        "keypointrcnn_resnet50_fpn")),
    Deed("field of swin_v2_t", "summary", model("swin_v2_t"), (look("Receptive field"),)),
    Deed("maps of raft_small", "summary", model("raft_small", shape="3x128x128"), (look("Feature maps"),)),
    Deed("maps of a lazy layer", "summary", pasted("nn.Sequential(nn.LazyConv2d(4, 3), nn.Flatten(), nn.LazyLinear(3))"), (
        look("Feature maps"),)),
    Deed("choice of none", "augmentation", steps(CHOICE)),
    Deed("faint choice", "augmentation", steps(FAINT)),
    Deed("long integer", "augmentation", "", (Paste(PIPELINE, f"[v2.Resize({'9' * 400})]"),)),
    Deed("long integer of a model", "summary", "", (
        Paste(MODEL, f"nn.Sequential(nn.Linear({'9' * 400}, 1))"),)),
    Deed("step called history", "augmentation", link(steps=packed([{"name": "RandomHorizontalFlip", "id": "history"}]))),
    Deed("half a letter", "augmentation", link(steps=packed([{"name": "RandomHorizontalFlip", "id": "\ud800"}]))),
    *(Deed(f"safetensors: {name}", "summary", "", (
        look("State dict"), Upload(STATE, "a.safetensors", data))) for name, data in (
        ("one offset", lambda: tensor(0)), ("three offsets", lambda: tensor(0, 16, 16)),
        ("1e400", lambda: safetensors(b'{"w": {"dtype": "F32", "shape": [4], "data_offsets": [0, 1e400]}}')),
        ("half a letter", lambda: tensor(0, 16, name="\ud800")))),
    Deed("half a letter in a state dict", "summary", "", (
        look("State dict"), Upload(STATE, "a.pt", lambda: saved({"\ud800": 1})))),
    Deed("other disk", "summary", "", (look("State dict"), Upload(STATE, "a.pt", other_disk))),
    Deed("a zip that leads out", "loading", ZIPPED, (Upload(ZIP, "out.zip", traversal),)),
    Deed("a hash of nobody's", "loading", link(data=packed({"name": "Upload", "params": {"digest": "../../etc/passwd"}}))),
    Deed("one widget alone", "augmentation", "", (Anywhere(30, 1),), only=True),
    Deed("one widget of a model alone", "summary", "", (Anywhere(30, 2),), only=True),
)  # fmt: skip
