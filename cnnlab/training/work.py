"""What the workshop does for the training page."""

import numpy as np

from cnnlab import limits
from cnnlab.figures.downsampling import chosen
from cnnlab.hosting import refuse_hidden, settings
from cnnlab.images import png
from cnnlab.links import Nothing
from cnnlab.loading import DATASETS, Described, describe, fetch
from cnnlab.loading.keeping import fetched
from cnnlab.models.own import leave, leave_to_run
from cnnlab.specs import SpecError
from cnnlab.summary.answers import Pictures
from cnnlab.workshop.worker import progress

from .answers import Outcome, Probe, Rates, Search
from .card import card_pixels
from .config import TrainConfig
from .export import exported
from .finder import find
from .folder import METRICS
from .jobs import Exported, Looked, Recorded, Tried, Wanted
from .named import checkpoint_of, run_of
from .outcome import outcome
from .probing import probe
from .refusing import Usage, refusals
from .schedules import preview
from .script import script
from .tensorboard import tensorboard_zip


def card(nothing: Nothing) -> Pictures:
    return Pictures((png(card_pixels()),))


def counts(config: TrainConfig) -> Described:
    """How many pictures each part has; SpecError where the data is not here, or cannot be divided so."""
    return described(config, closely=True)


def described(config: TrainConfig, closely: bool = False) -> Described:
    """SpecError where visitors may not look at the data either."""
    refuse_hidden(config.data)
    return describe(config, closely)


def rates(config: TrainConfig) -> Rates:
    """The learning rate beforehand, at no more than limits.DRAWN_RATES of its steps."""
    steps = described(config).iterations(config)
    if not steps:
        return Rates((), (), 0, 0, config.schedule.spec.watches)
    rates = np.array(preview(config, steps))
    places = chosen(rates, limits.DRAWN_RATES)
    return Rates(
        tuple((places + 1).tolist()), tuple(rates[places].tolist()), len(rates), steps, config.schedule.spec.watches
    )


def probed(tried: Tried) -> Probe:
    return probe(allowed(tried))


def searched(tried: Tried) -> Search:
    return find(allowed(tried))


def allowed(tried: Tried) -> TrainConfig:
    """The config, unless it would run a class of one's own without leave, or the host would not let it be started."""
    if tried.own and tried.leave != leave_to_run(tried.own):
        raise SpecError("{name} runs only for who allowed it on this page: allow it there.", name=tried.own)
    for error in refusals(tried, settings(), Usage(cached=fetched(tried.data))):
        raise error
    return tried


def written(config: TrainConfig) -> str:
    refuse_hidden(config.data)
    return script(config)


def looked(looked: Looked) -> Outcome:
    run, checkpoint = checkpoint_of(looked.run, looked.checkpoint, looked.step)
    refuse_hidden(run.config.data)
    return outcome(run, checkpoint, looked.part)


def export(asked: Exported) -> bytes:
    """SpecError for a file that is too large to be answered with."""
    run, checkpoint = checkpoint_of(asked.run, asked.checkpoint, asked.step)
    file = exported(run, checkpoint, asked.form)
    if len(file) > limits.EXPORT_BYTES:
        raise SpecError(
            "These weights would be a file of {count} bytes; here {limit} are allowed. Where the run lies, write it by "
            "`python -m cnnlab.training.export RUN_FOLDER FILE.{form}`.",
            count=f"{len(file):,}",
            limit=f"{limits.EXPORT_BYTES:,}",
            form=asked.form,
        )
    return file


def events(asked: Recorded) -> bytes:
    """The zip of TensorBoard's event files; SpecError where it is too large to be answered with."""
    run = run_of(asked.run)
    if (run.folder / METRICS).stat().st_size <= limits.EVENTS_LOG_BYTES:
        file = tensorboard_zip(run.records(), run.folder.name)
        if len(file) <= limits.EXPORT_BYTES:
            return file
    raise SpecError(
        "The event files of this run would be more than the {limit} bytes that are allowed here. Where the run lies, "
        "write them by `python -m cnnlab.training.tensorboard RUN_FOLDER FOLDER`.",
        limit=f"{limits.EXPORT_BYTES:,}",
    )


def brought(wanted: Wanted) -> bool:
    """Bring a dataset here."""
    if wanted.leave != leave(wanted.data):
        raise SpecError("{data} is only fetched from the page: open it, and ask there.", data=wanted.data)
    if not settings().fetch:
        raise SpecError(
            "{name} is not on this machine, and visitors may not have it downloaded. Take another dataset.",
            name=wanted.data,
        )
    fetch(DATASETS[wanted.data].example(), progress)
    return True
