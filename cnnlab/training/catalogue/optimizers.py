"""Optimizers by row: Calls build functions of the parameter groups.

LBFGS is no row: each of its steps calls the network and its gradient anew, up to 20 times, through a closure.
"""

from collections.abc import Mapping
from typing import Any

from cnnlab.specs import N_, Param, SpecError, catalogue

from .rows import OptimizerSpec

OPTIM = "torch.optim:"
BELOW_ONE = 0.9999


def learning_rate(default: float, start: float | None = None) -> Param:
    return Param("lr", default=default, start=start, low=0, high=100, step=default,
                 help=N_("The learning rate: how far each step goes."))


def decay(default: float) -> Param:
    return Param("weight_decay", default=default, low=0, high=10, step=0.01, help=N_("How much weights shrink at each step."))


def apart() -> Param:
    return Param("decoupled_weight_decay", bool, default=False, advanced=True,
                 help=N_("Weights shrink on their own, not through the gradient, as in AdamW."))


def betas() -> Param:
    return Param("betas", default=(0.9, 0.999), low=0, high=BELOW_ONE, step=0.01, lengths=(2,),
                 labels={2: (N_("mean"), N_("square"))}, advanced=True,
                 help=N_("How long the averages of the gradient and of its square remember."))


def eps(default: float) -> Param:
    return Param("eps", default=default, low=0, high=1, step=default, advanced=True, help=N_("Keeps the division from zero."))


def momentum() -> Param:
    return Param("momentum", default=0, start=0.9, low=0, high=BELOW_ONE, step=0.05,
                 help=N_("How much of the last step goes into this one."))


def amsgrad() -> Param:
    return Param("amsgrad", bool, default=False,
                 advanced=True, help=N_("Divide by the largest square so far, so that steps only shorten."))


def nesterov_fits(values: Mapping[str, Any]) -> None:
    if values["nesterov"] and (values["momentum"] == 0 or values["dampening"] != 0):
        raise SpecError("nesterov=True needs a momentum above 0 and dampening=0: set these, or nesterov=False.")


OPTIMIZERS: dict[str, OptimizerSpec] = catalogue((
    OptimizerSpec(OPTIM + "SGD", (
        learning_rate(0.001, start=0.05), momentum(),
        Param("dampening", default=0, low=0, high=1, step=0.05,
              advanced=True, help=N_("How much less of the gradient joins the momentum.")),
        decay(0),
        Param("nesterov", bool, default=False, help=N_("Look ahead: take the gradient's part of the momentum at once.")),
    ), N_("Against the gradient, with momentum: plain, and hard to beat."), partial=True, check=nesterov_fits, momentum="momentum"),
    OptimizerSpec(OPTIM + "Adam", (learning_rate(0.001), betas(), eps(1e-8), decay(0), amsgrad(), apart()),
        N_("A step of its own for each weight, from averages of its gradient and of the square."), partial=True, momentum="betas"),
    OptimizerSpec(OPTIM + "AdamW", (learning_rate(0.001), betas(), eps(1e-8), decay(0.01), amsgrad()),
        N_("Adam with weights that shrink on their own: a good first choice."), partial=True, momentum="betas"),
    OptimizerSpec(OPTIM + "RMSprop", (
        learning_rate(0.01),
        Param("alpha", default=0.99, low=0, high=BELOW_ONE, step=0.01,
              advanced=True, help=N_("How long the average of the squares remembers.")),
        eps(1e-8), decay(0), momentum(),
        Param("centered", bool, default=False, advanced=True, help=N_("Divide by the spread instead of the square.")),
    ), N_("Steps divided by how large gradients were of late."), partial=True, momentum="momentum"),
    OptimizerSpec(OPTIM + "Adagrad", (
        learning_rate(0.01),
        Param("lr_decay", default=0, low=0, high=1, step=0.001,
              advanced=True, help=N_("How fast the learning rate falls with each step.")),
        decay(0),
        Param("initial_accumulator_value", default=0, low=0, high=10, step=0.1,
              advanced=True, help=N_("What the sums of squares begin with.")),
        eps(1e-10),
    ), N_("Steps divided by all gradients so far, so that they become ever shorter."), partial=True),
    OptimizerSpec(OPTIM + "Adadelta", (
        learning_rate(1.0),
        Param("rho", default=0.9, low=0, high=BELOW_ONE, step=0.01, advanced=True, help=N_("How long the averages remember.")),
        eps(1e-6), decay(0),
    ), N_("Adagrad that forgets, with steps as large as those it took."), partial=True),
    OptimizerSpec(OPTIM + "NAdam", (
        learning_rate(0.002), betas(), eps(1e-8), decay(0),
        Param("momentum_decay", default=0.004, low=0, high=1, step=0.001,
              advanced=True, help=N_("How fast the momentum comes to its full strength.")),
        apart(),
    ), N_("Adam that looks ahead as Nesterov does."), partial=True, momentum="betas"),
    OptimizerSpec(OPTIM + "RAdam", (learning_rate(0.001), betas(), eps(1e-8), decay(0), apart()),
        N_("Adam that waits with steps of its own until its averages can be trusted."), partial=True, momentum="betas"),
))
