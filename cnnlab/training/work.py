"""What the workshop does for the training page."""

import numpy as np

from cnnlab import limits
from cnnlab.figures.downsampling import chosen
from cnnlab.images import png
from cnnlab.links import Nothing
from cnnlab.loading import DATASETS, iterations
from cnnlab.loading.fetching import fetch
from cnnlab.loading.keeping import source_of
from cnnlab.loading.parts import parts_of
from cnnlab.loading.splits import kept_classes
from cnnlab.messages import Passing
from cnnlab.models.own import leave, leave_to_run
from cnnlab.specs import SpecError
from cnnlab.summary.answers import Pictures
from cnnlab.workshop.worker import progress

from .answers import Counts, Outcome, Probe, Rates, Search
from .card import card_pixels
from .checkpoints import Checkpoint
from .config import TrainConfig
from .export import exported
from .finder import find
from .jobs import Exported, Looked, Tried, Wanted
from .outcome import outcome
from .probing import probe
from .run import Run
from .schedules import preview
from .script import script
from .supervisor.places import Root, runs_root


def card(nothing: Nothing) -> Pictures:
    return Pictures((png(card_pixels()),))


def counts(config: TrainConfig) -> Counts:
    """How many pictures each part has; SpecError where the data is not here, or cannot be divided so."""
    source = source_of(config.data)
    sizes = {name: len(part.indices) for name, part in parts_of(config.selection, source).items()}
    classes = tuple(source.classes[label] for label in kept_classes(source.labels, config.classes, source.classes))
    return Counts(sizes.get("train", 0), sizes.get("validation", 0), sizes.get("test", 0), classes, source.notes)


def rates(config: TrainConfig) -> Rates:
    """The learning rate beforehand, at no more than limits.DRAWN_RATES of its steps."""
    steps = iterations(counts(config).train, config.batch_size, config.drop_last)
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
    search = find(allowed(tried))
    return Search(search.rates, search.losses, search.suggestion)


def allowed(tried: Tried) -> TrainConfig:
    """The config, unless it would run a class of one's own without leave."""
    if tried.own and tried.leave != leave_to_run(tried.own):
        raise SpecError("{name} runs only for who allowed it on this page: allow it there.", name=tried.own)
    return tried


def written(config: TrainConfig) -> str:
    return script(config)


def looked(looked: Looked) -> Outcome:
    return outcome(*found(looked), looked.part)


def export(asked: Exported) -> bytes:
    """SpecError for a file that is too large to be answered with."""
    run, checkpoint = found(asked)
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


def found(looked: Looked) -> tuple[Run, Checkpoint]:
    """SpecError where the run, or its checkpoint of that step, is gone."""
    folder = Root(runs_root()).folder(looked.run)
    run = Run(folder) if folder else None
    checkpoint = next((one for one in run.checkpoints() if one.name == looked.checkpoint), None) if run else None
    if checkpoint is None or checkpoint.step != looked.step:
        raise Passing("There is no such checkpoint any more: look at the newest one.")
    return run, checkpoint


def fetched(wanted: Wanted) -> bool:
    """Bring a dataset here."""
    if wanted.leave != leave(wanted.data):
        raise SpecError("{data} is only fetched from the page: open it, and ask there.", data=wanted.data)
    fetch(DATASETS[wanted.data].example(), progress)
    return True
