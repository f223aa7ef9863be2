"""All that may be asked of the workshop, by name."""

from collections.abc import Mapping

from cnnlab.augmentation.jobs import KINDS as AUGMENTATION
from cnnlab.images.jobs import KINDS as IMAGES
from cnnlab.layers.jobs import KINDS as LAYERS
from cnnlab.loading.jobs import KINDS as LOADING
from cnnlab.summary.jobs import KINDS as SUMMARY
from cnnlab.training.jobs import KINDS as TRAINING
from cnnlab.workshop import Kind

JOBS: Mapping[str, Kind] = {
    kind.name: kind for kind in (*IMAGES, *AUGMENTATION, *LAYERS, *LOADING, *SUMMARY, *TRAINING)
}
