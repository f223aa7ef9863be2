"""Data for training: datasets by row, how they are split and in which order they are seen. Choosing needs no torch."""

from cnnlab.objects import lazily

from .batching import Order
from .catalogue import DATASETS
from .describing import Described, describe
from .dry_run.answers import Rehearsed
from .fetching import fetch
from .gallery.answers import Classes, Numbers, Page, Sizes, Twins
from .keeping import data_folder, fetched
from .order import SAMPLERS, epoch_order, iterations
from .orders import ORDERS, OrderSpec
from .rows import DatasetSpec
from .samples import Batch, Sample
from .selection import Feeding, Selection
from .splits import Split, split
from .uploads import Unpacked

__all__ = [
    "DATASETS",
    "ORDERS",
    "SAMPLERS",
    "Batch",
    "Classes",
    "Data",
    "DatasetSpec",
    "Described",
    "Feeding",
    "Numbers",
    "Order",
    "OrderSpec",
    "Page",
    "Part",
    "Rehearsed",
    "Sample",
    "Selection",
    "Sizes",
    "Split",
    "Twins",
    "Unpacked",
    "batches",
    "data_folder",
    "describe",
    "epoch_order",
    "fetch",
    "fetched",
    "iterations",
    "prepare",
    "split",
]
__getattr__ = lazily(
    __name__,
    {
        "Data": "cnnlab.loading.reading:Data",
        "Part": "cnnlab.loading.reading:Part",
        "prepare": "cnnlab.loading.reading:prepare",
        "batches": "cnnlab.loading.feeding:batches",
    },
)
