"""Losses by row: Calls build modules that take a network's scores and the labels."""

from cnnlab.specs import N_, Param, catalogue

from .rows import LossSpec

LOSSES: dict[str, LossSpec] = catalogue((
    LossSpec("torch.nn:CrossEntropyLoss", (
        Param("label_smoothing", default=0.0, low=0, high=1, step=0.05,
              help=N_("How much of the label is spread over all classes.")),
    ), N_("How improbable the right class was thought: the usual loss for classes.")),
    LossSpec("torch.nn:NLLLoss", (),
        N_("Cross-entropy in its second half: it is given logarithms of probabilities, which log_softmax makes."),
        scores="cnnlab.training.losses:log_softmax"),
    LossSpec("torch.nn:MSELoss", (),
        N_("How far the scores lie from 1 for the right class and from 0 for the others, squared."),
        labels="cnnlab.training.losses:one_hot", weighted=False),
    LossSpec("torch.nn:MultiMarginLoss", (
        Param("p", int, default=1, low=1, high=2, help=N_("What falls short is taken as it is, or squared.")),
        Param("margin", default=1.0, low=0, high=100, step=0.1,
              help=N_("By how much the right score should exceed each other one.")),
    ), N_("By how much other classes come too near to the score of the right one, as in a support vector machine.")),
    LossSpec("cnnlab.training.focal:FocalLoss", (
        Param("gamma", default=2.0, low=0, high=10, step=0.5, help=N_("How little easy pictures count; 0 is cross-entropy.")),
    ), N_("Cross-entropy that looks away from pictures which are right already (Lin et al. 2017).")),
))
