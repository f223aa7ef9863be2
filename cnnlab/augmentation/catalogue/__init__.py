"""The transforms on offer: every image transform of torchvision.transforms.v2, and one of the course's own."""

from cnnlab.specs import Call, catalogue

from .look import LOOK
from .plumbing import PLUMBING
from .space import SPACE
from .step import Inner, Need, Normalisation, Step

AUGMENTATIONS: dict[str, Step] = catalogue((*SPACE, *LOOK, *PLUMBING))
GROUPS: tuple[str, ...] = tuple(dict.fromkeys(spec.group for spec in AUGMENTATIONS.values()))
LEFT_OUT = {
    "Transform": "the base class",
    "ToTensor": "deprecated in v2 in favour of ToImage and ToDtype, into which pasted code is translated",
    "UniformTemporalSubsample": "for videos only",
}


def is_mixing(call: Call) -> bool:
    """True for a step that works on a whole batch: it mixes the pictures, and what the labels are of."""
    return Need.BATCH in call.spec.needs


__all__ = ["AUGMENTATIONS", "GROUPS", "LEFT_OUT", "Inner", "Need", "Normalisation", "Step", "is_mixing"]
