"""Runs a step and notes what it drew."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import PIL.Image
import torch
from torchvision import tv_tensors
from torchvision.transforms import v2

# Not public, but the only mark of the transforms that toss a coin before they draw anything else.
from torchvision.transforms.v2._transform import _RandomApplyTransform

from cnnlab.specs import Call

from .dice import Planned

LARGEST_DRAW = 16


@dataclass(frozen=True)
class Stage:
    """What a step left: the sample, what was drawn, and the stages of the steps inside it.

    `draws` is plain data: {} for a step without chance, "coin", "p" and "applied" where a coin decides. `untouched`
    is True where a step that ought to do something handed back the very picture it got.
    """

    name: str
    sample: Any
    id: str = ""
    draws: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    untouched: bool = False
    inner: tuple["Stage", ...] = ()

    @property
    def image(self) -> Any:
        """The picture: PIL, a tensor (C, H, W), a batch (N, C, H, W), or the tuple that FiveCrop makes."""
        return picture(self.sample)


def picture(sample: Any) -> Any:
    """The picture in a sample, which is a picture itself or a dict with an "image"."""
    return sample["image"] if isinstance(sample, dict) else sample[0] if is_batch(sample) else sample


def is_batch(sample: Any) -> bool:
    """True for (images (N, C, H, W), labels)."""
    return (
        isinstance(sample, tuple) and len(sample) == 2 and isinstance(sample[0], torch.Tensor) and sample[0].ndim == 4
    )


class Runner:
    """One built transform whose draws can be read after each run; used by one thread at a time."""

    def __init__(self, call: Call):
        self.call = call
        self.transform: Callable = call.build()
        self._params: Mapping[str, Any] = {}
        self._operations: list[tuple[str, float]] = []
        if isinstance(self.transform, v2.Transform):
            self._listen()

    def _listen(self) -> None:
        make_params = self.transform.make_params

        def noted_params(flat_inputs):
            self._params = make_params(flat_inputs)
            return self._params

        self.transform.make_params = noted_params
        # The automatic policies draw inside forward; this private method is where each drawn operation passes.
        apply = getattr(self.transform, "_apply_image_or_video_transform", None)
        if apply:

            def noted_apply(image, operation, magnitude, **more):
                self._operations.append((operation, round(float(magnitude), 4)))
                return apply(image, operation, magnitude, **more)

            self.transform._apply_image_or_video_transform = noted_apply

    def run(self, planned: Planned, sample: Any, seed_generator: Callable[[int], Any]) -> Stage:
        """The stage after this step; whatever the transform raises comes out unchanged."""
        self._params, self._operations = {}, []
        seed_generator(planned.seed)
        coin = None
        if isinstance(self.transform, _RandomApplyTransform):
            coin = torch.rand(1).item()
            seed_generator(planned.seed)
        began = time.perf_counter()
        result = self.transform(*sample) if is_batch(sample) else self.transform(sample)
        seconds = time.perf_counter() - began
        draws = self._draws(coin)
        same = result is sample or (isinstance(sample, dict) and result["image"] is sample["image"])
        untouched = same and draws.get("applied", True) and not self.call.spec.idle
        return Stage(self.call.name, result, self.call.id, draws, seconds, untouched)

    def _draws(self, coin: float | None) -> dict[str, Any]:
        draws = {name: plain for name, value in self._params.items() if (plain := _plain(value)) is not None}
        if self._operations:
            draws["operations"] = self._operations
        if coin is not None:
            draws["coin"] = coin
        if "coin" in draws:
            draws |= {"p": self.call["p"], "applied": draws["coin"] < self.call["p"]}
        return draws


def _plain(value: Any) -> Any:
    """A draw as JSON data; None for fields of noise, too large to read."""
    if isinstance(value, torch.Tensor):
        return value.tolist() if value.numel() <= LARGEST_DRAW else None
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, (int, str)) else None


@dataclass(frozen=True)
class Contract:
    """What stands between two steps: type, shape, dtype and range of the picture."""

    type: str
    shape: tuple[int, ...]
    dtype: str
    low: float
    high: float

    def __str__(self):
        return f"{self.type} {' × '.join(map(str, self.shape))} {self.dtype}"


def contract(image: Any) -> Contract:
    """The contract of a picture; of the first one where there are several. PIL shapes read as channels × height × width."""
    if isinstance(image, (list, tuple)):
        first = contract(image[0])
        return Contract(f"{len(image)} × {first.type}", first.shape, first.dtype, first.low, first.high)
    if isinstance(image, PIL.Image.Image):
        extrema = image.getextrema()
        bands = extrema if isinstance(extrema[0], tuple) else (extrema,)
        shape = (len(image.getbands()), image.height, image.width)
        return Contract(f"PIL {image.mode}", shape, "uint8", min(b[0] for b in bands), max(b[1] for b in bands))
    low, high = (value.item() for value in torch.aminmax(image)) if image.numel() else (0, 0)
    kind = "Image" if isinstance(image, tv_tensors.Image) else "Tensor"
    return Contract(kind, tuple(image.shape), str(image.dtype).removeprefix("torch."), low, high)
