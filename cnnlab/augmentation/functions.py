"""The named functions that Lambda may apply; each leaves boxes, masks and key points alone."""

import PIL.Image
import torch
from torchvision import tv_tensors
from torchvision.transforms import v2


def invert(x):
    """The negative: 255 − x, or 1 − x for floats."""
    return (
        v2.functional.invert(x) if isinstance(x, PIL.Image.Image) or type(x) in (torch.Tensor, tv_tensors.Image) else x
    )


def swap_red_blue(x):
    """RGB becomes BGR, as OpenCV reads pictures; one channel stays as it is."""
    if isinstance(x, PIL.Image.Image):
        return PIL.Image.merge("RGB", x.split()[::-1]) if x.mode == "RGB" else x
    return x.flip(-3) if type(x) in (torch.Tensor, tv_tensors.Image) and x.ndim >= 3 and x.shape[-3] == 3 else x


def repeat_to_three(x):
    """One channel becomes three equal ones, for networks that want RGB."""
    if isinstance(x, PIL.Image.Image):
        return x.convert("RGB")
    return x.repeat(3, 1, 1) if type(x) in (torch.Tensor, tv_tensors.Image) and x.ndim == 3 and x.shape[0] == 1 else x


def to_minus_one_one(x):
    """0–1 becomes −1–1, which generators with a tanh expect."""
    return x * 2 - 1 if isinstance(x, torch.Tensor) and x.is_floating_point() and x.ndim >= 3 else x
