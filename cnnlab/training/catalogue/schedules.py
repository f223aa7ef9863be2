"""Schedules of the learning rate by row: factors on the optimizer's own over the course of a run."""

from cnnlab.specs import N_, Spec, catalogue

SCHEDULES: dict[str, Spec] = catalogue(
    (Spec("cnnlab.training.schedules:constant", (), N_("The same learning rate all along."), partial=True),)
)
