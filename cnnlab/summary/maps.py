"""What comes out of a module for one picture, caught in a copy."""

from contextlib import nullcontext
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import nn

from cnnlab import limits
from cnnlab.specs import SpecError

from .clone import cloned
from .counting import MacCounter
from .effort import TooMuchWork
from .passes import foreseen, refuse_lazy, refuse_other_inputs
from .recording import tensors
from .rows import shape_text
from .walking import module_at

BINS = 40


@dataclass(frozen=True)
class FeatureMaps:
    """The output of one module for one picture.

    `maps` is float32 (C, H, W); a sequence (L, C) or a vector (C,) gives a single map. `dead` are the channels that
    are zero everywhere, `constant` those that have one value everywhere. `counts` has one bin for each pair of
    neighbours in `edges`; values that are not finite are left out and counted in `not_finite`. `kernels` is float32
    (C, channels, height, width) where a convolution looks at so few channels that they can be seen.
    """

    path: str
    type: str
    shape: tuple[int, ...]
    maps: np.ndarray
    dead: tuple[int, ...]
    constant: tuple[int, ...]
    counts: tuple[int, ...]
    edges: tuple[float, ...]
    not_finite: int
    kernels: np.ndarray | None = None

    def channel(self, index: int) -> np.ndarray:
        """One map as uint8 (H, W), its own smallest value black and its largest white."""
        if not 0 <= index < len(self.maps):
            raise SpecError(
                "{path} has channels 0 to {last}, and no {index}.", path=self.path, last=len(self.maps) - 1, index=index
            )
        return to_pixels(self.maps[index])

    def pixels(self, most: int | None = None) -> list[np.ndarray]:
        """The first `most` maps as uint8 (H, W), each on its own scale."""
        return [to_pixels(values) for values in self.maps[:most]]


def to_pixels(values: np.ndarray) -> np.ndarray:
    """uint8 from the smallest finite value (0) to the largest (255); a map of one value is 0 everywhere."""
    finite = np.isfinite(values)
    if not finite.any():
        return np.zeros(values.shape, dtype=np.uint8)
    low, high = float(values[finite].min()), float(values[finite].max())
    if high == low:
        return np.zeros(values.shape, dtype=np.uint8)
    scaled = np.nan_to_num((values.astype(np.float64) - low) / (high - low), nan=0.0, posinf=1.0, neginf=0.0)
    return np.rint(scaled.clip(0, 1) * 255).astype(np.uint8)


def feature_maps(model: nn.Module, path: str, image: torch.Tensor, call: int = 0) -> FeatureMaps:
    """The FeatureMaps of `path` ("" is the model itself) for one image (C, H, W), already normalised.

    Taken in eval mode from a copy that shares the weights and nothing else; `call` picks the one of a module that is
    called several times. What is caught is copied at once, so a ReLU in place behind it changes nothing. TooMuchWork
    where running the model would take more than limits.REAL_SECONDS, REAL_BYTES or REAL_MACS.
    """
    module_at(model, path)
    refuse_other_inputs(model)
    refuse_lazy(model)
    clone = cloned(model, sharing).eval()
    module, caught = clone.get_submodule(path), []

    def catch(module, args, result):
        kept = len(caught) == call  # of a module that runs very often, the others would fill the memory
        caught.extend([tensor.detach().clone() if kept else None for tensor in tensors(result)][:1])

    handle = module.register_forward_hook(catch)
    parameter = next(clone.parameters(), image)
    batch = image.detach().to(parameter.device, parameter.dtype, copy=True)[None]
    watch = nullcontext() if foreseen(model, batch) else MacCounter(limits.REAL_MACS)
    with torch.no_grad(), watch:
        try:
            clone(batch)
        except TooMuchWork:
            raise
        except Exception as error:  # the model is a stranger
            raise SpecError(
                "{type} cannot take an image of {shape}: {detail}",
                type=type(model).__name__,
                shape=shape_text(tuple(image.shape)),
                detail=str(error).strip(),
            ) from error
        finally:
            handle.remove()
    if call >= len(caught):
        raise SpecError(
            "{path} was called {count} times for this image, so there is no call {call}.",
            path=path or type(model).__name__,
            count=len(caught),
            call=call,
        )
    return replace(_described(path, type(module).__name__, caught[call]), kernels=kernels_of(module))


def kernels_of(module: nn.Module) -> np.ndarray | None:
    """Of a first layer, which sees colours or gray, and of one that sees a single channel at a time."""
    if not isinstance(module, nn.Conv2d) or module.weight.shape[1] not in (1, 3):
        return None
    return module.weight.detach().float().cpu().numpy()


def sharing(tensor: torch.Tensor) -> torch.Tensor:
    """The parameter on the same memory, which nothing writes in eval mode; a buffer of its own."""
    if isinstance(tensor, nn.Parameter):
        return nn.Parameter(tensor.detach(), requires_grad=False)
    return tensor.detach().clone()


def span(low: float, high: float) -> tuple[float, float]:
    """The range of a histogram from `low` to `high`, widened about a single value."""
    room = 0 if high > low else max(0.5, 1e-3 * abs(low))
    return float(low) - room, float(high) + room


def _described(path: str, kind: str, output: torch.Tensor) -> FeatureMaps:
    if not output.numel():
        raise SpecError(
            "{path} puts out {shape}, which has no numbers: choose another layer or a larger input.",
            path=path,
            shape=shape_text(tuple(output.shape)),
        )
    values = output[0].float().cpu()
    if values.ndim < 3:
        maps = values.reshape(1, *(1, 1, *values.shape)[-2:])
    else:  # of a video channels, then frames one below the other
        maps = values.reshape(values.shape[0], -1, values.shape[-1])
    array = maps.numpy()
    per_channel = array.reshape(len(array), -1)
    finite = array[np.isfinite(array)].astype(np.float64)
    counts, edges = np.histogram(finite, BINS, span(finite.min(), finite.max()) if finite.size else (0, 1))
    return FeatureMaps(
        path,
        kind,
        tuple(output.shape),
        array,
        dead=tuple(np.flatnonzero((per_channel == 0).all(axis=1)).tolist()),
        constant=tuple(np.flatnonzero((per_channel == per_channel[:, :1]).all(axis=1)).tolist()),
        counts=tuple(counts.tolist()),
        edges=tuple(edges.tolist()),
        not_finite=int(array.size - finite.size),
    )
