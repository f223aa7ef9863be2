"""The transforms on offer: every image transform of torchvision.transforms.v2, and one of the course's own."""

from cnnlab.specs import Call, Spec

from .look import LOOK
from .plumbing import BATCH, BOXES, CHOICE, PLUMBING, TYPES
from .space import SPACE

AUGMENTATIONS: dict[str, Spec] = {spec.name: spec for spec in (*SPACE, *LOOK, *PLUMBING)}
GROUPS: tuple[str, ...] = tuple(dict.fromkeys(spec.group for spec in AUGMENTATIONS.values()))
LEFT_OUT = {
    "Transform": "the base class",
    "ToTensor": "deprecated in v2 in favour of ToImage and ToDtype, into which pasted code is translated",
    "UniformTemporalSubsample": "for videos only",
}


def is_mixing(call: Call) -> bool:
    """True for a step that works on a whole batch: it mixes the pictures, and what the labels are of."""
    return call.spec.group == BATCH


__all__ = ["AUGMENTATIONS", "BATCH", "BOXES", "CHOICE", "GROUPS", "LEFT_OUT", "TYPES", "is_mixing"]
