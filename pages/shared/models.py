"""The models on offer, as a choice has them."""

from cnnlab.models import COURSE, MODELS, find_weights
from cnnlab.models.rows import ModelSpec
from cnnlab.models.zoo import TASKS
from cnnlab.quantities import si
from cnnlab.specs import N_, Message
from pages.shared.choice import Option

KINDS = tuple(dict.fromkeys([*(spec.group for spec in COURSE.values()), *TASKS.values()]))


def offered() -> list[Option]:
    """All models, kind by kind: the course's first, then torchvision's, those that classify before all others."""
    rows = sorted(MODELS.items(), key=lambda item: KINDS.index(item[1].group))
    return [Option(name, spec.group, told(spec)) for name, spec in rows]


def told(spec: ModelSpec) -> str | Message:
    """What a model is for and, as many are for the same, the figures that torchvision publishes: of several the smallest."""
    entries = [entry for entry in map(find_weights, spec.weights) if entry.params and entry.gmacs]
    if not entries:
        return spec.about
    published = min(entries, key=lambda entry: (entry.gmacs, entry.params))
    values = {"about": Message(spec.about), "params": si(published.params), "macs": si(published.gmacs * 1e9)}
    return Message(N_("{about} Published with {params} parameters, {macs} MACs."), values)
