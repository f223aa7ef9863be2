"""Optimizers by row: Calls build a function of the parameter groups."""

from cnnlab.specs import N_, Param, Spec, catalogue


def learning_rate(default: float) -> Param:
    return Param(
        "lr", default=default, low=0, high=100, step=default, help=N_("The learning rate: how far each step goes.")
    )


OPTIMIZERS: dict[str, Spec] = catalogue(
    (
        Spec(
            "torch.optim:AdamW",
            (
                learning_rate(0.001),
                Param(
                    "weight_decay",
                    default=0.01,
                    low=0,
                    high=10,
                    step=0.01,
                    help=N_("How much weights shrink at each step."),
                ),
            ),
            N_("Adam with weights that shrink on their own: a good first choice."),
            partial=True,
        ),
    )
)
