"""What the weights of a checkpoint make of a part of the data: every answer once, as plain data."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from cnnlab import limits
from cnnlab.images import png
from cnnlab.images.pixels import to_pixels
from cnnlab.loading import Part, batches
from cnnlab.loading.uploads import kept_in
from cnnlab.specs import SpecError

from .answers import Outcome
from .checkpoints import Checkpoint
from .conditions import conditions
from .folder import UPLOADS
from .groups import last_of
from .judging import confusion, mistakes, per_class, projected
from .keeping import state_of
from .losses import heads
from .run import Run
from .session import Session


class Answers(NamedTuple):
    """Of every picture of a part: its probabilities (N, classes), label (N,), and what the last layer was given (N, F)."""

    probabilities: np.ndarray
    labels: np.ndarray
    features: np.ndarray
    loss: float


def outcome(run: Run, checkpoint: Checkpoint, part: str) -> Outcome:
    """The Outcome of a checkpoint on "validation", "test" or "train"; SpecError where that has no pictures."""
    session = restored(run, checkpoint)
    pictures: Part = getattr(session.data, part)
    if not len(pictures):
        raise SpecError("This run has no pictures for {part}: choose another part.", part=part)
    answers = answered(session, pictures)
    table = confusion(answers.labels, answers.probabilities.argmax(1), len(session.data.classes))
    wrong = mistakes(answers.probabilities, answers.labels, limits.MISTAKES)
    return Outcome(
        part,
        checkpoint.step,
        checkpoint.epoch,
        len(pictures),
        int(table.trace()),
        answers.loss,
        session.data.classes,
        tuple(map(tuple, table.tolist())),
        per_class(table, session.data.classes),
        wrong,
        tuple(png(to_pixels(pictures.pictures[torch.tensor([mistake.place])][0])) for mistake in wrong),
        **laid_out(answers),
        shape=session.data.shape,
        elements=tuple(int(pictures.indices[place]) for place in (*(mistake.place for mistake in wrong), 0)),
        own_test=pictures.own_test,
    )


def restored(run: Run, checkpoint: Checkpoint) -> Session:
    """A session of the run with the weights of the checkpoint, in evaluation mode; SpecError where it is damaged or gone."""
    state = state_of(checkpoint)
    with kept_in(run.folder / UPLOADS):
        session = Session(run.config)
    session.model.load_state_dict(state["model"])
    session.model.eval()
    return session


def answered(session: Session, part: Part) -> Answers:
    """The network's answers to all pictures of a part, in their order."""
    scores, labels, losses, shares = [], [], 0.0, 0.0
    rows = batches(session.data, replace(part, training=False), session.config, 0)
    with (
        torch.no_grad(),
        listening(session.model) as caught,
        conditions(session.config, session.device, session.config.seed),
    ):
        for pictures, truth, _ in rows:
            with session.precision.lowered():
                answer = session.model(pictures.to(session.device))
                loss = session.criterion(answer, truth.to(session.device))
            share = float(session.criterion.share(truth.to(session.device)))
            losses, shares = losses + float(loss) * share, shares + share
            scores.append(heads(answer)[0].float().softmax(1).cpu())
            labels.append(truth)
    features = torch.cat(caught) if caught else torch.zeros(0, 0)
    return Answers(torch.cat(scores).numpy(), torch.cat(labels).numpy(), features.numpy(), losses / shares)


@contextmanager
def listening(model: nn.Module) -> Iterator[list[Tensor]]:
    """What the last layer with weights is given, a tensor (B, F) a batch; pictures by their averages."""
    caught: list[Tensor] = []

    def catch(layer: nn.Module, arguments: tuple) -> None:
        if arguments and isinstance(arguments[0], Tensor):
            values = arguments[0].detach().float()
            caught.append((values.mean(tuple(range(2, values.ndim))) if values.ndim > 2 else values).cpu())

    layer = model.get_submodule(min(last_of(model)).rpartition(".")[0])
    handle = layer.register_forward_pre_hook(catch)
    try:
        yield caught
    finally:
        handle.remove()


def laid_out(answers: Answers) -> dict[str, tuple]:
    """Some of the pictures on a plane, evenly chosen; nothing where they cannot be laid out."""
    count = len(answers.labels)
    if len(answers.features) != count or min(answers.features.shape) < 2 or not np.isfinite(answers.features).all():
        return {}
    some = np.linspace(0, count - 1, min(count, limits.EMBEDDED)).round().astype(int)
    plane = projected(answers.features[some])
    return {
        "points": tuple((round(x, 5), round(y, 5)) for x, y in plane.points.tolist()),
        "point_labels": tuple(answers.labels[some].tolist()),
        "point_answers": tuple(answers.probabilities[some].argmax(1).tolist()),
        "shares": plane.shares,
    }
