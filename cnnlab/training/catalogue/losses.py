"""Losses by row: Calls build a function of (logits, labels), with `weight` for classes where the config asks for it."""

from cnnlab.specs import N_, Param, Spec, catalogue

LOSSES: dict[str, Spec] = catalogue(
    (
        Spec(
            "torch.nn:CrossEntropyLoss",
            (
                Param(
                    "label_smoothing",
                    default=0.0,
                    low=0,
                    high=1,
                    step=0.05,
                    help=N_("How much of the label is spread over all classes."),
                ),
            ),
            N_("How improbable the right class was thought: the usual loss for classes."),
        ),
    )
)
