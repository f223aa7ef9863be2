"""What a configuration and the state of a run come to, in sentences."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cnnlab.loading import iterations
from cnnlab.specs import N_, Message

from .checkpoints import Checkpoint
from .config import TrainConfig
from .tail import NOT_FINITE

RISEN = 2.0  # times the first loss: from here on the last one is far above it


@dataclass(frozen=True)
class Numbers:
    """How often a run goes through how much: pictures to learn from, steps of an epoch with and without the last, short batch."""

    samples: int
    batch: int
    whole: int
    dropped: int
    epochs: int
    drop_last: bool

    @property
    def iterations(self) -> int:
        return self.dropped if self.drop_last else self.whole

    @property
    def steps(self) -> int:
        return self.iterations * self.epochs


def numbers(config: TrainConfig, samples: int | None = None) -> Numbers | None:
    """Those of so many samples, or of as many as there should be; None where only the data itself tells."""
    samples = training_samples(config) if samples is None else samples
    if samples is None:
        return None
    with_last, without = (iterations(samples, config.batch_size, drop_last) for drop_last in (False, True))
    return Numbers(samples, config.batch_size, with_last, without, config.epochs, config.drop_last)


def training_samples(config: TrainConfig) -> int | None:
    """Pictures that are learnt from: what the shares for validation and testing leave."""
    spec = config.data.spec
    if not spec.counts:
        return None
    total = spec.counts[0] * (len(config.classes) or len(spec.classes)) / max(len(spec.classes), 1)
    total = round(min(total, config.samples or total))
    return max(0, total - math.ceil(round(total * config.validation, 6)) - math.ceil(round(total * config.test, 6)))


def before(config: TrainConfig, samples: int | None = None) -> Message | None:
    """The sentence in numbers before a start."""
    told = numbers(config, samples)
    if told is None:
        return None
    if told.samples % told.batch:
        template = (
            N_("{samples} samples, batches of {batch} → {iterations} iterations per epoch, without the last, short one; "
               "{epochs} epochs = {steps} steps.")
            if config.drop_last
            else N_("{samples} samples, batches of {batch} → {iterations} iterations per epoch ({dropped} with drop_last); "
                    "{epochs} epochs = {steps} steps.")
        )  # fmt: skip
    else:
        template = N_(
            "{samples} samples, batches of {batch} → {iterations} iterations per epoch; {epochs} epochs = {steps} steps."
        )
    values = {"samples": told.samples, "batch": told.batch, "iterations": told.iterations, "dropped": told.dropped}
    values |= {"epochs": told.epochs, "steps": told.steps}
    return Message(template, {name: f"{value:,}" for name, value in values.items()})


def remaining(config: TrainConfig, checkpoint: Checkpoint, samples: int | None = None) -> Message | None:
    """How much of it is left to do from a checkpoint on."""
    told = numbers(config, samples)
    if told is None:
        return None
    left = max(0, told.steps - told.iterations * checkpoint.epoch - checkpoint.place)
    return Message(N_("{left} of {steps} steps remain."), {"left": f"{left:,}", "steps": f"{told.steps:,}"})


def model_name(config: TrainConfig) -> str:
    return config.own.rpartition(":")[2] or ("nn.Sequential" if config.source else config.model.name)


@dataclass(frozen=True)
class State:
    """A state of a run: its word, its colour as Streamlit calls it, and a sentence that says what it means."""

    word: str
    colour: str
    icon: str
    about: str
    lives: bool = False  # more records may come
    resumes: bool = False  # it can go on from its checkpoint


STATES: dict[str, State] = {
    "queued": State(N_("queued"), "blue", "hourglass_empty", N_("It waits for its turn."), lives=True),
    "running": State(N_("running"), "green", "play_arrow", N_("It learns; this page may be closed meanwhile."), lives=True),
    "paused": State(
        N_("paused"), "orange", "pause", N_("It stands still, and goes on from this very step when resumed."),
        lives=True, resumes=True,
    ),
    "stopped": State(
        N_("stopped"), "orange", "stop", N_("It was ended before its last epoch, and can go on from its checkpoint."),
        resumes=True,
    ),
    "finished": State(N_("finished"), "green", "check_circle", N_("All of its epochs are done.")),
    "failed": State(
        N_("failed"), "red", "error", N_("The trainer broke off with an error; what it learnt up to its last checkpoint is kept."),
        resumes=True,
    ),
    "lost": State(
        N_("lost"), "red", "heart_broken",
        N_("Its trainer is gone without a word: killed, or the machine went down. Resumed, it goes on from its last checkpoint."),
        resumes=True,
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Pace:
    """Steps and samples in a second."""

    steps: float
    samples: float


def pace(rows: Sequence[Mapping[str, Any]]) -> Pace | None:
    """How fast the last steps went, by the clock: pauses for validation count, those between attempts do not."""
    rows = [row for row in rows if row.get("attempt") == rows[-1].get("attempt")]
    if len(rows) < 2:
        return None
    seconds, steps = rows[-1]["t"] - rows[0]["t"], rows[-1]["step"] - rows[0]["step"]
    if seconds <= 0 or steps <= 0:
        return None
    samples = sum(row.get("samples", 0) for row in rows[1:]) / (len(rows) - 1)
    return Pace(steps / seconds, samples * steps / seconds)


def duration(seconds: float) -> Message:
    """A time as people say it.

    >>> str(duration(42)), str(duration(200)), str(duration(9000))
    ('42 s', '3 min', '2.5 h')
    """
    if seconds < 99.5:
        return Message(N_("{count} s"), {"count": f"{max(seconds, 0):.0f}"})
    if seconds < 99.5 * 60:
        return Message(N_("{count} min"), {"count": f"{seconds / 60:.0f}"})
    return Message(N_("{count} h"), {"count": f"{seconds / 3600:.3g}"})


def risen(losses: Sequence[float]) -> Message | None:
    """What to do where the last loss lies far above the first; both must be numbers.

    >>> str(risen([2.3, 9.0, 1e11]))
    'The loss rose from 2.3 to 1e+11: try a smaller learning rate.'
    """
    if not len(losses) or not RISEN * losses[0] < losses[-1] < math.inf:
        return None
    values = {"first": f"{losses[0]:.3g}", "last": f"{losses[-1]:.3g}"}
    return Message(N_("The loss rose from {first} to {last}: try a smaller learning rate."), values)


def guessing(end: Mapping[str, Any], accuracy: float | None, rose: bool) -> Message | None:
    """What is said of an accuracy at the end that lies no two standard errors above that of always saying the largest
    class; None of any other.

    >>> str(guessing({"guess": 0.1, "guessed": 400}, 0.12, False))
    'No better than guessing (10.0%).'
    """
    share, count = end.get("guess"), end.get("guessed")
    if not share or not count or accuracy is None or accuracy > share + 2 * math.sqrt(share * (1 - share) / count):
        return None
    template = (
        N_("No better than guessing ({share}), and the loss rose: try a smaller learning rate.")
        if rose
        else N_("No better than guessing ({share}).")
    )
    return Message(template, {"share": f"{share:.1%}"})


ANEW = N_("It was ended before its first checkpoint, and begins anew when it is resumed.")
REASONS = {
    "finished": N_("All epochs are done, after {step} steps."),
    "early stopping": N_(
        "Stopped early after {step} steps: the validation loss had not become better for as long as was asked."
    ),
    NOT_FINITE: N_(
        "At step {step} a number was no longer finite ({what} in {layer}): from there on nothing could be learnt."
    ),
}
TESTED = N_("{told} On the pictures held back for the test: {accuracy} right, loss {loss}.")


def last_words(end: Mapping[str, Any]) -> Message | None:
    """How a run came to its end, by its last record; None where somebody stopped it."""
    template = REASONS.get(end.get("reason", ""))
    if template is None:
        return None
    step = f"{end.get('step', 0):,}"
    told = Message(template, {"step": step, "what": end.get("what", "loss"), "layer": end.get("layer") or "–"})
    if "test/accuracy" not in end:
        return told
    return Message(TESTED, {"told": told, "accuracy": f"{end['test/accuracy']:.1%}", "loss": f"{end['test/loss']:.4g}"})
