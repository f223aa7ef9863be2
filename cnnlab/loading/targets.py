"""What becomes of a label, and how samples become a batch: the choices, which need no torch."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cnnlab.objects import Target
from cnnlab.specs import N_

COLLATES: Mapping[str, str] = {"default": N_("default_collate"), "padded": N_("pad to the largest")}


@dataclass(frozen=True)
class TargetTransform:
    """A target_transform: its title, what it is for, the function of (label, classes) at `path`, and as an expression."""

    title: str
    about: str
    path: str = ""
    expression: str = ""

    def of(self, classes: int) -> Callable[[int], object] | None:
        """The function of a label; None for the label as it is."""
        if not self.path:
            return None
        made = Target(self.path).resolve()
        return lambda label: made(label, classes)


TARGETS: Mapping[str, TargetTransform] = {
    "label": TargetTransform(N_("none"), N_("The number of the class, as cross entropy takes it.")),
    "one-hot": TargetTransform(
        N_("one-hot"),
        N_("A 1 in the place of the class and 0 elsewhere: a label that can be mixed, as MixUp and CutMix do."),
        "cnnlab.loading.by_hand:one_hot",
        "F.one_hot(torch.tensor(label), {classes}).float()",
    ),
    "halves": TargetTransform(
        N_("two groups"),
        N_("Classes as two groups, the first half 0 and the others 1: other questions of the same pictures."),
        "cnnlab.loading.by_hand:halves",
        "int(2 * label >= {classes})",
    ),
}
