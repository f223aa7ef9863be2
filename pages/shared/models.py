"""The models on offer, as a choice has them."""

from cnnlab.models import COURSE, MODELS
from cnnlab.models.zoo import TASKS
from pages.shared.choice import Option

KINDS = tuple(dict.fromkeys([*(spec.group for spec in COURSE.values()), *TASKS.values()]))


def offered() -> list[Option]:
    """All models, kind by kind: the course's first, then torchvision's, those that classify before all others."""
    rows = sorted(MODELS.items(), key=lambda item: KINDS.index(item[1].group))
    return [Option(name, spec.group, spec.about) for name, spec in rows]
