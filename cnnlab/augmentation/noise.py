"""The hand-written transform of the course, as a v2 Transform."""

import torch
from torchvision import tv_tensors
from torchvision.transforms import v2


class SaltAndPepperNoise(v2.Transform):
    """With probability p, all but a share `snr` of the pixels become black or white, half and half.

    Takes PIL images of mode L or RGB, uint8 and 0–1 float tensors (..., C, H, W). What it draws is one
    (H, W) mask, so that it can be replayed and obeys torch's generator.
    """

    def __init__(self, snr: float = 0.9, p: float = 0.5):
        super().__init__()
        if not (0 <= snr <= 1 and 0 <= p <= 1):
            raise ValueError(f"snr={snr} and p={p} must lie between 0 and 1.")
        self.snr, self.p = snr, p

    def make_params(self, flat_inputs):
        coin = torch.rand(()).item()
        if coin >= self.p:
            return {"coin": coin, "mask": None}
        height, width = v2.functional.get_size(flat_inputs[0])
        return {"coin": coin, "mask": torch.rand(height, width)}

    def transform(self, inpt, params):
        if params["mask"] is None or isinstance(
            inpt, (tv_tensors.BoundingBoxes, tv_tensors.Mask, tv_tensors.KeyPoints)
        ):
            return inpt
        if not isinstance(inpt, torch.Tensor):
            return v2.functional.to_pil_image(self.transform(v2.functional.pil_to_tensor(inpt), params))
        white = 1.0 if inpt.is_floating_point() else torch.iinfo(inpt.dtype).max
        half = (1 - self.snr) / 2
        noisy = inpt.masked_fill(params["mask"] < half, 0).masked_fill(params["mask"] >= 1 - half, white)
        return tv_tensors.wrap(noisy, like=inpt)
