"""Pictures in and out: what people upload, sample photos, and what the screen shows of a tensor."""

from cnnlab.images.decoding import Decoded, decode, flatten
from cnnlab.images.montage import montage
from cnnlab.images.pixels import Histograms, channel_histograms, data_uri, png, to_pixels, value_range
from cnnlab.images.samples import SAMPLES, Sample, sample

__all__ = [
    "SAMPLES",
    "Decoded",
    "Histograms",
    "Sample",
    "channel_histograms",
    "data_uri",
    "decode",
    "flatten",
    "montage",
    "png",
    "sample",
    "to_pixels",
    "value_range",
]
