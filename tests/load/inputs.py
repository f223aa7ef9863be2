"""What the fuzzer feeds the server: links, files, pastes and forged widgets, each with a name, the same for a seed."""

import json
import math
from collections.abc import Iterator, Mapping
from itertools import product
from random import Random
from typing import Any
from urllib.parse import quote

from streamlit.proto.Common_pb2 import UploadedFileInfo

from cnnlab.augmentation import AUGMENTATIONS
from cnnlab.layers import LAYERS
from cnnlab.links import Field
from cnnlab.models import MODELS
from cnnlab.params import Param
from cnnlab.specs import SpecError
from pages.table import PAGES, Page
from tests.load.bad import BOXES, HEAVY, LOOKS, PICTURE, STATE, look
from tests.load.deeds import Anywhere, Deed, Forge, Paste, Upload
from tests.load.files import PICTURES, STATES, mutated
from tests.load.links import link, packed, squeezed

PAIRS, MUTATIONS, PLACES = 60, 12, 4
DAMAGED: Mapping[str, str] = {
    "empty": "",
    "a letter": "x",
    "a long word": "x" * 5000,
    "half a letter": "\ud800",
    "no letter": "\0",
    "markup": "<script>alert(1)</script>",
    "a way out": "../../../../etc/passwd",
    "a snowman": "☃",
    "a list": packed([]),
    "an object": packed({}),
    "null": packed(None),
    "a word": packed("x"),
    "a number": packed(1e308),
    "too large a number": squeezed(b"1e400"),
    "many digits": squeezed(b"9" * 6000),
    "depth": squeezed(b"[" * 100_000),
    "too much": squeezed(bytes(9_000_000)),
    "odd objects": packed([{"name": "Resize", "params": {"size": {"a": [None]}}}, 3, None]),
    "many steps": packed([{"name": "RandomHorizontalFlip"}] * 3000),
    "cut off": packed([{"name": "RandomHorizontalFlip"}])[:-9],
}
PASTES: Mapping[str, tuple[str, ...]] = {
    "augmentation": (
        "",
        " \n\t",
        "[v2.RandomHorizontalFlip()]",
        "v2.Compose([v2.Resize(10**400)])",
        f"v2.Compose([v2.Resize({'9' * 5000})])",
        "v2.Compose([v2.Resize(0x" + "f" * 400 + ")])",
        "v2.Compose([v2.Resize(1e400)])",
        "v2.Compose([v2.Resize(-1)])",
        "v2.Compose([v2.RandomErasing(value='random')])",
        "v2.Compose(" + "[" * 400 + "]" * 400 + ")",
        "(" * 5000,
        "-" * 9000 + "1",
        "x = x\n" * 2000,
        "__import__('os').system('id')",
        "v2.Compose([v2.Lambda(lambda x: x)])",
        "v2.RandomApply([v2.RandomApply([v2.RandomApply([v2.RandomApply([v2.RandomApply([])])])])])",
        "v2.RandomChoice([v2.RandomHorizontalFlip()], p=[0])",
        "v2.RandomOrder([])",
        "v2.Compose([v2.Normalize([0] * 3, [0] * 3), ])",
        "v2.Compose([v2.Resize(32),\n" * 500,
        "\ufeff[v2.Resize(32)]",
        "[v2.Resize(32)]\0",
        "[v2.Resize('√')]",
        "# -*- coding: utf-7 -*-\n[v2.Resize(32)]",
        '{"version": 1, "steps": []}',
        '{"version": 1e400, "steps": [1]}',
        '{"version": 1, "steps": [{"name": "Resize", "params": {"size": 1e400}}]}',
        '{"version": 1, "steps": [{"name": "RandomHorizontalFlip", "id": "\\ud800"}]}',
        '{"version": 1, "steps": [{"name": "RandomHorizontalFlip", "id": "history"}]}',
        '{"version": 1, "steps": [{"name": "RandomHorizontalFlip", "id": "' + "x" * 9000 + '"}]}',
        '{"version": 1, "steps": [{"name": "RandomHorizontalFlip", "params": {"p": NaN}}]}',
        '{"a":' * 3000,
    ),
    "layers": (
        "",
        "\0",
        "nn.Sequential()",
        "nn.ReLU()",
        "nn.Sequential(*[nn.ReLU()] * 25)",
        "nn.Sequential(nn.Conv2d(10**6, 10**6, 10**6))",
        "nn.Sequential(nn.Upsample(scale_factor=1e30))",
        "nn.Sequential(nn.ZeroPad2d(4096), nn.ZeroPad2d(4096), nn.ZeroPad2d(4096))",
        "nn.Sequential(nn.Conv2d(65536, 65536, 1024), nn.LSTM(4, 4))",
        "nn.Sequential(" * 500,
    ),
    "summary": (
        "",
        "nn.Sequential()",
        "nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU())",
        f"nn.Sequential(nn.Linear({'9' * 5000}, 1))",
        "nn.Sequential(nn.Linear(10**9, 10**9))",
        "nn.Sequential(nn.Linear(0, 0), nn.Linear(-1, 2))",
        "nn.Sequential(nn.Conv2d(1, 1, (1, 2, 3)))",
        "nn.Sequential(nn.Conv2d(1, 1, 1, padding=10**6))",
        "nn.Sequential(nn.Conv2d(3, 3, 3, groups=0))",
        "nn.Sequential(nn.Upsample(scale_factor=1e30))",
        "nn.Sequential(nn.Upsample(size=10**9))",
        "nn.Sequential(nn.Unflatten(1, (-1, -1)))",
        "nn.Sequential(nn.LazyConv2d(8, 3), nn.LazyBatchNorm2d(), nn.Flatten(), nn.LazyLinear(10))",
        "nn.Sequential(nn.LSTM(4, 4))",
        "nn.Sequential(nn.Transformer(8, 2, 200, 200))",
        "nn.Sequential(nn.MultiheadAttention(8, 3))",
        "nn.Sequential(nn.Embedding(10, 3, 77))",
        "nn.Sequential(nn.Bilinear(1, 1, 1))",
        "nn.Sequential(nn.Dropout(2))",
        "nn.Sequential(nn.Softmax(dim=99))",
        "nn.Sequential(*[nn.Linear(4, 4)] * 5000)",
        "nn.Sequential(*[nn.Linear(4, 4) for _ in range(10**9)])",
        "nn.Sequential(" * 500,
        "nn.Sequential(nn.Sequential(" + "nn.Sequential(" * 50 + ")" * 52,
        "nn.Sequential(nn.Conv2d(1, 1, 1, dtype=torch.complex64))",
        "nn.Sequential(nn.Conv2d(1, 1, 1, device='cuda'))",
        "nn.Sequential(nn.ZeroPad2d(10**6))",
        "nn.Sequential(nn.MaxUnpool2d(2))",
        "nn.Sequential(nn.AdaptiveAvgPool2d(10**6))",
        "nn.Sequential(nn.PixelShuffle(1000))",
        "nn.ModuleList([nn.Linear(1, 1)])",
        "torch.load('x')",
        "\0",
        "nn.Sequential(nn.Linear(1, 1, name='√'))",
    ),
}
FORGERIES: Mapping[str, tuple[str, Any]] = {
    "a text": ("string_value", "x"),
    "a number as text": ("string_value", "3"),
    "a long text": ("string_value", "x" * 300_000),
    "no letter": ("string_value", "\0"),
    "not a number": ("double_value", math.nan),
    "endless": ("double_value", math.inf),
    "far out": ("double_value", -1e308),
    "a half": ("double_value", 0.5),
    "a whole number": ("int_value", (1 << 63) - 1),
    "no numbers": ("double_array_value", []),
    "three numbers": ("double_array_value", [1, 2, 3]),
    "odd numbers": ("double_array_value", [math.nan, math.inf]),
    "whole numbers": ("int_array_value", [1 << 62]),
    "no texts": ("string_array_value", []),
    "odd texts": ("string_array_value", ["x", "\0", ""]),
    "true": ("bool_value", True),
    "a press": ("trigger_value", True),
    "null": ("json_value", "null"),
    "a list": ("json_value", "[1]"),
    "no JSON": ("json_value", "{"),
    "depth": ("json_value", "[" * 100_000),
    "an odd pick": ("json_value", '{"picked": {"row": [1, {}]}}'),
    "a picked number": ("json_value", '{"picked": 1e400}'),
    "nobody's pick": ("json_value", '{"picked": "99999"}'),
    "half a letter's pick": ("json_value", '{"picked": {"row": "\\ud800"}}'),
    "a file": ("file_uploader_state_value", [UploadedFileInfo(file_id="x", name="x.png", size=1 << 40)]),
    "bytes": ("bytes_value", b"\xff"),
    "an event": ("json_trigger_value", '[{"event": "picked", "value": 1}]'),
}
STRANGERS = (
    "",
    "x",
    "$$ID-0-None",
    "$$ID-0-augmentation.Nope.p",
    "$$ID-0-summary.look",
    "$$STREAMLIT_INTERNAL_KEY_x__events",
)


def inputs(seed: int) -> list[Deed]:
    """All of them under names of their own: the red boxes of once, then the others shuffled."""
    kinds = (links(), pairs(seed), steps(), layers(seed), models(seed), files(), pastes(), forged(seed))
    deeds = [*HEAVY, *(deed for kind in kinds for deed in kind)]
    Random(seed).shuffle(deeds)
    return [*BOXES, *deeds]


def links() -> Iterator[Deed]:
    """Every field of every page's links, at its bounds and beyond, and damaged."""
    for page in PAGES:
        for field in page.view.FIELDS:
            for said, text in {**strong(field, page), **DAMAGED}.items():
                yield Deed(f"link: /{page.path} {field.name} {said}", page.path, link(**{field.name: text}))
        for name, view in page.examples.items():
            query = view.to_query()
            yield Deed(f"link: /{page.path} {name}", page.path, link(**query))
            for number in range(MUTATIONS):
                damaged = mutated(link(**{**query, "seed": 3}).encode(), number).decode("latin-1")
                text = quote(damaged, safe="=&%")
                yield Deed(f"link: /{page.path} {name}, damaged {number}", page.path, text)
        yield Deed(f"link: /{page.path} long", page.path, "&".join(f"a{n}=1" for n in range(20_000)))
        yield Deed(f"link: /{page.path} twice", page.path, "seed=1&seed=2&lang=xx&lang=zh&=&&%")


def strong(field: Field, page: Page) -> dict[str, str]:
    """The bounds of a field and what lies just outside; the words of a choice."""
    if field.low is not None:
        whole = {"low": field.low, "high": field.high, "below": field.low - 1, "above": field.high + 1}
        return {
            **{said: str(number) for said, number in whole.items()},
            "other digits": "３",
            "many digits": "9" * 5000,
        }
    try:
        field.read("\x7f", page.view())
    except SpecError as error:
        words = str(error.values.get("options", ""))
        return {word or "none": word for word in words.split(", ")} if words else {}
    return {}


def pairs(seed: int) -> Iterator[Deed]:
    """Two fields at once."""
    for page in PAGES:
        values = [
            (field.name, said, text)
            for field in page.view.FIELDS
            for said, text in {**strong(field, page), "a list": packed([]), "a word": "x"}.items()
        ]
        values += [
            (name, "of an example", text) for view in page.examples.values() for name, text in view.to_query().items()
        ]
        both = [(one, other) for one, other in product(values, values) if one[0] < other[0]]
        for one, other in Random(seed).sample(both, min(PAIRS, len(both))):
            name = f"link: /{page.path} {one[0]} {one[1]}, {other[0]} {other[1]} ({both.index((one, other))})"
            yield Deed(name, page.path, link(**{one[0]: one[2], other[0]: other[2]}))


def extremes(param: Param) -> dict[str, Any]:
    """Values of a parameter at its bounds, and beyond them, for each number of elements that it takes."""
    if param.nests or param.type is bool:
        return {}
    if param.options:
        ends = [*param.options][:: max(len(param.options) - 1, 1)]
        return {f"option {option}": option for option in (*ends, "x")}
    values = {}
    for length in param.lengths:
        low, high = param.bounds(length)
        ends = {"low": low, "high": high, "beyond": 2**52 if high is None else high + 1}
        for said, number in ends.items():
            if number is not None:
                number = param.type(number)
                values[f"{said}{length or ''}"] = [number] * length if length else number
    return values


def steps() -> Iterator[Deed]:
    """Every parameter of every transform at its extremes."""
    for spec in AUGMENTATIONS.values():
        example = spec.example().to_dict().get("params", {})
        for param in spec.params:
            for said, value in extremes(param).items():
                data = [{"name": spec.name, "params": {**example, param.name: value}, "id": spec.name}]
                yield Deed(f"step: {spec.name} {param.name} {said}", "augmentation", link(steps=packed(data)))


def layers(seed: int) -> Iterator[Deed]:
    """Every parameter of every layer at its extremes, on its own input and on a huge one."""
    for spec in LAYERS.values():
        example = spec.example().to_dict().get("params", {})
        for param in spec.params:
            for said, value in extremes(param).items():
                data = packed([{"name": spec.name, "params": {**example, param.name: value}}])
                yield Deed(f"layer: {spec.name} {param.name} {said}", "layers", link(layers=data), (Anywhere(1, seed),))
        huge = link(layers=packed([spec.example().to_dict()]), shape="65536x999999x999999")
        yield Deed(f"layer: {spec.name}, huge", "layers", huge, (Anywhere(1, seed),))


def models(seed: int) -> Iterator[Deed]:
    """Every model with one of the looks, and every parameter at its extremes."""
    rng = Random(seed)
    for spec in MODELS.values():
        name = rng.choice(LOOKS)
        yield Deed(f"model: {spec.name}, {name}", "summary", link(model=spec.name), (look(name), Anywhere(2, seed)))
        example = spec.example().to_dict().get("params", {})
        for param in spec.params:
            for said, value in extremes(param).items():
                query = link(model=spec.name, params=packed({**example, param.name: value}))
                yield Deed(f"model: {spec.name} {param.name} {said}", "summary", query)


def files() -> Iterator[Deed]:
    """Pictures and state dicts, some of them with bytes changed."""
    for table, page, key, before in (
        (PICTURES, "augmentation", PICTURE, ()),
        (STATES, "summary", STATE, (look("State dict"),)),
    ):
        for name, data in table.items():
            yield Deed(f"file: {name}", page, "", (*before, Upload(key, name, data)))
        small = [name for name in table if name.startswith(("a.", "fits", "plain", "numbers", "old"))]
        for name in small:
            for number in range(MUTATIONS):
                changed = _mutation(table[name], number)
                yield Deed(f"file: {name}, damaged {number}", page, "", (*before, Upload(key, name, changed)))


def _mutation(data: Any, number: int) -> Any:
    return lambda: mutated(data(), number)


def pastes() -> Iterator[Deed]:
    for page, texts in PASTES.items():
        for number, text in enumerate(texts):
            said = " ".join(json.dumps(text[:30], ensure_ascii=False).split())
            yield Deed(
                f"paste: /{page} {number} {said}", page, "", (Paste(rf"{page}\.paste", text), Anywhere(1, number))
            )


def forged(seed: int) -> Iterator[Deed]:
    """Values that no browser would send, of all kinds, for widgets anywhere on the page and for none of its widgets."""
    rng = Random(seed)
    for page in PAGES:
        for said, (field, value) in FORGERIES.items():
            for place in rng.sample(range(40), PLACES):
                only = bool(place % 2)
                name = f"forged: /{page.path} #{place} {said}{', alone' if only else ''}"
                yield Deed(name, page.path, "", (Forge(place, field, value), Anywhere(1, place)), only, wild=True)
        for id in STRANGERS:
            for said in ("a text", "a press", "null"):
                name = f"forged: /{page.path} {id or 'nobody'} {said}"
                yield Deed(name, page.path, "", (Forge(None, *FORGERIES[said], id),), wild=True)
