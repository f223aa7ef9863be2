"""What the steps of a pipeline would take, added up before each runs, and refused where it is too much."""

import math
from dataclasses import replace
from typing import Any

import PIL.Image

from cnnlab import limits
from cnnlab.quantities import GIB
from cnnlab.specs import Call, SpecError

from .catalogue.cost import PLAIN, Size
from .runner import picture


class Budget:
    """What the steps of one sample have taken so far, as foreseen: their seconds, and the bytes of the stages kept."""

    def __init__(self):
        self.seconds, self.kept = 0.0, 0
        self._last: Any = None

    def foresee(self, call: Call, sample: Any) -> None:
        """Count a step in; SpecError if its result, its time or its memory would be too much."""
        size = size_of(picture(sample))
        result = _result(call, size)
        seconds, nbytes = (call.spec.cost or PLAIN)(call.values, max(size, result, key=lambda one: one.values))
        _refuse_step(call, seconds, nbytes)
        if picture(sample) is not self._last:
            self.kept += size.nbytes
            self._last = picture(sample)
        self.seconds += seconds
        if self.seconds > limits.TRACE_SECONDS:
            raise SpecError(
                "The steps up to {step} would take about {seconds:.0f} s; here {limit} s are allowed: "
                "fewer steps or a smaller picture would do.",
                step=call.name,
                seconds=self.seconds,
                limit=limits.TRACE_SECONDS,
            )
        if self.kept + result.nbytes > limits.TRACE_BYTES:
            raise SpecError(
                "The pictures after each step up to {step} would take about {size:.1f} GiB; here {limit:.1f} GiB are "
                "allowed: fewer steps or a smaller picture would do.",
                step=call.name,
                size=(self.kept + result.nbytes) / GIB,
                limit=limits.TRACE_BYTES / GIB,
            )


def size_of(image: Any) -> Size:
    """The Size of a picture: PIL, a tensor (…, C, H, W), or several in a tuple."""
    if isinstance(image, (list, tuple)):
        first = size_of(image[0])
        return replace(first, pictures=first.pictures * len(image))
    if isinstance(image, PIL.Image.Image):
        return Size(image.height, image.width, len(image.getbands()), "uint8")
    channels, height, width = (1, *image.shape)[-3:]
    return Size(height, width, channels, str(image.dtype).removeprefix("torch."), math.prod(image.shape[:-3]))


def _result(call: Call, size: Size) -> Size:
    """The largest picture that the step may make; SpecError where it has too many pixels."""
    if not call.spec.grows:
        return size
    pixels = call.spec.grows(call.values, size.height, size.width) * size.pictures
    if pixels > limits.STEP_PIXELS:
        raise SpecError(
            "{step} would make a picture of up to {pixels:.0f} million pixels: this page stops at {limit:.0f}. "
            "Use smaller values, or resize the picture first.",
            step=call.name,
            pixels=pixels / 1e6,
            limit=limits.STEP_PIXELS / 1e6,
        )
    return Size(1, math.ceil(pixels), size.channels, size.dtype)


def _refuse_step(call: Call, seconds: float, nbytes: float) -> None:
    if seconds > limits.STEP_SECONDS:
        raise SpecError(
            "{step} would take about {seconds:.0f} s; here {limit} s are allowed: a smaller kernel or picture would do.",
            step=call.name,
            seconds=seconds,
            limit=limits.STEP_SECONDS,
        )
    if nbytes > limits.STEP_BYTES:
        raise SpecError(
            "{step} would take about {size:.1f} GiB; here {limit:.1f} GiB are allowed: "
            "a smaller kernel or picture would do.",
            step=call.name,
            size=nbytes / GIB,
            limit=limits.STEP_BYTES / GIB,
        )
