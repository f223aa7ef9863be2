"""Pictures in and out: what people upload, sample photos, and what the screen shows of a tensor."""

from cnnlab.images.decoding import Decoded, decode, flatten
from cnnlab.images.files import media_type, png, png_size, webp
from cnnlab.images.montage import montage
from cnnlab.images.samples import SAMPLES, Sample, picture, sample
from cnnlab.objects import lazily

__all__ = [
    "SAMPLES",
    "Decoded",
    "Histograms",
    "Sample",
    "channel_histograms",
    "decode",
    "flatten",
    "media_type",
    "montage",
    "picture",
    "png",
    "png_size",
    "sample",
    "to_pixels",
    "webp",
]
TENSORS = "cnnlab.images.pixels:"
__getattr__ = lazily(__name__, {name: TENSORS + name for name in ("Histograms", "channel_histograms", "to_pixels")})
